//! The early script in every shell that is here, on an imitated `/sys`: what it gives to vfio-pci, and that it writes
//! nothing, or takes everything back, where something is not as it was named. Its path leads to an imitated `modprobe` and
//! to nothing else, as in the smallest initramfs.
#![expect(clippy::disallowed_methods, reason = "test data in a temporary folder")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use gangway_core::trial::Early;
use gangway_tests::programs::Program;
use gangway_tests::skip;
use tempfile::TempDir;

const CARD: &str = "0000:01:00.0";
const SOUND: &str = "0000:01:00.1";
const TWIN: &str = "0000:02:00.0";
const BOTH: &str = "0000:01:00.0=10de:2484,0000:01:00.1=10de:228b";

/// Shells of an initramfs: Debian's, and busybox's; and one that is everywhere.
const SHELLS: [(&str, &[&str]); 3] =
    [("/bin/dash", &[]), ("/bin/busybox", &["sh"]), ("/bin/bash", &["--posix"])];

/// What the imitated `modprobe` does: it binds whatever is marked, but for one function.
const MODPROBE: &str = "#!/bin/sh
[ \"$1\" = vfio-pci ] || exit 1
[ -z \"$GANGWAY_TEST_MISSING\" ] || exit 1
for device in \"$GANGWAY_SYS\"/bus/pci/devices/*; do
    read -r driver <\"$device/driver_override\" || continue
    name=${device##*/}
    [ \"$driver\" = vfio-pci ] && [ \"$name\" != \"$GANGWAY_TEST_FAILS\" ] || continue
    : >\"$GANGWAY_SYS/bus/pci/drivers/vfio-pci/$name\"
done
exit 0
";

/// A computer in its first moments.
struct Start {
    folder: TempDir,
    arguments: Vec<(&'static str, &'static str)>,
    report: bool,
}

impl Start {
    fn new(argument: &str) -> Self {
        let start = Self { folder: tempfile::tempdir().unwrap(), arguments: Vec::new(), report: true };
        start.write("cmdline", &format!("BOOT_IMAGE=/vmlinuz root=/dev/a ro quiet {argument}\n"));
        start.write("programs/modprobe", MODPROBE);
        fs::set_permissions(start.at("programs/modprobe"), fs::Permissions::from_mode(0o755)).unwrap();
        for (address, device, class) in
            [(CARD, "2484", "030000"), (SOUND, "228b", "040300"), (TWIN, "2484", "030000")]
        {
            start.attribute(address, "vendor", "0x10de\n");
            start.attribute(address, "device", &format!("0x{device}\n"));
            start.attribute(address, "class", &format!("0x{class}\n"));
            start.attribute(address, "driver_override", "(null)\n");
            start.attribute(address, "iommu_group/type", "DMA-FQ\n");
        }
        start.write("sys/bus/pci/drivers_probe", "");
        start.write("sys/bus/pci/drivers/vfio-pci/new_id", "");
        start.write("run/gangway/here", "");
        start.write("log", "");
        start
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        fs::write(path, text).unwrap();
    }

    fn attribute(&self, address: &str, name: &str, text: &str) {
        self.write(&format!("sys/bus/pci/devices/{address}/{name}"), text);
    }

    fn gone(&self, address: &str, name: &str) {
        let path = self.at(&format!("sys/bus/pci/devices/{address}/{name}"));
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_default()
    }

    /// What every function is marked for.
    fn marks(&self) -> [String; 3] {
        [CARD, SOUND, TWIN].map(|address| {
            self.read(&format!("sys/bus/pci/devices/{address}/driver_override")).trim().to_owned()
        })
    }

    fn is_bound(&self, address: &str) -> bool {
        self.at(&format!("sys/bus/pci/drivers/vfio-pci/{address}")).exists()
    }

    /// Runs the script; what it reported, and what it wrote to its outputs.
    fn run(&self, shell: (&str, &[&str]), words: &[&str]) -> (Early, String) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/early/gangway-early");
        let folder = |name: &str| self.at(name);
        let mut program = Program::new(shell.0)
            .args(shell.1)
            .arg(script)
            .args(words)
            .env("PATH", folder("programs"))
            .env("GANGWAY_SYS", folder("sys"))
            .env("GANGWAY_RUN", folder("run"))
            .env("GANGWAY_LOG", folder("log"))
            .env("GANGWAY_CMDLINE", folder("cmdline"));
        for (name, value) in &self.arguments {
            program = program.env(name, value);
        }
        let outcome = program.run();
        assert_eq!(outcome.status, 0, "{shell:?}: {}", outcome.errors);
        let report = self.at("run/gangway/early");
        let early =
            if report.exists() { Early::parse(&self.read("run/gangway/early")) } else { Early::DidNotRun };
        assert_eq!(self.report, report.exists(), "{shell:?}");
        (early, String::from_utf8_lossy(&outcome.output).into_owned() + &outcome.errors)
    }
}

/// Does something in every shell that is here.
fn in_every_shell(what: impl Fn((&str, &[&str]))) {
    let mut ran = 0;
    for shell in SHELLS.into_iter().filter(|(program, _)| Path::new(program).exists()) {
        what(shell);
        ran += 1;
    }
    if ran == 0 {
        skip("no shell of an initramfs is here");
    }
}

const UNTOUCHED: [&str; 3] = ["(null)"; 3];

#[test]
fn exactly_the_named_functions_go_to_vfio() {
    in_every_shell(|shell| {
        let start = Start::new(&format!("panic=30 gangway.reserve={BOTH}"));
        let (early, said) = start.run(shell, &[]);
        assert_eq!((early, said.as_str()), (Early::Reserved(BOTH.parse().unwrap()), ""), "{shell:?}");
        assert_eq!(start.marks(), ["vfio-pci", "vfio-pci", "(null)"]);
        assert!(start.is_bound(CARD) && start.is_bound(SOUND) && !start.is_bound(TWIN));
        assert_eq!(start.read("log"), format!("<5>gangway: reserved {BOTH}\n"));
    });
}

#[test]
fn without_the_argument_nothing_happens() {
    in_every_shell(|shell| {
        for argument in
            ["", "gangway.reserve=", "gangway.reserve", "xgangway.reserve=1", "-- gangway.reserve=x"]
        {
            let start = Start { report: false, ..Start::new(argument) };
            assert_eq!(start.run(shell, &[]), (Early::DidNotRun, String::new()), "{argument}");
            assert_eq!((start.marks(), start.read("log")), (UNTOUCHED.map(str::to_owned), String::new()));
        }
        let start = Start { report: false, ..Start::new(&format!("gangway.reserve={BOTH}")) };
        assert_eq!(start.run(shell, &["prereqs"]).1.trim(), "", "initramfs-tools asks what comes before");
        assert_eq!(start.marks(), UNTOUCHED);
    });
}

#[test]
fn the_last_argument_counts() {
    in_every_shell(|shell| {
        let start =
            Start::new("gangway.reserve=0000:02:00.0=10de:2484 gangway.reserve=0000:01:00.0=10de:2484");
        let (early, _) = start.run(shell, &[]);
        assert_eq!(early, Early::Reserved("0000:01:00.0=10de:2484".parse().unwrap()));
        assert_eq!(start.marks(), ["vfio-pci", "(null)", "(null)"]);
    });
}

/// One difference at one of the functions, and none of them is written to.
#[test]
fn whatever_is_not_as_it_was_named_is_left_alone_and_so_is_the_rest() {
    type Change = fn(&Start);
    let changes: [(&str, Change); 9] = [
        ("0000:01:00.1 is '1234:1111', not '10de:228b'", |start| {
            start.attribute(SOUND, "vendor", "0x1234\n");
            start.attribute(SOUND, "device", "0x1111\n");
        }),
        ("0000:01:00.1 is ':', not '10de:228b'", |start| start.gone(SOUND, "")),
        ("0000:01:00.1 is '10de:', not '10de:228b'", |start| start.gone(SOUND, "device")),
        ("0000:01:00.1 is a bridge", |start| start.attribute(SOUND, "class", "0x060400\n")),
        ("what 0000:01:00.1 is cannot be read", |start| start.gone(SOUND, "class")),
        ("0000:01:00.1 has no IOMMU group", |start| start.gone(SOUND, "iommu_group")),
        ("0000:01:00.1 already has a driver", |start| start.attribute(SOUND, "driver/bind", "")),
        ("0000:01:00.1 cannot be given to a driver by its address", |start| {
            start.gone(SOUND, "driver_override")
        }),
        // The card of another slot is there, in the place of the one that was named.
        ("0000:01:00.0 is '1002:73bf', not '10de:2484'", |start| {
            start.attribute(CARD, "vendor", "0x1002\n");
            start.attribute(CARD, "device", "0x73bf\n");
        }),
    ];
    in_every_shell(|shell| {
        for (reason, change) in changes {
            let start = Start::new(&format!("gangway.reserve={BOTH}"));
            change(&start);
            let (early, said) = start.run(shell, &[]);
            assert_eq!((early, said.as_str()), (Early::Refused(reason.to_owned()), ""), "{shell:?}");
            assert!(!start.marks().contains(&"vfio-pci".to_owned()), "{reason}");
            assert_eq!(start.read("sys/bus/pci/drivers_probe"), "", "{reason}");
            assert!(!start.is_bound(CARD) && !start.is_bound(SOUND), "{reason}");
        }
    });
}

#[test]
fn words_that_are_no_devices_are_refused() {
    in_every_shell(|shell| {
        for word in [
            "0000:01:00.0",
            "0000:01:00.0=10de",
            "01:00.0=10de:2484",
            "0000:01:00.0=10DE:2484",
            "0000:01:00.8=10de:2484",
            "0000:01:20.0=10de:2484",
            "10000:01:00.0=10de:2484",
            "../0000:01:00.0=10de:2484",
            "0000:01:00.0/..=10de:2484",
            "0000:01:00.0=10de:2484=x",
            "*",
            "$(reboot)=10de:2484",
        ] {
            for list in [word.to_owned(), format!("0000:01:00.0=10de:2484,{word}")] {
                let start = Start::new(&format!("gangway.reserve={list}"));
                let (early, said) = start.run(shell, &[]);
                assert_eq!((early, said.as_str()), (Early::Refused(format!("'{word}' is no device")), ""));
                assert_eq!(start.marks(), UNTOUCHED, "{list}");
            }
        }
    });
}

#[test]
fn what_fails_half_way_is_taken_back() {
    in_every_shell(|shell| {
        for (name, value, reason) in [
            ("GANGWAY_TEST_MISSING", "1", "vfio-pci does not load"),
            ("GANGWAY_TEST_FAILS", SOUND, "0000:01:00.1 did not go to vfio-pci"),
            ("GANGWAY_TEST_FAILS", CARD, "0000:01:00.0 did not go to vfio-pci"),
        ] {
            let mut start = Start::new(&format!("gangway.reserve={BOTH}"));
            start.arguments.push((name, value));
            let (early, said) = start.run(shell, &[]);
            assert_eq!((early, said.as_str()), (Early::Failed(reason.to_owned()), ""), "{shell:?}");
            assert_eq!(start.marks(), ["", "", "(null)"], "{reason}");
            let probed = start.read("sys/bus/pci/drivers_probe");
            assert_eq!(probed, format!("{SOUND}\n"), "the ordinary drivers were asked, this one last");
        }
    });
}

#[test]
fn it_works_where_nothing_can_be_reported() {
    in_every_shell(|shell| {
        let start = Start { report: false, ..Start::new(&format!("gangway.reserve={BOTH}")) };
        fs::remove_dir_all(start.at("run")).unwrap();
        fs::write(start.at("run"), "").unwrap();
        fs::remove_file(start.at("log")).unwrap();
        fs::create_dir(start.at("log")).unwrap();
        assert_eq!(start.run(shell, &[]), (Early::DidNotRun, String::new()), "{shell:?}");
        assert!(start.is_bound(CARD) && start.is_bound(SOUND));
    });
}
