//! Findings as plain lines, for a terminal and for a report: the verdicts first, then what is open, by weight.

use std::collections::{BTreeMap, BTreeSet};

use gangway_core::checks::{CardVerdict, CheckId, Evidence, Finding, Outcome, Said, Weight, of_machine};
use gangway_core::host::Host;
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use gangway_core::reading::Trouble;
use gettextrs::{gettext, ngettext};

use super::super::{DeviceNames, claimed, fill, plan_command, trouble_detail};
use super::{card_verdict, fix, machine_verdict, meaning, outcome_label, sentence, title, weight_label};
use crate::claims::{Owner, Owners};

/// From so many more of a kind on, they are told together.
const MANY: usize = 4;

/// The lines about a machine, or about one device of it; with the virtual machines that have what it is about.
pub fn listing(
    host: &Host,
    findings: &[Finding],
    device: Option<PciAddress>,
    owners: &Owners,
    names: &DeviceNames<'_>,
) -> Vec<String> {
    let verdicts = match device {
        Some(device) => CardVerdict::of(host, device, findings).into_iter().collect(),
        None => CardVerdict::of_graphics(host, findings),
    };
    let mut lines: Vec<String> = verdicts.iter().map(|card| card_verdict(card, findings, names)).collect();
    if lines.is_empty() {
        lines.push(machine_verdict(of_machine(host, findings)));
    }
    // Without a device it is about graphics cards, or about everything where there are none.
    let cards: BTreeSet<PciAddress> = verdicts.iter().map(|verdict| verdict.card).collect();
    let concerned = |finding: &&Finding| {
        let about =
            |address: &PciAddress| host.card_of(*address).is_some_and(|card| cards.contains(&card.address));
        finding.about.is_empty() || cards.is_empty() || finding.about.iter().any(about)
    };
    lines.extend(owned(host, device, owners, names));
    let (told, others): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(concerned);
    let (well, open): (Vec<&Finding>, Vec<&Finding>) =
        told.into_iter().partition(|finding| finding.outcome == Outcome::Ok);
    for weight in [Weight::Essential, Weight::Important, Weight::Advice] {
        let of_weight: Vec<&&Finding> = open.iter().filter(|finding| finding.weight == weight).collect();
        if of_weight.is_empty() {
            continue;
        }
        lines.push(String::new());
        lines.push(weight_label(weight));
        let mut alike: BTreeMap<(CheckId, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in &of_weight {
            alike.entry((finding.check, finding.outcome.word())).or_default().push(finding);
        }
        for finding in of_weight {
            let Some(same) = alike.get(&(finding.check, finding.outcome.word())) else { continue };
            match same.split_first() {
                // Many of a kind are told once, with the devices that it is so for.
                Some((first, others)) if others.len() >= MANY => {
                    if std::ptr::eq(*first, *finding) {
                        lines.extend(entry(first, names));
                        let devices: Vec<PciAddress> =
                            others.iter().filter_map(|other| other.about.first().copied()).collect();
                        let template = gettext("The same is so for {devices}.");
                        lines.push(format!("    {}", fill(&template, &[("devices", &names.all(&devices))])));
                    }
                }
                _ => lines.extend(entry(finding, names)),
            }
        }
    }
    let number = u32::try_from(well.len()).unwrap_or(u32::MAX);
    let template = ngettext("{number} check is in order.", "{number} checks are in order.", number);
    lines.push(String::new());
    lines.push(fill(&template, &[("number", &number.to_string())]));
    let more = others.iter().filter(|finding| finding.outcome != Outcome::Ok).count();
    if device.is_none() && more > 0 {
        let number = u32::try_from(more).unwrap_or(u32::MAX);
        let template = ngettext(
            "{number} more finding is about another device; “gangwayctl check” with its address tells it.",
            "{number} more findings are about other devices; “gangwayctl check” with an address tells them.",
            number,
        );
        lines.push(fill(&template, &[("number", &number.to_string())]));
    }
    lines
}

/// The virtual machines that have a part of a device's card, or anything where no device is asked about.
fn owned(host: &Host, device: Option<PciAddress>, owners: &Owners, names: &DeviceNames<'_>) -> Vec<String> {
    // What the host does not have is a card of its own.
    let card_of = |address: PciAddress| host.card_of(address).map_or(address, |card| card.address);
    let concerned = |address: PciAddress| device.is_none_or(|device| card_of(device) == card_of(address));
    // A machine's functions of one card are told together.
    let mut parts: BTreeMap<(&Owner, PciAddress), Vec<PciAddress>> = BTreeMap::new();
    for (address, owners) in owners.iter().filter(|(address, _)| concerned(**address)) {
        for owner in owners {
            parts.entry((owner, card_of(*address))).or_default().push(*address);
        }
    }
    parts.into_iter().map(|((owner, _), functions)| claimed(&names.all(&functions), owner)).collect()
}

/// One finding: what it is, what it means, what to do, and what it rests on.
fn entry(finding: &Finding, names: &DeviceNames<'_>) -> Vec<String> {
    let head = fill(
        &gettext("{outcome}: {check}"),
        &[("outcome", &outcome_label(&finding.outcome)), ("check", &title(finding.check))],
    );
    let head = match finding.about.first() {
        Some(first) => format!("  {head} · {}", names.of(*first)),
        None => format!("  {head}"),
    };
    let mut lines =
        vec![head, format!("    {}", sentence(finding, names)), format!("    {}", meaning(finding.check))];
    if let Some(way) = &finding.fix {
        lines.push(format!("    → {}", fix(way)));
        lines.extend(way.command().map(|command| format!("      {command}")));
        lines.extend(finding.intent.as_ref().map(planned));
    }
    lines.extend(finding.evidence.iter().map(|evidence| format!("    {}", fact(evidence))));
    lines
}

/// What shows the plan that does it.
pub(super) fn planned(intent: &Intent) -> String {
    let command = plan_command(intent);
    let line = fill(&gettext("Gangway can plan this: {command}"), &[("command", &command)]);
    format!("      {line}")
}

/// A fact as a person reads it: the place, and what it says.
pub fn fact(evidence: &Evidence) -> String {
    let path = evidence.path.as_str();
    match &evidence.said {
        Said::Value(value) if value.is_empty() => path.to_owned(),
        Said::Value(value) => fill(&gettext("{path}: {value}"), &[("path", path), ("value", value)]),
        Said::Absent => fill(&gettext("{path}: not there"), &[("path", path)]),
        Said::Unreadable(detail) => {
            let detail = trouble_detail(&Trouble::new(path, detail.clone()));
            fill(&gettext("{path}: {value}"), &[("path", path), ("value", &detail)])
        }
    }
}
