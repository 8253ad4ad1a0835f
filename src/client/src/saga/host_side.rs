//! The host's side of a hand-over, as this start of the computer shows it: what is kept of the reservation, and whether what
//! was promised of the card holds.

use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use gangway_core::source::Source;
use gangway_core::trial::{self, Part, Promised, Trial, Verified};
use gangway_protocol::wire::{RecordEntry, RecordState};

use super::HostSide;

impl HostSide {
    /// The side of a host that is read now, as far as it can be seen without the root service.
    pub fn read(source: &Source, functions: &[PciAddress]) -> Self {
        let trial = Trial::of(source);
        let parts = match (&trial.standing, trial.state.known()) {
            (trial::Standing::OnTrial { .. } | trial::Standing::Confirmed { .. }, Some(state)) => {
                trial::verify(state, &Model::read(source), None)
            }
            _ => Vec::new(),
        };
        Self::of(functions, &trial, &parts)
    }

    /// The side of a host of which this is known.
    pub fn of(functions: &[PciAddress], trial: &Trial, parts: &[Promised]) -> Self {
        use trial::Standing;
        let reserved = |address: &PciAddress| {
            let state = trial.state.known();
            state.is_some_and(|state| state.promise.devices.iter().any(|device| device.address == *address))
        };
        match &trial.standing {
            Standing::None => Self::Nothing,
            // Somebody else's argument may reserve it or not.
            Standing::Foreign { .. } | Standing::Unknown(_) => Self::Unknown,
            _ if functions.is_empty() || !functions.iter().all(reserved) => Self::Other,
            Standing::Waiting => Self::Waiting,
            Standing::OnTrial { .. } => Self::OnTrial { holds: holds(functions, parts) },
            Standing::Over { .. } => Self::Failed,
            Standing::Confirmed { .. } => Self::Kept { holds: holds(functions, parts) },
            Standing::Without => Self::Aside,
        }
    }

    /// The same with what the root service tells of changes that are being made of this device's reservation.
    #[must_use]
    pub fn with_records(self, device: PciAddress, records: &[RecordEntry]) -> Self {
        let working = |entry: &RecordEntry| match entry {
            RecordEntry::Record(record) => {
                matches!(record.state, RecordState::Interrupted | RecordState::UndoInterrupted)
                    && matches!(record.intent, Intent::Reserve { device: reserved, .. } if reserved == device)
            }
            RecordEntry::Unreadable { .. } => false,
        };
        if records.iter().any(working) { Self::Working } else { self }
    }
}

/// Whether the card is as a virtual machine needs it. Whether the next kernel will be started with the reservation, and
/// such, is no reason to keep it from one now.
fn holds(functions: &[PciAddress], parts: &[Promised]) -> bool {
    let about = |part: &Part| match part {
        Part::Argument | Part::Early | Part::Modules => true,
        Part::Device(address) | Part::Driver(address) => functions.contains(address),
        // Named by the first function of the group that is reserved.
        Part::Group(_) => true,
        _ => false,
    };
    let driven = |address: &PciAddress| {
        parts
            .iter()
            .any(|promised| promised.part == Part::Driver(*address) && promised.verified == Verified::Holds)
    };
    functions.iter().all(driven)
        && parts
            .iter()
            .filter(|promised| about(&promised.part))
            .all(|promised| promised.verified == Verified::Holds)
}

#[cfg(test)]
mod tests {
    use gangway_core::reading::Reading;
    use gangway_core::trial::{Broken, Early, Standing, State};

    use super::*;

    fn functions() -> Vec<PciAddress> {
        ["01:00.0", "01:00.1"].map(|address| address.parse().unwrap()).to_vec()
    }

    /// A reservation of the card, as it is kept.
    fn state() -> State {
        let text = r#"{
            "version": 1, "record": "2026-11-21T17.40.00Z-1",
            "promise": {
                "reserve": "0000:01:00.0=10de:2484,0000:01:00.1=10de:228b",
                "devices": ["0000:01:00.0 0000:00/01.0/00.0 10de:2484 -", "0000:01:00.1 0000:00/01.0/00.1 10de:228b -"],
                "twins": [], "release": "6.12.43",
                "kernel": "/boot/gangway/vmlinuz-6.12.43", "image": "/boot/gangway/initrd.img-6.12.43",
                "entry": { "loader": "grub", "custom": "/boot/grub/custom.cfg", "env": "/boot/gangway/env", "config": "/boot/grub/grub.cfg" },
                "request": "loader"
            },
            "image_sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "armed_in": "2f2b5c53-7f44-4d26-9d1a-0d4a6f4f3a51", "stage": { "stage": "armed" }
        }"#;
        State::parse(text).unwrap()
    }

    fn side(standing: Standing, parts: &[Promised]) -> HostSide {
        let trial = Trial { state: Reading::Known(state()), standing, ..Trial::default() };
        HostSide::of(&functions(), &trial, parts)
    }

    fn parts() -> Vec<Promised> {
        let mut parts = vec![Part::Argument, Part::Early, Part::Newest];
        parts.extend(
            functions().into_iter().flat_map(|address| [Part::Device(address), Part::Driver(address)]),
        );
        parts.into_iter().map(|part| Promised { part, verified: Verified::Holds }).collect()
    }

    #[test]
    fn each_standing_is_a_side() {
        let early = || Early::DidNotRun;
        assert_eq!(HostSide::of(&functions(), &Trial::default(), &[]), HostSide::Nothing);
        assert_eq!(side(Standing::Waiting, &[]), HostSide::Waiting);
        assert_eq!(side(Standing::OnTrial { early: early() }, &parts()), HostSide::OnTrial { holds: true });
        assert_eq!(side(Standing::OnTrial { early: early() }, &[]), HostSide::OnTrial { holds: false });
        assert_eq!(side(Standing::Over { why: None, early: None }, &[]), HostSide::Failed);
        assert_eq!(side(Standing::Confirmed { early: early() }, &parts()), HostSide::Kept { holds: true });
        assert_eq!(side(Standing::Without, &[]), HostSide::Aside);
        assert_eq!(side(Standing::Foreign { value: "x".into() }, &[]), HostSide::Unknown);
    }

    #[test]
    fn a_reservation_of_another_card_is_another_one() {
        let trial = Trial { state: Reading::Known(state()), standing: Standing::Waiting, ..Trial::default() };
        let more = ["01:00.0", "01:00.2"].map(|address| address.parse().unwrap());
        assert_eq!(HostSide::of(&more, &trial, &[]), HostSide::Other);
        assert_eq!(HostSide::of(&[], &trial, &[]), HostSide::Other);
    }

    #[test]
    fn the_card_has_to_be_as_promised_and_not_the_next_kernel() {
        let with = |part: Part| {
            let mut parts = parts();
            for promised in parts.iter_mut().filter(|promised| promised.part == part) {
                promised.verified = Verified::Broken { instead: Broken::Missing, cause: None };
            }
            side(Standing::Confirmed { early: Early::DidNotRun }, &parts)
        };
        assert_eq!(with(Part::Newest), HostSide::Kept { holds: true });
        for part in [Part::Early, Part::Driver(functions()[1]), Part::Device(functions()[0])] {
            assert_eq!(with(part), HostSide::Kept { holds: false });
        }
    }
}
