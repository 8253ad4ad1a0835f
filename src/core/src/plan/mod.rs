//! Plans: the ordered changes of the host that fulfil an intent, as data, before anything is written.
//!
//! [`plan`] is a pure function of what was read and what is wanted: same input, same plan, same digest. What is already
//! so gives no step; something else in its place is a refusal. Nothing here reads, writes, runs a tool or speaks to a
//! user: the helper carries steps out, and the client makes sentences of them.

mod bind;
mod boot;
mod confirm;
mod content;
mod early;
mod ground;
mod huge_pages;
mod intent;
mod iommu;
mod own;
mod ready;
mod refusal;
mod reserve;
mod step;
mod undo;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use crate::config::HugePageSize;
pub use bind::in_the_way;
pub use content::Content;
pub use ground::{Caller, Ground};
pub use intent::Intent;
pub use refusal::{Doubt, NoTrial, Paste, Refusal, WayBack};
pub use step::{
    ArgumentEdit, ArgumentFormat, Arming, ArtefactKind, Builder, Confirmation, EnvironmentFile, Expectation,
    FileChange, FileRole, GroupChange, HugePageChange, KeptFile, ModuleLoad, Rebinding, SecondImage,
    ServiceChange, Step, Tool, ToolRun,
};
pub use undo::{Back, StopReason, UndoAction, UndoPlan, UndoStop, Unneeded};

use crate::system::Memory;

/// What would be done to fulfil an intent, ready to be reviewed and applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What is wanted.
    pub intent: Intent,
    /// Who wants it, where steps act on a user.
    pub caller: Option<Caller>,
    /// The changes, in order; none where all is as wanted already.
    pub steps: Vec<Step>,
    /// When the intent is fulfilled, after the steps.
    pub effect: Effect,
}

/// When an applied plan takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// At once.
    Now,
    /// With the user's next session: groups are given at login.
    NextLogin,
    /// With the next start of the computer.
    NextStart,
}

/// The kind of risk of a step: each is authorised by an action of its own. In order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// It changes the running system.
    System,
    /// It gives the calling user rights.
    Rights,
    /// It changes how the computer starts.
    Boot,
}

/// A stable hash over the intent, the caller and all steps with what they go by: what was reviewed is what is applied.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

/// Plans what fulfils an intent on this machine.
///
/// # Errors
/// All reasons against it that could be found, with the way out of each.
pub fn plan(ground: &Ground, intent: &Intent, caller: Option<&Caller>) -> Result<Plan, Vec<Refusal>> {
    let (steps, effect) = match intent {
        Intent::Bind { device, whole_group } => bind::bind(ground, *device, *whole_group)?,
        Intent::MakeReady => ready::make_ready(ground, caller)?,
        Intent::GiveBack { device } => bind::give_back(ground, *device)?,
        Intent::TurnOnIommu => iommu::turn_on(ground)?,
        Intent::LoadVfioEarly => early::load_vfio(ground)?,
        Intent::Reserve { device, whole_group } => reserve::reserve(ground, *device, *whole_group)?,
        Intent::Confirm => confirm::confirm(ground)?,
        Intent::SetHugePages { size, count } => huge_pages::set(ground, *size, *count)?,
    };
    Ok(Plan { intent: intent.clone(), caller: caller.cloned(), steps, effect })
}

/// Whether so many huge pages leave the host the memory that it needs, and the kernel has such pages.
pub(crate) fn leaves_enough(memory: &Memory, size: HugePageSize, count: u32) -> bool {
    huge_pages::room(memory, size, count).is_ok()
}

impl Plan {
    /// Its digest.
    pub fn digest(&self) -> Digest {
        Digest::of("gangway-plan-1", self)
    }

    /// The kinds of risk in it, the least first; empty where nothing is to be done.
    pub fn risks(&self) -> Vec<Risk> {
        let mut risks: Vec<Risk> = self.steps.iter().map(Step::risk).collect();
        risks.sort_unstable();
        risks.dedup();
        risks
    }
}

impl Digest {
    /// The digest of anything that has one text, under a name that tells kinds and versions apart.
    ///
    /// The text is JSON with the fields in the order of their declaration, and no map without an order is in a plan.
    pub fn of(name: &str, what: &impl Serialize) -> Self {
        let mut hash = Sha256::new();
        hash.update(name);
        hash.update([0]);
        // Plans hold text, numbers and lists only, which are always JSON; what were not would hash as its error.
        match serde_json::to_vec(what) {
            Ok(text) => hash.update(text),
            Err(error) => hash.update(error.to_string()),
        }
        Self(hash.finalize().into())
    }
}

impl From<[u8; 32]> for Digest {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_text::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        as_text::deserialize(deserializer)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Why a text is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 lowercase hexadecimal digits")]
pub struct DigestError;

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digits: Vec<u8> = text
            .bytes()
            .map(|byte| match byte {
                b'0'..=b'9' => Ok(byte - b'0'),
                b'a'..=b'f' => Ok(byte - b'a' + 10),
                _ => Err(DigestError),
            })
            .collect::<Result<_, _>>()?;
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(DigestError) };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        bytes.try_into().map(Self).map_err(|_| DigestError)
    }
}

/// For types that are written and read as one text.
pub(crate) mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_its_text() {
        let digest = Digest::of("a", &"text");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let written = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&written).unwrap(), digest);
        assert_ne!(Digest::of("b", &"text"), digest);
        for wrong in ["", "00", &digest.to_string().to_uppercase(), &format!("{digest}0")] {
            assert_eq!(wrong.parse::<Digest>(), Err(DigestError), "{wrong}");
        }
    }
}
