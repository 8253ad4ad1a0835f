//! Why a step was not carried out or taken back, in one sentence each. The client translates those that it knows by name.

use gangway_core::pci::PciAddress;

use crate::command::CommandError;
use crate::write::WriteError;

/// Why a step was not carried out, verified, or taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// A file could not be read or written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A tool failed, or an attribute of the kernel could not be written.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The plan names a path that is none of ours.
    #[error("{0}: no plan may write there")]
    ForbiddenPlace(String),
    /// The plan names a path twice.
    #[error("{0}: the plan changes it twice")]
    Twice(String),
    /// What was reviewed is not what is there.
    #[error("{0}: it is not what was reviewed: somebody changed it meanwhile")]
    Changed(String),
    /// A file is not there that has to be.
    #[error("{0}: it is missing")]
    Missing(String),
    /// What a tool made has not what it should have.
    #[error("{path}: {tool} succeeded, but {lack}")]
    NotMade {
        /// The file.
        path: String,
        /// The tool.
        tool: String,
        /// What is wrong with it, as the end of a sentence.
        lack: String,
    },
    /// A module was not loaded although the tool succeeded.
    #[error("the kernel module {0} was not loaded")]
    NotLoaded(String),
    /// Another device is at the address than the one that was chosen.
    #[error("{address}: it is not the device that was chosen: {found}")]
    OtherDevice {
        /// The address.
        address: PciAddress,
        /// What was found.
        found: String,
    },
    /// The device is used in a way that must end first.
    #[error("{address}: it is in use: {by}")]
    InUse {
        /// The address.
        address: PciAddress,
        /// By whom or what.
        by: String,
    },
    /// The device has another driver than it should have.
    #[error("{address}: its driver is {} instead of {}", driver(found), driver(wanted))]
    OtherDriver {
        /// The address.
        address: PciAddress,
        /// The driver that it should have.
        wanted: Option<String>,
        /// The driver that it has.
        found: Option<String>,
    },
    /// The kernel gave fewer huge pages than were asked for.
    #[error("the kernel could reserve {given} of {wanted} huge pages: memory is in use or fragmented")]
    FewerPages {
        /// How many were asked for.
        wanted: u64,
        /// How many there are.
        given: u64,
    },
    /// A service is not as it should be although the tool succeeded.
    #[error("the service {service} is {found}")]
    Service {
        /// The service.
        service: String,
        /// How it is instead.
        found: String,
    },
    /// The user is not in the group, or still is, although the tool succeeded.
    #[error("the membership of {user} in the group {group} did not change")]
    Membership {
        /// The user.
        user: String,
        /// The group.
        group: String,
    },
    /// The name of a user, group, service or module is not one that is passed to a tool.
    #[error("{0:?} is not a name that can be passed to a tool")]
    BadName(String),
    /// A driver hangs since a former change. Whoever reads `driver_override` of its device waits as well.
    #[error("a driver has not let go of a device since a former change; restart the computer first")]
    Hung,
    /// The journal could not be written, so nothing more is changed.
    #[error("the journal could not be written: {0}")]
    Journal(String),
    /// The machine could not be read.
    #[error("the machine could not be read: {0}")]
    Unread(String),
}

impl StepError {
    /// Whether only a restart of the computer ends the state that this left.
    pub fn needs_restart(&self) -> bool {
        matches!(self, Self::Command(CommandError::Stuck { .. }))
    }
}

fn driver(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or("none")
}
