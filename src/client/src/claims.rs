//! What virtual machines claim of the host's devices, for core, which knows no libvirt.
//!
//! Made of what their saved definitions say, and those that they run with. A USB device is found by its ids or by bus and
//! number, as libvirt does it.

use std::collections::BTreeMap;

use gangway_core::devices::usb::UsbDevice;
use gangway_core::devices::{Claimed, Usb, VmClaim};
use gangway_core::pci::PciAddress;
use gangway_domain::view::UsbHostDevice;

use crate::hypervisor::{Held, VirtualMachine};

/// A virtual machine that has a device, or gets it when it starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// Its name.
    pub vm: String,
    /// Whether it has it now, or gets it with its next start.
    pub held: Held,
}

impl Owner {
    fn of(vm: &VirtualMachine, held: Held) -> Self {
        Self { vm: vm.name.clone(), held }
    }
}

/// The virtual machines that have each function, those that run with it first.
pub type Owners = BTreeMap<PciAddress, Vec<Owner>>;

/// Which virtual machines have which function.
pub fn owners(vms: &[VirtualMachine]) -> Owners {
    let mut owners = Owners::new();
    for vm in vms {
        for (address, held) in vm.functions() {
            owners.entry(address).or_default().push(Owner::of(vm, held));
        }
    }
    owners.values_mut().for_each(|owners| owners.sort_by_key(|owner| !owner.held.is_now()));
    owners
}

/// The virtual machine that a function can be taken back from: one whose saved definition has it, and of several the one that
/// runs with it, or else the first.
pub fn holder(vms: &[VirtualMachine], address: PciAddress) -> Option<&VirtualMachine> {
    let held = |vm: &VirtualMachine| vm.functions().get(&address).copied().filter(|held| held.is_saved());
    let holding = vms.iter().filter_map(|vm| Some((vm, held(vm)?)));
    holding.min_by_key(|(_, held)| !held.is_now()).map(|(vm, _)| vm)
}

/// The virtual machine that runs with a function which cannot be taken back from it.
pub fn user(vms: &[VirtualMachine], address: PciAddress) -> Option<&VirtualMachine> {
    vms.iter().find(|vm| vm.functions().get(&address) == Some(&Held::UntilItStops))
}

/// Which virtual machines ask for which USB device, by the name of its port. Where several fit what one asks for, all of
/// them may be meant.
pub fn usb_owners(vms: &[VirtualMachine], usb: &Usb) -> BTreeMap<String, Vec<Owner>> {
    let mut owners: BTreeMap<String, Vec<Owner>> = BTreeMap::new();
    for device in &usb.devices {
        let owner = |vm: &VirtualMachine| Some(Owner::of(vm, vm.has_usb(|asked| fits(device, asked))?));
        let mut asking: Vec<Owner> = vms.iter().filter_map(owner).collect();
        if !asking.is_empty() {
            asking.sort_by_key(|owner| !owner.held.is_now());
            owners.insert(device.port.clone(), asking);
        }
    }
    owners
}

/// USB devices that saved definitions of virtual machines ask for and that are not plugged in. A machine that runs is
/// told of as one that has it now: it wants it now.
pub fn not_plugged_in(vms: &[VirtualMachine], usb: &Usb) -> Vec<(Owner, UsbHostDevice)> {
    let missing = |wanted: &&UsbHostDevice| !usb.devices.iter().any(|device| fits(device, wanted));
    let owner = |vm: &VirtualMachine| {
        Owner::of(vm, if vm.state.is_active() { Held::Now } else { Held::FromItsStart })
    };
    vms.iter().flat_map(|vm| vm.usb.iter().filter(missing).map(|wanted| (owner(vm), *wanted))).collect()
}

/// The claims of virtual machines, in order of theirs. Where several USB devices fit, all of them may be meant.
pub fn claims(vms: &[VirtualMachine], usb: &Usb) -> Vec<VmClaim> {
    let mut claims = Vec::new();
    for vm in vms {
        let claim = |device, held: Held| VmClaim { vm: vm.name.clone(), running: held.is_now(), device };
        claims.extend(
            vm.functions().into_iter().map(|(address, held)| claim(Claimed::Function(address), held)),
        );
        claims.extend(usb.devices.iter().filter_map(|device| {
            let held = vm.has_usb(|asked| fits(device, asked))?;
            Some(claim(Claimed::UsbDevice(device.port.clone()), held))
        }));
    }
    claims
}

fn fits(device: &UsbDevice, wanted: &UsbHostDevice) -> bool {
    let id = device.id.known().map(|id| (id.vendor, id.product));
    let place = device.number.map(|number| (device.bus, number));
    let same = |wanted: Option<(u16, u16)>, found| wanted.is_none_or(|wanted| found == Some(wanted));
    same(wanted.id, id) && same(wanted.place, place)
}

#[cfg(test)]
mod tests {
    use gangway_core::devices::{Devices, Loss, Use, uses};
    use gangway_core::host::Host;
    use gangway_core::machine_file::MachineFile;
    use gangway_core::source::Source;

    use super::*;
    use crate::hypervisor::fake::hostdev;
    use crate::hypervisor::{VmId, VmState};

    fn vm(name: &str, state: VmState, devices: &str) -> VirtualMachine {
        let xml = format!("<domain type='kvm'><name>{name}</name><devices>{devices}</devices></domain>");
        VirtualMachine::new(VmId::new(name), name.to_owned(), state, true).with_definition(&xml)
    }

    #[test]
    fn machines_claim_functions_and_what_is_plugged_in() {
        let text = include_bytes!("../machines/workshop.host");
        let source = Source::machine(&MachineFile::parse(text).unwrap());
        let host = Host::scan(&source);
        let devices = Devices::read(&source, &host);
        let card = &hostdev(1, 0);
        let keyboard = "<hostdev mode='subsystem' type='usb'><source><vendor id='0x046a'/><product id='0x0011'/></source></hostdev>";
        let gone =
            "<hostdev mode='subsystem' type='usb'><source><address bus='9' device='9'/></source></hostdev>";
        let vms =
            [vm("win11", VmState::Off, card), vm("box", VmState::Running, &format!("{keyboard}{gone}"))];
        let claims = claims(&vms, &devices.usb);
        let address = "01:00.0".parse().unwrap();
        let expected = [
            VmClaim { vm: "win11".to_owned(), running: false, device: Claimed::Function(address) },
            VmClaim { vm: "box".to_owned(), running: true, device: Claimed::UsbDevice("3-1".to_owned()) },
        ];
        assert_eq!(claims, expected);
        let owner = |vm: &str, held| Owner { vm: vm.to_owned(), held };
        assert_eq!(owners(&vms), Owners::from([(address, vec![owner("win11", Held::FromItsStart)])]));
        let usb = &devices.usb;
        assert_eq!(
            usb_owners(&vms, usb),
            BTreeMap::from([("3-1".to_owned(), vec![owner("box", Held::Now)])])
        );
        let missing = UsbHostDevice { id: None, place: Some((9, 9)) };
        assert_eq!(not_plugged_in(&vms, usb), [(owner("box", Held::Now), missing)]);
        let controller = "0b:00.3".parse().unwrap();
        let found = uses::uses(&host, &devices, &claims, &[controller]);
        let machine = Use::VirtualMachine { name: "box".to_owned(), running: true };
        assert!(found.iter().any(|used| used.by == machine && used.by.loss() == Loss::Use), "{found:?}");
        assert!(found.iter().any(|used| matches!(&used.by, Use::Keyboard { only: true, .. })));
    }

    #[test]
    fn what_was_attached_to_a_running_machine_is_its_own_and_what_waits_for_its_start_is_not_in_use() {
        let live = format!("<domain><devices>{}</devices></domain>", hostdev(2, 0));
        let vms = [vm("box", VmState::Running, &hostdev(1, 0)).with_live_definition(&live)];
        let held = |owners: &[Owner]| owners.iter().map(|owner| owner.held).collect::<Vec<_>>();
        let found: Vec<_> = owners(&vms).iter().map(|(at, own)| (at.to_string(), held(own))).collect();
        let expected = [
            ("0000:01:00.0".to_owned(), vec![Held::FromItsStart]),
            ("0000:02:00.0".to_owned(), vec![Held::UntilItStops]),
        ];
        assert_eq!(found, expected);
        let claimed: Vec<bool> = claims(&vms, &Usb::default()).iter().map(|claim| claim.running).collect();
        assert_eq!(claimed, [false, true]);
    }

    #[test]
    fn a_device_is_taken_back_from_a_definition_that_has_it() {
        let card = &hostdev(1, 0);
        let live = format!("<domain><devices>{card}</devices></domain>");
        let address = "01:00.0".parse().unwrap();
        let (off, on) = (vm("off", VmState::Off, card), vm("on", VmState::Running, card));
        let user = vm("user", VmState::Running, "").with_live_definition(&live);
        let transient = VirtualMachine { persistent: false, ..vm("transient", VmState::Running, card) };
        let told = |vms: &[VirtualMachine]| {
            [holder(vms, address), super::user(vms, address)].map(|vm| vm.map(|vm| vm.name.clone()))
        };
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(told(&[off.clone(), on.clone()]), [name("on"), None]);
        assert_eq!(told(&[user.clone(), off.clone()]), [name("off"), name("user")]);
        assert_eq!(told(&[user]), [None, name("user")]);
        assert_eq!(told(&[transient]), [None, name("transient")]);
    }

    #[test]
    fn of_several_machines_the_one_that_runs_comes_first() {
        let card = &hostdev(1, 0);
        let vms = [vm("a", VmState::Off, card), vm("b", VmState::Paused, card)];
        let owners = owners(&vms);
        let names: Vec<&str> = owners.values().flatten().map(|owner| owner.vm.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
    }
}
