//! Kinds of steps that the plan of everything does not have: other init systems, other tools of accounts, a card that is given
//! back; and what undo says where somebody was there before it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use gangway_core::plan::{
    Back, GroupChange, HugePageChange, HugePageSize, Rebinding, ServiceChange, Step, StopReason, Unneeded,
};
use gangway_helper::StepError;
use gangway_helper::gap::Gaps;
use gangway_helper::journal::RecordId;
use gangway_helper::report::{ApplyError, Unwatched};
use gangway_tests::helper::{
    CARD, Fault, Picture, at, engine, everything, file, make, picture, plan, read, write,
};
use gangway_tests::tree::{folder, home};

fn apply(root: &Path, step: Step, fault: Option<Fault>) -> Result<RecordId, ApplyError> {
    let plan = plan(vec![step]);
    engine(root, &Gaps::default(), fault).apply(&plan, plan.digest(), 1000, &mut Unwatched)
}

fn undo(root: &Path, id: &RecordId, fault: Option<Fault>) -> Vec<Back> {
    let engine = engine(root, &Gaps::default(), fault);
    let reviewed = engine.plan_undo(id).unwrap();
    assert_eq!(reviewed.stops, []);
    engine.undo(id, reviewed.digest(), &mut Unwatched).unwrap();
    reviewed.actions.into_iter().map(|action| action.back).collect()
}

fn assert_same(now: &Picture, then: &Picture) {
    for (path, what) in then {
        assert_eq!(now.get(path), Some(what), "{path}");
    }
    assert_eq!(now.keys().find(|path| !then.contains_key(*path)), None);
}

#[test]
fn a_service_of_openrc() {
    let folder = folder();
    let root = folder.path();
    make(root);
    write(root, "/etc/runlevels/default/sshd", "");
    let before = picture(root);
    let step = || Step::Service(ServiceChange::OpenRc { service: "libvirtd".to_owned() });
    let id = apply(root, step(), None).unwrap();
    assert!(at(root, "/etc/runlevels/default/libvirtd").is_symlink());
    assert!(at(root, "/imitated/started-libvirtd").is_file());
    undo(root, &id, None);
    assert_same(&picture(root), &before);
    // What was started by hand stays started.
    write(root, "/imitated/started-libvirtd", "");
    let before = picture(root);
    let id = apply(root, step(), None).unwrap();
    assert_eq!(
        undo(root, &id, None),
        [Back::Service { service: "libvirtd".to_owned(), disable: true, stop: false }]
    );
    assert_same(&picture(root), &before);
}

/// On Void Linux the folder of running services is behind two links.
#[test]
fn a_service_of_runit() {
    let folder = folder();
    let root = folder.path();
    make(root);
    write(root, "/etc/sv/libvirtd/run", "#!/bin/sh\n");
    write(root, "/etc/runit/runsvdir/default/.keep", "");
    symlink("default", at(root, "/etc/runit/runsvdir/current")).unwrap();
    symlink("/etc/runit/runsvdir/current", at(root, "/var/service")).unwrap();
    let before = picture(root);
    let change = |folder: &str| {
        let link = "/var/service/libvirtd".to_owned();
        Step::Service(ServiceChange::Runit { folder: folder.to_owned(), link })
    };
    let id = apply(root, change("/etc/sv/libvirtd"), None).unwrap();
    let link = at(root, "/etc/runit/runsvdir/default/libvirtd");
    assert!(link.is_symlink());
    undo(root, &id, None);
    assert_same(&picture(root), &before);
    let missing = apply(root, change("/etc/sv/nothing"), None).unwrap_err();
    assert!(matches!(&missing, ApplyError::Refused { error: StepError::Missing(_), .. }), "{missing:?}");
    symlink("/somewhere", &link).unwrap();
    let other = apply(root, change("/etc/sv/libvirtd"), None).unwrap_err();
    assert!(matches!(&other, ApplyError::Refused { error: StepError::Changed(_), .. }), "{other:?}");
}

#[test]
fn a_user_comes_into_a_group_with_the_tools_of_busybox() {
    let fault = Some(Fault::Absent("usermod"));
    let folder = folder();
    let root = folder.path();
    make(root);
    let before = picture(root);
    let change = |user: &str, uid| {
        Step::Group(GroupChange { group: "libvirt".to_owned(), uid, user: user.to_owned() })
    };
    let id = apply(root, change("alice", 1000), fault).unwrap();
    assert_eq!(read(root, "/etc/group"), "root:x:0:\nlibvirt:x:64055:bob,alice\n");
    undo(root, &id, fault);
    assert_same(&picture(root), &before);
    for (user, uid) in [("alice", 0), ("mallory", 1000), ("-rf", 1000), ("a b", 1000)] {
        let refused = apply(root, change(user, uid), None).unwrap_err();
        assert!(matches!(refused, ApplyError::Refused { .. }), "{user}: {refused:?}");
    }
}

/// A card that vfio-pci holds goes back to the host, and by undo to vfio-pci again.
#[test]
fn a_card_is_given_back() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let steps = everything(root).steps;
    let bind = steps.iter().find(|step| matches!(step, Step::Bind(_))).unwrap().clone();
    let Step::Bind(Rebinding { identity, .. }) = &bind else { unreachable!() };
    fs::create_dir_all(at(root, "/sys/bus/pci/drivers/vfio-pci")).unwrap();
    apply(root, bind.clone(), None).unwrap();
    let driver = || fs::canonicalize(home(root, CARD).join("driver")).unwrap();
    assert!(driver().ends_with("vfio-pci"));
    let vfio = Some("vfio-pci".to_owned());
    let back = Step::GiveBack(Rebinding {
        identity: identity.clone(),
        driver: vfio.clone(),
        driver_override: vfio.clone(),
    });
    let held = picture(root);
    let id = apply(root, back, None).unwrap();
    assert!(driver().ends_with("nouveau"));
    assert_eq!(undo(root, &id, None), [Back::Rebind { address: CARD.to_owned(), driver: vfio }]);
    assert_same(&picture(root), &held);
}

#[test]
fn huge_pages_that_somebody_changed_are_left_alone() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let step = Step::HugePages(HugePageChange { size: HugePageSize::TwoMiB, before: 0, after: 64 });
    let id = apply(root, step.clone(), None).unwrap();
    let path = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages";
    write(root, path, "32\n");
    let stops = engine(root, &Gaps::default(), None).plan_undo(&id).unwrap().stops;
    assert!(matches!(&stops[..], [stop] if stop.why == StopReason::Changed), "{stops:?}");
    write(root, path, "0\n");
    assert_eq!(undo(root, &id, None), [Back::Nothing { why: Unneeded::AlreadyBack }]);
    write(root, path, "7\n");
    let refused = apply(root, step, None).unwrap_err();
    assert!(matches!(&refused, ApplyError::Refused { error: StepError::Changed(_), .. }), "{refused:?}");
}

/// A new file is readable by all, whatever the process's mask is; what begins as a script can be started.
#[test]
fn new_files_have_the_rights_that_their_readers_need() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let mode = |path: &str| fs::metadata(at(root, path)).unwrap().permissions().mode() & 0o7777;
    let script = "/etc/initramfs-tools/scripts/init-top/gangway";
    apply(root, file(script, None, Some("#!/bin/sh\n")), None).unwrap();
    apply(root, file("/etc/modprobe.d/gangway.conf", None, Some("a\n")), None).unwrap();
    assert_eq!((mode(script), mode("/etc/modprobe.d/gangway.conf")), (0o755, 0o644));
    assert_eq!(mode("/etc/initramfs-tools/scripts/init-top"), 0o755);
    // Rights that somebody gives it meanwhile do not keep undo from removing it, nor get lost where the file stays.
    fs::set_permissions(at(root, "/etc/default/grub"), fs::Permissions::from_mode(0o640)).unwrap();
    let grub = read(root, "/etc/default/grub");
    let id = apply(root, file("/etc/default/grub", Some(&grub), Some("x\n")), None).unwrap();
    fs::set_permissions(at(root, "/etc/default/grub"), fs::Permissions::from_mode(0o600)).unwrap();
    undo(root, &id, None);
    assert_eq!((read(root, "/etc/default/grub"), mode("/etc/default/grub")), (grub, 0o600));
}

/// `update-initramfs` keeps the former image under a second name while it works; a power cut may leave that.
#[test]
fn an_image_with_a_second_name_is_kept_and_put_back() {
    let folder = folder();
    let root = folder.path();
    make(root);
    fs::hard_link(at(root, "/boot/initrd.img"), at(root, "/boot/initrd.img.dpkg-bak")).unwrap();
    let image = read(root, "/boot/initrd.img");
    let mut steps = everything(root).steps;
    steps.truncate(5);
    let plan = plan(steps);
    let broken = engine(root, &Gaps::default(), Some(Fault::Fails("update-grub")));
    let failed = broken.apply(&plan, plan.digest(), 1000, &mut Unwatched);
    assert!(matches!(failed, Err(ApplyError::RolledBack { .. })), "{failed:?}");
    assert_eq!(read(root, "/boot/initrd.img"), image);
}

/// A label and an access list stay with a file, and a new one gets no list of its folder's.
#[test]
fn extended_attributes_stay_with_their_file() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let folder = folder();
    let root = folder.path();
    make(root);
    // Version 2: the owner and the mask read and write, user 1 reads, nobody else anything.
    let entry = |tag: u16, rights: u16, id: u32| {
        [&tag.to_le_bytes()[..], &rights.to_le_bytes(), &id.to_le_bytes()].concat()
    };
    let none = u32::MAX;
    let list = [
        2_u32.to_le_bytes().to_vec(),
        entry(1, 6, none),
        entry(2, 4, 1),
        entry(4, 0, none),
        entry(16, 4, none),
        entry(32, 0, none),
    ]
    .concat();
    let grub = at(root, "/etc/default/grub");
    let set = |path: &Path, name| setxattr(path, name, &list, XattrFlags::empty());
    if let Err(error) = set(&grub, "system.posix_acl_access")
        .and_then(|()| set(&at(root, "/etc/modprobe.d"), "system.posix_acl_default"))
    {
        return gangway_tests::skip(&format!("access lists: {error}"));
    }
    let has = |path: &str| {
        let mut room = vec![0; 200];
        getxattr(at(root, path), "system.posix_acl_access", &mut room)
            .map(|length| room[..length].to_vec())
            .ok()
    };
    let text = read(root, "/etc/default/grub");
    let before = picture(root);
    let id = apply(root, file("/etc/default/grub", Some(&text), Some("x\n")), None).unwrap();
    assert_eq!(has("/etc/default/grub"), Some(list.clone()));
    undo(root, &id, None);
    assert_eq!(has("/etc/default/grub"), Some(list));
    assert_same(&picture(root), &before);
    apply(root, file("/etc/modprobe.d/gangway.conf", None, Some("a\n")), None).unwrap();
    assert_eq!(has("/etc/modprobe.d/gangway.conf"), None);
    let mode = fs::metadata(at(root, "/etc/modprobe.d/gangway.conf")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o644);
}

/// systemd switches other units on along with one; those of them that were on before stay so.
#[test]
fn a_service_of_systemd_leaves_the_others_as_they_were() {
    let folder = folder();
    let root = folder.path();
    make(root);
    let sockets = at(root, "/etc/systemd/system/sockets.target.wants");
    fs::create_dir(&sockets).unwrap();
    symlink("/usr/lib/systemd/system/virtlogd.socket", sockets.join("virtlogd.socket")).unwrap();
    let before = picture(root);
    let step = Step::Service(ServiceChange::Systemd { unit: "libvirtd.service".to_owned() });
    let id = apply(root, step, None).unwrap();
    assert!(at(root, "/etc/systemd/system/multi-user.target.wants/libvirtd.service").is_symlink());
    undo(root, &id, None);
    assert_same(&picture(root), &before);
}

/// What GRUB's configuration holds may be closed to others, as Fedora's is, or where it has passwords. What we put beside it
/// repeats parts of it.
#[test]
fn a_new_file_is_no_more_readable_than_those_of_its_kind_beside_it() {
    let mode = |root: &Path, path: &str| fs::metadata(at(root, path)).unwrap().permissions().mode() & 0o7777;
    let custom = "/boot/grub/custom.cfg";
    let entry = "/efi/loader/entries/_-a-gangway-former.conf";
    for (beside, closed, new, expected) in [
        ("/boot/grub/grub.cfg", 0o600, custom, 0o600),
        ("/boot/grub/grub.cfg", 0o640, custom, 0o640),
        ("/boot/grub/grub.cfg", 0o444, custom, 0o644),
        ("/boot/grub/other.img", 0o600, custom, 0o644),
        ("/boot/grub/user.cfg", 0o400, custom, 0o600),
        ("/efi/loader/entries/a.conf", 0o700, entry, 0o600),
        ("/etc/modprobe.d/closed.conf", 0o600, "/etc/modprobe.d/zz.conf", 0o644),
    ] {
        let folder = folder();
        let root = folder.path();
        make(root);
        if !at(root, beside).exists() {
            write(root, beside, "x\n");
        }
        fs::set_permissions(at(root, beside), fs::Permissions::from_mode(closed)).unwrap();
        let id = apply(root, file(new, None, Some("y\n")), None).unwrap();
        assert_eq!(format!("{:o}", mode(root, new)), format!("{expected:o}"), "{new} beside {beside}");
        undo(root, &id, None);
        assert!(!at(root, new).exists());
        assert_eq!(mode(root, beside), closed);
    }
}

/// An access list lets somebody write to a folder whose permissions name root alone.
#[test]
fn a_folder_that_an_access_list_opens_is_not_written_to() {
    use rustix::fs::{XattrFlags, setxattr};
    for (may, refused) in [(7_u16, true), (5, false)] {
        let folder = folder();
        let root = folder.path();
        make(root);
        let entry = |tag: u16, may: u16, id: u32| {
            [&tag.to_le_bytes()[..], &may.to_le_bytes(), &id.to_le_bytes()].concat()
        };
        let none = u32::MAX;
        let list = [
            2_u32.to_le_bytes().to_vec(),
            entry(1, 7, none),
            entry(2, may, 1),
            entry(4, 5, none),
            entry(16, 7, none),
            entry(32, 5, none),
        ]
        .concat();
        let place = at(root, "/etc/modprobe.d");
        if let Err(error) = setxattr(&place, "system.posix_acl_access", &list, XattrFlags::empty()) {
            return gangway_tests::skip(&format!("access lists: {error}"));
        }
        let mode = fs::metadata(&place).unwrap().permissions().mode();
        assert_eq!(mode & 0o020, 0o020, "the most that the list lets anybody do");
        let outcome = apply(root, file("/etc/modprobe.d/gangway.conf", None, Some("a\n")), None);
        assert_eq!(outcome.is_err(), refused, "{outcome:?}");
    }
}
