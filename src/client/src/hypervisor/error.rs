//! What can go wrong with libvirt, in the kinds that a program reacts to differently, and how libvirt's
//! own error codes map to them. Codes are compared, never texts: those come in the daemon's language.

use virt::enumutil::Enum;
use virt::error::{Error, ErrorNumber};

/// What went wrong, as far as the reaction to it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HypervisorErrorKind {
    /// Nothing answers at the address: no daemon, no such computer.
    NotReachable,
    /// The daemon answers but does not let this user in (polkit, socket permissions, ssh).
    NoPermission,
    /// No virtual machine has this name or UUID, or no longer.
    NoSuchMachine,
    /// The definition is no longer the one that was reviewed.
    Changed,
    /// libvirt does not take the definition.
    Rejected,
    /// The connection broke.
    Lost,
    /// This libvirt or driver cannot do it.
    Unsupported,
    /// The address is not one that libvirt understands.
    BadAddress,
    /// The address names a driver that has no PCI devices to hand over (Xen, LXC, VirtualBox, ...).
    OtherDriver,
    /// Something that the user gave contains a zero byte.
    ZeroByte,
    /// The folder of the demo cannot be used; libvirt has no part in it.
    DemoState,
    /// Anything else; the message says what libvirt said.
    Other,
}

impl HypervisorErrorKind {
    /// All of them, for tests that walk every sentence.
    pub const ALL: [Self; 12] = [
        Self::NotReachable,
        Self::NoPermission,
        Self::NoSuchMachine,
        Self::Changed,
        Self::Rejected,
        Self::Lost,
        Self::Unsupported,
        Self::BadAddress,
        Self::OtherDriver,
        Self::ZeroByte,
        Self::DemoState,
        Self::Other,
    ];
}

impl HypervisorErrorKind {
    /// Whether the connection is what it happened to, whatever it was used for.
    pub fn is_about_connection(self) -> bool {
        matches!(
            self,
            Self::NotReachable
                | Self::NoPermission
                | Self::Lost
                | Self::BadAddress
                | Self::OtherDriver
                | Self::DemoState
        )
    }
}

/// An error of the hypervisor. `Display` is English, for logs; `text::hypervisor` makes the sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {kind:?}: {message}")]
pub struct HypervisorError {
    /// What the program reacts to.
    pub kind: HypervisorErrorKind,
    /// What it happened to: the address of the connection, or the virtual machine's name or UUID.
    pub subject: String,
    /// libvirt's own words, passwords removed; empty where it had none.
    pub message: String,
}

impl HypervisorError {
    /// An error of ours, or one of libvirt's with its words.
    pub fn new(kind: HypervisorErrorKind, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), message: message.into() }
    }

    /// The same error about a virtual machine's name where it is about a machine; its UUID says little.
    #[must_use]
    pub fn about(self, machine: &str) -> Self {
        if self.kind.is_about_connection() { self } else { Self { subject: machine.to_owned(), ..self } }
    }
}

/// What was being done when libvirt reported the error: the same code means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum During {
    Open,
    Call,
    Define,
}

/// Our error for one of libvirt's. `errno` is the operating system's error number that came with it, and
/// `alive` whether the connection still stands.
pub(super) fn from_libvirt(
    error: &Error,
    errno: Option<i32>,
    during: During,
    alive: bool,
    subject: &str,
) -> HypervisorError {
    HypervisorError::new(kind_of(error.code(), errno, during, alive), subject, message_of(error))
}

/// libvirt's words on one line, without what could be a password: an XML error quotes the definition.
fn message_of(error: &Error) -> String {
    let line = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    gangway_domain::redact(&line)
}

fn kind_of(
    code: Enum<ErrorNumber, virt::sys::virErrorNumber>,
    errno: Option<i32>,
    during: During,
    alive: bool,
) -> HypervisorErrorKind {
    use ErrorNumber as E;
    use HypervisorErrorKind as K;
    let Enum::Known(code) = code else { return if alive { K::Other } else { K::Lost } };
    match code {
        E::AuthFailed | E::AuthUnavailable | E::AuthCancelled | E::AccessDenied | E::OperationDenied => {
            K::NoPermission
        }
        E::NoDomain | E::InvalidDomain if during != During::Open => K::NoSuchMachine,
        _ if during == During::Open => match code {
            E::SystemError if matches!(errno, Some(EACCES | EPERM)) => K::NoPermission,
            E::ConfSyntax | E::InvalidArg => K::BadAddress,
            E::NoSupport | E::NoConnect => K::Unsupported,
            _ => K::NotReachable,
        },
        _ if !alive => K::Lost,
        E::NoSupport | E::OperationUnsupported => K::Unsupported,
        E::XmlError | E::XmlDetail | E::XmlInvalidSchema => K::Rejected,
        E::ConfigUnsupported
        | E::ArgumentUnsupported
        | E::InvalidArg
        | E::OsType
        | E::DomExist
        | E::OperationFailed
        | E::OperationInvalid
        | E::InternalError
            if during == During::Define =>
        {
            K::Rejected
        }
        _ => K::Other,
    }
}

const EPERM: i32 = 1;
const EACCES: i32 = 13;

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(code: ErrorNumber, errno: Option<i32>, during: During, alive: bool) -> HypervisorErrorKind {
        kind_of(Enum::Known(code), errno, during, alive)
    }

    #[test]
    fn a_socket_that_is_not_there_is_not_reachable_and_one_that_is_closed_to_us_is_no_permission() {
        assert_eq!(
            kind(ErrorNumber::SystemError, Some(2), During::Open, false),
            HypervisorErrorKind::NotReachable
        );
        assert_eq!(
            kind(ErrorNumber::SystemError, Some(13), During::Open, false),
            HypervisorErrorKind::NoPermission
        );
    }

    #[test]
    fn what_polkit_says_is_no_permission_at_any_time() {
        for code in [
            ErrorNumber::AuthFailed,
            ErrorNumber::AuthUnavailable,
            ErrorNumber::AuthCancelled,
            ErrorNumber::AccessDenied,
        ] {
            assert_eq!(kind(code, None, During::Open, false), HypervisorErrorKind::NoPermission);
            assert_eq!(kind(code, None, During::Define, true), HypervisorErrorKind::NoPermission);
        }
    }

    #[test]
    fn an_internal_error_is_a_lost_connection_only_when_it_is_lost() {
        assert_eq!(kind(ErrorNumber::InternalError, None, During::Call, false), HypervisorErrorKind::Lost);
        assert_eq!(kind(ErrorNumber::InternalError, None, During::Call, true), HypervisorErrorKind::Other);
        assert_eq!(
            kind(ErrorNumber::InternalError, None, During::Define, true),
            HypervisorErrorKind::Rejected
        );
    }

    #[test]
    fn the_schemas_no_is_a_rejection() {
        assert_eq!(
            kind(ErrorNumber::XmlInvalidSchema, None, During::Define, true),
            HypervisorErrorKind::Rejected
        );
    }

    #[test]
    fn a_machine_that_is_gone_has_its_own_kind() {
        assert_eq!(
            kind(ErrorNumber::NoDomain, None, During::Define, true),
            HypervisorErrorKind::NoSuchMachine
        );
    }
}
