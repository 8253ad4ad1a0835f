//! `check`: the questions of the catalogue asked of the machine, or of one card: the verdict, and what stands in the way.
//! How it ends tells a script.

mod guest;

use gangway_client::asked::Question;
use gangway_client::claims::{Owners, owners};
use gangway_client::guests::{check_guests, with_guests};
use gangway_client::target::Target;
use gangway_client::text::{self, DeviceNames, checks as sentences, fill};
use gangway_core::checks::{self, CardVerdict, Finding, Verdict};
use gangway_core::host::Host;
use gangway_core::model::Model;
use gangway_core::pci::{Names, PciAddress};
use gettextrs::gettext;
use serde::Serialize;

use crate::arguments::Checkup;
use crate::failure::failure;
use crate::json::{FindingJson, GuestJson, OwnerJson};
use crate::output::{Ending, write, write_json};
use crate::seen::answered;
use crate::table::Table;

/// `check --json`.
#[derive(Debug, Serialize)]
struct Checked {
    verdict: &'static str,
    cards: Vec<CardJson>,
    findings: Vec<FindingJson>,
    /// Who has which device; none where virtual machines were not asked.
    virtual_machines: Option<Vec<ClaimJson>>,
    /// What was found of virtual machines; none where they were not asked.
    guests: Option<Vec<GuestJson>>,
}

/// A device that virtual machines have.
#[derive(Debug, Serialize)]
struct ClaimJson {
    address: String,
    virtual_machines: Vec<OwnerJson>,
}

/// The verdict on one card.
#[derive(Debug, Serialize)]
struct CardJson {
    address: String,
    verdict: &'static str,
    sentence: String,
}

pub(super) fn run(target: &Target, what: &Checkup, json: bool) -> anyhow::Result<Ending> {
    let device = match what {
        Checkup::Machine(name) => return guest::run(target, name, json),
        Checkup::Host => None,
        Checkup::Device(address) => Some(*address),
    };
    let question = Question::ask(target);
    let source = target.source().map_err(|error| failure(text::target_error(&error)))?;
    let model = Model::read(&source);
    if let Some(address) = device.filter(|address| model.host.function(*address).is_none()) {
        let template = gettext("There is no device at {address}: “gangwayctl list” shows those that exist.");
        return Err(failure(fill(&template, &[("address", &address.to_string())])));
    }
    let findings = checks::run(&model);
    let asked = answered(question);
    let owners = owners(asked.machines());
    let ids = Names::system();
    let names = DeviceNames::of_host(&model.host, &ids);
    let mut guests = check_guests(asked.machines(), &model, &source);
    if let Some(device) = device {
        let functions = model.host.card_of(device).map_or(&[][..], |card| card.functions.as_slice());
        guests.retain(|guest| guest.has_any(functions));
    }
    let verdict = match device.and_then(|device| CardVerdict::of(&model.host, device, &findings)) {
        Some(card) => card.verdict,
        None => checks::of_machine(&model.host, &findings),
    };
    let verdict = with_guests(verdict, &guests);
    let written = if json {
        write_json(&Checked {
            virtual_machines: asked.is_known().then(|| claims(&model.host, device, &owners)),
            guests: asked
                .is_known()
                .then(|| guests.iter().map(|guest| GuestJson::of(guest, &names)).collect()),
            ..checked(&model.host, &findings, device, verdict, &names)
        })?
    } else {
        let mut table = Table::default();
        for line in sentences::listing(&model.host, &findings, device, &owners, &names) {
            table.text(line);
        }
        for line in sentences::guest_listing(&guests, &names) {
            table.text(line);
        }
        write(table.finish().as_bytes())?
    };
    Ok(if written == Ending::Unread { written } else { Ending::Found(verdict) })
}

fn checked(
    host: &Host,
    findings: &[Finding],
    device: Option<PciAddress>,
    verdict: Verdict,
    names: &DeviceNames<'_>,
) -> Checked {
    let cards = match device {
        Some(device) => CardVerdict::of(host, device, findings).into_iter().collect(),
        None => CardVerdict::of_graphics(host, findings),
    };
    let functions = device.and_then(|device| host.card_of(device)).map(|card| card.functions.as_slice());
    let concerned = |finding: &&Finding| {
        finding.about.is_empty()
            || functions.is_none_or(|functions| finding.about.iter().any(|about| functions.contains(about)))
    };
    Checked {
        verdict: verdict.word(),
        cards: cards
            .iter()
            .map(|card| CardJson {
                address: card.card.to_string(),
                verdict: card.verdict.word(),
                sentence: sentences::card_verdict(card, findings, names),
            })
            .collect(),
        findings: findings.iter().filter(concerned).map(|finding| FindingJson::of(finding, names)).collect(),
        virtual_machines: None,
        guests: None,
    }
}

/// Who has what, or what of a device's card.
fn claims(host: &Host, device: Option<PciAddress>, owners: &Owners) -> Vec<ClaimJson> {
    let card = device.and_then(|device| host.card_of(device));
    let concerned = |address: &PciAddress| {
        card.is_none_or(|card| card.functions.contains(address)) || device == Some(*address)
    };
    let claims = owners.iter().filter(|(address, _)| concerned(address));
    claims
        .map(|(address, owners)| ClaimJson {
            address: address.to_string(),
            virtual_machines: OwnerJson::all(owners),
        })
        .collect()
}
