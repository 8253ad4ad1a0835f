//! How a hand-over stands, and what can be done next: a table over what became of the host's side and of the virtual
//! machine's. Pure: what the sides are is read by others.

use gangway_core::pci::PciAddress;

use super::Wish;
use crate::hypervisor::VirtualMachine;

/// What became of the host's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostSide {
    /// It cannot be told.
    Unknown,
    /// The host does not reserve the card.
    Nothing,
    /// The host does not reserve the card, and cannot as long as it reserves another one.
    Other,
    /// A change of it is being made, or was when the root service ended; the service brings it to an end.
    Working,
    /// It is reserved with the next start.
    Waiting,
    /// This start is a trial of it.
    OnTrial {
        /// Whether what was promised holds.
        holds: bool,
    },
    /// The trial ended, and this is the former system.
    Failed,
    /// It was kept: every start has it.
    Kept {
        /// Whether what was promised holds.
        holds: bool,
    },
    /// It was kept, and this start is one of the former system.
    Aside,
}

/// What became of the virtual machine's side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GuestSide {
    /// libvirt cannot be asked, or the definition cannot be read.
    Unknown,
    /// There is no such virtual machine any more.
    Gone,
    /// It has none of the functions.
    Waits,
    /// It has some of them.
    Part,
    /// It has all of them.
    Has,
    /// Another one has one of them.
    Taken {
        /// Its name.
        vm: String,
    },
}

/// Something that can be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// Begin anew with the host's side.
    Begin,
    /// Start the computer again.
    Restart,
    /// Give the card to the virtual machine: planned anew, and reviewed.
    Give,
    /// Start the virtual machine.
    Start,
    /// Keep the reservation for every start.
    Confirm,
    /// Take the card from the virtual machine, which the host no longer leaves alone.
    Take,
    /// Take both sides back: the virtual machine's first, if it has the card.
    Undo,
    /// Forget that it was wished.
    Forget,
}

/// How a hand-over stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The host's side.
    pub host: HostSide,
    /// The virtual machine's side.
    pub guest: GuestSide,
    /// What can be done next, what is best first.
    pub next: Vec<Next>,
    /// Whether nothing is left of the wish: all of it is fulfilled, or all of it was taken back.
    pub over: bool,
}

impl HostSide {
    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Nothing => "nothing",
            Self::Other => "other",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::OnTrial { holds: true } => "on-trial",
            Self::OnTrial { holds: false } => "on-trial-broken",
            Self::Failed => "failed",
            Self::Kept { holds: true } => "kept",
            Self::Kept { holds: false } => "kept-broken",
            Self::Aside => "aside",
        }
    }

    /// What can be done next where no virtual machine waits for the card.
    pub fn next(self) -> Vec<Next> {
        match self {
            Self::Unknown | Self::Nothing | Self::Other | Self::Working => vec![],
            Self::Waiting | Self::Aside => vec![Next::Restart, Next::Undo],
            Self::OnTrial { holds: true } => vec![Next::Confirm, Next::Undo],
            Self::OnTrial { holds: false } | Self::Failed | Self::Kept { .. } => vec![Next::Undo],
        }
    }

    /// Whether the host leaves the card alone in this start, so that a virtual machine can have it.
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::OnTrial { holds: true } | Self::Kept { holds: true })
    }
}

impl GuestSide {
    /// The word for programs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Gone => "gone",
            Self::Waits => "waits",
            Self::Part => "part",
            Self::Has => "has",
            Self::Taken { .. } => "taken",
        }
    }
}

impl Next {
    /// The word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Restart => "restart",
            Self::Give => "give",
            Self::Start => "start",
            Self::Confirm => "confirm",
            Self::Take => "take",
            Self::Undo => "undo",
            Self::Forget => "forget",
        }
    }
}

impl Standing {
    /// How a wish stands on these two sides.
    pub fn of(wish: &Wish, host: HostSide, guest: GuestSide) -> Self {
        use GuestSide::{Gone, Has, Part, Taken, Unknown, Waits};
        use Next::{Begin, Confirm, Forget, Give, Restart, Start, Take, Undo};
        let next = match (host, &guest) {
            // The root service ends it by itself, or says what it needs.
            (HostSide::Working, _) => vec![],
            (HostSide::Unknown, _) | (HostSide::Nothing | HostSide::Other, Unknown | Gone | Taken { .. }) => {
                vec![Forget]
            }
            (HostSide::Nothing, Waits) => vec![Begin, Forget],
            // Started now, it would pull the card from a driver that uses it.
            (HostSide::Nothing, Has | Part) => vec![Take, Begin, Forget],
            (HostSide::Other, Waits) => vec![Forget],
            (HostSide::Other, Has | Part) => vec![Take, Forget],
            (HostSide::Waiting | HostSide::Aside, Has | Part) => vec![Restart, Take, Undo],
            (HostSide::Waiting | HostSide::Aside, _) => vec![Restart, Undo],
            (HostSide::OnTrial { holds: true }, Waits | Part) => vec![Give, Confirm, Undo],
            (HostSide::OnTrial { holds: true }, Has) => vec![Confirm, Start, Undo],
            (HostSide::OnTrial { holds: true }, _) => vec![Confirm, Undo, Forget],
            (HostSide::Kept { holds: true }, Waits | Part) => vec![Give, Undo],
            (HostSide::Kept { holds: true }, Has) => vec![Start, Undo],
            (HostSide::Kept { holds: true }, _) => vec![Undo, Forget],
            (
                HostSide::OnTrial { holds: false } | HostSide::Kept { holds: false } | HostSide::Failed,
                Has | Part,
            ) => vec![Undo, Take],
            (HostSide::OnTrial { holds: false } | HostSide::Kept { holds: false } | HostSide::Failed, _) => {
                vec![Undo]
            }
        };
        let over = match (host, &guest) {
            (HostSide::Kept { holds: true }, Has) => true,
            // It was carried out once, so it is not there because it was undone.
            (HostSide::Nothing, Waits | Gone) => wish.record.is_some(),
            _ => false,
        };
        Self { host, guest, next, over }
    }

    /// Whether this is possible now.
    pub fn allows(&self, next: Next) -> bool {
        self.next.contains(&next)
    }
}

impl GuestSide {
    /// What became of it among these virtual machines; none where libvirt cannot be asked.
    pub fn of(wish: &Wish, machines: Option<&[VirtualMachine]>) -> Self {
        let Some(machines) = machines else { return Self::Unknown };
        let functions = wish.addresses();
        let holds = |vm: &VirtualMachine, address: &PciAddress| vm.devices.contains(address);
        let Some(vm) = machines.iter().find(|vm| vm.id == wish.recipient.id) else { return Self::Gone };
        if vm.trouble.is_some() {
            return Self::Unknown;
        }
        match functions.iter().filter(|address| holds(vm, address)).count() {
            0 => {}
            held if held == functions.len() => return Self::Has,
            _ => return Self::Part,
        }
        let other = machines
            .iter()
            .filter(|other| other.id != vm.id)
            .find(|other| functions.iter().any(|address| holds(other, address)));
        match other {
            Some(other) => Self::Taken { vm: other.name.clone() },
            None => Self::Waits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::wish::tests::wish;
    use super::*;
    use crate::hypervisor::{VmId, VmState};

    /// One letter a next thing, so that the table can be read.
    fn letters(host: HostSide, guest: GuestSide) -> String {
        let letter = |next: &Next| match next {
            Next::Begin => 'b',
            Next::Restart => 'r',
            Next::Give => 'g',
            Next::Start => 's',
            Next::Confirm => 'c',
            Next::Take => 't',
            Next::Undo => 'u',
            Next::Forget => 'f',
        };
        Standing::of(&wish(), host, guest).next.iter().map(letter).collect()
    }

    #[test]
    fn what_can_be_done_next_by_both_sides() {
        let guests = [
            GuestSide::Waits,
            GuestSide::Part,
            GuestSide::Has,
            GuestSide::Taken { vm: "other".into() },
            GuestSide::Gone,
            GuestSide::Unknown,
        ];
        let good = HostSide::OnTrial { holds: true };
        let bad = HostSide::OnTrial { holds: false };
        let kept = HostSide::Kept { holds: true };
        let drifted = HostSide::Kept { holds: false };
        //                                 waits  part   has    taken  gone   unknown
        for (host, row) in [
            (HostSide::Unknown, ["f", "f", "f", "f", "f", "f"]),
            (HostSide::Nothing, ["bf", "tbf", "tbf", "f", "f", "f"]),
            (HostSide::Other, ["f", "tf", "tf", "f", "f", "f"]),
            (HostSide::Working, ["", "", "", "", "", ""]),
            (HostSide::Waiting, ["ru", "rtu", "rtu", "ru", "ru", "ru"]),
            (good, ["gcu", "gcu", "csu", "cuf", "cuf", "cuf"]),
            (bad, ["u", "ut", "ut", "u", "u", "u"]),
            (HostSide::Failed, ["u", "ut", "ut", "u", "u", "u"]),
            (kept, ["gu", "gu", "su", "uf", "uf", "uf"]),
            (drifted, ["u", "ut", "ut", "u", "u", "u"]),
            (HostSide::Aside, ["ru", "rtu", "rtu", "ru", "ru", "ru"]),
        ] {
            for (guest, expected) in guests.iter().zip(row) {
                assert_eq!(letters(host, guest.clone()), expected, "{host:?} {guest:?}");
            }
        }
    }

    /// What the whole order is for: a driver that uses the card never loses it to a virtual machine.
    #[test]
    fn the_virtual_machine_gets_the_card_only_from_a_host_that_leaves_it_alone() {
        for host in [
            HostSide::Unknown,
            HostSide::Nothing,
            HostSide::Other,
            HostSide::Working,
            HostSide::Waiting,
            HostSide::OnTrial { holds: false },
            HostSide::Failed,
            HostSide::Kept { holds: false },
            HostSide::Aside,
        ] {
            for guest in [GuestSide::Waits, GuestSide::Part, GuestSide::Has] {
                let standing = Standing::of(&wish(), host, guest);
                assert!(!standing.allows(Next::Give) && !standing.allows(Next::Start), "{standing:?}");
            }
        }
    }

    #[test]
    fn a_wish_is_over_when_it_is_fulfilled_or_taken_back() {
        let over = |wish: &Wish, host, guest| Standing::of(wish, host, guest).over;
        let carried_out = Wish { record: Some("r-1".into()), ..wish() };
        assert!(over(&carried_out, HostSide::Kept { holds: true }, GuestSide::Has));
        assert!(!over(&carried_out, HostSide::OnTrial { holds: true }, GuestSide::Has), "not kept yet");
        assert!(over(&carried_out, HostSide::Nothing, GuestSide::Waits), "undone");
        assert!(!over(&wish(), HostSide::Nothing, GuestSide::Waits), "stopped before it was carried out");
        assert!(!over(&carried_out, HostSide::Nothing, GuestSide::Has), "the virtual machine still has it");
        assert!(!over(&carried_out, HostSide::Nothing, GuestSide::Unknown));
    }

    #[test]
    fn the_side_of_the_virtual_machine_is_seen_in_the_list() {
        let machine = |uuid: &str, name: &str, devices: &[&str]| {
            let mut vm = VirtualMachine::new(VmId::new(uuid), name.into(), VmState::Off, true);
            vm.devices = devices.iter().map(|device| device.parse().unwrap()).collect();
            vm
        };
        let ours = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";
        let other = "11111111-1d52-d8f3-2516-782e98ab3fa0";
        let side = |machines: &[VirtualMachine]| GuestSide::of(&wish(), Some(machines));
        assert_eq!(GuestSide::of(&wish(), None), GuestSide::Unknown);
        assert_eq!(side(&[]), GuestSide::Gone);
        assert_eq!(side(&[machine(ours, "renamed", &[])]), GuestSide::Waits);
        assert_eq!(side(&[machine(ours, "win11", &["01:00.1", "03:00.0"])]), GuestSide::Part);
        assert_eq!(side(&[machine(ours, "win11", &["01:00.0", "01:00.1"])]), GuestSide::Has);
        let taken = [machine(ours, "win11", &[]), machine(other, "games", &["01:00.1"])];
        assert_eq!(side(&taken), GuestSide::Taken { vm: "games".into() });
        let mut unclear = machine(ours, "win11", &[]);
        unclear.trouble = Some("odd".into());
        assert_eq!(side(&[unclear]), GuestSide::Unknown);
    }
}
