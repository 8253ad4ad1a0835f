//! The client over a real libvirt daemon with its QEMU driver, started for the test.
//!
//! The daemon runs as a session daemon in a temporary folder of its own: its sockets, definitions and caches are there, and
//! no other daemon, network or device of this computer is touched. No guest is ever started. Root starts it as `nobody`,
//! since libvirt takes root for the system's daemon.
#![allow(clippy::disallowed_methods, reason = "a test makes files and starts programs of its own")]

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use gangway_client::connection::{Keeper, Update};
use gangway_client::handover::{ApplyError, Request, Warning, apply, plan, plan_take_back};
use gangway_client::hypervisor::{Hypervisor, HypervisorErrorKind, VmState, connect};
use gangway_client::network::{self, NetworkBack, NetworkError, NetworkRecord, NetworkStep};
use gangway_client::store::Store;
use gangway_tests::sample::{at, definition, host};
use gangway_tests::skip;
use virt::connect::Connect;
use virt::sys::VIR_DOMAIN_DEFINE_VALIDATE;

const WAIT: Duration = Duration::from_secs(60);
const UUID: &str = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";
/// `nobody` and `nogroup` on every distribution we know.
const NOBODY: u32 = 65534;

/// A daemon of our own; dropping it ends it.
struct Daemon {
    folder: tempfile::TempDir,
    child: Child,
}

impl Daemon {
    /// `None` after a skip, where this computer has no libvirt daemon or no QEMU.
    fn start() -> Option<Self> {
        let Some(program) = find("libvirtd") else {
            skip("libvirtd is not installed");
            return None;
        };
        if find("qemu-system-x86_64").is_none() {
            skip("qemu-system-x86_64 is not installed");
            return None;
        }
        forbid_autostart();
        // Below /tmp: the path of a socket has 107 bytes at most.
        let folder = tempfile::Builder::new().prefix("gw").tempdir_in("/tmp").unwrap();
        for name in ["run", "config", "cache", "data"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        if is_root() {
            for path in ["", "run", "config", "cache", "data"] {
                std::os::unix::fs::chown(folder.path().join(path), Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        let child = spawn(&program, folder.path());
        let mut daemon = Self { folder, child };
        daemon.wait_for_socket();
        Some(daemon)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("run/libvirt/libvirt-sock")
    }

    fn uri(&self) -> String {
        format!("qemu+unix:///session?socket={}", self.socket().display())
    }

    /// As a crash would end it.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn start_again(&mut self) {
        // What a killed daemon leaves would look like one that listens.
        std::fs::remove_file(self.socket()).unwrap();
        self.child = spawn(&find("libvirtd").unwrap(), self.folder.path());
        self.wait_for_socket();
    }

    fn wait_for_socket(&mut self) {
        let end = Instant::now() + WAIT;
        while std::os::unix::net::UnixStream::connect(self.socket()).is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("libvirtd ended: {status}\n{}", self.log());
            }
            assert!(Instant::now() < end, "libvirtd does not listen\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn store(&self) -> Store {
        Store::at(self.folder.path().join("definitions"))
    }

    /// Another client, and a machine that it defines.
    fn other_client(&self, name: &str) -> Connect {
        let other = Connect::open(Some(&self.uri())).unwrap();
        let xml = definition("qemu", name, UUID);
        other.define_domain_xml_flags(&xml, VIR_DOMAIN_DEFINE_VALIDATE).unwrap();
        other
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may be gone already.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn spawn(program: &Path, folder: &Path) -> Child {
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", folder)
        .env("XDG_RUNTIME_DIR", folder.join("run"))
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("XDG_DATA_HOME", folder.join("data"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.spawn().unwrap()
}

/// libvirt's library would start a daemon in the user's own session when ours is gone.
fn forbid_autostart() {
    static ONCE: Once = Once::new();
    // SAFETY: every test of this program comes through here before its first call to libvirt, which is the only code here
    // that reads the environment without Rust's lock.
    ONCE.call_once(|| unsafe { std::env::set_var("LIBVIRT_AUTOSTART", "0") });
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Fails a test that hangs in a call to libvirt.
fn within_time(test: impl FnOnce() + Send + 'static) {
    let (done, finished) = channel();
    // The name is what a skip is counted under.
    let name = std::thread::current().name().unwrap_or("libvirt").to_owned();
    let thread = std::thread::Builder::new().name(name).spawn(move || {
        test();
        // Nobody listens where the time is over.
        let _late = done.send(());
    });
    match finished.recv_timeout(4 * WAIT) {
        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("a call to libvirt does not return"),
        _ => thread.unwrap().join().unwrap(),
    }
}

fn request(vm: &str) -> Request {
    Request { devices: vec![at("01:00.0")], vm: vm.into(), ..Request::default() }
}

#[test]
fn a_card_of_two_functions_goes_over_and_comes_back() {
    within_time(|| {
        let Some(daemon) = Daemon::start() else { return };
        let other = daemon.other_client("win 11 🐧");
        let hypervisor = connect(&daemon.uri()).unwrap();
        let vm = hypervisor.find("win 11 🐧").unwrap();
        assert_eq!((vm.state, vm.persistent, vm.trouble), (VmState::Off, true, None));
        let before = hypervisor.definition(&vm.id).unwrap();

        let change = plan(&host(), hypervisor.as_ref(), &request("win 11 🐧")).unwrap();
        assert!(change.warnings.iter().any(|warning| matches!(warning, Warning::Session { .. })));
        let applied = apply(hypervisor.as_ref(), &daemon.store(), &change).unwrap();
        assert_eq!(applied.lost, []);
        assert!(applied.definition.text().contains("passwd='hunter2'"));
        let document = applied.definition.document().unwrap();
        let devices = document.pci_hostdevs();
        assert_eq!(
            devices.iter().map(|device| device.source).collect::<Vec<_>>(),
            [at("01:00.0"), at("01:00.1")]
        );
        let guests: Vec<_> = devices.iter().filter_map(|device| device.guest).collect();
        assert!(guests.len() == 2 && guests[0].same_slot(guests[1]), "{guests:?}");
        assert_eq!((guests[0].function, guests[1].function), (0, 1));
        let ours: Vec<_> =
            document.controllers().into_iter().filter(|controller| controller.is_ours()).collect();
        assert_eq!(ours.len(), 1, "one root port of ours, by its alias");
        assert_eq!(ours[0].index, Some(u32::from(guests[0].bus)));

        // What libvirt made of it passes its schema, and defining it again changes nothing.
        let text = applied.definition.text();
        other.define_domain_xml_flags(text, VIR_DOMAIN_DEFINE_VALIDATE).unwrap();
        assert_eq!(hypervisor.definition(&vm.id).unwrap(), applied.definition);

        let change = plan_take_back(hypervisor.as_ref(), UUID, &[at("01:00.1")]).unwrap();
        let applied = apply(hypervisor.as_ref(), &daemon.store(), &change).unwrap();
        assert_eq!(applied.lost, []);
        assert_eq!(applied.definition.text(), before.text());
    });
}

#[test]
fn what_a_second_client_changed_in_between_is_not_overwritten() {
    within_time(|| {
        let Some(daemon) = Daemon::start() else { return };
        let other = daemon.other_client("win11");
        let hypervisor = connect(&daemon.uri()).unwrap();
        let change = plan(&host(), hypervisor.as_ref(), &request("win11")).unwrap();
        let theirs =
            change.before.text().replace("<vcpu placement='static'>1<", "<vcpu placement='static'>2<");
        other.define_domain_xml_flags(&theirs, VIR_DOMAIN_DEFINE_VALIDATE).unwrap();
        let error = apply(hypervisor.as_ref(), &daemon.store(), &change).unwrap_err();
        assert!(
            matches!(&error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::Changed),
            "{error}"
        );
        assert_eq!(hypervisor.definition(&change.vm.id).unwrap().text(), theirs);

        other.lookup_domain_by_name("win11").unwrap().undefine().unwrap();
        let error = apply(hypervisor.as_ref(), &daemon.store(), &change).unwrap_err();
        assert!(
            matches!(&error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::NoSuchMachine),
            "{error}"
        );
        assert_eq!(hypervisor.list().unwrap(), []);
    });
}

#[test]
fn a_daemon_that_dies_is_lost_and_comes_back() {
    within_time(|| {
        let Some(mut daemon) = Daemon::start() else { return };
        let _other = daemon.other_client("win11");
        let (tell, told) = channel();
        let uri = daemon.uri();
        let keeper = Keeper::start(move || connect(&uri), move |update| drop(tell.send(update)));
        let hypervisor = wait_for_connection(&told);
        let change = plan(&host(), hypervisor.as_ref(), &request("win11")).unwrap();

        daemon.kill();
        let lost = wait_for(&told, |update| match update {
            Update::Lost(error) => Some(error),
            _ => None,
        });
        assert_eq!(lost.kind, HypervisorErrorKind::Lost);
        assert!(!hypervisor.is_alive());
        // Between review and write: nothing is written, and that is sure.
        let error = apply(hypervisor.as_ref(), &daemon.store(), &change).unwrap_err();
        assert!(
            matches!(&error, ApplyError::Define { error, .. } if error.kind == HypervisorErrorKind::Lost),
            "{error}"
        );
        wait_for(&told, |update| match update {
            Update::Failed(error) => (error.kind == HypervisorErrorKind::NotReachable).then_some(()),
            _ => None,
        });

        daemon.start_again();
        keeper.retry();
        let hypervisor = wait_for_connection(&told);
        let change = plan(&host(), hypervisor.as_ref(), &request("win11")).unwrap();
        apply(hypervisor.as_ref(), &daemon.store(), &change).unwrap();
        wait_for(&told, |update| match update {
            Update::Machines(machines) => (machines.first()?.devices.len() == 2).then_some(()),
            _ => None,
        });
    });
}

/// A session's daemon may not make a bridge, so its network is defined and never runs: what fails is not ours, the rest is.
#[test]
fn the_default_network_is_defined_as_libvirt_ships_it_and_goes_back() {
    within_time(|| {
        let Some(daemon) = Daemon::start() else { return };
        let Ok(shipped) = std::fs::read_to_string(network::TEMPLATE) else {
            skip("libvirt's own network is not installed");
            return;
        };
        let hypervisor = connect(&daemon.uri()).unwrap();
        let mut machine = gangway_core::machine_file::MachineBuilder::default();
        machine.file(network::TEMPLATE, shipped);
        let source = gangway_core::source::Source::machine(&machine.build());
        let record = NetworkRecord::at(daemon.folder.path().join("network.json"));
        match hypervisor.network(network::DEFAULT) {
            Err(error) if error.kind == HypervisorErrorKind::Unsupported => {
                skip("this libvirt has no networks");
                return;
            }
            looked => assert_eq!(looked.unwrap(), None),
        }
        let plan = network::plan(&*hypervisor, &source).unwrap();
        assert_eq!(plan.steps.len(), 3);
        let failed = network::apply(&*hypervisor, &source, &record, &plan);
        assert!(matches!(failed, Err(NetworkError::Hypervisor(_))), "{failed:?}");
        let now = hypervisor.network(network::DEFAULT).unwrap().unwrap();
        assert!(!now.active && !now.autostart && now.xml.contains("virbr0"), "{now:?}");
        let plan = network::plan(&*hypervisor, &source).unwrap();
        assert_eq!(plan.steps, [NetworkStep::Start, NetworkStep::Autostart]);
        let undo = network::plan_undo(&*hypervisor, &record).unwrap();
        assert_eq!((undo.actions.as_slice(), undo.stops.len()), (&[NetworkBack::Undefine][..], 0));
        network::undo(&*hypervisor, &record, &undo).unwrap();
        assert_eq!(hypervisor.network(network::DEFAULT).unwrap(), None);
    });
}

fn wait_for_connection(told: &Receiver<Update>) -> Arc<dyn Hypervisor> {
    wait_for(told, |update| match update {
        Update::Connected(hypervisor, machines) => {
            assert_eq!(machines.iter().map(|machine| machine.name.as_str()).collect::<Vec<_>>(), ["win11"]);
            Some(hypervisor)
        }
        _ => None,
    })
}

fn wait_for<T>(told: &Receiver<Update>, mut wanted: impl FnMut(Update) -> Option<T>) -> T {
    loop {
        if let Some(found) = wanted(told.recv_timeout(WAIT).unwrap()) {
            return found;
        }
    }
}
