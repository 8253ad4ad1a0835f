//! Planning that a computer is made ready for virtual machines, under three init systems.

use gangway_core::checks::Package;
use gangway_core::plan::{
    Caller, Effect, Ground, GroupChange, Intent, Plan, Refusal, Risk, ServiceChange, Step, plan,
};
use gangway_core::source::Source;
use gangway_tests::checks::lab::Machine;

const SOCKETS: &str = "/etc/systemd/system/sockets.target.wants";
const SERVICES: &str = "/etc/systemd/system/multi-user.target.wants";
const UNITS: &str = "/usr/lib/systemd/system";

fn ann() -> Caller {
    Caller { uid: 1000, name: "ann".to_owned() }
}

/// Debian's one daemon, installed and not yet switched on; ann is in no group.
fn fresh() -> Machine {
    let mut machine = Machine::desktop();
    for unit in ["libvirtd.socket", "libvirtd.service"] {
        machine.file(&format!("{UNITS}/{unit}"), "[Unit]\n");
    }
    for folder in [SOCKETS, SERVICES, "/run/libvirt"] {
        machine.gone(folder);
    }
    machine.file("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n");
    machine.file("/etc/group", "root:x:0:\nlibvirt:x:130:bob\n");
    machine
}

fn ready(machine: &Machine, caller: Option<&Caller>) -> Result<Plan, Vec<Refusal>> {
    plan(&Ground::read(&Source::machine(&machine.build())), &Intent::MakeReady, caller)
}

fn systemd(unit: &str) -> Step {
    Step::Service(ServiceChange::Systemd { unit: unit.to_owned() })
}

#[test]
fn services_come_first_and_the_group_is_a_risk_of_its_own() {
    let plan = ready(&fresh(), Some(&ann())).unwrap();
    let group = GroupChange { group: "libvirt".to_owned(), uid: 1000, user: "ann".to_owned() };
    assert_eq!(plan.steps, [systemd("libvirtd.socket"), systemd("libvirtd.service"), Step::Group(group)]);
    assert_eq!(plan.risks(), [Risk::System, Risk::Rights]);
    assert_eq!(plan.effect, Effect::NextLogin);
    let without = ready(&fresh(), None).unwrap();
    assert_eq!((without.risks(), without.effect), (vec![Risk::System], Effect::Now));
}

#[test]
fn what_is_so_already_gives_no_step() {
    let mut machine = fresh();
    machine.file("/etc/group", "libvirt:x:130:bob,ann\n").file("/run/libvirt/libvirt-sock", "");
    machine.file(&format!("{SOCKETS}/libvirtd.socket"), "").file(&format!("{SERVICES}/libvirtd.service"), "");
    assert_eq!(ready(&machine, Some(&ann())).unwrap().steps, []);
    machine.gone("/run/libvirt/libvirt-sock");
    assert_eq!(ready(&machine, Some(&ann())).unwrap().steps.len(), 2, "enabled, and does not run");
}

#[test]
fn the_parts_are_switched_on_as_far_as_they_are_installed() {
    let mut machine = fresh();
    for path in
        ["/usr/sbin/libvirtd", &format!("{UNITS}/libvirtd.socket"), &format!("{UNITS}/libvirtd.service")]
    {
        machine.gone(path);
    }
    machine.file("/usr/sbin/virtqemud", "");
    for unit in ["virtqemud.socket", "virtqemud-ro.socket", "virtnetworkd.socket"] {
        machine.file(&format!("{UNITS}/{unit}"), "[Unit]\n");
    }
    machine.file(&format!("{SOCKETS}/virtqemud.socket"), "");
    let steps = ready(&machine, None).unwrap().steps;
    // Enabled is not enough: none of them listens.
    assert_eq!(
        steps,
        [systemd("virtqemud.socket"), systemd("virtqemud-ro.socket"), systemd("virtnetworkd.socket")]
    );
    machine.file("/run/libvirt/virtqemud-sock", "");
    assert_eq!(ready(&machine, None).unwrap().steps, steps[1..]);
}

#[test]
fn other_init_systems_have_their_own_way() {
    let mut machine = fresh();
    machine
        .gone("/run/systemd")
        .gone(UNITS)
        .file("/proc/1/comm", "init\n")
        .folder("/run/openrc")
        .file("/etc/init.d/libvirtd", "");
    let openrc = ServiceChange::OpenRc { service: "libvirtd".to_owned() };
    assert_eq!(ready(&machine, None).unwrap().steps, [Step::Service(openrc)]);

    let mut machine = fresh();
    machine
        .gone("/run/systemd")
        .gone(UNITS)
        .file("/proc/1/comm", "runit\n")
        .folder("/run/runit")
        .file("/etc/sv/libvirtd/run", "");
    let runit = ServiceChange::Runit {
        folder: "/etc/sv/libvirtd".to_owned(),
        link: "/var/service/libvirtd".to_owned(),
    };
    assert_eq!(ready(&machine, None).unwrap().steps, [Step::Service(runit)]);

    machine.gone("/etc/sv/libvirtd");
    let unknown = Refusal::UnknownService { service: "libvirtd".to_owned() };
    assert_eq!(ready(&machine, None).unwrap_err(), [unknown]);
}

#[test]
fn what_is_missing_is_named_and_nothing_is_guessed() {
    let mut machine = fresh();
    machine.gone("/usr/sbin/libvirtd").gone("/usr/bin/qemu-system-x86_64");
    let missing: Vec<Package> = ready(&machine, None)
        .unwrap_err()
        .iter()
        .map(|refusal| match refusal {
            Refusal::NotInstalled { package, .. } => *package,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(missing, [Package::Libvirt, Package::Qemu]);

    let eve = Caller { uid: 1001, name: "eve".to_owned() };
    assert_eq!(ready(&fresh(), Some(&eve)).unwrap_err(), [Refusal::NoAccount { uid: 1001 }]);

    let mut image = fresh();
    image.file("/etc/group", "root:x:0:\n").file("/usr/lib/group", "libvirt:x:960:\n");
    let by_hand = ready(&image, Some(&ann())).unwrap_err();
    assert!(matches!(by_hand.as_slice(), [Refusal::ByHand { paste }] if paste[0].text == "libvirt:x:960:\n"));

    let mut nix = fresh();
    nix.file("/etc/NIXOS", "");
    assert!(matches!(ready(&nix, Some(&ann())).unwrap_err().as_slice(), [Refusal::ByHand { .. }]));
}
