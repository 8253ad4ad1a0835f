//! What the page of changes shows: every record of a change of the host by its day, newest first, with its state and what
//! can be done with it; or the page that says why there is none. Plain values without GTK.

use gangway_client::helper::HelperError;
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::plan::{Effect, Intent};
use gangway_protocol::wire::{RecordEntry, RecordState, RecordView};
use gettextrs::{gettext, ngettext};
use relm4::gtk::glib;

use super::empty;
use crate::network;
use crate::service::Service;
use crate::widgets::pill::{Pill, Tone};
use crate::widgets::status::StatusView;

/// The whole page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangesView {
    /// What stands in place of the records.
    pub page: Option<StatusView>,
    pub days: Vec<Day>,
    /// How many wait for a restart.
    pub waiting: usize,
    /// Whether one is being made or undone by the service now.
    pub in_progress: bool,
}

/// The changes of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub title: String,
    pub cards: Vec<CardView>,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardView {
    /// Its name; none where it cannot be read.
    pub id: Option<String>,
    pub title: String,
    pub sentence: String,
    /// What failed and what recovery did.
    pub evidence: Vec<(String, String)>,
    pub pill: Pill,
    pub dot: Dot,
    pub can_undo: bool,
    pub can_look: bool,
    pub effect: Effect,
}

/// How the dot beside a record looks; it agrees with the pill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dot {
    Now,
    Good,
    Warning,
    Bad,
    Hollow,
}

/// What is known of the records.
pub type Records = Result<Vec<RecordEntry>, HelperError>;

impl ChangesView {
    /// What to show of a service and its records, at a time in seconds since 1970; `None` where they are being read.
    pub fn new(
        service: &Service,
        records: Option<&Records>,
        network: bool,
        names: &DeviceNames<'_>,
        now: u64,
    ) -> Option<Self> {
        let page = |page| Some(Self { page: Some(page), ..Self::default() });
        match (service, records) {
            (Service::Elsewhere, _) => page(empty::elsewhere()),
            (Service::Missing(error), _) => page(empty::missing(error)),
            (Service::Asking, _) | (Service::There(_), None) => None,
            (Service::There(_), Some(Err(error))) => page(empty::failed(error)),
            (Service::There(_), Some(Ok(records))) if records.is_empty() && !network => {
                page(empty::nothing())
            }
            (Service::There(_), Some(Ok(records))) => {
                Some(Self::of_records(records, names, now).with_network(network))
            }
        }
    }

    fn of_records(records: &[RecordEntry], names: &DeviceNames<'_>, now: u64) -> Self {
        let mut view = Self::default();
        for entry in records {
            let (title, card) = match entry {
                RecordEntry::Record(record) => {
                    view.waiting += usize::from(waits(record));
                    view.in_progress |= is_in_progress(record.state);
                    (day(record.time, now), CardView::new(record, names))
                }
                RecordEntry::Unreadable { reason } => (gettext("Not Readable"), unreadable(reason)),
            };
            match view.days.last_mut().filter(|last| last.title == title) {
                Some(last) => last.cards.push(card),
                None => view.days.push(Day { title, cards: vec![card] }),
            }
        }
        view
    }

    /// What of libvirt's network is ours comes last: it has no time.
    fn with_network(mut self, network: bool) -> Self {
        if network {
            self.days.push(Day { title: gettext("By libvirt"), cards: vec![of_network()] });
        }
        self
    }

    /// The same without the record of what is being made now, which is shown apart.
    #[must_use]
    pub fn without(mut self, record: Option<&str>) -> Self {
        if record.is_some() {
            for day in &mut self.days {
                day.cards.retain(|card| card.id.as_deref() != record);
            }
            self.days.retain(|day| !day.cards.is_empty());
        }
        self
    }

    /// What a banner says of those that wait.
    pub fn banner(&self) -> Option<String> {
        let number = u32::try_from(self.waiting).unwrap_or(u32::MAX);
        let template = ngettext(
            "{number} change takes effect when this computer is restarted.",
            "{number} changes take effect when this computer is restarted.",
            number,
        );
        (self.waiting > 0).then(|| fill(&template, &[("number", &self.waiting.to_string())]))
    }

    /// The record of this name.
    pub fn card(&self, id: &str) -> Option<&CardView> {
        self.days.iter().flat_map(|day| &day.cards).find(|card| card.id.as_deref() == Some(id))
    }

    /// How many wait, for those who cannot see the number.
    pub fn spoken_waiting(waiting: usize) -> String {
        let number = u32::try_from(waiting).unwrap_or(u32::MAX);
        let template = ngettext("{number} waits for a restart", "{number} wait for a restart", number);
        fill(&template, &[("number", &waiting.to_string())])
    }
}

impl CardView {
    fn new(record: &RecordView, names: &DeviceNames<'_>) -> Self {
        let (pill, dot, said) = told(record);
        let told = |label: String, text: &Option<String>| text.clone().map(|text| (label, text));
        Self {
            id: Some(record.id.clone()),
            title: text::intent(&record.intent, names),
            sentence: format!("{} {said}", who(record)),
            evidence: [
                told(gettext("What failed"), &record.reason),
                told(gettext("What the service did about it"), &record.recovered),
            ]
            .into_iter()
            .flatten()
            .collect(),
            pill: Pill { tooltip: said, ..pill },
            dot,
            can_look: true,
            can_undo: matches!(record.state, RecordState::Applied | RecordState::UndoStopped),
            effect: record.effect,
        }
    }
}

/// How it stands: a pill, a dot, and a sentence.
fn told(record: &RecordView) -> (Pill, Dot, String) {
    let pill =
        |text: String, tone: Tone, icon: &'static str| Pill { icon: Some(icon), ..Pill::plain(text, tone) };
    match record.state {
        RecordState::Interrupted => (
            pill(gettext("In progress"), Tone::Machine, "content-loading-symbolic"),
            Dot::Now,
            gettext("It is being carried out."),
        ),
        RecordState::UndoInterrupted => (
            pill(gettext("Being undone"), Tone::Machine, "content-loading-symbolic"),
            Dot::Now,
            gettext("It is being undone."),
        ),
        RecordState::Applied if waits(record) => (
            pill(gettext("Waits for a restart"), Tone::Claim, "system-reboot-symbolic"),
            Dot::Warning,
            gettext("It takes effect when the computer is restarted."),
        ),
        RecordState::Applied if is_over(record) => (
            pill(gettext("Over"), Tone::Neutral, "system-reboot-symbolic"),
            Dot::Hollow,
            gettext("It was in effect until the computer was restarted."),
        ),
        RecordState::Applied => {
            (pill(gettext("In effect"), Tone::Good, "object-select-symbolic"), Dot::Good, in_effect(record))
        }
        RecordState::RolledBack => (
            pill(gettext("Failed"), Tone::Bad, "dialog-warning-symbolic"),
            Dot::Bad,
            gettext("It failed, and everything is as it was before."),
        ),
        RecordState::Stuck => (
            pill(gettext("Failed in part"), Tone::Bad, "dialog-warning-symbolic"),
            Dot::Bad,
            gettext(
                "It failed, and not everything could be taken back. The next start of the service, or of the computer, tries again.",
            ),
        ),
        RecordState::Undone => (
            pill(gettext("Undone"), Tone::Neutral, "edit-undo-symbolic"),
            Dot::Hollow,
            gettext("It was undone."),
        ),
        RecordState::UndoStopped => (
            pill(gettext("Undone in part"), Tone::Bad, "dialog-warning-symbolic"),
            Dot::Bad,
            gettext("Undoing it stopped on the way: undo it again to see what stands in the way."),
        ),
    }
}

fn in_effect(record: &RecordView) -> String {
    match (&record.intent, record.effect) {
        (Intent::Bind { .. }, _) => gettext("It is in effect until it is undone or the computer restarts."),
        (_, Effect::NextLogin) => gettext("It is in effect for every login since then."),
        _ => gettext("It is in effect."),
    }
}

/// Whether it takes effect with a restart that has not been.
fn waits(record: &RecordView) -> bool {
    record.state == RecordState::Applied && record.effect == Effect::NextStart && record.before_restart
}

/// Whether a restart ended it by itself: the kernel forgets which driver a device was given to.
fn is_over(record: &RecordView) -> bool {
    matches!(record.intent, Intent::Bind { .. } | Intent::GiveBack { .. }) && !record.before_restart
}

/// Whether it is being made or undone, or was interrupted.
pub fn is_in_progress(state: RecordState) -> bool {
    matches!(state, RecordState::Interrupted | RecordState::UndoInterrupted)
}

/// When, and by whom.
fn who(record: &RecordView) -> String {
    let user = match &record.caller {
        Some(caller) => caller.name.clone(),
        None if record.uid == 0 => "root".to_owned(),
        None => fill(&gettext("user {number}"), &[("number", &record.uid.to_string())]),
    };
    fill(&gettext("At {time} by {user}."), &[("time", &local(record.time, "%R")), ("user", &user)])
}

/// The day, as one speaks of it.
fn day(time: u64, now: u64) -> String {
    const DAY: u64 = 24 * 60 * 60;
    let date = |time| local(time, "%F");
    if date(time) == date(now) {
        return gettext("Today");
    }
    if date(time) == date(now.saturating_sub(DAY)) {
        return gettext("Yesterday");
    }
    let year = |time| local(time, "%Y");
    if year(time) == year(now) {
        // TRANSLATORS: a day of this year, as strftime writes it, such as “21 November”.
        local(time, &gettext("%-d %B"))
    } else {
        // TRANSLATORS: a day of another year, as strftime writes it, such as “21 November 2026”.
        local(time, &gettext("%-d %B %Y"))
    }
}

fn local(seconds: u64, format: &str) -> String {
    let time = glib::DateTime::from_unix_local(i64::try_from(seconds).unwrap_or(i64::MAX));
    time.and_then(|time| time.format(format)).map_or_else(|_| text::kept_time(seconds), Into::into)
}

fn of_network() -> CardView {
    let said = gettext("What of it is Gangway’s was done by libvirt, when this computer was made ready.");
    let pill = Pill::plain(gettext("In effect"), Tone::Good);
    CardView {
        id: Some(network::RECORD.to_owned()),
        title: network::title(),
        sentence: said.clone(),
        evidence: Vec::new(),
        pill: Pill { icon: Some("object-select-symbolic"), tooltip: said, ..pill },
        dot: Dot::Good,
        can_undo: true,
        can_look: false,
        effect: Effect::Now,
    }
}

fn unreadable(reason: &str) -> CardView {
    let said = gettext("It is damaged, or of a newer version of Gangway. Nothing is done with it.");
    let pill = Pill::plain(gettext("Not readable"), Tone::Bad);
    CardView {
        id: None,
        title: gettext("A Record That Cannot Be Read"),
        sentence: said.clone(),
        evidence: vec![(gettext("What failed"), reason.to_owned())],
        pill: Pill { icon: Some("dialog-warning-symbolic"), tooltip: said, ..pill },
        dot: Dot::Bad,
        can_undo: false,
        can_look: false,
        effect: Effect::Now,
    }
}

#[cfg(test)]
mod tests {
    use gangway_core::plan::Caller;
    use gangway_protocol::ErrorName;

    use super::*;

    const NOON: u64 = 1_800_000_000;

    fn record(state: RecordState, effect: Effect, before_restart: bool) -> RecordView {
        RecordView {
            id: "2026-11-20T12.00.00Z-1".to_owned(),
            intent: Intent::TurnOnIommu,
            caller: Some(Caller { uid: 1000, name: "ada".to_owned() }),
            uid: 1000,
            time: NOON,
            effect,
            state,
            reason: None,
            before_restart,
            recovered: None,
        }
    }

    fn view(records: &[RecordView]) -> ChangesView {
        let entries: Vec<RecordEntry> =
            records.iter().cloned().map(|record| RecordEntry::Record(Box::new(record))).collect();
        ChangesView::of_records(&entries, &DeviceNames::addresses(), NOON)
    }

    fn card(record: RecordView) -> CardView {
        let mut view = view(&[record]);
        view.days.remove(0).cards.remove(0)
    }

    #[test]
    fn every_state_has_a_pill_a_sentence_and_the_right_way_on() {
        for (state, pill, undo) in [
            (RecordState::Interrupted, "In progress", false),
            (RecordState::Applied, "In effect", true),
            (RecordState::RolledBack, "Failed", false),
            (RecordState::Stuck, "Failed in part", false),
            (RecordState::UndoInterrupted, "Being undone", false),
            (RecordState::Undone, "Undone", false),
            (RecordState::UndoStopped, "Undone in part", true),
        ] {
            let card = card(record(state, Effect::NextStart, false));
            assert_eq!((card.pill.text.as_str(), card.can_undo), (pill, undo));
            assert!(card.sentence.contains(" by ada. "), "{}", card.sentence);
            assert!(card.pill.icon.is_some() && !card.sentence.contains(['{', '}']));
        }
    }

    #[test]
    fn what_waits_for_a_restart_is_counted_and_said() {
        let waiting = record(RecordState::Applied, Effect::NextStart, true);
        let undone = record(RecordState::Undone, Effect::NextStart, true);
        let view = view(&[waiting.clone(), undone, record(RecordState::Applied, Effect::Now, true)]);
        assert_eq!(view.waiting, 1);
        assert_eq!(view.banner().as_deref(), Some("1 change takes effect when this computer is restarted."));
        assert_eq!(card(waiting).pill.text, "Waits for a restart");
        assert_eq!(ChangesView::default().banner(), None);
    }

    #[test]
    fn a_binding_is_over_with_a_restart() {
        let bind = Intent::Bind { device: "0000:01:00.0".parse().unwrap(), whole_group: false };
        let bound = |before_restart| RecordView {
            intent: bind.clone(),
            ..record(RecordState::Applied, Effect::Now, before_restart)
        };
        assert_eq!(card(bound(true)).pill.text, "In effect");
        assert_eq!(card(bound(false)).pill.text, "Over");
    }

    #[test]
    fn what_libvirt_did_stands_last_and_can_be_undone() {
        let view = view(&[record(RecordState::Undone, Effect::Now, true)]).with_network(true);
        let last = view.card(network::RECORD).expect("a card");
        assert!(last.can_undo && !last.can_look);
        assert_eq!(view.days.len(), 2);
    }

    #[test]
    fn what_is_being_made_stands_apart_from_its_record() {
        let running = record(RecordState::Interrupted, Effect::Now, true);
        let id = running.id.clone();
        let other = RecordView { id: "another".to_owned(), time: NOON - 24 * 3600, ..running.clone() };
        let view = view(&[running, other]);
        assert_eq!(view.clone().without(None), view);
        let apart = view.without(Some(&id));
        assert!(apart.card(&id).is_none() && apart.card("another").is_some());
        assert_eq!(apart.days.len(), 1, "no day is left empty");
    }

    #[test]
    fn days_are_called_as_people_call_them() {
        let at = |time| RecordView { time, ..record(RecordState::Undone, Effect::Now, true) };
        let view = view(&[at(NOON), at(NOON - 1), at(NOON - 24 * 3600), at(NOON - 400 * 24 * 3600)]);
        let titles: Vec<&str> = view.days.iter().map(|day| day.title.as_str()).collect();
        assert_eq!(titles.len(), 3, "{titles:?}");
        assert_eq!(titles.get(..2), Some(&["Today", "Yesterday"][..]));
        assert_eq!(view.days.first().map(|day| day.cards.len()), Some(2));
    }

    #[test]
    fn why_there_is_nothing_is_said_on_a_page() {
        let names = DeviceNames::addresses();
        let page = |service: &Service| {
            ChangesView::new(service, None, false, &names, NOON).and_then(|view| view.page)
        };
        assert_eq!(page(&Service::Asking), None);
        assert_eq!(page(&Service::Elsewhere).unwrap().title, "This Is Another Computer");
        let missing = page(&Service::Missing(HelperError::NotInstalled)).unwrap();
        assert!(
            missing.steps.len() == 2
                && missing.steps.iter().any(|(_, how)| how.contains("cargo xtask install"))
        );
        let denied = HelperError::Refused { name: ErrorName::NotAuthorized, text: String::new() };
        assert_eq!(empty::failed(&denied).title, "Not Allowed");
        assert!(
            empty::failed(&HelperError::Lost).buttons.iter().any(|button| button.action == "win.ask-service")
        );
    }
}
