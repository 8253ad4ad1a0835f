//! A start on trial that does not work, which no demo comes to: told to the window as its thread would, with a card of the
//! demo's first machine and its virtual machine that waits for it.

use gangway_client::handover::FeatureWishes;
use gangway_client::hypervisor::{Hypervisor, VirtualMachine};
use gangway_client::saga::{Recipient, Wish};
use gangway_core::devices::Identity;
use gangway_core::host::Host;
use gangway_core::pci::PciAddress;
use gangway_core::reading::Reading;
use gangway_core::trial::{Broken, Early, Part, Promised, Standing, State, Trial, Verified};

use crate::dialogs::after_restart::state::Look;

/// The functions that leave with the card.
const CARD: [&str; 4] = ["0000:01:00.0", "0000:01:00.1", "0000:01:00.2", "0000:01:00.3"];

/// A trial of the card for a virtual machine, of which a driver of the host's took a part.
pub fn look(host: &Host, hypervisor: &dyn Hypervisor, vm: &VirtualMachine) -> Result<Look, String> {
    let addresses: Vec<PciAddress> = CARD.iter().filter_map(|address| address.parse().ok()).collect();
    let functions: Vec<Identity> =
        addresses.iter().filter_map(|address| Identity::of(host, None, *address)).collect();
    let quoted = |texts: Vec<String>| {
        texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<String>>().join(",")
    };
    let reserve: Vec<String> =
        functions.iter().map(|one| format!("{}={}:{}", one.address, one.id.0, one.id.1)).collect();
    let text = format!(
        "{{\"version\":1,\"record\":\"2026-11-21T17.40.00Z-1\",\"promise\":{{\"reserve\":\"{}\",\"devices\":[{}],\
         \"twins\":[],\"release\":\"6.12.48\",\"kernel\":\"/boot/gangway/vmlinuz\",\"image\":\"/boot/gangway/initrd.img\",\
         \"entry\":{{\"loader\":\"grub\",\"custom\":\"/boot/grub/custom.cfg\",\"env\":\"/boot/gangway/env\",\
         \"config\":\"/boot/grub/grub.cfg\"}},\"request\":\"loader\"}},\"image_sha256\":\"{}\",\
         \"armed_in\":\"2f2b5c53-7f44-4d26-9d1a-0d4a6f4f3a51\",\"stage\":{{\"stage\":\"armed\"}}}}",
        reserve.join(","),
        quoted(functions.iter().map(ToString::to_string).collect()),
        "0123456789abcdef".repeat(4),
    );
    let state = State::parse(&text).map_err(|error| error.to_string())?;
    let early = Early::Reserved(state.promise.reserve.clone());
    let mut parts = vec![Part::Argument, Part::Early, Part::Running];
    parts.extend(addresses.iter().map(|address| Part::Driver(*address)));
    parts.push(Part::Entry);
    let device = *addresses.first().ok_or("no card")?;
    let promised = |part: Part| {
        let broken = part == Part::Driver(device);
        let instead = Broken::Instead("nvidia".to_owned());
        let verified = if broken { Verified::Broken { instead, cause: None } } else { Verified::Holds };
        Promised { part, verified }
    };
    let wish = Wish {
        device,
        functions,
        whole_group: false,
        recipient: Recipient { id: vm.id.clone(), name: vm.name.clone(), connection: hypervisor.uri() },
        rom: None,
        features: FeatureWishes::default(),
        record: Some(state.record.clone()),
        begun: 1,
    };
    Ok(Look {
        trial: Trial {
            state: Reading::Known(state),
            standing: Standing::OnTrial { early },
            ..Trial::default()
        },
        parts: parts.into_iter().map(promised).collect(),
        wishes: vec![wish],
    })
}
