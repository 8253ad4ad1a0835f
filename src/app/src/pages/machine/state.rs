//! What the page of a virtual machine says. Plain values without GTK.

use gangway_client::handover::not_chosen;
use gangway_client::hypervisor::{Definition, Held, VirtualMachine, VmId};
use gangway_client::store::{Kept, Store, StoreError};
use gangway_client::text;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;

use crate::situation::{CardPart, Snapshot};
use crate::words;

/// The page without its definition, which comes later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineView {
    pub name: String,
    pub line: String,
    /// Why its definition could not be understood.
    pub trouble: Option<String>,
    pub devices: Vec<HeldCard>,
    /// Said where there are no devices.
    pub none: String,
    pub facts: Vec<(String, String)>,
}

/// What the machine has of one card of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCard {
    pub functions: Vec<PciAddress>,
    pub icon: &'static str,
    pub name: String,
    pub address: String,
    pub remark: String,
    /// Whether its saved definition has it, so that it can be taken back from there.
    pub saved: bool,
    /// That it is no longer the card that was chosen, as a sentence.
    pub other: Option<String>,
}

impl MachineView {
    /// The page of a machine.
    pub fn new(machine: &VirtualMachine, snapshot: Option<&Snapshot>) -> Self {
        let mut parts = vec![text::vm_state(machine.state), text::guest_system(&machine.system)];
        let memory = machine.memory_kib.map(words::memory);
        parts.extend(memory.clone());
        let mut facts = vec![(gettext("System"), text::guest_system(&machine.system))];
        facts.push((gettext("Memory"), memory.unwrap_or_else(|| gettext("unknown"))));
        Self {
            name: machine.name.clone(),
            line: parts.join(" · "),
            trouble: machine.trouble.clone(),
            devices: held(machine, snapshot),
            none: gettext("It has no device of the host. Select one under Devices to hand it over."),
            facts,
        }
    }
}

/// A definition that the machine had before.
#[derive(Debug, Clone, PartialEq)]
pub struct Former {
    pub kept: Kept,
    pub definition: Definition,
}

impl Former {
    /// What was kept of a machine, the last one first.
    ///
    /// # Errors
    /// What the store reports.
    pub fn of(store: &Store, machine: &VmId) -> Result<Vec<Self>, StoreError> {
        let read = |kept: Kept| store.read(&kept).map(|definition| Self { kept, definition });
        store.list(machine)?.into_iter().rev().map(read).collect()
    }

    /// What it has of the host.
    pub fn line(&self, snapshot: Option<&Snapshot>) -> String {
        let Ok(document) = self.definition.document() else { return gettext("Not understood") };
        let devices: Vec<PciAddress> = document.pci_hostdevs().iter().map(|device| device.source).collect();
        let parts = snapshot.map(|snapshot| snapshot.cards_of(&devices)).unwrap_or_default();
        let name = |address: PciAddress| {
            snapshot
                .and_then(|snapshot| snapshot.name(address))
                .unwrap_or_else(|| words::short_address(address))
        };
        let names: Vec<String> =
            parts.iter().filter_map(|part| part.functions.first()).map(|address| name(*address)).collect();
        if names.is_empty() {
            gettext("Has no device of the host.")
        } else {
            gettext("Has {devices}.").replace("{devices}", &text::join(&names))
        }
    }
}

/// What only the definition tells.
pub fn definition_facts(definition: &Definition) -> Vec<(String, String)> {
    let Ok(document) = definition.document() else { return Vec::new() };
    vec![
        (gettext("Chipset"), text::chipset(&document.machine())),
        (gettext("Firmware"), text::firmware(&document.firmware())),
    ]
}

fn held(machine: &VirtualMachine, snapshot: Option<&Snapshot>) -> Vec<HeldCard> {
    let all = machine.functions();
    let mut cards = Vec::new();
    for held in [Held::Now, Held::FromItsStart, Held::UntilItStops] {
        let addresses: Vec<PciAddress> =
            all.iter().filter(|(_, own)| **own == held).map(|(address, _)| *address).collect();
        let remark = text::held(held, machine);
        let parts = match snapshot {
            Some(snapshot) => snapshot.cards_of(&addresses),
            None => addresses.iter().map(|only| CardPart { card: *only, functions: vec![*only] }).collect(),
        };
        cards.extend(parts.into_iter().map(|part| {
            let other = snapshot.and_then(|snapshot| other_than_chosen(machine, snapshot, &part.functions));
            let card = card(part, snapshot);
            let remarks = [Some(&card.remark).filter(|text| !text.is_empty()), remark.as_ref()];
            let remark = remarks.into_iter().flatten().cloned().collect::<Vec<_>>().join(&gettext(", "));
            HeldCard { other, remark, saved: held.is_saved(), ..card }
        }));
    }
    cards.sort_by(|a, b| a.functions.cmp(&b.functions));
    cards
}

/// What one card is called; where nothing is read, or it is not there, that it is unknown.
fn card(part: CardPart, snapshot: Option<&Snapshot>) -> HeldCard {
    let main = part.functions.first().and_then(|address| snapshot?.host.function(*address));
    let (Some(main), Some(snapshot)) = (main, snapshot) else {
        return HeldCard {
            icon: "dialog-question-symbolic",
            name: gettext("A device that is not in this machine"),
            address: range(&part.functions),
            remark: String::new(),
            saved: true,
            other: None,
            functions: part.functions,
        };
    };
    let others: Vec<String> =
        part.functions.iter().skip(1).filter_map(|address| snapshot.name(*address)).collect();
    HeldCard {
        icon: words::icon(main.kind()),
        name: snapshot.name(main.address).unwrap_or_default(),
        address: range(&part.functions),
        remark: if others.is_empty() {
            String::new()
        } else {
            gettext("with {others}").replace("{others}", &text::join(&others))
        },
        saved: true,
        other: None,
        functions: part.functions,
    }
}

/// What is to be said where one of these functions is no longer the one that was chosen.
fn other_than_chosen(
    machine: &VirtualMachine,
    snapshot: &Snapshot,
    functions: &[PciAddress],
) -> Option<String> {
    let document = machine.definition.as_ref()?;
    let others = not_chosen(&machine.name, document, &snapshot.host, None);
    let other = others.iter().find(|other| functions.contains(&other.chosen.address))?;
    Some(text::not_chosen(other, &snapshot.device_names()))
}

/// `01:00.0`, or `01:00.0–3` for several functions of a card.
fn range(functions: &[PciAddress]) -> String {
    match functions {
        [] => String::new(),
        [only] => words::short_address(*only),
        [first, .., last] => format!("{}–{}", words::short_address(*first), last.function()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gangway_client::demo::DemoMachine;
    use gangway_client::hypervisor::{Attached, VmState};
    use gangway_client::target::{HostChoice, Target};

    fn addresses(texts: &[&str]) -> Vec<PciAddress> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    #[test]
    fn functions_of_a_card_are_written_as_a_range() {
        assert_eq!(range(&addresses(&["01:00.0"])), "01:00.0");
        assert_eq!(range(&addresses(&["01:00.0", "01:00.1", "01:00.3"])), "01:00.0–3");
        assert_eq!(range(&[]), "");
    }

    #[test]
    fn a_device_that_the_machine_lacks_is_said_to_be_unknown() {
        let mut vm = VirtualMachine::new(VmId::new("1"), "win11".into(), VmState::Off, true);
        vm.devices = addresses(&["07:00.0"]);
        let view = MachineView::new(&vm, None);
        assert_eq!(view.devices.len(), 1);
        assert_eq!(view.devices[0].address, "07:00.0");
        assert_eq!(view.devices[0].icon, "dialog-question-symbolic");
    }

    #[test]
    fn what_waits_for_its_start_and_what_goes_with_its_end_say_so() {
        let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
        let snapshot = Snapshot::read(&target).expect("a demo machine");
        let hostdev = |address: &str| {
            let at: PciAddress = address.parse().expect("an address");
            let (bus, slot, function) = (at.bus(), at.slot(), at.function());
            format!(
                "<hostdev mode='subsystem' type='pci'><source><address bus='{bus}' slot='{slot}' function='{function}'/>\
                 </source></hostdev>"
            )
        };
        let saved: String = ["01:00.0", "01:00.1", "02:00.0"].into_iter().map(hostdev).collect();
        let mut vm = VirtualMachine::new(VmId::new("1"), "win11".into(), VmState::Running, true)
            .with_definition(&format!("<domain><devices>{saved}</devices></domain>"));
        vm.attached = Some(Attached { functions: addresses(&["02:00.0", "0b:00.3"]), usb: Vec::new() });
        let told = |vm: &VirtualMachine| -> Vec<(String, String, bool)> {
            let cards = MachineView::new(vm, Some(&snapshot)).devices;
            cards.into_iter().map(|card| (card.address, card.remark, card.saved)).collect()
        };
        let card = |address: &str, remark: &str, saved| (address.to_owned(), remark.to_owned(), saved);
        let expected = [
            card("01:00.0–1", "with HDMI audio, from its next start", true),
            card("02:00.0", "", true),
            card("0b:00.3", "only until it stops", false),
        ];
        assert_eq!(told(&vm), expected);
        vm.state = VmState::Off;
        vm.attached = None;
        let expected = [card("01:00.0–1", "with HDMI audio", true), card("02:00.0", "", true)];
        assert_eq!(told(&vm), expected);
    }

    #[test]
    fn a_former_definition_says_what_it_has_of_the_host() {
        let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
        let snapshot = Snapshot::read(&target).expect("a demo machine");
        let former = |text: &str| Former {
            kept: Kept { seconds: 0, number: 1, path: "/x".into() },
            definition: Definition::new(text),
        };
        let hostdev = |function: u8| {
            format!(
                "<hostdev mode='subsystem' type='pci'><source><address bus='1' function='{function}'/></source></hostdev>"
            )
        };
        let given = format!("<domain><devices>{}{}</devices></domain>", hostdev(0), hostdev(1));
        assert_eq!(former(&given).line(Some(&snapshot)), "Has GeForce RTX 3070.");
        assert_eq!(former("<domain/>").line(Some(&snapshot)), "Has no device of the host.");
        assert_eq!(former("<domain").line(None), "Not understood");
    }

    #[test]
    fn the_definition_tells_the_chipset_and_the_firmware() {
        let facts = definition_facts(&Definition::new(
            "<domain><os><type arch='x86_64' machine='pc-q35-9.0'>hvm</type>\
             <loader secure='yes' type='pflash'>/CODE.fd</loader></os></domain>",
        ));
        let facts: Vec<_> = facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected =
            [("Chipset", "Q35 (PCI Express)"), ("Firmware", "UEFI that is capable of Secure Boot")];
        assert_eq!(facts, expected);
        assert_eq!(definition_facts(&Definition::new("<domain")), []);
    }
}
