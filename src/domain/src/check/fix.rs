//! What to do about a finding of a virtual machine. Values only; a command is for a person to read and run.

use gangway_core::model::Model;
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GuestFix {
    /// Hand over the rest of a card.
    HandOver {
        /// What is missing.
        functions: Vec<PciAddress>,
    },
    /// Take a device back, which is not there or not the one that was meant.
    TakeBack {
        /// The device.
        address: PciAddress,
    },
    /// Take a device back, and hand over the one that was chosen.
    ChooseAgain {
        /// What the definition has.
        address: PciAddress,
        /// Where the chosen one is, if it is anywhere.
        found: Option<PciAddress>,
    },
    /// Write something into the definition.
    Write {
        /// The element, as it stands in XML.
        element: &'static str,
    },
    /// Take something out of the definition.
    Remove {
        /// The element, as it stands in XML.
        element: &'static str,
    },
    /// Leave a device to one of two machines, or start one at a time.
    OneAtATime {
        /// The other one.
        other: String,
    },
    /// Shut a machine down that runs with a device which its definition does not have.
    ShutDown {
        /// That machine.
        other: String,
    },
    /// Put the file there, or leave it out.
    PutFile {
        /// Its path.
        path: String,
    },
    /// Reserve so many huge pages of the host.
    ReserveHugePages {
        /// How many.
        number: u64,
        /// The size of one in bytes.
        size: u64,
    },
    /// Give it less memory, or the host more.
    LessMemory,
    /// Raise the limit, or remove it.
    RaiseLimit {
        /// What it has to be at least, in bytes.
        least: u64,
    },
    /// Build a machine anew: what is installed would not start otherwise.
    NewMachine {
        /// What it should have, as the field calls it.
        wanted: &'static str,
    },
    /// Take the emulated display away once the card shows a picture.
    RemoveDisplay,
    /// Hide KVM where the driver in the machine is an old one, and only there.
    HideFromOldDriver,
    /// Switch on what Windows uses.
    HypervFeatures,
}

impl GuestFix {
    /// The command that does it on this machine, where one does.
    pub fn command(&self, machine: &str) -> Option<String> {
        let machine = quoted(machine);
        match self {
            Self::HandOver { functions } => {
                let functions: Vec<String> = functions.iter().map(PciAddress::to_string).collect();
                Some(format!("gangwayctl hand-over {} --to {machine}", functions.join(" ")))
            }
            Self::TakeBack { address } | Self::ChooseAgain { address, .. } => {
                Some(format!("gangwayctl take-back {address} --from {machine}"))
            }
            Self::Write { .. } | Self::Remove { .. } | Self::RaiseLimit { .. } | Self::HypervFeatures => {
                Some(format!("virsh edit {machine}"))
            }
            Self::OneAtATime { .. }
            | Self::ShutDown { .. }
            | Self::PutFile { .. }
            | Self::ReserveHugePages { .. }
            | Self::LessMemory
            | Self::NewMachine { .. }
            | Self::RemoveDisplay
            | Self::HideFromOldDriver => None,
        }
    }
}

impl GuestFix {
    /// What can be wanted of the host so that this is done for the user; none where a person does it.
    pub fn intent(&self, model: &Model) -> Option<Intent> {
        match self {
            Self::ReserveHugePages { number, size } => Intent::huge_pages(model, *size, *number),
            _ => None,
        }
    }
}

/// A name as one word of a shell.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word_of_a_shell() {
        let command = |name| GuestFix::HypervFeatures.command(name).unwrap();
        assert_eq!(command("win11"), "virsh edit win11");
        assert_eq!(command("my $(x) 'box'"), "virsh edit 'my $(x) '\\''box'\\'''");
        assert_eq!(command("-f"), "virsh edit '-f'");
        let functions = vec!["01:00.1".parse().unwrap(), "01:00.2".parse().unwrap()];
        let rest = GuestFix::HandOver { functions }.command("win11");
        assert_eq!(rest.as_deref(), Some("gangwayctl hand-over 0000:01:00.1 0000:01:00.2 --to win11"));
    }
}
