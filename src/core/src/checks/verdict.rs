//! The verdict on a graphics card, and on the machine: can it be handed over, can it not, can it if.
//!
//! Made of findings alone. Advice never changes a verdict.

use std::collections::BTreeMap;

use super::{Finding, Outcome, Weight};
use crate::host::{Card, Host};
use crate::pci::{DeviceKind, PciAddress};

/// Whether something can be handed over. The order is from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It can.
    Ready,
    /// It can, if something is done before.
    ToDo,
    /// What was read does not tell.
    CouldNotTell,
    /// It cannot.
    NotPossible,
}

impl Verdict {
    /// The word for programs and developers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::ToDo => "to-do",
            Self::CouldNotTell => "could-not-tell",
            Self::NotPossible => "not-possible",
        }
    }

    /// The verdict that follows from findings: what is in the way for good counts before what is to do, and that before
    /// what is not known.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut verdict = Self::Ready;
        for finding in findings {
            let one = match (&finding.outcome, finding.weight) {
                (Outcome::NotPossible, Weight::Essential | Weight::Important) => Self::NotPossible,
                (Outcome::ToDo, Weight::Essential | Weight::Important) => Self::ToDo,
                (Outcome::CouldNotTell(_), Weight::Essential) => Self::CouldNotTell,
                _ => continue,
            };
            let rank = |verdict| match verdict {
                Self::Ready => 0,
                Self::CouldNotTell => 1,
                Self::ToDo => 2,
                Self::NotPossible => 3,
            };
            if rank(one) > rank(verdict) {
                verdict = one;
            }
        }
        verdict
    }
}

/// The verdict on one card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardVerdict {
    /// The first function of the card.
    pub card: PciAddress,
    /// The function that people know the card by: the first one that draws, or the first one.
    pub device: PciAddress,
    /// Whether it can be handed over.
    pub verdict: Verdict,
    /// The findings that the verdict rests on, by their places in the list of all, the heaviest first.
    pub because: Vec<usize>,
}

impl CardVerdict {
    /// The verdict on the card of a device.
    pub fn of(host: &Host, device: PciAddress, findings: &[Finding]) -> Option<Self> {
        let card = host.card_of(device)?;
        let concerns = |finding: &Finding| {
            finding.about.is_empty() || card.functions.iter().any(|function| finding.about.contains(function))
        };
        let all = findings.iter().enumerate().filter(|(_, finding)| concerns(finding));
        Some(Self::judge(host, card.address, &all.collect::<Vec<_>>()))
    }

    /// The verdicts on all graphics cards, in order of address.
    pub fn of_graphics(host: &Host, findings: &[Finding]) -> Vec<Self> {
        let graphics = host.functions.iter().filter(|function| function.kind() == DeviceKind::Graphics);
        let mut by_card: BTreeMap<PciAddress, Vec<(usize, &Finding)>> =
            graphics.map(|function| (function.card, Vec::new())).collect();
        let (of_all, of_some): (Vec<_>, Vec<_>) =
            findings.iter().enumerate().partition(|(_, finding)| finding.about.is_empty());
        for (index, finding) in of_some {
            let mut last: Option<&Card> = None;
            for address in &finding.about {
                if last.is_some_and(|card| card.functions.contains(address)) {
                    continue;
                }
                last = host.card_of(*address);
                let own = last.and_then(|card| by_card.get_mut(&card.address));
                if let Some(own) = own.filter(|own| own.last().is_none_or(|(before, _)| *before != index)) {
                    own.push((index, finding));
                }
            }
        }
        let judge = |(card, mut own): (PciAddress, Vec<(usize, &Finding)>)| {
            own.extend(&of_all);
            Self::judge(host, card, &own)
        };
        by_card.into_iter().map(judge).collect()
    }

    /// The verdict that follows from the findings that concern a card.
    fn judge(host: &Host, card: PciAddress, findings: &[(usize, &Finding)]) -> Self {
        let verdict = Verdict::of(findings.iter().map(|(_, finding)| *finding));
        let decides = |finding: &Finding| {
            matches!(
                (verdict, &finding.outcome),
                (Verdict::NotPossible, Outcome::NotPossible)
                    | (Verdict::ToDo, Outcome::ToDo)
                    | (Verdict::CouldNotTell, Outcome::CouldNotTell(_))
            ) && finding.weight != Weight::Advice
        };
        let mut because: Vec<&(usize, &Finding)> =
            findings.iter().filter(|(_, finding)| decides(finding)).collect();
        because.sort_by_key(|(index, finding)| (finding.weight, finding.subject, *index));
        let functions = host.card_of(card).map(|card| host.functions_of(card)).into_iter().flatten();
        let mut drawing = functions.filter(|function| function.kind() == DeviceKind::Graphics);
        let device = drawing.next().map_or(card, |function| function.address);
        Self { card, device, verdict, because: because.into_iter().map(|(index, _)| *index).collect() }
    }
}

/// The verdict on the machine: that on its best graphics card, or on what concerns all devices where it has none.
pub fn of_machine(host: &Host, findings: &[Finding]) -> Verdict {
    let best = CardVerdict::of_graphics(host, findings).into_iter().map(|card| card.verdict).min();
    best.unwrap_or_else(|| Verdict::of(findings.iter().filter(|finding| finding.about.is_empty())))
}
