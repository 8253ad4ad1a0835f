//! What the dialog of a change of the host shows: the sentences of a plan, an undo or a record, every file's difference, and
//! why nothing can be done. Plain values without GTK.

use gangway_client::network::{NetworkBack, NetworkUndo};
use gangway_client::text::{self, DeviceNames, fill};
use gangway_core::difference::Difference;
use gangway_core::plan::{Back, Content, Effect, FileRole, Paste, Plan, Refusal, Risk, Step};
use gangway_protocol::wire::{FileFate, PlanView, StepView, UndoActionView, UndoView, WithheldFile};
use gettextrs::gettext;

use crate::widgets::pill::{Pill, Tone};

/// A review: of what will happen, of what undo will do, or of what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewView {
    pub heading: String,
    /// What kind of change it is, and when it takes effect.
    pub summary: String,
    pub lines: Vec<LineView>,
    /// What stands in the way; nothing can be done as long as there is something.
    pub in_the_way: Vec<String>,
    pub files: Vec<FileView>,
    /// What undo will do; empty where this is not to be said.
    pub undo: Vec<String>,
    /// Whether differences are missing that the service shows who is allowed to see them.
    pub withheld: bool,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineView {
    pub sentence: String,
    /// The kind of its risk, where there are several.
    pub pill: Option<Pill>,
}

/// What happens to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    pub path: String,
    pub remark: String,
    pub shown: FileShown,
}

/// What can be seen of a file's difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileShown {
    Difference(Difference),
    NoText,
    Withheld,
}

/// Why nothing is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedView {
    pub reasons: Vec<String>,
    /// What a person can paste instead.
    pub paste: Vec<PasteView>,
}

/// Text to paste, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasteView {
    pub place: String,
    pub text: String,
}

impl ReviewView {
    /// What will happen.
    pub fn of_plan(view: &PlanView, names: &DeviceNames<'_>) -> Self {
        let mut undo: Vec<String> = Vec::new();
        // The last change goes back first.
        for sentence in view.steps.iter().rev().map(|step| text::undo_of(step, names)) {
            if !undo.contains(&sentence) {
                undo.push(sentence);
            }
        }
        Self { undo, ..Self::of_steps(gettext("What Will Happen"), view, names) }
    }

    /// What was done.
    pub fn of_record(view: &PlanView, names: &DeviceNames<'_>) -> Self {
        Self::of_steps(gettext("What It Does"), view, names)
    }

    fn of_steps(heading: String, view: &PlanView, names: &DeviceNames<'_>) -> Self {
        let mut risks: Vec<Risk> = view.steps.iter().map(risk).collect();
        risks.sort_unstable();
        risks.dedup();
        let pill = |step: &StepView| (risks.len() > 1).then(|| pill(risk(step)));
        Self {
            heading,
            summary: summary(&risks, view.effect),
            lines: view
                .steps
                .iter()
                .map(|step| LineView { sentence: text::step_view(step, names), pill: pill(step) })
                .collect(),
            in_the_way: Vec::new(),
            files: view.steps.iter().filter_map(FileView::of_step).collect(),
            undo: Vec::new(),
            withheld: view.is_withheld(),
        }
    }

    /// What undo will do.
    pub fn of_undo(view: &UndoView, names: &DeviceNames<'_>) -> Self {
        let line =
            |action: &UndoActionView| LineView { sentence: text::undo_action(action, names), pill: None };
        Self {
            heading: if view.stops.is_empty() {
                gettext("What Undo Will Do")
            } else {
                gettext("What Undo Would Do")
            },
            summary: String::new(),
            lines: view.actions.iter().map(line).collect(),
            in_the_way: view.stops.iter().map(text::undo_stop).collect(),
            files: view.actions.iter().filter_map(FileView::of_back).collect(),
            undo: Vec::new(),
            withheld: view.is_withheld(),
        }
    }

    /// What undoing what was done to libvirt's network will do.
    pub fn of_network(undo: &NetworkUndo) -> Self {
        let line = |back: &NetworkBack| LineView { sentence: text::network_back(*back), pill: None };
        Self {
            heading: gettext("What Undo Will Do"),
            summary: String::new(),
            lines: undo.actions.iter().map(line).collect(),
            in_the_way: undo.stops.iter().map(text::network_stop).collect(),
            files: Vec::new(),
            undo: Vec::new(),
            withheld: false,
        }
    }

    /// The same with what libvirt does to its network after that.
    #[must_use]
    pub fn with_network(mut self, steps: &[String]) -> Self {
        if !steps.is_empty() {
            self.lines.extend(steps.iter().cloned().map(|sentence| LineView { sentence, pill: None }));
            self.undo
                .push(gettext("What was done to libvirt’s network is undone by itself, in Changes, too."));
        }
        self
    }

    /// The sentences of what happens, for the progress.
    pub fn sentences(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.sentence.clone()).collect()
    }

    /// What is said below the heading of the differences.
    pub fn files_summary(&self) -> String {
        let number = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        let template =
            gettextrs::ngettext("{number} file, in full.", "{number} files, each in full.", number);
        let said = fill(&template, &[("number", &self.files.len().to_string())]);
        if !self.withheld {
            return said;
        }
        let withheld = gettext("Some are not shown, since not everybody may read those files.");
        format!("{said} {withheld}")
    }
}

impl FileView {
    fn of_step(step: &StepView) -> Option<Self> {
        match step {
            StepView::Whole(step) => match &**step {
                Step::File(change) => Some(Self {
                    path: change.path.clone(),
                    remark: fate(FileFate::of(change)),
                    shown: FileShown::between(change.before.as_ref(), change.after.as_ref()),
                }),
                _ => None,
            },
            StepView::Withheld(file) => Some(Self::withheld(&file.path, file.fate)),
        }
    }

    fn of_back(action: &UndoActionView) -> Option<Self> {
        match action {
            UndoActionView::Whole(action) => match &action.back {
                Back::File { path, from, to, .. } => Some(Self {
                    path: path.clone(),
                    remark: fate(FileFate::between(from.as_ref(), to.as_ref())),
                    shown: FileShown::between(from.as_ref(), to.as_ref()),
                }),
                _ => None,
            },
            UndoActionView::Withheld(file) => Some(Self::withheld(&file.path, file.fate)),
        }
    }

    fn withheld(path: &str, what: FileFate) -> Self {
        Self { path: path.to_owned(), remark: fate(what), shown: FileShown::Withheld }
    }
}

impl FileShown {
    fn between(before: Option<&Content>, after: Option<&Content>) -> Self {
        let text = |content: Option<&Content>| content.map_or(Some(""), Content::text).map(str::to_owned);
        match (text(before), text(after)) {
            (Some(before), Some(after)) => Self::Difference(Difference::between(&before, &after)),
            _ => Self::NoText,
        }
    }
}

impl RefusedView {
    /// Each reason as a sentence, and what can be pasted apart from it.
    pub fn new(refusals: &[Refusal], names: &DeviceNames<'_>) -> Self {
        let mut view = Self { reasons: Vec::new(), paste: Vec::new() };
        for refusal in refusals {
            match refusal {
                Refusal::ByHand { paste } => {
                    view.reasons.push(gettext(
                        "How this computer starts is not known well enough to change it; below is what can be done by hand.",
                    ));
                    view.paste.extend(paste.iter().map(PasteView::new));
                }
                other => view.reasons.push(text::plan_refusal(other, names)),
            }
        }
        view
    }
}

impl PasteView {
    fn new(paste: &Paste) -> Self {
        let place = match &paste.path {
            Some(path) => fill(&gettext("Into “{path}”"), &[("path", path)]),
            None => gettext("In a terminal"),
        };
        Self { place, text: paste.text.trim_end().to_owned() }
    }
}

/// The plan that a view shows, where nothing of it is withheld: what scripts are made of.
pub fn whole_plan(view: &PlanView) -> Option<Plan> {
    let step = |step: &StepView| match step {
        StepView::Whole(step) => Some((**step).clone()),
        StepView::Withheld(_) => None,
    };
    let steps = view.steps.iter().map(step).collect::<Option<Vec<Step>>>()?;
    Some(Plan { intent: view.intent.clone(), caller: view.caller.clone(), steps, effect: view.effect })
}

fn risk(step: &StepView) -> Risk {
    match step {
        StepView::Whole(step) => step.risk(),
        StepView::Withheld(WithheldFile { role: FileRole::KernelSetting, .. }) => Risk::System,
        StepView::Withheld(_) => Risk::Boot,
    }
}

fn pill(risk: Risk) -> Pill {
    let (text, tone) = match risk {
        Risk::System => (gettext("Running system"), Tone::Neutral),
        Risk::Rights => (gettext("Rights"), Tone::Machine),
        Risk::Boot => (gettext("Start"), Tone::Claim),
    };
    Pill { tooltip: changes(risk), ..Pill::plain(text, tone) }
}

fn changes(risk: Risk) -> String {
    match risk {
        Risk::System => gettext("It changes the running system."),
        Risk::Rights => gettext("It gives a user rights."),
        Risk::Boot => gettext("It changes how the computer starts."),
    }
}

/// What kind of change it is, the weightiest first, and when it takes effect.
fn summary(risks: &[Risk], effect: Effect) -> String {
    let mut sentences: Vec<String> = risks.iter().rev().map(|risk| changes(*risk)).collect();
    if !risks.is_empty() {
        sentences.push(text::effect(effect).unwrap_or_else(|| gettext("It takes effect at once.")));
    }
    sentences.join(" ")
}

fn fate(fate: FileFate) -> String {
    match fate {
        FileFate::Made => gettext("New file"),
        FileFate::Changed => gettext("Changed file"),
        FileFate::Removed => gettext("Removed file"),
    }
}

#[cfg(test)]
mod tests {
    use gangway_core::plan::{
        Caller, Digest, FileChange, GroupChange, Intent, ModuleLoad, StopReason, UndoStop,
    };

    use super::*;

    fn names() -> DeviceNames<'static> {
        DeviceNames::addresses()
    }

    fn file(path: &str) -> Step {
        Step::File(FileChange {
            path: path.to_owned(),
            role: FileRole::ModuleList,
            before: None,
            after: Some("vfio_pci\n".into()),
            edit: None,
        })
    }

    fn plan(steps: Vec<Step>, effect: Effect) -> Plan {
        let caller = Some(Caller { uid: 1000, name: "ada".to_owned() });
        Plan { intent: Intent::MakeReady, caller, steps, effect }
    }

    #[test]
    fn one_kind_of_risk_is_said_once_and_several_at_each_step() {
        let load = || Step::Load(ModuleLoad { module: "vfio-pci".to_owned() });
        let one = PlanView::whole(&plan(vec![load()], Effect::Now));
        let one = ReviewView::of_plan(&one, &names());
        assert_eq!(one.summary, "It changes the running system. It takes effect at once.");
        assert!(one.lines.iter().all(|line| line.pill.is_none()) && one.files.is_empty());
        let group =
            Step::Group(GroupChange { group: "libvirt".to_owned(), uid: 1000, user: "ada".to_owned() });
        let two = PlanView::whole(&plan(vec![group, file("/etc/x"), load()], Effect::NextStart));
        let two = ReviewView::of_plan(&two, &names());
        assert!(two.summary.starts_with("It changes how the computer starts. It gives a user rights."));
        assert!(two.summary.ends_with("It takes effect when the computer is restarted."));
        assert!(two.lines.iter().all(|line| line.pill.is_some()));
        assert_eq!(two.undo.len(), 3);
        assert!(two.undo.first().is_some_and(|last| last.contains("stays loaded")), "{:?}", two.undo);
    }

    #[test]
    fn a_difference_is_shown_or_it_is_said_that_it_is_not() {
        let plan = plan(vec![file("/etc/x"), file("/etc/secret")], Effect::NextStart);
        let view = PlanView::for_reader(&plan, |path| path != "/etc/secret", false);
        let review = ReviewView::of_plan(&view, &names());
        assert!(review.withheld && review.files_summary().contains("not everybody"));
        let [open, closed] = review.files.as_slice() else { panic!("{:?}", review.files) };
        assert!(matches!(&open.shown, FileShown::Difference(difference) if difference.added == 1));
        assert_eq!((closed.path.as_str(), &closed.shown), ("/etc/secret", &FileShown::Withheld));
        assert_eq!(whole_plan(&view), None);
        assert_eq!(whole_plan(&PlanView::whole(&plan)), Some(plan));
    }

    #[test]
    fn what_stands_in_the_way_of_undo_is_said() {
        let stop = UndoStop { step: 0, what: "/etc/x".to_owned(), why: StopReason::Changed };
        let view = UndoView {
            record: "a".to_owned(),
            intent: Intent::MakeReady,
            actions: Vec::new(),
            stops: vec![stop],
            digest: Digest::of("a", &"a"),
        };
        let review = ReviewView::of_undo(&view, &names());
        assert!(review.in_the_way.first().is_some_and(|stop| stop.contains("“/etc/x”")));
    }

    #[test]
    fn text_to_paste_stands_apart_from_the_reason() {
        let paste = vec![Paste { path: Some("/etc/default/grub".to_owned()), text: "iommu=pt\n".to_owned() }];
        let refusals = [Refusal::ByHand { paste }, Refusal::NoTool { tool: "dracut".to_owned() }];
        let view = RefusedView::new(&refusals, &names());
        assert_eq!(view.reasons.len(), 2);
        assert!(!view.reasons.iter().any(|reason| reason.contains("iommu=pt")));
        let paste =
            PasteView { place: "Into “/etc/default/grub”".to_owned(), text: "iommu=pt".to_owned() };
        assert_eq!(view.paste, [paste]);
    }
}
