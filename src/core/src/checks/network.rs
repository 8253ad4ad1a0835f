//! Checks of the network: the host's way out, and how guests get theirs.

use super::ask::untold;
use super::device::{functions_of_kind, path};
use super::examination::Examination;
use super::{Answer, Check, CheckId, DeviceFix, Evidence, Fix, Need, Subject, Value, Weight};
use crate::devices::network::InterfaceKind;
use crate::devices::{Interface, Use};
use crate::host::Function;
use crate::model::Model;
use crate::pci::DeviceKind;
use crate::reading::Reading;

const ROUTES: &str = "/proc/net/route";
const NET: &str = "/sys/class/net";

pub(super) const CHECKS: &[Check] = &[
    Subject::Network.check(
        CheckId::NetworkWayOut,
        Weight::Important,
        "kernel, net/ipv4/fib_trie.c (/proc/net/route), net/ipv6/route.c",
        way_out,
    ),
    Subject::Network.check(
        CheckId::NetworkWireless,
        Weight::Advice,
        "IEEE 802.11-2020, section 9.3.2 (three addresses); libvirt wiki, Networking (bridged networking and wireless)",
        wireless,
    ),
    Subject::Network.check(
        CheckId::NetworkDefault,
        Weight::Advice,
        "libvirt, docs/formatnetwork.rst (NAT based network “default”)",
        default_network,
    ),
    Subject::Network.check(
        CheckId::NetworkBridge,
        Weight::Advice,
        "libvirt, docs/formatdomain.rst (bridge to LAN); kernel, Documentation/ABI/testing/sysfs-class-net",
        bridge,
    ),
    Subject::Network.check(
        CheckId::NetworkVirtualFunctions,
        Weight::Important,
        "kernel, drivers/vfio/pci/vfio_pci_core.c (“Cannot bind to PF with SR-IOV enabled”)",
        virtual_functions,
    ),
];

const KINDS: [DeviceKind; 2] = [DeviceKind::Network, DeviceKind::Wireless];

fn way_out(model: &Examination<'_>) -> Vec<Answer> {
    let answer = |function: &Function| {
        let route = model.uses_of(function.address).into_iter().find_map(|by| match by {
            Use::DefaultRoute { interface, only: true, .. } => Some(interface),
            _ => None,
        });
        let answer = match route {
            Some(interface) => {
                let seen = Evidence::value(ROUTES, interface.clone());
                Answer::to_do(Fix::Device(DeviceFix::AnotherRoute)).saying("interface", interface).saw(seen)
            }
            None if model.devices.network.routes_known => Answer::ok().saw(Evidence::value(ROUTES, "")),
            None => untold(model, ROUTES),
        };
        answer.about([function.address])
    };
    functions_of_kind(&model.host, &KINDS).map(answer).collect()
}

/// The interfaces of hardware that the default routes go through.
fn hardware(model: &Model) -> Vec<&Interface> {
    model.devices.network.ways_out().into_iter().flat_map(|(_, hardware)| hardware).collect()
}

fn wireless(model: &Examination<'_>) -> Vec<Answer> {
    if !model.devices.network.routes_known {
        return vec![untold(model, ROUTES)];
    }
    let ways = hardware(model);
    let seen = |interface: &&Interface| Evidence::value(format!("{NET}/{}", interface.name), "");
    let wireless = ways.iter().find(|interface| interface.kind == InterfaceKind::Wireless);
    let wired = ways.iter().any(|interface| interface.kind == InterfaceKind::Wired);
    vec![match wireless {
        Some(interface) if !wired => Answer::to_do(Fix::Device(DeviceFix::Nat))
            .saying("interface", interface.name.clone())
            .saw(seen(interface)),
        _ => Answer::ok().saw(Evidence::value(ROUTES, "")),
    }]
}

/// The bridges that libvirt makes for its networks are called so.
fn is_libvirts(interface: &Interface) -> bool {
    interface.name.starts_with("virbr")
}

fn default_network(model: &Examination<'_>) -> Vec<Answer> {
    let network = &model.devices.network;
    if network.interfaces.is_empty() {
        return vec![Answer::could_not_tell(Need::Path(NET.to_owned())).saw(Evidence::absent(NET))];
    }
    vec![match network.bridges().find(|interface| is_libvirts(interface)) {
        Some(interface) => Answer::ok().saw(Evidence::value(format!("{NET}/{}", interface.name), "")),
        None => {
            let seen = Evidence::absent(format!("{NET}/virbr0"));
            Answer::to_do(Fix::Device(DeviceFix::StartDefaultNetwork)).saw(seen)
        }
    }]
}

/// A bridge of which a Wi-Fi card is a port carries no frames of guests.
fn bridge(model: &Examination<'_>) -> Vec<Answer> {
    let network = &model.devices.network;
    let mut answers = Vec::new();
    for bridge in network.bridges().filter(|bridge| !is_libvirts(bridge)) {
        let below = network.hardware_of(&bridge.name);
        let wireless = below.iter().find(|port| port.kind == InterfaceKind::Wireless);
        let seen = Evidence::value(format!("{NET}/{}", bridge.name), "");
        answers.push(match wireless {
            Some(port) => Answer::to_do(Fix::Device(DeviceFix::Nat))
                .about(port.function)
                .saying("bridge", bridge.name.clone())
                .saying("interface", port.name.clone())
                .saw(seen)
                .saw(Evidence::value(format!("{NET}/{}/master", port.name), bridge.name.clone())),
            None => Answer::ok().about(below.iter().filter_map(|port| port.function)).saw(seen),
        });
    }
    answers
}

fn virtual_functions(model: &Examination<'_>) -> Vec<Answer> {
    let answer = |function: &Function| {
        let at = path(function.address, "sriov_numvfs");
        Some(match &model.devices.function(function.address)?.details.virtual_functions {
            Reading::Known((on, most)) if *on > 0 => {
                let fix = DeviceFix::VirtualFunctionsOff { address: function.address };
                Answer::to_do(Fix::Device(fix))
                    .about([function.address])
                    .with("number", Value::Number((*on).into()))
                    .with("most", Value::Number((*most).into()))
                    .saw(Evidence::value(at, on.to_string()))
            }
            Reading::Known((on, _)) => {
                Answer::ok().about([function.address]).saw(Evidence::value(at, on.to_string()))
            }
            Reading::Absent => return None,
            unknown => {
                let seen = Evidence::absent(at.clone());
                Answer::could_not_tell(Need::of(unknown, &at)).about([function.address]).saw(seen)
            }
        })
    };
    functions_of_kind(&model.host, &KINDS).filter_map(answer).collect()
}
