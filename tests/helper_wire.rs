//! Everything that goes over the bus comes back as it was, through the bytes of a message; and each of it has a sentence.

use gangway_client::helper::HelperError;
use gangway_client::text::{self, DeviceNames};
use gangway_core::plan::{Caller, Effect, Plan, Step, UndoAction, UndoPlan};
use gangway_protocol::wire::{
    self, Ending, FileFate, JobState, PlanAnswer, PlanView, RecordEntry, RecordState, RecordView, StepView,
    Tagged, UndoAnswer, UndoView, Values, Wire, Working,
};
use gangway_protocol::{Action, ErrorName};
use gangway_tests::plans;
use zbus::wire::serialized::Context;
use zbus::wire::{LE, to_bytes};

/// What somebody else reads of it.
fn carried<T: Wire>(value: &T) -> T {
    let bytes = to_bytes(Context::new(LE, 0), &wire::to_wire(value).unwrap()).unwrap();
    let read: (Tagged, usize) = bytes.deserialize().unwrap();
    wire::from_wire(&read.0).unwrap()
}

fn plan() -> Plan {
    let caller = Some(Caller { uid: 1000, name: "ada".to_owned() });
    Plan { intent: plans::intents().remove(0), caller, steps: plans::steps(), effect: Effect::NextStart }
}

#[test]
fn every_intent_comes_back_strictly() {
    for intent in plans::intents() {
        assert_eq!(carried(&intent), intent);
        let sent = wire::to_wire(&intent).unwrap();
        assert_eq!(wire::from_caller::<gangway_core::plan::Intent>(&sent).unwrap(), intent);
        let mut more = sent;
        more.1.insert("more".to_owned(), zbus::Variant::Bool(true).try_into_owned().unwrap());
        assert!(wire::from_caller::<gangway_core::plan::Intent>(&more).is_err(), "{intent:?}");
    }
}

#[test]
fn every_step_comes_back_with_its_digest() {
    let plan = plan();
    let PlanAnswer::Plan(view) = carried(&PlanAnswer::Plan(Box::new(PlanView::whole(&plan)))) else {
        unreachable!()
    };
    let steps: Vec<Step> = view
        .steps
        .iter()
        .map(|step| match step {
            StepView::Whole(step) => (**step).clone(),
            StepView::Withheld(_) => panic!("withheld"),
        })
        .collect();
    let back = Plan { intent: view.intent.clone(), caller: view.caller.clone(), steps, effect: view.effect };
    assert_eq!(back, plan);
    assert_eq!(back.digest(), view.digest);
    assert_eq!(view.actions, [Action::ChangeBoot, Action::GiveRights]);
}

#[test]
fn what_is_withheld_holds_nothing_of_the_contents() {
    let plan = plan();
    let view = PlanView::for_reader(&plan, |_| false, false);
    assert!(view.is_withheld());
    assert_eq!(view.digest, plan.digest());
    let answer = carried(&PlanAnswer::Plan(Box::new(view.clone())));
    assert_eq!(answer, PlanAnswer::Plan(Box::new(view)));
    let told = format!("{answer:?}");
    for secret in ["HOME", "raw", "old\\n", "serial-7"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains("/etc/a") && told.contains("4098"), "{told}");
    let undo =
        UndoPlan { record: "2026-01-01T00.00.00Z-1".to_owned(), actions: actions(), stops: Vec::new() };
    let view = UndoView::for_reader(&undo, &plan.intent, |_| false);
    assert!(view.is_withheld());
    let UndoAnswer::Undo(back) = carried(&UndoAnswer::Undo(Box::new(view.clone()))) else { unreachable!() };
    assert_eq!(*back, view);
    assert!(!format!("{back:?}").contains("\"old\""));
}

fn actions() -> Vec<UndoAction> {
    plans::backs().into_iter().enumerate().map(|(step, back)| UndoAction { step, back }).collect()
}

#[test]
fn every_refusal_comes_back() {
    let refusals = plans::refusals();
    let answer = PlanAnswer::Refused { refusals };
    assert_eq!(carried(&answer), answer);
}

#[test]
fn every_undo_comes_back_with_its_digest() {
    let undo =
        UndoPlan { record: "2026-01-01T00.00.00Z-1".to_owned(), actions: actions(), stops: plans::stops() };
    let view = UndoView::for_reader(&undo, &plan().intent, |_| true);
    assert!(!view.is_withheld());
    let UndoAnswer::Undo(back) = carried(&UndoAnswer::Undo(Box::new(view.clone()))) else { unreachable!() };
    assert_eq!(*back, view);
    assert_eq!(back.digest, undo.digest());
    for state in STATES {
        let answer = UndoAnswer::NotInEffect { state };
        assert_eq!(carried(&answer), answer);
    }
}

const STATES: [RecordState; 7] = [
    RecordState::Interrupted,
    RecordState::Applied,
    RecordState::RolledBack,
    RecordState::Stuck,
    RecordState::UndoInterrupted,
    RecordState::Undone,
    RecordState::UndoStopped,
];

fn endings() -> Vec<Ending> {
    let (record, reason) = (|| "2026-01-01T00.00.00Z-1".to_owned(), || "it failed".to_owned());
    let mut all = vec![
        Ending::Done { record: record() },
        Ending::RolledBack { record: record(), step: Some(2), reason: reason() },
        Ending::RolledBack { record: record(), step: None, reason: reason() },
        Ending::Stuck { record: record(), reason: reason(), stuck: "step 2".to_owned(), restart: true },
        Ending::Stuck { record: record(), reason: reason(), stuck: "step 2".to_owned(), restart: false },
        Ending::UndoStopped { record: record(), reason: reason() },
    ];
    all.extend(ErrorName::ALL.map(|error| Ending::NotBegun { error, reason: "because".to_owned() }));
    all
}

#[test]
fn every_state_of_a_job_and_record_comes_back() {
    let line = Some("update-grub: done".to_owned());
    let working = Working { done: 1, of: 3, taking_back: true, record: None, line };
    let mut states = vec![JobState::Working(working)];
    states.extend(endings().into_iter().map(JobState::Ended));
    for state in states {
        assert_eq!(carried(&state), state);
    }
    let mut entries = vec![RecordEntry::Unreadable { reason: "cut off".to_owned() }];
    for (state, intent) in STATES.into_iter().zip(plans::intents().into_iter().cycle()) {
        entries.push(RecordEntry::Record(Box::new(RecordView {
            id: "2026-01-01T00.00.00Z-1".to_owned(),
            intent,
            caller: Some(Caller { uid: 1000, name: "ada".to_owned() }),
            uid: 1000,
            time: 1_800_000_000,
            effect: Effect::NextLogin,
            state,
            reason: Some("it failed".to_owned()),
            before_restart: true,
            recovered: None,
        })));
    }
    for entry in entries {
        let bytes = to_bytes(Context::new(LE, 0), &wire::to_values(&entry).unwrap()).unwrap();
        let (values, _): (Values, usize) = bytes.deserialize().unwrap();
        assert_eq!(wire::from_values::<RecordEntry>(&values).unwrap(), entry);
    }
}

/// A sentence for users: one, whole, without names in braces left over.
fn check(sentence: &str) {
    assert!(sentence.ends_with('.'), "{sentence:?}");
    assert!(!sentence.contains(". "), "one sentence: {sentence:?}");
    assert!(!sentence.contains(['{', '}', '!', '\n']), "{sentence:?}");
    assert!(!sentence.contains("  ") && !sentence.contains(" ,") && !sentence.contains("“”"), "{sentence:?}");
    let first = sentence.chars().next().unwrap();
    let name = sentence.starts_with("rEFInd");
    assert!(first.is_uppercase() || first.is_numeric() || "“p".contains(first) || name, "{sentence:?}");
}

#[test]
fn everything_has_a_sentence() {
    let names = DeviceNames::new(|_| Some("Radeon RX 6800 XT".to_owned()));
    plans::steps().iter().for_each(|step| check(&text::plan_step(step, &names)));
    PlanView::for_reader(&plan(), |_| false, false)
        .steps
        .iter()
        .for_each(|step| check(&text::step_view(step, &names)));
    for step in &PlanView::for_reader(&plan(), |path| path.len() % 2 == 0, false).steps {
        check(&text::undo_of(step, &names));
    }
    plans::steps()
        .into_iter()
        .for_each(|step| check(&text::undo_of(&StepView::Whole(Box::new(step)), &names)));
    plans::refusals().iter().for_each(|refusal| check(&text::plan_refusal(refusal, &names)));
    plans::stops().iter().for_each(|stop| check(&text::undo_stop(stop)));
    let undo = UndoPlan { record: String::new(), actions: actions(), stops: Vec::new() };
    for may_read in [true, false] {
        let view = UndoView::for_reader(&undo, &plan().intent, |_| may_read);
        view.actions.iter().for_each(|action| check(&text::undo_action(action, &names)));
    }
    endings().iter().for_each(|ending| check(&text::ending(ending)));
    for effect in [Effect::NextLogin, Effect::NextStart] {
        check(&text::effect(effect).unwrap());
    }
    assert_eq!(text::effect(Effect::Now), None);
    let reason = || "connection refused".to_owned();
    let mut errors = vec![
        HelperError::NoBus { reason: reason() },
        HelperError::NotInstalled,
        HelperError::NoDemoProgram,
        HelperError::DemoAsRoot,
        HelperError::OtherVersion { newer: true, program: "7.0".to_owned() },
        HelperError::OtherVersion { newer: false, program: "0.0.1".to_owned() },
        HelperError::Lost,
        HelperError::Later { seconds: 1 },
        HelperError::Later { seconds: 7 },
        HelperError::Failed { reason: reason() },
    ];
    errors.extend(ErrorName::ALL.map(|name| HelperError::Refused { name, text: reason() }));
    errors.iter().for_each(|error| check(&text::helper_error(error)));
    for state in STATES {
        assert!(!text::record_state(state).is_empty());
    }
    for intent in plans::intents() {
        assert!(text::intent(&intent, &names).starts_with(char::is_uppercase));
    }
    assert_eq!(FileFate::between(None, None), FileFate::Made);
}
