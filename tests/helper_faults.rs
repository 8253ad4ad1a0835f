//! What goes wrong while a plan is applied: a tool that fails, hangs, is missing, or did nothing; a disk that is full or may
//! not be written; somebody else who changes something meanwhile. Each ends in exactly *before*, with the reason.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use gangway_core::devices::{Devices, Identity};
use gangway_core::host::Host;
use gangway_core::plan::{Ground, Intent, ModuleLoad, Plan, Rebinding, Refusal, Step};
use gangway_core::source::Source;
use gangway_helper::StepError;
use gangway_helper::attribute::FLAG;
use gangway_helper::command::{Call, CommandError, Finished, Tools};
use gangway_helper::engine::Engine;
use gangway_helper::gap::Gaps;
use gangway_helper::journal::State;
use gangway_helper::report::{ApplyError, Progress, Unwatched, Watch};
use gangway_helper::write::Root;
use gangway_tests::helper::{
    CARD, Fault, Imitation, Picture, at, engine, everything, file, make, picture, plan, read, refresh, write,
};
use gangway_tests::skip;
use gangway_tests::tree::{self, Spec, folder, home};

fn apply(root: &Path, plan: &Plan, fault: Option<Fault>) -> Result<(), ApplyError> {
    let engine = engine(root, &Gaps::default(), fault);
    engine.apply(plan, plan.digest(), 1000, &mut Unwatched).map(|_| ())
}

fn assert_same(now: &Picture, then: &Picture) {
    for (path, what) in then {
        assert_eq!(now.get(path), Some(what), "{path}");
    }
    assert_eq!(now.keys().find(|path| !then.contains_key(*path)), None);
}

#[test]
fn whatever_goes_wrong_all_is_as_before_and_the_reason_is_said() {
    for (fault, step, reason) in [
        (Fault::Fails("update-grub"), 4, "update-grub ended with status 1: No space left on device"),
        (
            Fault::Idle("update-grub"),
            4,
            "/boot/grub/grub.cfg: update-grub succeeded, but intel_iommu=on is not in it",
        ),
        (Fault::Hangs("update-grub"), 4, "update-grub was ended after 1200 seconds: working"),
        (Fault::Fails("lsinitramfs"), 4, "lsinitramfs ended with status 1: it does not work"),
        (Fault::Idle("modprobe"), 5, "the kernel module vfio-pci was not loaded"),
        (Fault::Fails("unbind"), 6, "gangway-helper ended with status 1: Device or resource busy"),
        (Fault::Idle("probe"), 6, "0000:01:00.0: its driver is none instead of vfio-pci"),
        (Fault::Idle("unbind"), 6, "0000:01:00.0: its driver is nouveau instead of vfio-pci"),
        (Fault::Fails("systemctl"), 7, "systemctl ended with status 1: it does not work"),
        (Fault::Idle("usermod"), 8, "the membership of alice in the group libvirt did not change"),
        (Fault::Pages(10), 9, "the kernel could reserve 10 of 64 huge pages: memory is in use or fragmented"),
    ] {
        let folder = folder();
        let root = folder.path();
        make(root);
        let before = picture(root);
        let plan = everything(root);
        match apply(root, &plan, Some(fault)) {
            Err(ApplyError::RolledBack { step: Some(failed), reason: why, .. }) => {
                assert_eq!((failed, why.as_str()), (step, reason), "{fault:?}");
            }
            // What is asked beforehand needs no rolling back.
            Err(ApplyError::Refused { step: refused, error }) => {
                assert_eq!((refused, fault), (7, Fault::Fails("systemctl")), "{error}");
            }
            // A probe that does nothing does nothing while it is rolled back either.
            Err(ApplyError::Stuck { reason: why, stuck, .. }) => {
                assert_eq!((why.as_str(), fault), (reason, Fault::Idle("probe")), "{stuck}");
                let engine = engine(root, &Gaps::default(), None);
                let recovered = engine.recover(&mut Unwatched).unwrap();
                assert!(matches!(recovered[0].state, State::RolledBack { .. }), "{recovered:?}");
            }
            other => panic!("{fault:?}: {other:?}"),
        }
        assert_same(&picture(root), &before);
    }
}

#[test]
fn what_is_missing_is_seen_before_anything_is_written() {
    for (fault, step) in [
        (Fault::Absent("update-grub"), 4),
        (Fault::Absent("lsinitramfs"), 4),
        (Fault::Absent("systemctl"), 7),
    ] {
        let folder = folder();
        let root = folder.path();
        make(root);
        let before = picture(root);
        let refused = apply(root, &everything(root), Some(fault)).unwrap_err();
        assert!(matches!(refused, ApplyError::Refused { step: at, .. } if at == step), "{refused:?}");
        assert_same(&picture(root), &before);
        assert_eq!(engine(root, &Gaps::default(), None).records().unwrap().len(), 0);
    }
}

/// A driver that does not let go: nothing more is written to that device, all else is taken back, and a restart is asked
/// for; after it, the record is in order.
#[test]
fn a_driver_that_hangs_is_left_behind_and_a_restart_is_asked_for() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let before = picture(root);
    let plan = everything(root);
    let hanging = engine(root, &Gaps::default(), Some(Fault::Hangs("unbind")));
    match hanging.apply(&plan, plan.digest(), 1000, &mut Unwatched) {
        Err(ApplyError::Stuck { restart: true, reason, stuck, .. }) => {
            assert!(reason.contains("the computer has to be restarted"), "{reason}");
            assert_eq!(stuck, "step 7 ends with a restart of the computer");
        }
        other => panic!("{other:?}"),
    }
    let now = picture(root);
    let place = format!("/{}", home(root, CARD).strip_prefix(root).unwrap().display());
    assert_eq!(read(root, &format!("{place}/driver_override")), "vfio-pci\n", "it is not written again");
    assert_eq!(read(root, "/run/gangway/hung"), format!("{CARD}\n"));
    // So nobody else waits for its lock either. A folder in the place of the attribute would be another trouble.
    let override_path = at(root, &format!("{place}/driver_override"));
    fs::remove_file(&override_path).unwrap();
    fs::create_dir(&override_path).unwrap();
    let host = Host::scan(&Source::folder(root).unwrap());
    let trouble = host.functions[0].driver_override.trouble().map(ToString::to_string).unwrap_or_default();
    assert!(trouble.ends_with("its driver hangs until the computer is restarted"), "{trouble}");
    fs::remove_dir(&override_path).unwrap();
    for (path, what) in &before {
        assert!(path.starts_with(&place) || now.get(path) == Some(what), "{path}");
    }
    // Without a restart there is nothing that recovery could do, and no device is looked at again.
    assert_eq!(hanging.recover(&mut Unwatched).unwrap(), []);
    let mut again = everything(root).steps;
    again.retain(|step| matches!(step, Step::Bind(_)));
    let refused = apply(root, &gangway_tests::helper::plan(again), None).unwrap_err();
    assert!(matches!(&refused, ApplyError::Refused { error: StepError::Hung, .. }), "{refused:?}");
    let other = gangway_tests::helper::plan(vec![file("/etc/modprobe.d/other.conf", None, Some("a\n"))]);
    apply(root, &other, None).unwrap();
    fs::remove_file(at(root, "/etc/modprobe.d/other.conf")).unwrap();
    gangway_tests::helper::restart(root);
    let engine = engine(root, &Gaps::default(), None);
    let recovered = engine.recover(&mut Unwatched).unwrap();
    assert!(
        matches!(&recovered[..], [one] if matches!(one.state, State::RolledBack { .. })),
        "{recovered:?}"
    );
}

/// The function whose driver does not let go.
const SOUND: &str = "0000:01:00.1";

/// A computer on which the driver of one function does not let go: the kernel keeps that function's lock, for which whoever
/// reads its `driver_override` waits as well. Here reading it is an error that would be told.
struct Stubborn {
    tools: Imitation,
    root: PathBuf,
}

impl Tools for Stubborn {
    fn has(&self, tool: &str) -> bool {
        self.tools.has(tool)
    }

    fn run(&self, call: &Call, line: &mut dyn FnMut(&str)) -> Result<Finished, CommandError> {
        if call.arguments.iter().map(String::as_str).eq([FLAG, "unbind", SOUND]) {
            let locked = home(&self.root, SOUND).join("driver_override");
            fs::remove_file(&locked).unwrap();
            fs::create_dir(&locked).unwrap();
            return Err(CommandError::Stuck { limit: call.limit });
        }
        self.tools.run(call, line)
    }
}

/// A computer that is looked at, as another program does, while a driver lets go of a device.
struct Watched {
    tools: Imitation,
    root: PathBuf,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Tools for Watched {
    fn has(&self, tool: &str) -> bool {
        self.tools.has(tool)
    }

    fn run(&self, call: &Call, line: &mut dyn FnMut(&str)) -> Result<Finished, CommandError> {
        let words: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
        if let [FLAG, word @ ("override" | "unbind" | "probe"), CARD, ..] = words[..] {
            let source = Source::folder(&self.root).unwrap();
            let function = &Host::scan(&source).functions[0];
            let trouble = function.driver_override.trouble().map(|trouble| trouble.detail.to_string());
            let intent = Intent::GiveBack { device: CARD.parse().unwrap() };
            let refused = gangway_core::plan::plan(&Ground::read(&source), &intent, None).err();
            let waits = Refusal::DriverWaits { address: function.address, hangs: false };
            assert!(refused.is_none_or(|refusals| refusals == [waits]));
            self.seen.lock().unwrap().push(format!("{word}: {}", trouble.unwrap_or_default()));
        }
        self.tools.run(call, line)
    }
}

#[test]
fn while_a_driver_lets_go_nobody_looks_at_its_device() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let plan = everything(root);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let tools = Imitation::new(root, Gaps::default(), None);
    let tools = Box::new(Watched { tools, root: root.to_owned(), seen: Arc::clone(&seen) });
    let engine = Engine::new(Root::open(root, Gaps::default()).unwrap(), tools);
    let id = engine.apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    let busy = "not read: a driver is letting go of it, or taking it up, just now";
    let expected: Vec<String> =
        ["override", "unbind", "probe"].map(|word| format!("{word}: {busy}")).into_iter().collect();
    assert_eq!(*seen.lock().unwrap(), expected);
    assert!(!at(root, "/run/gangway/hung").exists(), "it came back");
    seen.lock().unwrap().clear();
    let undo = engine.plan_undo(&id).unwrap();
    engine.undo(&id, undo.digest(), &mut Unwatched).unwrap();
    assert!(seen.lock().unwrap().iter().all(|seen| seen.ends_with(busy)), "{:?}", seen.lock().unwrap());
}

#[test]
fn nobody_waits_for_the_lock_of_a_driver_that_hangs() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let sound = Spec {
        address: SOUND,
        class: "040300",
        ids: ("10de", "228b"),
        group: Some(1),
        driver: Some("snd_hda_intel"),
    };
    tree::write(root, &[sound]);
    write(root, "/sys/bus/pci/drivers/snd_hda_intel/unbind", "");
    let source = Source::folder(root).unwrap();
    let host = Host::scan(&source);
    let devices = Devices::read(&source, &host);
    let bind = |address: &str, driver: &str| {
        let identity = Identity::of(&host, Some(&devices), address.parse().unwrap()).unwrap();
        Step::Bind(Rebinding { identity, driver: Some(driver.to_owned()), driver_override: None })
    };
    let load = Step::Load(ModuleLoad { module: "vfio-pci".to_owned() });
    let plan = plan(vec![load, bind(CARD, "nouveau"), bind(SOUND, "snd_hda_intel")]);
    let stubborn = || {
        let tools = Imitation::new(root, Gaps::default(), None);
        let tools = Box::new(Stubborn { tools, root: root.to_owned() });
        Engine::new(Root::open(root, Gaps::default()).unwrap(), tools)
    };
    let first = stubborn();
    match first.apply(&plan, plan.digest(), 1000, &mut Unwatched) {
        Err(ApplyError::Stuck { restart: true, stuck, .. }) => {
            let both =
                "step 3 ends with a restart of the computer; step 2 ends with a restart of the computer";
            assert_eq!(stuck, both, "nothing that looks at the devices is tried");
        }
        other => panic!("{other:?}"),
    }
    // The service ended meanwhile, and is started again.
    let second = stubborn();
    assert_eq!(second.recover(&mut Unwatched).unwrap(), []);
    let locked = home(root, SOUND).join("driver_override");
    fs::remove_dir(&locked).unwrap();
    let place = format!("/{}", locked.strip_prefix(root).unwrap().display());
    write(root, &place, "(null)\n");
    gangway_tests::helper::restart(root);
    let third = engine(root, &Gaps::default(), None);
    let recovered = third.recover(&mut Unwatched).unwrap();
    assert!(
        matches!(&recovered[..], [one] if matches!(one.state, State::RolledBack { .. })),
        "{recovered:?}"
    );
}

#[test]
fn what_somebody_changed_after_the_review_is_not_overwritten() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let plan = everything(root);
    write(root, "/etc/default/grub", "GRUB_CMDLINE_LINUX_DEFAULT=\"mine\"\n");
    let before = picture(root);
    let refused = apply(root, &plan, None).unwrap_err();
    assert!(
        matches!(&refused, ApplyError::Refused { step: 0, error: StepError::Changed(path) } if path == "/etc/default/grub")
    );
    assert_same(&picture(root), &before);
}

/// Somebody edits a file just before it is replaced, or after it was while the rest is applied.
#[test]
fn what_somebody_changes_meanwhile_is_not_overwritten() {
    for (gap, about) in [("write-filled", "/etc/default/grub"), ("step-begin", "3")] {
        let folder = folder();
        let root = folder.path();
        make(root);
        let plan = everything(root);
        let place = root.to_owned();
        let gaps = Gaps::told(move |name, what| {
            if (name, what) == (gap, about) {
                write(&place, "/etc/default/grub", "mine\n");
            }
        });
        let failed = engine(root, &gaps, None).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap_err();
        assert_eq!(read(root, "/etc/default/grub"), "mine\n");
        assert!(failed.to_string().contains("somebody changed it"), "{failed}");
        assert!(!at(root, "/etc/dracut.conf.d").exists(), "the rest is taken back");
        assert!(!at(root, "/boot/initrd.img.gangway").exists());
    }
}

#[test]
fn another_device_at_the_address_is_left_alone() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let plan = everything(root);
    let place = format!("/{}/uevent", home(root, CARD).strip_prefix(root).unwrap().display());
    write(root, &place, &read(root, &place).replace("10DE:2484", "1002:73BF"));
    let before = picture(root);
    let refused = apply(root, &plan, None).unwrap_err();
    assert!(
        matches!(&refused, ApplyError::Refused { step: 6, error: StepError::OtherDevice { .. } }),
        "{refused:?}"
    );
    assert_same(&picture(root), &before);
}

/// A card that a program opened after the review, or while the former steps ran.
#[test]
fn a_card_that_is_in_use_by_then_is_left_alone() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let plan = everything(root);
    let before = picture(root);
    let place = root.to_owned();
    let gaps = Gaps::told(move |name, what| {
        if (name, what) == ("step-begin", "6") {
            let uevent = home(&place, CARD).join("drm/card0/uevent");
            let uevent = format!("/{}", uevent.strip_prefix(&place).unwrap().display());
            write(&place, &uevent, "MAJOR=226\nMINOR=0\nDEVNAME=dri/card0\nDEVTYPE=drm_minor\n");
            write(&place, "/proc/4711/comm", "Xorg\n");
            fs::create_dir_all(at(&place, "/proc/4711/fd")).unwrap();
            symlink("/dev/dri/card0", at(&place, "/proc/4711/fd/7")).unwrap();
            fs::create_dir_all(at(&place, "/sys/class/drm")).unwrap();
            symlink("../..", home(&place, CARD).join("drm/card0/device")).unwrap();
            let target = format!("../../devices/pci0000:01/{CARD}/drm/card0");
            symlink(target, at(&place, "/sys/class/drm/card0")).unwrap();
        }
    });
    let failed = engine(root, &gaps, None).apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap_err();
    assert!(failed.to_string().contains("it is in use: Xorg (process 4711)"), "{failed}");
    fs::remove_dir_all(at(root, "/proc/4711")).unwrap();
    fs::remove_dir_all(home(root, CARD).join("drm")).unwrap();
    fs::remove_dir_all(at(root, "/sys/class")).unwrap();
    assert_same(&picture(root), &before);
}

struct Impatient(usize);

impl Watch for Impatient {
    fn heard(&mut self, progress: Progress<'_>) {
        self.0 += usize::from(matches!(progress, Progress::Done { .. }));
    }

    fn is_cancelled(&self) -> bool {
        self.0 >= 5
    }
}

#[test]
fn who_ends_it_between_two_steps_gets_everything_back() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let before = picture(root);
    let plan = everything(root);
    let ended = engine(root, &Gaps::default(), None).apply(&plan, plan.digest(), 1000, &mut Impatient(0));
    assert!(
        matches!(&ended, Err(ApplyError::RolledBack { reason, .. }) if reason == "it was ended by the user"),
        "{ended:?}"
    );
    assert_same(&picture(root), &before);
}

/// What an attacker, or an unusual system, puts in the place of a file. Nothing is written through it.
#[test]
fn what_is_no_plain_file_is_refused() {
    let target = "outside\n";
    type Put = fn(&Path);
    let put: [(&str, Put, &str); 6] = [
        ("a link", |root| symlink("../../outside", at(root, "/etc/default/grub")).unwrap(), "symbolic link"),
        (
            "a hard link",
            |root| fs::hard_link(at(root, "/outside"), at(root, "/etc/default/grub")).unwrap(),
            "hard links",
        ),
        ("a folder", |root| fs::create_dir(at(root, "/etc/default/grub")).unwrap(), "not a regular file"),
        (
            "a pipe",
            |root| {
                use rustix::fs::{CWD, FileType, Mode, mknodat};
                mknodat(CWD, at(root, "/etc/default/grub"), FileType::Fifo, Mode::RUSR, 0).unwrap();
            },
            "not a regular file",
        ),
        (
            "a folder that others may write to",
            |root| fs::set_permissions(at(root, "/etc/default"), fs::Permissions::from_mode(0o777)).unwrap(),
            "can be changed by others",
        ),
        (
            "a folder that is a link out of the root",
            |root| {
                fs::rename(at(root, "/etc/default"), at(root, "/etc/other")).unwrap();
                symlink("/../../../../../../../../tmp", at(root, "/etc/default")).unwrap();
            },
            "No such file or directory",
        ),
    ];
    for (what, put, reason) in put {
        let folder = folder();
        let root = folder.path();
        make(root);
        write(root, "/outside", target);
        fs::remove_file(at(root, "/etc/default/grub")).unwrap();
        put(root);
        let plan = plan(vec![file("/etc/default/grub", Some(target), Some("ours\n"))]);
        let refused = apply(root, &plan, None).unwrap_err().to_string();
        let absent = what.contains("out of the root") && refused.contains("not what was reviewed");
        assert!(absent || refused.contains(reason), "{what}: {refused}");
        assert_eq!(read(root, "/outside"), target, "{what}");
    }
}

/// A folder of configuration that the administrator made a link is followed inside the root, as the system does.
#[test]
fn a_folder_may_be_the_administrators_link() {
    let folder = folder();
    let root = folder.path();
    make(root);
    fs::rename(at(root, "/boot/grub"), at(root, "/boot/grub-real")).unwrap();
    symlink("grub-real", at(root, "/boot/grub")).unwrap();
    let before = picture(root);
    let plan = everything(root);
    let engine = engine(root, &Gaps::default(), None);
    let id = engine.apply(&plan, plan.digest(), 1000, &mut Unwatched).unwrap();
    assert!(read(root, "/boot/grub-real/grub.cfg").contains("intel_iommu=on"));
    let undo = engine.plan_undo(&id).unwrap();
    engine.undo(&id, undo.digest(), &mut Unwatched).unwrap();
    assert_same(&picture(root), &before);
}

#[test]
fn a_file_that_chattr_protects_is_refused() {
    // A file system on a disk: memory file systems know no such protection on older kernels.
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    make(root);
    let path = at(root, "/etc/modprobe.d/old.conf");
    let protect = |on: bool| {
        let file = fs::File::open(&path).unwrap();
        let flags = rustix::fs::ioctl_getflags(&file)?;
        let flags =
            if on { flags | rustix::fs::IFlags::IMMUTABLE } else { flags - rustix::fs::IFlags::IMMUTABLE };
        rustix::fs::ioctl_setflags(&file, flags)
    };
    if let Err(error) = protect(true) {
        return skip(&format!("chattr: {error}"));
    }
    let refused = apply(root, &everything(root), None);
    protect(false).unwrap();
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("everything is as it was before") && refused.contains("chattr"), "{refused}");
    assert_eq!(read(root, "/etc/modprobe.d/old.conf"), "options vfio-pci ids=10de:2484\n");
}

#[test]
fn steps_that_nothing_can_verify_are_refused() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let mut step = refresh();
    if let Step::Run(run) = &mut step {
        run.expects.clear();
    }
    let refused = apply(root, &plan(vec![step]), None).unwrap_err();
    assert!(matches!(&refused, ApplyError::Refused { error: StepError::NotMade { .. }, .. }), "{refused}");
}
