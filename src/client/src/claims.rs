//! What virtual machines claim of the host's devices, for core, which knows no libvirt.
//!
//! Made of what their saved definitions say. A USB device is found by its ids or by bus and number, as libvirt does it.

use gangway_core::devices::usb::UsbDevice;
use gangway_core::devices::{Claimed, Usb, VmClaim};
use gangway_domain::view::UsbHostDevice;

use crate::hypervisor::VirtualMachine;

/// The claims of virtual machines, in order of theirs. Where several USB devices fit, all of them may be meant.
pub fn claims(vms: &[VirtualMachine], usb: &Usb) -> Vec<VmClaim> {
    let mut claims = Vec::new();
    for vm in vms {
        let claim = |device| VmClaim { vm: vm.name.clone(), running: vm.state.is_active(), device };
        claims.extend(vm.devices.iter().map(|address| claim(Claimed::Function(*address))));
        for wanted in &vm.usb {
            let fitting = usb.devices.iter().filter(|device| fits(device, wanted));
            claims.extend(fitting.map(|device| claim(Claimed::UsbDevice(device.port.clone()))));
        }
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
        let card = "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' function='0'/></source></hostdev>";
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
        let controller = "0b:00.3".parse().unwrap();
        let found = uses::uses(&host, &devices, &claims, &[controller]);
        let machine = Use::VirtualMachine { name: "box".to_owned(), running: true };
        assert!(found.iter().any(|used| used.by == machine && used.by.loss() == Loss::Use), "{found:?}");
        assert!(found.iter().any(|used| matches!(&used.by, Use::Keyboard { only: true, .. })));
    }
}
