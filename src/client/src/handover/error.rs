//! Why devices cannot be handed over, why a change could not be planned, and why it was not applied. Values
//! with what they are about; `text::handover` makes the sentences.

use std::path::PathBuf;

use gangway_core::host::GroupId;
use gangway_core::leaving;
use gangway_core::pci::PciAddress;
use gangway_domain::{EditError, ParseError};

use super::NotChosen;
use crate::hypervisor::HypervisorError;
use crate::store::StoreError;

/// Why devices cannot be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The host needs them, or cannot isolate them.
    Host(leaving::Refusal),
    /// Another virtual machine has it.
    Claimed {
        /// The function.
        address: PciAddress,
        /// That machine's name.
        vm: String,
    },
    /// Another virtual machine has the rest of the group: a group cannot be split between two.
    GroupClaimed {
        /// The group.
        group: GroupId,
        /// The other function.
        address: PciAddress,
        /// That machine's name.
        vm: String,
    },
    /// The virtual machine has all of it already.
    AlreadyThere {
        /// The functions.
        addresses: Vec<PciAddress>,
        /// The machine's name.
        vm: String,
    },
    /// The virtual machine has the address, and another device was chosen with it.
    NotChosen(Box<NotChosen>),
}

impl From<leaving::Refusal> for Refusal {
    fn from(refusal: leaving::Refusal) -> Self {
        Self::Host(refusal)
    }
}

impl From<Refusal> for PlanError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why a change could not be planned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The devices cannot be handed over.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// The hypervisor failed.
    #[error(transparent)]
    Hypervisor(#[from] HypervisorError),
    /// The machine has no saved definition, so there is nothing to change.
    #[error("{vm} has no saved definition")]
    NotSaved {
        /// Its name.
        vm: String,
    },
    /// Its definition is not one that can be read.
    #[error("the definition of {vm}: {error}")]
    Definition {
        /// The machine's name.
        vm: String,
        /// Where and why.
        error: ParseError,
    },
    /// The change cannot be made in its definition.
    #[error("the definition of {vm}: {error}")]
    Edit {
        /// The machine's name.
        vm: String,
        /// Why.
        error: EditError,
    },
    /// To take back was asked what the machine does not have.
    #[error("{vm} does not have {address}")]
    NotHeld {
        /// The machine's name.
        vm: String,
        /// The function.
        address: PciAddress,
    },
    /// What shall be put back is the definition of another machine, or the machine had another name.
    #[error("a definition of {former}, not of {vm}")]
    OfAnother {
        /// The machine's name.
        vm: String,
        /// The name in the definition, or else its UUID.
        former: String,
    },
    /// What shall be put back is in place.
    #[error("{vm} has this definition already")]
    Same {
        /// The machine's name.
        vm: String,
    },
    /// The path of the ROM file is relative; libvirt needs a whole one.
    #[error("{path}: not an absolute path")]
    RomRelative {
        /// The path.
        path: PathBuf,
    },
    /// The path of the ROM file holds a zero byte, or bytes that are not text.
    #[error("{path}: not a path that libvirt can hold")]
    RomName {
        /// The path.
        path: PathBuf,
    },
    /// A ROM file was given, and nothing that is handed over takes one.
    #[error("{path}: nothing takes a ROM")]
    RomUnused {
        /// The path.
        path: PathBuf,
    },
}

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The former definition could not be kept, so nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The hypervisor refused or failed. Nothing has changed.
    #[error("{vm}: {error}")]
    Define {
        /// The machine's name.
        vm: String,
        /// What libvirt said.
        error: HypervisorError,
    },
    /// The connection broke before libvirt answered: the change may be there or not.
    #[error("{vm}: {error}")]
    Unsure {
        /// The machine's name.
        vm: String,
        /// How it broke.
        error: HypervisorError,
        /// Where the former definition is kept.
        kept: PathBuf,
    },
    /// libvirt took the definition but left out devices.
    #[error("{vm}: libvirt left out {missing:?}")]
    LeftOut {
        /// The machine's name.
        vm: String,
        /// Functions that should be in the definition and are not, or the other way about.
        missing: Vec<PciAddress>,
        /// Whether the former definition is back in place.
        restored: bool,
        /// Where the former definition is kept.
        kept: PathBuf,
    },
    /// Another machine got one of the devices since the change was planned.
    #[error("{address}, meant for {vm}, belongs to {other}")]
    Claimed {
        /// The machine's name.
        vm: String,
        /// The function.
        address: PciAddress,
        /// The other machine's name.
        other: String,
        /// Where the former definition is kept, if it could not be put back; else the machine is as it was.
        kept: Option<PathBuf>,
    },
}
