//! The names of the checks, each with its question.
//!
//! Append a check in the part of its owner: the system's first, the devices' below. A name never changes its meaning:
//! scripts know it from `gangwayctl check --json`.

use std::fmt;
use std::str::FromStr;

/// Makes the enum, its names and its questions out of one table.
macro_rules! ids {
    ($($(#[doc = $question:literal])+ $id:ident = $name:literal,)+) => {
        /// Which check it is. Its documentation is its question.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CheckId {
            $($(#[doc = $question])+ $id,)+
        }

        impl CheckId {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$id,)+];

            /// Its stable name, such as `iommu-argument-off`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$id => $name,)+
                }
            }

            /// Its question, in English, for developers.
            pub const fn question(self) -> &'static str {
                match self {
                    $(Self::$id => concat!($($question),+),)+
                }
            }
        }
    };
}

ids! {
    // The system.
    /// Does an argument of the kernel switch the IOMMU off?
    IommuArgumentOff = "iommu-argument-off",
    /// Does this kernel wait for `intel_iommu=on`?
    IommuArgumentMissing = "iommu-argument-missing",
    /// Does the firmware offer an IOMMU?
    IommuNotOffered = "iommu-not-offered",

    // The devices.
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no check has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no check is called {0:?}")]
pub struct UnknownCheck(pub String);

impl FromStr for CheckId {
    type Err = UnknownCheck;

    fn from_str(name: &str) -> Result<Self, UnknownCheck> {
        let known = Self::ALL.iter().copied().find(|id| id.name() == name);
        known.ok_or_else(|| UnknownCheck(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_lead_back() {
        for id in CheckId::ALL {
            assert_eq!(id.name().parse(), Ok(*id));
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(id.name().bytes().all(plain), "{id}");
            assert!(id.question().trim().ends_with('?'), "{id}: {}", id.question());
        }
        assert!("no-such-check".parse::<CheckId>().is_err());
    }
}
