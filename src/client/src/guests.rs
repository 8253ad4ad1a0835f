//! The checks of the subject *guest* over all virtual machines of a host: who they are, beside whom, and which files of the
//! host there are. What is asked is decided in `gangway_domain::check`.

use gangway_core::checks::Verdict;
use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gangway_core::source::Source;
use gangway_core::system::Presence;
use gangway_domain::check::{self, Guest, GuestFinding, OtherGuest, needs_work};

use crate::hypervisor::{Held, VirtualMachine};

/// What the checks found of one virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedGuest {
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub running: bool,
    /// Why its definition could not be understood; nothing is found then.
    pub trouble: Option<String>,
    /// What was found: what is to be done first, what is in order last.
    pub findings: Vec<GuestFinding>,
}

impl CheckedGuest {
    /// What is not in order.
    pub fn open(&self) -> impl Iterator<Item = &GuestFinding> {
        self.findings.iter().filter(|finding| !finding.is_ok())
    }

    /// Whether something of it has to do with one of these devices.
    pub fn has_any(&self, functions: &[PciAddress]) -> bool {
        self.findings.iter().any(|finding| finding.about.iter().any(|about| functions.contains(about)))
    }

    /// The verdict on it alone: something to do, what could not be told, or ready. Advice does not count.
    pub fn verdict(&self) -> Verdict {
        match &self.trouble {
            _ if needs_work(&self.findings) => Verdict::ToDo,
            Some(_) => Verdict::CouldNotTell,
            None => Verdict::Ready,
        }
    }
}

/// The verdict on a host or a card together with machines that have it: their work is work to do.
pub fn with_guests(verdict: Verdict, guests: &[CheckedGuest]) -> Verdict {
    let to_do = guests.iter().any(|guest| guest.verdict() == Verdict::ToDo);
    if to_do && verdict != Verdict::NotPossible { Verdict::ToDo } else { verdict }
}

/// Asks the questions of every virtual machine that has something to be asked, in their order.
pub fn check_guests(machines: &[VirtualMachine], model: &Model, source: &Source) -> Vec<CheckedGuest> {
    let file = |path: &str| presence(source, path);
    let machines = machines.iter().map(|vm| {
        let others: Vec<OtherGuest<'_>> = machines
            .iter()
            .filter(|other| other.id != vm.id)
            .map(|other| {
                let held = other.functions();
                let those = |wanted: fn(Held) -> bool| {
                    held.iter().filter(|(_, held)| wanted(**held)).map(|(address, _)| *address).collect()
                };
                OtherGuest { name: &other.name, now: those(Held::is_now), saved: those(Held::is_saved) }
            })
            .collect();
        let running = vm.state.is_active();
        let findings = vm.definition.as_ref().map(|document| {
            check::run(&Guest { name: &vm.name, running, document, others: &others, model, file: &file })
        });
        CheckedGuest {
            name: vm.name.clone(),
            running,
            trouble: vm.trouble.clone(),
            findings: findings.unwrap_or_default(),
        }
    });
    machines.filter(|guest| guest.trouble.is_some() || !guest.findings.is_empty()).collect()
}

/// Whether a file of the host is there. What may not be looked at is not missing, and neither is what a captured machine
/// does not hold.
fn presence(source: &Source, path: &str) -> Presence {
    let parent = || path.rsplit_once('/').is_some_and(|(folder, _)| source.exists(folder));
    match source.kind(path) {
        Ok(_) => Presence::There(path.to_owned()),
        Err(error) if error.kind.is_absent() && (source.is_live() || parent()) => Presence::Missing,
        Err(_) => Presence::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use gangway_domain::check::GuestFix;

    use super::*;
    use crate::demo::DemoMachine;
    use crate::hypervisor::{VmId, VmState};
    use crate::target::demo_source;

    fn vm(name: &str, state: VmState, devices: &str) -> VirtualMachine {
        let xml = format!("<domain type='kvm'><name>{name}</name><devices>{devices}</devices></domain>");
        VirtualMachine::new(VmId::new(name), name.to_owned(), state, true).with_definition(&xml)
    }

    fn hostdev(more: &str) -> String {
        format!(
            "<hostdev mode='subsystem' type='pci' managed='yes'><source><address bus='1' function='0'/></source>{more}</hostdev>"
        )
    }

    #[test]
    fn machines_are_asked_beside_each_other() {
        let source = demo_source(DemoMachine::Workshop).unwrap();
        let model = Model::read(&source);
        let odd = VirtualMachine { trouble: Some("odd".into()), ..vm("odd", VmState::Off, "") };
        let odd = VirtualMachine { definition: None, ..odd };
        let vms = [
            vm("a", VmState::Off, &hostdev("<rom file='/nowhere/at/all.rom'/>")),
            vm("b", VmState::Running, &hostdev("")),
            odd,
            vm("none", VmState::Off, ""),
        ];
        let checked = check_guests(&vms, &model, &source);
        let names: Vec<&str> = checked.iter().map(|guest| guest.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "odd"], "who has nothing of the host is not asked");
        let open =
            |guest: usize| checked[guest].open().map(|finding| finding.check.name()).collect::<Vec<_>>();
        assert!(open(0).contains(&"guest-shared-device") && open(0).contains(&"guest-rom-file"));
        assert!(open(1).contains(&"guest-whole-card"));
        assert_eq!(checked[0].verdict(), Verdict::ToDo);
        assert_eq!(checked[2].verdict(), Verdict::CouldNotTell);
        assert_eq!(with_guests(Verdict::Ready, &checked), Verdict::ToDo);
        assert_eq!(with_guests(Verdict::NotPossible, &checked), Verdict::NotPossible);
        assert_eq!(with_guests(Verdict::Ready, &checked[2..]), Verdict::Ready, "nothing is to be done");
        assert!(checked[0].has_any(&["01:00.0".parse().unwrap()]));
    }

    #[test]
    fn who_only_runs_with_a_device_has_to_be_shut_down_before_another_one_starts() {
        let source = demo_source(DemoMachine::Workshop).unwrap();
        let model = Model::read(&source);
        let live = format!("<domain><devices>{}</devices></domain>", hostdev(""));
        let unread = VirtualMachine::new(VmId::new("unread"), "unread".to_owned(), VmState::Running, true);
        let users = [vm("user", VmState::Running, ""), unread.with_definition("<domain")];
        for user in users.map(|user| user.with_live_definition(&live)) {
            let vms = [vm("a", VmState::Off, &hostdev("")), user.clone()];
            let checked = check_guests(&vms, &model, &source);
            let shared = checked[0].open().find(|finding| finding.check.name() == "guest-shared-device");
            let fix = shared.and_then(|finding| finding.fix.clone());
            assert_eq!(fix, Some(GuestFix::ShutDown { other: user.name }));
        }
    }

    #[test]
    fn a_file_that_cannot_be_looked_at_is_not_missing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::File::create(folder.path().join("card.rom")).unwrap();
        let source = Source::folder(folder.path()).unwrap();
        assert!(presence(&source, "/card.rom").is_there());
        assert!(presence(&source, "/other.rom").is_missing());
        assert_eq!(presence(&source, "/no/such/folder/card.rom"), Presence::Unknown);
    }
}
