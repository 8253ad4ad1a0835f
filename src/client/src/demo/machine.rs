//! Which demo machines there are: their ids, as `--demo=NAME` takes them, their titles and their texts.

use std::str::FromStr;

use gettextrs::gettext;

/// A bundled captured machine of our own making.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DemoMachine {
    /// A desktop with two graphics cards.
    #[default]
    Workshop,
    /// A desktop with a single graphics card in a shared group.
    Studio,
    /// A laptop with hybrid graphics.
    Traveller,
}

/// No demo machine has this id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no demo machine {0:?}")]
pub struct UnknownDemo(pub String);

impl DemoMachine {
    /// All of them, in the order to show them.
    pub const ALL: [Self; 3] = [Self::Workshop, Self::Studio, Self::Traveller];

    /// The id: the word after `--demo=`, and the name of its state folder.
    pub fn id(self) -> &'static str {
        match self {
            Self::Workshop => "workshop",
            Self::Studio => "studio",
            Self::Traveller => "traveller",
        }
    }

    /// The text of the captured machine.
    pub fn text(self) -> &'static str {
        match self {
            Self::Workshop => include_str!("../../machines/workshop.host"),
            Self::Studio => include_str!("../../machines/studio.host"),
            Self::Traveller => include_str!("../../machines/traveller.host"),
        }
    }

    /// What it is, translated, in sentence case.
    pub fn title(self) -> String {
        match self {
            Self::Workshop => gettext("Desktop with two graphics cards"),
            Self::Studio => gettext("Desktop with a single graphics card"),
            Self::Traveller => gettext("Laptop with hybrid graphics"),
        }
    }
}

impl FromStr for DemoMachine {
    type Err = UnknownDemo;

    fn from_str(id: &str) -> Result<Self, UnknownDemo> {
        Self::ALL.into_iter().find(|machine| machine.id() == id).ok_or_else(|| UnknownDemo(id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_understood_and_others_are_not() {
        for machine in DemoMachine::ALL {
            assert_eq!(machine.id().parse(), Ok(machine));
        }
        assert_eq!("Workshop".parse::<DemoMachine>(), Err(UnknownDemo("Workshop".into())));
    }
}
