//! Why an intent is not planned: each reason a value with what it is about. The sentences, and the ways out, are the
//! client's.

use serde::{Deserialize, Serialize};

use crate::checks::Package;
use crate::devices::Use;
use crate::leaving;
use crate::pci::PciAddress;
use crate::system::Family;

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
