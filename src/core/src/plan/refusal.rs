//! Why an intent is not planned: each reason a value with what it is about. The sentences, and the ways out, are the
//! client's.

use serde::{Deserialize, Serialize};

use super::HugePageSize;
use crate::checks::{CheckId, Package};
use crate::config::{self, ConfigError};
use crate::devices::{Crowd, Use};
use crate::host::{GroupId, IommuOff};
use crate::leaving;
use crate::pci::PciAddress;
use crate::system::Family;
use crate::trial::{Broken, Part};

/// A reason against an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "kebab-case")]
pub enum Refusal {
    /// The device cannot leave the host.
    Stays(leaving::Refusal),
    /// A function's ids could not be read, so it could not be told from another later.
    NoIdentity {
        /// The function.
        address: PciAddress,
    },
    /// It is used in a way that must end before it can be taken away.
    InUse {
        /// The function.
        address: PciAddress,
        /// The use.
        by: Use,
    },
    /// Whether a program uses it cannot be told, since programs of others are hidden.
    HoldersHidden {
        /// The function that was named.
        address: PciAddress,
    },
    /// More files are open than are looked through, so whether a program uses it cannot be told.
    ManyFiles {
        /// The function that was named.
        address: PciAddress,
        /// Who has how many.
        crowd: Crowd,
    },
    /// The root service waits for a driver that lets go of it, or takes it up.
    DriverWaits {
        /// The function.
        address: PciAddress,
        /// Whether it was given up: only a restart of the computer ends it.
        hangs: bool,
    },
    /// The running kernel has no such module.
    NoModule {
        /// The module.
        module: String,
        /// The kernel.
        release: String,
    },
    /// Something is not installed that must be.
    NotInstalled {
        /// What.
        package: Package,
        /// Whose names it is installed by.
        family: Family,
    },
    /// The init system, or how it runs this service, is not one that we know.
    UnknownService {
        /// The service.
        service: String,
    },
    /// The caller has no account in `/etc/passwd`, so it cannot be put into a group there.
    NoAccount {
        /// The user's number.
        uid: u32,
    },
    /// A file of configuration cannot be changed without guessing.
    NotUnderstood {
        /// The file.
        path: String,
        /// Its line, from 1, where one is to blame.
        line: Option<usize>,
        /// What stands in the way, in the editor's words.
        reason: String,
    },
    /// A file could not be read.
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The IOMMU is off for a reason that no kernel argument changes.
    Iommu {
        /// The reason.
        why: IommuOff,
    },
    /// An argument that somebody set switches the IOMMU off; who set it takes it away.
    SwitchedOff {
        /// The argument, such as `intel_iommu=off`.
        argument: String,
        /// The files that it stands in, as far as they were found.
        places: Vec<String>,
    },
    /// The former configuration could not be kept as an entry that starts.
    NoWayBack {
        /// The file that stands in the way.
        path: String,
        /// Why.
        why: WayBack,
    },
    /// How this computer starts is not known well enough to be changed.
    Start {
        /// What is not known.
        doubt: Doubt,
    },
    /// It is set already, and not by a file of ours.
    SetElsewhere {
        /// The file.
        path: String,
        /// The setting, as it stands there.
        setting: String,
    },
    /// The kernel has no huge pages of this size.
    NoHugePages {
        /// The size.
        size: HugePageSize,
    },
    /// Too little memory would stay for the host; all in bytes.
    TooLittleMemory {
        /// All that there is.
        total: u64,
        /// What would stay.
        rest: u64,
        /// What must stay.
        least: u64,
    },
    /// Something else is where a file of ours would be.
    Occupied {
        /// The path.
        path: String,
    },
    /// A tool that is needed is not installed.
    NoTool {
        /// Its name.
        tool: String,
    },
    /// The firmware has memory of its own mapped for devices of this group, so no virtual machine may have them.
    Mapped {
        /// The group.
        group: GroupId,
        /// The region, in the kernel's words.
        region: String,
    },
    /// A list of ids gives other devices to vfio-pci as well, as soon as that is loaded.
    BoundByIds {
        /// The file.
        path: String,
        /// The ids, as they stand there.
        ids: String,
        /// The other devices.
        others: Vec<PciAddress>,
    },
    /// Its address is one that the early script does not know: its domain has more than four digits.
    NotReservable {
        /// The function.
        address: PciAddress,
    },
    /// There is a reservation already: armed, on trial, kept, or failed and not yet undone.
    ReservedAlready {
        /// Its functions, as the argument of the kernel names them.
        reserve: String,
        /// The record of the change that made it.
        record: String,
    },
    /// A start for one time cannot be had for certain here.
    NoTrial {
        /// Why.
        why: NoTrial,
    },
    /// This start is not the trial of a reservation, so there is nothing that could be kept.
    NotOnTrial {
        /// How a reservation stands, in one word.
        standing: String,
    },
    /// A part of what the reservation promised is not so in this start, so it is not kept.
    NotKept {
        /// The part.
        part: Part,
        /// What is there instead; none where it could not be told.
        instead: Option<Broken>,
        /// The check that is likely to know why.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "check_name")]
        cause: Option<CheckId>,
        /// What would have to be read to tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<String>,
    },
    /// How this machine starts is not known well enough; this can be done by hand.
    ByHand {
        /// What to put where.
        paste: Vec<Paste>,
    },
}

/// Text for a person to paste.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paste {
    /// The file, where it belongs into one.
    pub path: Option<String>,
    /// The text, or the command.
    pub text: String,
}

/// Why the computer cannot be started once with something else, and then as before by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum NoTrial {
    /// GRUB could not erase the request, and would start with it for ever.
    NotErasable {
        /// Where the request would be.
        path: String,
        /// What that is on, such as `btrfs` or `LVM`; empty where it is not known.
        on: String,
    },
    /// The loader has nothing for one start, or takes what was started last for the default.
    Loader {
        /// Its name.
        name: String,
    },
    /// The firmware's variables are not there, or not for us to write.
    NoVariables,
    /// Somebody else asked for one start already.
    Asked {
        /// With this entry.
        entry: String,
    },
    /// Kernel, initramfs and arguments are one image.
    Unified,
    /// Our entry could be the one that starts by itself.
    NoDefault {
        /// The file in which the default would be named.
        path: String,
    },
    /// A kernel that is installed meanwhile would take the running arguments for its own, ours included.
    Copied {
        /// The file that holds the arguments otherwise.
        path: String,
    },
    /// What makes the initramfs cannot run a script before the drivers come.
    Generator {
        /// Its name.
        name: String,
    },
}

/// Why the former configuration could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayBack {
    /// The loader's configuration does not read files of others, where the entry would stand.
    NotRead,
    /// No entry of it starts the running kernel.
    NoEntry,
    /// The entry of the running kernel has parts that cannot be copied for certain.
    NotCopied,
    /// Every file must carry a signature.
    Signed,
    /// Which entry starts by itself is not settled, so that it could become the former one.
    NoDefault,
    /// An image that would be kept is not where it should be.
    NoImage,
}

/// What is not known about how a computer starts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// None of several loaders said that it started the computer, or it is none that we know.
    Loader,
    /// All is made of a configuration that its owner writes.
    Declared,
    /// What this tool does with which files is not known from its makers.
    Tool(String),
    /// Another version of the system waits for the next start already, with changes that are not ours.
    Pending,
    /// Images with arguments inside must be signed, and the key is not ours; or whether they must is not known.
    SignedImages,
    /// What makes the initramfs is not known, or several programs could.
    Generator,
    /// The file that would hold it is not there, and what is used instead cannot be read.
    Source(String),
}

impl Refusal {
    /// Of a file of configuration that its editor refused.
    pub(super) fn not_understood(path: &str, error: &ConfigError) -> Self {
        if let config::Refusal::Contradiction { found, .. } = &error.refusal {
            return Self::SetElsewhere { path: path.to_owned(), setting: found.clone() };
        }
        Self::NotUnderstood {
            path: path.to_owned(),
            line: Some(error.line),
            reason: error.refusal.to_string(),
        }
    }
}

/// A check by its name.
mod check_name {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::checks::CheckId;

    #[expect(clippy::ref_option, reason = "serde passes the field")]
    pub(super) fn serialize<S: Serializer>(
        check: &Option<CheckId>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        check.map(CheckId::name).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<CheckId>, D::Error> {
        let name = Option::<String>::deserialize(deserializer)?;
        name.map(|name| name.parse().map_err(de::Error::custom)).transpose()
    }
}
