//! What must hold for every machine, whoever made it: asked of ours and of everything that the corpus holds.

use std::collections::{BTreeMap, BTreeSet};

use gangway_client::map::{Facts, Map, Sans};
use gangway_client::text::{DeviceNames, checks as sentences};
use gangway_core::checks::{self, CardVerdict, Evidence, Finding, Outcome, Said, Verdict, Weight};
use gangway_core::devices::uses::uses;
use gangway_core::host::{Claim, ClaimKind, Function, Host};
use gangway_core::leaving::going;
use gangway_core::model::Model;
use gangway_core::pci::{Names, PciAddress};
use gangway_core::source::Source;

/// Reads a machine and holds it against everything below; gives what was read.
///
/// # Panics
/// When something does not hold.
pub fn hold(label: &str, source: &Source) -> Model {
    let model = Model::read(source);
    let findings = checks::run(&model);
    functions_and_groups(label, &model.host);
    names_exist(label, &model, &findings);
    verdicts(label, &model.host, &findings);
    let names = Names::bundled();
    let mut wrong = Vec::new();
    {
        let names = DeviceNames::of_host(&model.host, &names);
        findings.iter().for_each(|finding| sentence(&mut wrong, finding, &names));
    }
    for finding in &findings {
        wrong.extend(finding.evidence.iter().filter_map(|evidence| stands(source, finding, evidence)));
    }
    assert!(wrong.is_empty(), "{label}: {wrong:#?}");
    map(label, &model.host, &names);
    model
}

/// Each function once, in one card, and in one group or none; the tree is made of bridges that are there.
fn functions_and_groups(label: &str, host: &Host) {
    let addresses: BTreeSet<PciAddress> = host.functions.iter().map(|function| function.address).collect();
    assert_eq!(addresses.len(), host.functions.len(), "{label}: a function twice");
    assert!(host.functions.is_sorted_by_key(|function| function.address), "{label}");
    let mut groups: BTreeMap<PciAddress, u32> = BTreeMap::new();
    for group in &host.groups {
        for member in &group.functions {
            let before = groups.insert(*member, group.id.0);
            assert_eq!(before, None, "{label}: {member} is in two groups");
        }
        let mut cards: Vec<_> = host
            .functions
            .iter()
            .filter(|function| group.functions.contains(&function.address) && !function.is_bridge())
            .map(|function| function.card)
            .collect();
        cards.sort();
        cards.dedup();
        assert!(!group.isolated || cards.len() <= 1, "{label}: group {} is no isolated one", group.id);
    }
    for function in &host.functions {
        let own = function.group.known().map(|group| group.0);
        assert_eq!(groups.get(&function.address).copied(), own, "{label}: {}", function.address);
        let cards = host.cards.iter().filter(|card| card.functions.contains(&function.address)).count();
        assert_eq!(cards, 1, "{label}: {} is in {cards} cards", function.address);
        assert_eq!(host.card_of(function.address).map(|card| card.address), Some(function.card), "{label}");
        // Some trees leave bridges out; what is there must be one.
        let above = function.parent.and_then(|parent| host.function(parent));
        let own_domain = |above: &Function| above.address.domain() == function.address.domain();
        // Intel's VMD is no bridge, and has a domain below it.
        let fits = above.is_none_or(|above| above.is_bridge() || !own_domain(above));
        assert!(fits, "{label}: {} is below no bridge", function.address);
        let mut seen = BTreeSet::new();
        let mut above = Some(function.address);
        while let Some(address) = above {
            assert!(seen.insert(address), "{label}: {address} is above itself");
            above = host.function(address).and_then(|function| function.parent);
        }
    }
    assert!(groups.keys().all(|member| addresses.contains(member)), "{label}: a group of what is not there");
}

/// Claims, uses, connectors and findings speak of devices that are there.
fn names_exist(label: &str, model: &Model, findings: &[Finding]) {
    let host = &model.host;
    let there = |address: PciAddress, what: &str| {
        assert!(host.function(address).is_some(), "{label}: {what} of {address}, which is not there");
    };
    host.claims.iter().for_each(|claim| there(claim.address, "a claim"));
    findings.iter().flat_map(|finding| &finding.about).for_each(|address| there(*address, "a finding"));
    // What the rules of handing over go by says the same as the layers of storage, which are followed in another way.
    for mount in &model.devices.storage.mounts {
        for address in model.devices.storage.ground_of_mount(mount).controllers {
            let told = |claim: &Claim| {
                claim.address == address
                    && matches!(&claim.kind, ClaimKind::Mounted { path } if *path == mount.path)
            };
            let known = host.function(address).is_none() || host.claims.iter().any(told);
            assert!(known, "{label}: {} on {address} is no claim", mount.path);
        }
    }
    let all: Vec<PciAddress> = host.functions.iter().map(|function| function.address).collect();
    uses(host, &model.devices, &[], &all).iter().for_each(|used| there(used.address, "a use"));
    for interface in &model.devices.network.interfaces {
        interface.function.into_iter().for_each(|address| there(address, "an interface"));
    }
}

/// No verdict promises what a finding or a refusal denies.
fn verdicts(label: &str, host: &Host, findings: &[Finding]) {
    let verdicts = CardVerdict::of_graphics(host, findings);
    for verdict in &verdicts {
        let card = host.card_of(verdict.card).unwrap();
        let concerns = |finding: &&Finding| {
            finding.about.is_empty() || finding.about.iter().any(|about| card.functions.contains(about))
        };
        let blocks = |finding: &&Finding| {
            finding.weight != Weight::Advice
                && matches!(finding.outcome, Outcome::ToDo | Outcome::NotPossible)
        };
        let against: Vec<&Finding> = findings.iter().filter(concerns).filter(blocks).collect();
        let name = verdict.card;
        match verdict.verdict {
            Verdict::Ready | Verdict::CouldNotTell => assert!(
                against.is_empty(),
                "{label}: {name} is {}, against {against:#?}",
                verdict.verdict.word()
            ),
            Verdict::ToDo => assert!(
                against.iter().all(|finding| finding.outcome == Outcome::ToDo) && !against.is_empty(),
                "{label}: {name} is to do, against {against:#?}"
            ),
            Verdict::NotPossible => {
                assert!(against.iter().any(|finding| finding.outcome == Outcome::NotPossible), "{label}");
            }
        }
        assert_eq!(verdict.because.is_empty(), verdict.verdict == Verdict::Ready, "{label}: {name}");
        // What can be handed over is not refused afterwards.
        if verdict.verdict == Verdict::Ready {
            let refused = going(host, &[verdict.card], true).err();
            assert_eq!(refused, None, "{label}: {name} is ready, and would be refused");
        }
    }
    let best = verdicts.iter().map(|verdict| verdict.verdict).min();
    assert!(best.is_none_or(|best| best == checks::of_machine(host, findings)), "{label}");
}

/// Whole sentences without placeholders, a way where something is to do, and something that it rests on.
fn sentence(wrong: &mut Vec<String>, finding: &Finding, names: &DeviceNames<'_>) {
    let said = sentences::sentence(finding, names);
    for text in [Some(said.clone()), finding.fix.as_ref().map(sentences::fix)].into_iter().flatten() {
        let whole = text.ends_with('.') && !text.contains(['{', '}', '\n']);
        if !whole || text.contains("  ") || text.contains("“”") || text.contains(" .") {
            wrong.push(format!("{}: no whole sentence: {text:?}", finding.check));
        }
    }
    if finding.outcome == Outcome::ToDo && finding.fix.is_none() {
        wrong.push(format!("{}: something is to do, and no way is told: {said}", finding.check));
    }
    if finding.evidence.is_empty() {
        wrong.push(format!("{}: rests on nothing: {said}", finding.check));
    }
}

/// What is wrong with what a finding rests on: it says there, or not there. A path may hold a `*` for any name.
fn stands(source: &Source, finding: &Finding, evidence: &Evidence) -> Option<String> {
    // The kernel says the same of a function twice: in an attribute, and in its event.
    let event = evidence.path.rsplit_once('/').filter(|(_, name)| ATTRIBUTES.contains(name));
    let there = exists(source, &evidence.path)
        || event.is_some_and(|(folder, _)| {
            matches!(evidence.said, Said::Value(_)) && source.exists(format!("{folder}/uevent"))
        });
    let right = match &evidence.said {
        Said::Value(_) | Said::Unreadable(_) => there,
        Said::Absent => !there,
    };
    let outcome = finding.outcome.word();
    (!right).then(|| format!("{} ({outcome}) rests on {evidence:?}; there: {there}", finding.check))
}

const ATTRIBUTES: [&str; 4] = ["class", "vendor", "device", "driver"];

fn exists(source: &Source, path: &str) -> bool {
    let Some((before, after)) = path.split_once('*') else {
        return source.exists(path) || source.kind(path).is_ok();
    };
    let (folder, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    let (suffix, rest) = after.find('/').map_or((after, ""), |at| after.split_at(at));
    let names = source.list(folder).unwrap_or_default();
    let mut fitting = names.iter().filter_map(|name| name.to_str()).filter(|name| {
        name.len() >= prefix.len() + suffix.replace('*', "").len()
            && name.starts_with(prefix)
            && (suffix.contains('*') || name.ends_with(suffix))
    });
    fitting.any(|name| exists(source, &format!("{folder}/{name}{rest}")))
}

/// The map shows each function once, and nothing else.
fn map(label: &str, host: &Host, names: &Names) {
    let (links, owners) = (BTreeMap::new(), BTreeMap::new());
    let facts = Facts { host, names, links: Some(&links), owners: &owners };
    let map = Map::new(&facts, &Sans);
    let mut shown: Vec<PciAddress> =
        map.nodes.iter().flat_map(|node| node.functions.iter().copied()).collect();
    shown.sort();
    let all: Vec<PciAddress> = host.functions.iter().map(|function| function.address).collect();
    assert_eq!(shown, all, "{label}: the map");
}
