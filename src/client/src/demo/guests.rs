//! The virtual machines that a demo begins with: three definitions of our own making, as libvirt writes
//! them, one of which runs and has the onboard sound of the workshop already.

use gangway_core::host::Host;
use gangway_core::pci::{DeviceKind, PciAddress};
use gangway_domain::{AddDevices, Document, add};

use super::machine::DemoMachine;
use super::node::{Guest, RunState};

const WIN11: &str = include_str!("../../machines/win11.xml");
const UBUNTU: &str = include_str!("../../machines/ubuntu-workstation.xml");
const COMPUTE: &str = include_str!("../../machines/gpu-compute.xml");

/// The virtual machines as they are before anybody changed them.
pub(super) fn guests(machine: DemoMachine, host: &Host) -> Vec<Guest> {
    let ubuntu = match machine {
        DemoMachine::Workshop => onboard_sound(host).and_then(|address| with_device(UBUNTU, address)),
        DemoMachine::Studio | DemoMachine::Traveller => None,
    };
    let guest = |xml: String, state| Guest { xml, state };
    vec![
        guest(WIN11.to_owned(), RunState::Off),
        guest(ubuntu.unwrap_or_else(|| UBUNTU.to_owned()), RunState::Running),
        guest(COMPUTE.to_owned(), RunState::Off),
    ]
}

/// A sound function that is not part of a graphics card and has its group for itself.
fn onboard_sound(host: &Host) -> Option<PciAddress> {
    let sound = host.functions.iter().find(|function| {
        function.kind() == DeviceKind::Audio
            && host.card_of(function.address).is_some_and(|card| {
                host.functions_of(card).all(|other| other.kind() != DeviceKind::Graphics)
                    && host.group_of(function.address).is_some_and(|group| group.isolated)
            })
    })?;
    Some(sound.address)
}

fn with_device(xml: &str, address: PciAddress) -> Option<String> {
    let document = Document::parse(xml).ok()?;
    let devices = AddDevices { functions: vec![address], ..AddDevices::default() };
    Some(add(&document, &devices).ok()?.document.text().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::demo_source;

    #[test]
    fn the_definitions_are_different_machines_and_can_be_edited() {
        let mut seen = Vec::new();
        for xml in [WIN11, UBUNTU, COMPUTE] {
            let document = Document::parse(xml).unwrap();
            assert_eq!(document.domain_type(), Some("test"));
            assert!(document.pci_hostdevs().is_empty());
            seen.push((document.name().unwrap(), document.uuid().unwrap()));
        }
        let names: Vec<&str> = seen.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["win11", "ubuntu-workstation", "gpu-compute"]);
        seen.dedup_by(|a, b| a.1 == b.1);
        assert_eq!(seen.len(), 3);
    }

    #[test]
    fn the_workshops_sound_belongs_to_ubuntu_and_nothing_else_is_given_away() {
        for machine in DemoMachine::ALL {
            let host = Host::scan(&demo_source(machine).unwrap());
            let held: Vec<usize> = guests(machine, &host)
                .iter()
                .map(|guest| Document::parse(guest.xml.as_str()).unwrap().pci_hostdevs().len())
                .collect();
            let sound = usize::from(machine == DemoMachine::Workshop);
            assert_eq!(held, [0, sound, 0], "{}", machine.id());
        }
    }
}
