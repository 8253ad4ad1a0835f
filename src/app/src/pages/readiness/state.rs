//! What the page of readiness shows: a verdict for each graphics card, then what was found, by what it means for the
//! user. Plain values without GTK, made by the worker that read the machine.

use gangway_client::guests::CheckedGuest;
use gangway_client::text::{self, DeviceNames, checks as sentences, fill};
use gangway_core::checks::{self, CardVerdict, Evidence, Finding, Outcome, Said, Verdict, Weight};
use gangway_core::host::Host;
use gangway_core::model::Model;
use gangway_core::pci::{Names, PciAddress};
use gangway_core::plan::Intent;
use gangway_core::reading::Trouble;
use gangway_domain::check::GuestFinding;
use gettextrs::{gettext, ngettext};

use crate::words;

/// The whole page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadinessView {
    pub cards: Vec<CardView>,
    /// The verdict on a machine that has no graphics card.
    pub machine: Option<String>,
    pub sections: Vec<Section>,
    /// How many findings stand in the way of handing over a graphics card.
    pub attention: usize,
}

/// The verdict on one graphics card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardView {
    pub address: PciAddress,
    pub name: String,
    pub verdict: Verdict,
    /// The verdict in a few words.
    pub headline: String,
    /// What it rests on most.
    pub reason: String,
    /// Both as one sentence, which names the card.
    pub sentence: String,
    /// The finding that it rests on most.
    pub because: Option<FindingKey>,
}

/// Findings that mean the same to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub kind: SectionKind,
    /// Whose findings they are, where they are a virtual machine's.
    pub machine: Option<String>,
    pub findings: Vec<FindingView>,
}

/// What findings mean to the user; in the order to show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionKind {
    /// In the way of a graphics card.
    Attention,
    /// It is not known whether it is in the way.
    CouldNotTell,
    /// What is not in order with a virtual machine.
    Machine,
    /// Advice.
    GoodToKnow,
    /// About devices that are no graphics card.
    OtherDevices,
    /// Nothing to complain about.
    InOrder,
}

/// Which finding it is, also after the machine was read again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingKey {
    /// The virtual machine; none where it is the host's.
    pub machine: Option<String>,
    /// The check's name.
    pub check: &'static str,
    pub about: Vec<PciAddress>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingView {
    pub key: FindingKey,
    pub tone: Tone,
    /// What was found; where nothing was, what was asked.
    pub title: String,
    /// What came of it, and of what.
    pub subtitle: String,
    /// What the title leaves out.
    pub sentence: Option<String>,
    pub meaning: String,
    /// Places, each with what was found there.
    pub evidence: Vec<(String, String)>,
    /// What to do.
    pub fix: Option<String>,
    /// The command that does it.
    pub command: Option<String>,
    /// What can be wanted of the host so that it is done for the user.
    pub intent: Option<Intent>,
}

/// How a finding looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Blocked,
    Warning,
    Unknown,
    Info,
    Good,
}

impl ReadinessView {
    /// Asks all questions of a machine; takes as long as the machine is large, so not on the main thread.
    pub fn of(model: &Model, ids: &Names) -> Self {
        let host = &model.host;
        let findings = checks::run(model);
        let names = DeviceNames::new(|address| {
            let function = host.function(address)?;
            Some(words::device_name(host, function, &host.name_of(function, ids).title))
        });
        let verdicts = CardVerdict::of_graphics(host, &findings);
        let machine =
            verdicts.is_empty().then(|| sentences::machine_verdict(checks::of_machine(host, &findings)));
        let graphics: Vec<PciAddress> = verdicts.iter().map(|verdict| verdict.card).collect();
        let mut sections: Vec<Section> = SectionKind::ALL.into_iter().map(Section::new).collect();
        for finding in &findings {
            let kind = SectionKind::of(finding, host, &graphics);
            if let Some(section) = sections.iter_mut().find(|section| section.kind == kind) {
                section.findings.push(FindingView::new(finding, &names));
            }
        }
        sections.retain(|section| !section.findings.is_empty());
        let attention = sections.iter().find(|section| section.kind == SectionKind::Attention);
        Self {
            cards: verdicts.iter().map(|verdict| card(verdict, host, ids, &findings, &names)).collect(),
            machine,
            attention: attention.map_or(0, |section| section.findings.len()),
            sections,
        }
    }

    /// The same with what was found of virtual machines: a section for each that is not all in order.
    #[must_use]
    pub fn with_guests(mut self, guests: &[CheckedGuest], names: &DeviceNames<'_>) -> Self {
        let sections = guests.iter().filter_map(|guest| Section::of_guest(guest, names));
        let sections: Vec<Section> = sections.collect();
        let matters = |finding: &&FindingView| matches!(finding.tone, Tone::Blocked | Tone::Warning);
        self.attention += sections.iter().flat_map(|section| &section.findings).filter(matters).count();
        let after = |section: &Section| section.kind <= SectionKind::CouldNotTell;
        let place = self.sections.iter().take_while(|section| after(section)).count();
        self.sections.splice(place..place, sections);
        self
    }

    /// How many things stand in the way, for those who cannot see the number.
    pub fn spoken_attention(attention: usize) -> String {
        let number = u32::try_from(attention).unwrap_or(u32::MAX);
        fill(
            &ngettext("{number} point needs attention", "{number} points need attention", number),
            &[("number", &attention.to_string())],
        )
    }
}

fn card(
    verdict: &CardVerdict,
    host: &Host,
    ids: &Names,
    findings: &[Finding],
    names: &DeviceNames<'_>,
) -> CardView {
    let function = host.function(verdict.card);
    let because = verdict.because.first().and_then(|index| findings.get(*index));
    CardView {
        address: verdict.card,
        name: function.map_or_else(String::new, |function| host.name_of(function, ids).title),
        verdict: verdict.verdict,
        headline: headline(verdict),
        reason: because.map_or_else(
            || gettext("Nothing on this computer stands in the way."),
            |finding| sentences::sentence(finding, names),
        ),
        sentence: sentences::card_verdict(verdict, findings, names),
        because: because.map(key),
    }
}

fn headline(verdict: &CardVerdict) -> String {
    let number = u32::try_from(verdict.because.len()).unwrap_or(u32::MAX);
    let template = match verdict.verdict {
        Verdict::Ready => gettext("Can be handed over"),
        Verdict::ToDo => ngettext(
            "Can be handed over once {number} thing is done",
            "Can be handed over once {number} things are done",
            number,
        ),
        Verdict::CouldNotTell => gettext("Could not tell whether it can be handed over"),
        Verdict::NotPossible => gettext("Cannot be handed over"),
    };
    fill(&template, &[("number", &number.to_string())])
}

fn key(finding: &Finding) -> FindingKey {
    FindingKey { machine: None, check: finding.check.name(), about: finding.about.clone() }
}

impl Section {
    fn new(kind: SectionKind) -> Self {
        Self { kind, machine: None, findings: Vec::new() }
    }

    /// What is open of a virtual machine; none where all is in order.
    fn of_guest(guest: &CheckedGuest, names: &DeviceNames<'_>) -> Option<Self> {
        let mut findings: Vec<FindingView> =
            guest.open().map(|finding| FindingView::of_guest(finding, names)).collect();
        findings.extend(guest.trouble.as_ref().map(|trouble| FindingView::of_trouble(guest, trouble)));
        let machine = Some(guest.name.clone());
        (!findings.is_empty()).then_some(Self { kind: SectionKind::Machine, machine, findings })
    }

    /// Its heading.
    pub fn title(&self) -> String {
        match &self.machine {
            Some(name) => fill(&gettext("Virtual machine “{vm}”"), &[("vm", name)]),
            None => self.kind.title(),
        }
    }
}

impl SectionKind {
    const ALL: [Self; 5] =
        [Self::Attention, Self::CouldNotTell, Self::GoodToKnow, Self::OtherDevices, Self::InOrder];

    /// Where a finding belongs on a machine with these graphics cards.
    fn of(finding: &Finding, host: &Host, graphics: &[PciAddress]) -> Self {
        let on_graphics = |address: &PciAddress| {
            host.card_of(*address).is_some_and(|card| graphics.contains(&card.address))
        };
        // Where there is no graphics card, every device is as good a reason to be here.
        let concerned =
            finding.about.is_empty() || graphics.is_empty() || finding.about.iter().any(on_graphics);
        match (&finding.outcome, finding.weight) {
            (Outcome::Ok, _) => Self::InOrder,
            _ if !concerned => Self::OtherDevices,
            (_, Weight::Advice) => Self::GoodToKnow,
            (Outcome::CouldNotTell(_), _) => Self::CouldNotTell,
            (Outcome::ToDo | Outcome::NotPossible, _) => Self::Attention,
        }
    }

    /// Its heading.
    pub fn title(self) -> String {
        match self {
            Self::Attention => gettext("Needs Attention"),
            Self::CouldNotTell => gettext("Could Not Tell"),
            Self::Machine => gettext("Virtual machine"),
            Self::GoodToKnow => gettext("Good to Know"),
            Self::OtherDevices => gettext("Other Devices"),
            Self::InOrder => gettext("In Order"),
        }
    }

    /// What its findings have in common, where the heading does not say so.
    pub fn description(self) -> String {
        match self {
            Self::CouldNotTell => gettext("Unknown is not off: each says what would be needed to know."),
            Self::OtherDevices => gettext("What matters only when one of these is to be handed over."),
            Self::Attention | Self::Machine | Self::GoodToKnow | Self::InOrder => String::new(),
        }
    }
}

impl FindingView {
    fn new(finding: &Finding, names: &DeviceNames<'_>) -> Self {
        let asked = sentences::title(finding.check);
        let sentence = sentences::sentence(finding, names);
        let label = sentences::outcome_label(&finding.outcome);
        let about = finding.about.first().map(|first| names.of(*first));
        let about = |text: String| match &about {
            Some(device) => format!("{text} · {device}"),
            None => text,
        };
        let (title, subtitle, sentence) = match finding.outcome {
            Outcome::ToDo | Outcome::NotPossible => (sentence, format!("{label} · {asked}"), None),
            Outcome::CouldNotTell(_) => (asked, about(label), Some(sentence)),
            Outcome::Ok => (asked, about(sentences::subject(finding.subject)), None),
        };
        Self {
            key: key(finding),
            tone: Tone::of(&finding.outcome, finding.weight),
            title,
            subtitle,
            sentence,
            meaning: sentences::meaning(finding.check),
            evidence: finding.evidence.iter().map(fact).collect(),
            fix: finding.fix.as_ref().map(sentences::fix),
            command: finding.fix.as_ref().and_then(checks::Fix::command),
            intent: finding.intent.clone(),
        }
    }
}

impl FindingView {
    fn of_guest(finding: &GuestFinding, names: &DeviceNames<'_>) -> Self {
        let asked = sentences::guest_title(finding.check);
        let sentence = sentences::guest_sentence(finding, names);
        let label = sentences::outcome_label(&finding.outcome);
        let (title, subtitle, sentence) = match finding.outcome {
            Outcome::CouldNotTell(_) => (asked, label, Some(sentence)),
            _ => (sentence, format!("{label} · {asked}"), None),
        };
        Self {
            key: FindingKey {
                machine: Some(finding.machine.clone()),
                check: finding.check.name(),
                about: finding.about.clone(),
            },
            tone: Tone::of(&finding.outcome, finding.weight),
            title,
            subtitle,
            sentence,
            meaning: sentences::guest_meaning(finding.check),
            evidence: finding.evidence.iter().map(fact).collect(),
            fix: finding.fix.as_ref().map(|fix| sentences::guest_fix(fix, names)),
            command: finding.command(),
            intent: finding.intent.clone(),
        }
    }

    /// That a definition could not be understood, which is why nothing was asked of it.
    fn of_trouble(guest: &CheckedGuest, trouble: &str) -> Self {
        Self {
            key: FindingKey { machine: Some(guest.name.clone()), check: "", about: Vec::new() },
            tone: Tone::Unknown,
            title: fill(
                &gettext("Its definition could not be understood: {reason}."),
                &[("reason", trouble.trim_end_matches('.'))],
            ),
            subtitle: gettext("Could not tell"),
            sentence: None,
            meaning: gettext("What is in a definition that cannot be read cannot be checked."),
            evidence: Vec::new(),
            fix: None,
            command: None,
            intent: None,
        }
    }
}

/// A place, and what it says.
fn fact(evidence: &Evidence) -> (String, String) {
    let said = match &evidence.said {
        Said::Value(value) => value.clone(),
        Said::Absent => gettext("not there"),
        Said::Unreadable(detail) => {
            text::trouble_detail(&Trouble::new(evidence.path.as_str(), detail.clone()))
        }
    };
    (evidence.path.clone(), said)
}

impl Tone {
    fn of(outcome: &Outcome, weight: Weight) -> Self {
        match (outcome, weight) {
            (Outcome::Ok, _) => Self::Good,
            (Outcome::CouldNotTell(_), _) => Self::Unknown,
            (_, Weight::Advice) => Self::Info,
            (Outcome::NotPossible, _) => Self::Blocked,
            (Outcome::ToDo, _) => Self::Warning,
        }
    }

    /// The icon, so that colour is never the only sign.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Blocked => "computer-fail-symbolic",
            Self::Warning => "dialog-warning-symbolic",
            Self::Unknown => "dialog-question-symbolic",
            Self::Info => "info-symbolic",
            Self::Good => "object-select-symbolic",
        }
    }

    /// The class of the icon's colour.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Blocked => "error",
            Self::Warning => "warning",
            Self::Unknown | Self::Info => "dim-label",
            Self::Good => "success",
        }
    }
}

#[cfg(test)]
mod tests {
    use gangway_client::demo::DemoMachine;
    use gangway_client::guests::check_guests;
    use gangway_client::hypervisor::{VirtualMachine, VmId, VmState};
    use gangway_client::target::{HostChoice, Target};

    use super::*;

    fn demo(machine: DemoMachine) -> ReadinessView {
        let source =
            Target { host: HostChoice::Demo(machine), connect: None }.source().expect("a demo machine");
        ReadinessView::of(&Model::read(&source), &Names::bundled())
    }

    fn section(view: &ReadinessView, kind: SectionKind) -> &[FindingView] {
        view.sections.iter().find(|section| section.kind == kind).map_or(&[], |section| &section.findings)
    }

    #[test]
    fn a_verdict_stands_on_what_it_leads_to() {
        for machine in DemoMachine::ALL {
            let view = demo(machine);
            assert!(!view.cards.is_empty() && view.machine.is_none(), "{machine:?}");
            for card in &view.cards {
                assert_eq!(card.because.is_none(), card.verdict == Verdict::Ready, "{card:?}");
                let open = view.sections.iter().filter(|section| section.kind != SectionKind::InOrder);
                let keys: Vec<&FindingKey> =
                    open.flat_map(|section| &section.findings).map(|finding| &finding.key).collect();
                assert!(card.because.as_ref().is_none_or(|key| keys.contains(&key)), "{card:?}");
            }
        }
    }

    #[test]
    fn only_what_is_in_the_way_of_a_graphics_card_is_counted() {
        let view = demo(DemoMachine::Workshop);
        let attention = section(&view, SectionKind::Attention);
        assert_eq!(attention.len(), view.attention);
        assert!(attention.iter().all(|finding| matches!(finding.tone, Tone::Warning | Tone::Blocked)));
        // The disk of the system stays where it is, and is said where one looks for it.
        let disk = |finding: &&FindingView| finding.key.check == "storage-system";
        assert!(attention.iter().find(disk).is_none());
        assert!(section(&view, SectionKind::OtherDevices).iter().find(disk).is_some());
    }

    #[test]
    fn every_finding_of_a_machine_is_somewhere_once() {
        for machine in DemoMachine::ALL {
            let source =
                Target { host: HostChoice::Demo(machine), connect: None }.source().expect("a demo machine");
            let model = Model::read(&source);
            let view = ReadinessView::of(&model, &Names::bundled());
            let shown: usize = view.sections.iter().map(|section| section.findings.len()).sum();
            assert_eq!(shown, checks::run(&model).len(), "{machine:?}");
        }
    }

    #[test]
    fn what_could_not_be_told_is_neither_good_nor_bad() {
        let view = ReadinessView::of(&Model::default(), &Names::bundled());
        assert!(view.cards.is_empty());
        assert!(view.machine.is_some());
        let unknown = section(&view, SectionKind::CouldNotTell);
        assert!(!unknown.is_empty());
        for finding in unknown {
            assert_eq!(finding.tone, Tone::Unknown);
            assert!(finding.subtitle.starts_with("Could not tell"), "{finding:?}");
            assert!(finding.sentence.is_some(), "{finding:?}");
        }
    }

    #[test]
    fn what_is_not_in_order_with_a_machine_stands_under_its_name() {
        let source = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None }
            .source()
            .expect("a demo machine");
        let model = Model::read(&source);
        let before = ReadinessView::of(&model, &Names::bundled());
        let hostdev =
            "<hostdev type='pci' managed='yes'><source><address bus='1' function='0'/></source></hostdev>";
        let xml = format!("<domain type='kvm'><name>win11</name><devices>{hostdev}</devices></domain>");
        let vm = |name: &str, xml: &str| {
            VirtualMachine::new(VmId::new(name), name.to_owned(), VmState::Off, true).with_definition(xml)
        };
        let machines = [vm("win11", &xml), vm("none", "<domain/>"), vm("odd", "<domain")];
        let guests = check_guests(&machines, &model, &source);
        let view = before.clone().with_guests(&guests, &DeviceNames::addresses());
        let titles: Vec<String> = view.sections.iter().map(Section::title).collect();
        let of = |name: &str| titles.iter().position(|title| title.contains(name));
        assert!(of("“win11”").is_some() && of("“odd”").is_some() && of("“none”").is_none(), "{titles:?}");
        assert!(of("“win11”") < of("Good to Know") && of("Good to Know") < of("In Order"), "{titles:?}");
        let own = &view.sections[of("“win11”").unwrap_or_default()].findings;
        let work = |finding: &&FindingView| finding.tone == Tone::Warning;
        assert_eq!(view.attention, before.attention + own.iter().filter(work).count());
        let whole = own.iter().find(|finding| finding.key.check == "guest-whole-card").expect("half a card");
        assert!(whole.title.starts_with("“win11” has") && whole.tone == Tone::Warning, "{whole:?}");
        assert!(whole.command.as_ref().is_some_and(|command| command.ends_with("--to win11")));
    }

    #[test]
    fn a_number_is_spoken_with_what_it_counts() {
        assert_eq!(ReadinessView::spoken_attention(1), "1 point needs attention");
        assert_eq!(ReadinessView::spoken_attention(2), "2 points need attention");
    }
}
