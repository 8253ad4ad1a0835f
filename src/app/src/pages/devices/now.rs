//! What can be done with a device at once: it can be given to vfio-pci, or be given back. Offered only where it makes sense;
//! whether it can be done in the end is the planner's word.

use gangway_client::hypervisor::{Held, VirtualMachine};
use gangway_core::host::{Function, Host};
use gangway_core::leaving::going;
use gangway_core::pci::{DriverName, PciAddress};
use gangway_core::plan::Intent;

/// What is offered for a device that these virtual machines may have.
pub fn intent(host: &Host, machines: &[VirtualMachine], device: PciAddress) -> Option<Intent> {
    let having =
        |address: PciAddress| machines.iter().filter_map(move |vm| vm.functions().get(&address).copied());
    let card = host.card_of(device)?;
    let mut kept = host.functions_of(card).filter(|function| is_kept(function)).peekable();
    if kept.peek().is_some() {
        // libvirt takes what it took itself back when the machine stops.
        let used = kept.any(|function| having(function.address).any(Held::is_now));
        return (!used).then_some(Intent::GiveBack { device });
    }
    if having(device).next().is_some() {
        return None;
    }
    let whole_group = going(host, &[device], false).is_err();
    let going = going(host, &[device], whole_group).ok()?;
    let free = going
        .functions
        .iter()
        .filter_map(|address| host.function(*address))
        .any(|function| !is_kept(function));
    free.then_some(Intent::Bind { device, whole_group })
}

fn is_kept(function: &Function) -> bool {
    function.driver.known().is_some_and(DriverName::is_vfio)
}

#[cfg(test)]
mod tests {
    use gangway_client::demo::DemoMachine;
    use gangway_client::hypervisor::{VmId, VmState};
    use gangway_client::target::{HostChoice, Target};
    use gangway_core::reading::Reading;

    use super::*;

    fn host() -> Host {
        let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
        Host::scan(&target.source().unwrap())
    }

    fn at(address: &str) -> PciAddress {
        address.parse().unwrap()
    }

    fn vm(state: VmState) -> VirtualMachine {
        let devices = vec![at("0000:01:00.0")];
        VirtualMachine { devices, ..VirtualMachine::new(VmId::new("a"), "a".to_owned(), state, true) }
    }

    #[test]
    fn a_free_card_can_be_bound_and_a_bound_one_given_back() {
        let mut host = host();
        let device = at("0000:01:00.0");
        let bind = Intent::Bind { device, whole_group: false };
        assert_eq!(intent(&host, &[], device), Some(bind));
        assert_eq!(intent(&host, &[vm(VmState::Off)], device), None, "its machine takes it by itself");
        for function in host.functions.iter_mut().filter(|function| function.card == device) {
            function.driver = Reading::Known(DriverName::new("vfio-pci").unwrap());
        }
        assert_eq!(intent(&host, &[vm(VmState::Off)], device), Some(Intent::GiveBack { device }));
        assert_eq!(intent(&host, &[vm(VmState::Running)], device), None, "it is in use");
    }

    #[test]
    fn what_must_stay_is_not_offered_and_a_shared_group_goes_whole() {
        let host = host();
        let bridge = host
            .functions
            .iter()
            .find(|function| function.kind() == gangway_core::pci::DeviceKind::PciBridge);
        assert_eq!(intent(&host, &[], bridge.unwrap().address), None);
        let shared = at("0000:02:00.0");
        assert_eq!(intent(&host, &[], shared), Some(Intent::Bind { device: shared, whole_group: true }));
    }
}
