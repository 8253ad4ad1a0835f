//! What findings lead to: an intent is named where planning it does something about the finding, and nowhere else.

use std::collections::BTreeSet;

use gangway_core::checks::{self, CheckId, Finding, Fix, missing_packages};
use gangway_core::plan::{Ground, Intent, Plan, Refusal, Step, plan};
use gangway_core::source::Source;
use gangway_tests::checks::lab::Machine;
use gangway_tests::machines::shapes;
use gangway_tests::{checks as cases, systems};

/// The ids of the second graphics card of the systems.
const CARD: &str = "10de:2484";

/// The findings that name an intent.
fn leading(ground: &Ground) -> Vec<Finding> {
    checks::run(&ground.model).into_iter().filter(|finding| finding.intent.is_some()).collect()
}

fn planned(ground: &Ground, intent: &Intent) -> Result<Plan, Vec<Refusal>> {
    plan(ground, intent, ground.account(1000).as_ref())
}

/// Refusals that come of files which the model does not have; everything else was known when the intent was named.
fn told_by_files(refusals: &[Refusal]) -> bool {
    refusals.iter().all(|refusal| {
        matches!(
            refusal,
            Refusal::NoWayBack { .. }
                | Refusal::NotUnderstood { .. }
                | Refusal::Unreadable { .. }
                | Refusal::Start { .. }
                | Refusal::NoModule { .. }
                | Refusal::NoTool { .. }
                | Refusal::UnknownService { .. }
                | Refusal::NoAccount { .. }
                | Refusal::ByHand { .. }
        )
    })
}

/// Whether a step is of the kind that does something about the finding.
fn answers(finding: &Finding, step: &Step) -> bool {
    match finding.check {
        CheckId::IommuArgumentMissing => matches!(step, Step::File(_) | Step::Run(_)),
        CheckId::InitramfsEarly | CheckId::ReservationFailed => matches!(step, Step::File(_)),
        CheckId::ReservationOpen => matches!(step, Step::Confirm(_)),
        CheckId::LibvirtRunning => matches!(step, Step::Service(_)),
        CheckId::LibvirtAccess | CheckId::LibvirtGroup => matches!(step, Step::Group(_)),
        other => panic!("{other} leads to an intent, and this test does not know how it helps"),
    }
}

/// Whether it leads to a package that the review of making a computer ready names.
fn installs(finding: &Finding, ground: &Ground) -> bool {
    let Some(Fix::Install { package, .. }) = &finding.fix else { return false };
    finding.intent == Some(Intent::MakeReady) && missing_packages(&ground.model).contains(package)
}

fn hold(name: &str, ground: &Ground) -> BTreeSet<CheckId> {
    let mut led = BTreeSet::new();
    for finding in leading(ground) {
        let intent = finding.intent.clone().unwrap();
        match planned(ground, &intent) {
            Ok(plan) => {
                // libvirt and PackageKit do their parts beside the plan, even where nothing else is to do.
                let by_libvirt = finding.check == CheckId::NetworkDefault && intent == Intent::MakeReady;
                let helps = by_libvirt
                    || installs(&finding, ground)
                    || plan.steps.iter().any(|step| answers(&finding, step));
                assert!(helps, "{name}: {} leads to {intent:?}: {:#?}", finding.check, plan.steps);
                led.insert(finding.check);
            }
            // What is missing is named beside a refusal, too.
            Err(_) if installs(&finding, ground) => {
                led.insert(finding.check);
            }
            Err(refusals) => assert!(told_by_files(&refusals), "{name}: {}: {refusals:#?}", finding.check),
        }
    }
    led
}

#[test]
fn what_a_finding_leads_to_helps() {
    let mut led = BTreeSet::new();
    for case in cases::cases() {
        for (name, change) in [case.trips, case.passes] {
            let mut machine = Machine::desktop();
            change(&mut machine);
            led.extend(hold(name, &Ground::read(&Source::machine(&machine.build()))));
        }
    }
    for shape in shapes::shapes() {
        led.extend(hold(shape.name, &Ground::read(&Source::machine(&shape.machine))));
    }
    for mut system in systems::all() {
        led.extend(hold(system.name, &system.ground()));
        // A reservation that nothing brings about, and a daemon that nobody started.
        system
            .machine
            .file("/etc/modprobe.d/reserved.conf", &format!("options vfio-pci ids={CARD}\n"))
            .file("/usr/bin/qemu-system-x86_64", "")
            .file("/usr/sbin/libvirtd", "")
            .file("/usr/lib/systemd/system/libvirtd.socket", "[Unit]\n")
            .gone("/run/libvirt");
        led.extend(hold(system.name, &system.ground()));
    }
    let expected = [
        CheckId::IommuArgumentMissing,
        CheckId::LibvirtRunning,
        CheckId::LibvirtAccess,
        CheckId::LibvirtGroup,
        CheckId::InitramfsEarly,
        CheckId::ReservationFailed,
        CheckId::ReservationOpen,
        CheckId::NetworkDefault,
        CheckId::LibvirtInstalled,
        CheckId::QemuInstalled,
        CheckId::GuestFirmware,
        CheckId::GuestSecureBoot,
        CheckId::GuestTpm,
        CheckId::DnsmasqInstalled,
    ];
    assert_eq!(led, expected.into());
}

/// On systems that are known by all their files, the intent is named exactly where it is planned.
#[test]
fn the_iommu_is_offered_where_it_is_planned() {
    for system in systems::all() {
        let ground = system.ground();
        let offered = leading(&ground).iter().any(|finding| finding.intent == Some(Intent::TurnOnIommu));
        let outcome = planned(&ground, &Intent::TurnOnIommu);
        assert_eq!(offered, outcome.is_ok(), "{}: {outcome:#?}", system.name);
    }
}
