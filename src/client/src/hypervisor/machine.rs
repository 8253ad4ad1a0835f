//! Plain data about one virtual machine: identity, state, and its saved definition as text with a hash.
//! How it is read is the business of `libvirt`; what stands in a definition, that of `gangway_domain`.

use std::collections::BTreeMap;
use std::fmt;

use gangway_core::pci::PciAddress;
use gangway_domain::view::UsbHostDevice;
use gangway_domain::{DefinitionHash, Document, GuestSystem, ParseError};

/// A virtual machine's identity: its UUID in lower case. A name may change, this does not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VmId(String);

impl VmId {
    /// The id of a UUID's text; hyphens may be missing, as libvirt allows.
    pub fn new(uuid: impl AsRef<str>) -> Self {
        let given = uuid.as_ref().trim().to_ascii_lowercase();
        let digits: Vec<char> = given.chars().filter(|c| *c != '-').collect();
        if digits.len() != UUID_DIGITS || !digits.iter().all(char::is_ascii_hexdigit) {
            return Self(given);
        }
        let mut text = String::with_capacity(UUID_DIGITS + UUID_HYPHENS.len());
        for (index, digit) in digits.into_iter().enumerate() {
            if UUID_HYPHENS.contains(&index) {
                text.push('-');
            }
            text.push(digit);
        }
        Self(text)
    }

    /// The UUID, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const UUID_DIGITS: usize = 32;
/// Before which digits a hyphen stands.
const UUID_HYPHENS: [usize; 4] = [8, 12, 16, 20];

impl fmt::Display for VmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A virtual machine as the list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct VirtualMachine {
    /// Its identity.
    pub id: VmId,
    /// Its name, which may hold anything but a zero byte and, since libvirt 2.3, a slash.
    pub name: String,
    /// What it does now.
    pub state: VmState,
    /// Whether it has a saved definition; one that has none goes when it stops, and cannot be edited.
    pub persistent: bool,
    /// The system in it as its creator wrote it down (libosinfo metadata).
    pub system: GuestSystem,
    /// The memory of its saved definition in KiB; `None` where the definition does not say.
    pub memory_kib: Option<u64>,
    /// The host's PCI functions in its saved definition.
    pub devices: Vec<PciAddress>,
    /// The host's USB devices in its saved definition.
    pub usb: Vec<UsbHostDevice>,
    /// What it has by the definition that it runs with, which another program may have changed since its start, as the
    /// saved one may be. None where it does not run, or that could not be read.
    pub attached: Option<Attached>,
    /// Its saved definition as it was listed, without passwords; none where it could not be read or understood.
    pub definition: Option<Document>,
    /// Why its definition could not be read, in libvirt's or the parser's words.
    pub trouble: Option<String>,
}

impl VirtualMachine {
    /// A machine of which nothing is known but who it is and what it does.
    pub fn new(id: VmId, name: String, state: VmState, persistent: bool) -> Self {
        Self {
            id,
            name,
            state,
            persistent,
            system: GuestSystem::Unknown,
            memory_kib: None,
            devices: Vec::new(),
            usb: Vec::new(),
            attached: None,
            definition: None,
            trouble: None,
        }
    }

    /// The same machine with what stands in its saved definition, or with the reason why that is unclear.
    #[must_use]
    pub fn with_definition(mut self, xml: &str) -> Self {
        match Document::parse(xml) {
            Ok(document) => {
                self.system = document.guest_system();
                self.memory_kib = document.memory_kib();
                Attached { functions: self.devices, usb: self.usb } = Attached::of(&document);
                self.definition = Some(document);
            }
            Err(error) => self.trouble = Some(error.to_string()),
        }
        self
    }

    /// The same machine with what stands in the definition that it runs with. One that is not understood tells nothing.
    #[must_use]
    pub fn with_live_definition(mut self, xml: &str) -> Self {
        self.attached = Document::parse(xml).ok().as_ref().map(Attached::of);
        self
    }

    /// The host's PCI functions that it has or gets, in order.
    pub fn functions(&self) -> BTreeMap<PciAddress, Held> {
        let now = self.attached.as_ref().map(|now| now.functions.as_slice());
        let later = |address: &PciAddress| (*address, self.held(now, |now| now.contains(address)));
        let mut all: BTreeMap<_, _> = self.devices.iter().map(later).collect();
        for address in now.unwrap_or_default() {
            all.entry(*address).or_insert(Held::UntilItStops);
        }
        all
    }

    /// How it has a USB device of the host that `fits` what it asks for; none where it does not.
    pub fn has_usb(&self, fits: impl Fn(&UsbHostDevice) -> bool) -> Option<Held> {
        let now = self.attached.as_ref().map(|now| now.usb.as_slice());
        let fits = |asked: &[UsbHostDevice]| asked.iter().any(&fits);
        if fits(&self.usb) {
            return Some(self.held(now, fits));
        }
        now.is_some_and(fits).then_some(Held::UntilItStops)
    }

    /// How it has what its saved definition has.
    fn held<T: ?Sized>(&self, now: Option<&T>, has: impl FnOnce(&T) -> bool) -> Held {
        match self.state.is_active() && now.is_none_or(has) {
            // It has no saved definition: what libvirt gives as that is what it runs with.
            true if !self.persistent => Held::UntilItStops,
            true => Held::Now,
            false => Held::FromItsStart,
        }
    }
}

/// What a definition has of the host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attached {
    /// PCI functions, sorted, each once.
    pub functions: Vec<PciAddress>,
    /// What it asks for of USB, in document order.
    pub usb: Vec<UsbHostDevice>,
}

impl Attached {
    fn of(document: &Document) -> Self {
        let mut functions: Vec<_> = document.pci_hostdevs().iter().map(|device| device.source).collect();
        functions.sort();
        functions.dedup();
        Self { functions, usb: document.usb_hostdevs() }
    }
}

/// How a virtual machine has a device of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// It runs with it, and will have it at its next start.
    Now,
    /// Only its saved definition has it: it gets it with its next start.
    FromItsStart,
    /// It runs with it, and there is nothing to take back from: its saved definition does not have it (it was attached, or
    /// taken back since the start), cannot be read, or there is none.
    UntilItStops,
}

impl Held {
    /// Whether it has it now.
    pub fn is_now(self) -> bool {
        self != Self::FromItsStart
    }

    /// Whether its saved definition has it.
    pub fn is_saved(self) -> bool {
        self != Self::UntilItStops
    }
}

/// What a virtual machine does (<https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainState>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VmState {
    /// It runs, or waits for a resource.
    Running,
    /// It is paused or asleep.
    Paused,
    /// It is off.
    Off,
    /// It broke down and stands still.
    Crashed,
    /// It is between two states, or in one that libvirt does not name.
    Other,
}

impl VmState {
    /// Whether the guest exists now, so that a change of the saved definition waits for its next start.
    pub fn is_active(self) -> bool {
        !matches!(self, Self::Off)
    }
}

/// A saved definition. It may hold passwords: `Debug` does not show it, and whoever shows it redacts it.
#[derive(Clone, PartialEq, Eq)]
pub struct Definition {
    text: String,
}

impl Definition {
    /// A definition of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The text, passwords included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The hash of the text, to see later whether it still is the same.
    pub fn hash(&self) -> DefinitionHash {
        DefinitionHash::of(self.text.as_bytes())
    }

    /// The parsed document.
    ///
    /// # Errors
    /// Where the text is not a definition.
    pub fn document(&self) -> Result<Document, ParseError> {
        Document::parse(self.text.as_bytes())
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definition").field("bytes", &self.text.len()).field("hash", &self.hash()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::hostdev;
    use super::*;

    #[test]
    fn an_id_is_the_same_however_it_is_written() {
        let id = VmId::new("4DEA22B31D52D8F32516782E98AB3FA0");
        assert_eq!(id.as_str(), "4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
        assert_eq!(VmId::new(" 4dea22b3-1d52-d8f3-2516-782e98ab3fa0\n"), id);
        assert_eq!(VmId::new("Win11").as_str(), "win11");
    }

    #[test]
    fn a_definition_does_not_show_its_passwords() {
        let definition = Definition::new("<domain><graphics passwd='hunter2'/></domain>");
        assert!(!format!("{definition:?}").contains("hunter2"));
    }

    #[test]
    fn a_definition_that_is_none_is_trouble_and_not_an_end() {
        let machine = VirtualMachine::new(VmId::new("1"), "a".into(), VmState::Off, true);
        assert!(machine.clone().with_definition("<domain").trouble.is_some());
        let machine = machine.with_definition(
            "<domain><memory unit='MiB'>2</memory><devices><hostdev mode='subsystem' type='pci'><source>\
             <address domain='0' bus='1' slot='0' function='0'/></source></hostdev></devices></domain>",
        );
        assert_eq!((machine.trouble, machine.memory_kib), (None, Some(2048)));
        assert_eq!(machine.devices, ["0000:01:00.0".parse().unwrap()]);
    }

    #[test]
    fn what_it_runs_with_and_what_is_saved_are_told_apart() {
        let usb = |product: &str, place: &str| {
            format!(
                "<hostdev mode='subsystem' type='usb'><source><vendor id='0x046a'/><product id='{product}'/>{place}\
                 </source></hostdev>"
            )
        };
        let domain = |devices: String| format!("<domain><devices>{devices}</devices></domain>");
        let saved = domain(hostdev(1, 0) + &hostdev(2, 0) + &usb("0x0011", ""));
        let machine =
            |state| VirtualMachine::new(VmId::new("1"), "a".into(), state, true).with_definition(&saved);
        let at = |bus: u8| PciAddress::new(0, bus, 0, 0).unwrap();
        let all = |machine: &VirtualMachine| machine.functions().into_iter().collect::<Vec<_>>();
        let keyboard = |asked: &UsbHostDevice| asked.id == Some((0x046a, 0x0011));
        let mouse = |asked: &UsbHostDevice| asked.id == Some((0x046a, 0x0012));

        let off = machine(VmState::Off);
        assert_eq!(all(&off), [(at(1), Held::FromItsStart), (at(2), Held::FromItsStart)]);
        assert_eq!(off.has_usb(keyboard), Some(Held::FromItsStart));
        // What it runs with is not known: what is saved is taken for it.
        let running = machine(VmState::Running);
        assert_eq!(all(&running), [(at(1), Held::Now), (at(2), Held::Now)]);

        let place = "<address bus='3' device='4'/>";
        let live = domain(hostdev(2, 0) + &hostdev(3, 0) + &usb("0x0012", place));
        let running = running.with_live_definition(&live);
        let expected = [(at(1), Held::FromItsStart), (at(2), Held::Now), (at(3), Held::UntilItStops)];
        assert_eq!(all(&running), expected);
        assert_eq!(running.has_usb(keyboard), Some(Held::FromItsStart));
        assert_eq!(running.has_usb(mouse), Some(Held::UntilItStops));
        assert_eq!(running.has_usb(|_| false), None);
        assert_eq!(running.clone().with_live_definition("<domain").attached, None);
        let unread = VirtualMachine::new(VmId::new("1"), "a".into(), VmState::Running, true);
        let unread = unread.with_definition("<domain").with_live_definition(&live);
        let unsaved = [(at(2), Held::UntilItStops), (at(3), Held::UntilItStops)];
        assert_eq!(all(&unread), unsaved, "nobody knows what is saved");
        let transient = VirtualMachine::new(VmId::new("1"), "a".into(), VmState::Running, false);
        let transient = transient.with_definition(&live).with_live_definition(&live);
        assert_eq!(all(&transient), unsaved, "nothing is");
    }
}
