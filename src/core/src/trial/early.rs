//! What the early script reports: one line in `/run/gangway/early`, which survives the change from the initramfs to the
//! system.

use serde::{Deserialize, Serialize};

use crate::config::Reservation;
use crate::plan::as_text;

/// The most that is kept of a report.
pub(super) const LIMIT: usize = 4096;

/// What the early script did with a reservation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Early {
    /// It took these functions.
    Reserved(#[serde(with = "as_text")] Reservation),
    /// It looked, and wrote nothing.
    Refused(String),
    /// It began, and took everything back.
    Failed(String),
    /// It did not run: the image is not ours, or stopped before.
    DidNotRun,
    /// It said something else, or what it said could not be read.
    Unclear(String),
}

impl Early {
    /// Reads a report. The first line that is against it counts before one that is for it.
    pub fn parse(text: &str) -> Self {
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        let word = |word: &str| lines().find_map(|line| line.strip_prefix(word).map(str::trim).map(cut));
        if let Some(why) = word("refused:") {
            return Self::Refused(why);
        }
        if let Some(why) = word("failed:") {
            return Self::Failed(why);
        }
        match word("reserved ").map(|list| list.parse()) {
            Some(Ok(reservation)) => Self::Reserved(reservation),
            _ => Self::Unclear(cut(text.trim())),
        }
    }

    /// As it is kept in the state; none where it did not run.
    pub fn to_word(&self) -> Option<String> {
        let word = match self {
            Self::Reserved(reservation) => format!("reserved {reservation}"),
            Self::Refused(why) => format!("refused: {why}"),
            Self::Failed(why) => format!("failed: {why}"),
            Self::Unclear(what) => what.clone(),
            Self::DidNotRun => return None,
        };
        Some(cut(&word))
    }
}

/// A report on one line, without what a terminal would take for more than text.
fn cut(text: &str) -> String {
    let mut cut = String::new();
    for character in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if cut.len() + character.len_utf8() > LIMIT {
            break;
        }
        cut.push(character);
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_the_early_script() {
        let list = "0000:01:00.0=10de:2484,0000:01:00.1=10de:228b";
        let reserved = Early::parse(&format!("reserved {list}\n"));
        assert_eq!(reserved, Early::Reserved(list.parse().unwrap()));
        assert_eq!(reserved.to_word().unwrap(), format!("reserved {list}"));
        let refused = Early::parse("refused: 0000:01:00.0 is '1234:1111', not '1013:00b8'\n");
        assert_eq!(refused, Early::Refused("0000:01:00.0 is '1234:1111', not '1013:00b8'".to_owned()));
        assert_eq!(Early::parse(&refused.to_word().unwrap()), refused);
        let failed = Early::parse(&format!("reserved {list}\nfailed: vfio-pci does not load\n"));
        assert_eq!(failed, Early::Failed("vfio-pci does not load".to_owned()));
        for odd in ["", "reserved", "reserved x", "anything"] {
            assert_eq!(Early::parse(odd), Early::Unclear(odd.to_owned()), "{odd}");
        }
        assert_eq!(Early::parse("a\u{1b}[31m").to_word().unwrap(), "a [31m");
        assert!(Early::parse(&"ä".repeat(LIMIT)).to_word().unwrap().len() <= LIMIT);
        assert_eq!(Early::DidNotRun.to_word(), None);
    }
}
