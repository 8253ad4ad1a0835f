//! The dialog of a change of the host: the review of a plan, of an undo, or of a record; then the progress of what the
//! window has the service do, and how it ended. Closing it ends nothing but the look at it.

pub mod along;
mod look;
mod packages;
mod pages;
mod parts;
mod progress;
mod save;
pub mod state;

use std::sync::Arc;

use gangway_client::helper::HelperError;
use gangway_client::network::NetworkPlan;
use gangway_client::restart;
use gangway_client::target::{HostChoice, Target};
use gangway_client::text::{self, fill};
use gangway_core::plan::{Effect, Intent, Plan};
use gangway_protocol::ErrorName;
use gangway_protocol::wire::{Ending, PlanView};
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::along::Along;
use self::look::Found;
use self::packages::{Missing, PackagesView, Stage};
use self::parts::{Parts, asking};
use self::progress::Progress;
use self::save::Kind;
use self::state::{RefusedView, ReviewView};
use super::DialogOutput;
use crate::job::{Job, Order};
use crate::network::{self, Beside};
use crate::pages::changes::state::CardView;
use crate::service::Service;
use crate::situation::Snapshot;
use crate::widgets::{focus, status};

/// What is wanted of the dialog.
#[derive(Debug, Clone)]
pub enum Wish {
    /// The review of what fulfils an intent.
    Change(Intent),
    /// The review of an undo.
    Undo { record: String, title: String, effect: Effect },
    /// The review of an undo of what was done to libvirt's network.
    UndoNetwork,
    /// The details of a record.
    Look { record: String, title: String, card: Option<Box<CardView>> },
}

/// What the dialog works with.
pub struct HostChangeInit {
    pub service: Service,
    pub target: Target,
    pub snapshot: Arc<Snapshot>,
    pub wish: Wish,
    /// The change that is under way, where that is what is to be seen.
    pub job: Option<Arc<Job>>,
    /// What comes along with an intent.
    pub along: Option<Arc<Along>>,
}

/// The dialog.
pub struct HostChange {
    service: Service,
    target: Target,
    snapshot: Arc<Snapshot>,
    wish: Wish,
    along: Option<Arc<Along>>,
    /// What was reviewed, and what applying it would be.
    reviewed: Option<Reviewed>,
    progress: Option<Progress>,
    /// What is missing beside what was reviewed, and how far installing it is.
    missing: Option<(Missing, Stage)>,
    /// Where that is shown.
    packages: gtk::Box,
    parts: Parts,
}

struct Reviewed {
    view: ReviewView,
    order: Option<Order>,
    effect: Effect,
    /// What libvirt does once the service is done.
    network: Option<NetworkPlan>,
    /// What a script is made of.
    plan: Option<Plan>,
}

/// What happens in the dialog.
#[derive(Debug)]
pub enum HostChangeInput {
    Ask(Ask),
    /// The service is known now, or is another one.
    Service(Service),
    /// The machine is otherwise now.
    Seen(Arc<Snapshot>),
    /// How far the change is.
    Job(Arc<Job>),
}

/// What a button asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Do what was reviewed; of a record, show what undoing it would do.
    Apply,
    /// Look at it anew.
    Again,
    /// Show what is withheld.
    Whole,
    /// Ask PackageKit what it would install, or have it install that.
    Install,
    Save(Kind),
    /// Show what undoing what was just done would do.
    Undo,
    Changes,
    Restart,
    Close,
}

impl Component for HostChange {
    type Init = HostChangeInit;
    type Input = HostChangeInput;
    type Output = DialogOutput;
    type CommandOutput = Found;
    type Root = adw::Dialog;
    type Widgets = ();

    fn init_root() -> adw::Dialog {
        adw::Dialog::builder()
            .content_width(720)
            .content_height(690)
            .width_request(300)
            .height_request(240)
            .build()
    }

    fn init(init: HostChangeInit, root: adw::Dialog, sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let parts = Parts::new(&root, &sender);
        let output = sender.output_sender().clone();
        root.connect_closed(move |_| {
            // The window may be gone.
            let _closing = output.send(DialogOutput::Closed);
        });
        let HostChangeInit { service, target, snapshot, wish, job, along } = init;
        let mut model = Self {
            service,
            target,
            snapshot,
            wish,
            along,
            reviewed: None,
            progress: None,
            missing: None,
            packages: gtk::Box::new(gtk::Orientation::Vertical, 0),
            parts,
        };
        root.set_title(&model.heading());
        model.parts.title.set_subtitle(&model.subtitle());
        match job {
            Some(job) => model.show_job(&job, &sender),
            None => model.look(false, &sender),
        }
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: HostChangeInput, sender: ComponentSender<Self>, root: &Self::Root) {
        match input {
            HostChangeInput::Ask(ask) => self.ask(ask, &sender, root),
            HostChangeInput::Service(service) => {
                let waited = matches!(self.service, Service::Asking);
                self.service = service;
                if waited {
                    self.look(false, &sender);
                }
            }
            HostChangeInput::Seen(snapshot) => self.snapshot = snapshot,
            HostChangeInput::Job(job) => self.show_job(&job, &sender),
        }
    }

    fn update_cmd(&mut self, found: Found, sender: ComponentSender<Self>, _root: &Self::Root) {
        if let Found::Restart(asked) = found {
            // Where it goes well there is soon nobody to tell.
            if let Err(error) = asked {
                self.parts.say(&text::restart_error(&error));
            }
            return;
        }
        if let Found::Installed(Ok(())) = found {
            // The window may be closing.
            let _closing = sender.output(DialogOutput::Installed);
        }
        // What was asked before a change was begun comes too late.
        if self.progress.is_none() {
            self.found(found, &sender);
        }
    }
}

impl HostChange {
    fn heading(&self) -> String {
        match &self.wish {
            Wish::Change(_) => gettext("Review"),
            Wish::Undo { .. } | Wish::UndoNetwork => gettext("Undo"),
            Wish::Look { .. } => gettext("Details"),
        }
    }

    fn subtitle(&self) -> String {
        match &self.wish {
            Wish::Change(intent) => match &self.along {
                Some(along) => along.title.clone(),
                None => text::intent(intent, &self.snapshot.device_names()),
            },
            Wish::Undo { title, .. } | Wish::Look { title, .. } => title.clone(),
            Wish::UndoNetwork => network::title(),
        }
    }

    /// Has a worker find out what is to be reviewed.
    fn look(&mut self, whole: bool, sender: &ComponentSender<Self>) {
        if !whole {
            self.reviewed = None;
            self.progress = None;
            self.parts.title.set_title(&self.heading());
            self.parts.buttons(None, false, &gettext("_Cancel"));
            self.parts.show(&status::waiting(&gettext("Working out the change…")));
        }
        if matches!(self.service, Service::Asking) {
            return;
        }
        let (service, target, wish) = (self.service.clone(), self.target.clone(), self.wish.clone());
        sender.spawn_oneshot_command(move || look::look(&service, &target, &wish, whole));
    }

    fn found(&mut self, found: Found, sender: &ComponentSender<Self>) {
        let snapshot = self.snapshot.clone();
        let names = snapshot.device_names();
        match found {
            Found::Plan(view, beside, missing) => {
                self.misses(missing);
                self.plan_found(&view, beside.unwrap_or_default(), sender);
            }
            Found::Offered(Ok(offered)) => self.install_stage(Stage::Offered(offered), sender),
            Found::Offered(Err(error)) | Found::Installed(Err(error)) => {
                self.install_stage(Stage::Failed(error), sender);
            }
            // With that, more can be planned.
            Found::Installed(Ok(())) => self.look(false, sender),
            Found::Kept(Ok(())) => self.end_with(&pages::kept()),
            Found::Kept(Err(sentence)) => {
                let title = gettext("Not Applied");
                self.fail_with(&status::failed(&title, &sentence), &title);
            }
            Found::UndoNetwork(undo) => {
                let reviewed = Reviewed {
                    view: ReviewView::of_network(&undo),
                    order: undo.stops.is_empty().then_some(Order::UndoNetwork(undo)),
                    effect: Effect::Now,
                    network: None,
                    plan: None,
                };
                self.review(reviewed, sender);
            }
            Found::Unknown(sentence) => {
                let title = gettext("It Could Not Be Found Out");
                self.fail_with(&status::failed(&title, &sentence), &self.heading());
            }
            Found::Undo(view) => {
                let Wish::Undo { record, effect, .. } = &self.wish else { return };
                let order = Order::Undo { record: record.clone(), digest: view.digest };
                let reviewed = Reviewed {
                    order: view.stops.is_empty().then_some(order),
                    effect: *effect,
                    network: None,
                    plan: None,
                    view: ReviewView::of_undo(&view, &names),
                };
                self.review(reviewed, sender);
            }
            Found::Record(view) => {
                let reviewed = Reviewed {
                    order: None,
                    effect: view.effect,
                    network: None,
                    plan: None,
                    view: ReviewView::of_record(&view, &names),
                };
                self.review(reviewed, sender);
            }
            Found::Refused(refusals, missing) => {
                self.misses(missing);
                let view = RefusedView::new(&refusals, &names);
                let page = pages::refused(&view, &self.packages_section(sender));
                self.fail_with(&page, &gettext("This Cannot Be Done"));
            }
            Found::NotInEffect(now) => {
                let template =
                    gettext("This change is not in effect ({state}), so there is nothing to undo.");
                let sentence = fill(&template, &[("state", &text::record_state(now))]);
                self.end_with(&status::failed(&gettext("Nothing to Undo"), &sentence));
            }
            Found::Restart(_) => {}
            Found::NotShown(error) => self.parts.say(&text::helper_error(&error)),
            Found::Failed(error) => {
                let sentence = text::helper_error(&error);
                let title = gettext("It Could Not Be Found Out");
                self.fail_with(&status::failed(&title, &sentence), &self.heading());
            }
            Found::Unreadable(sentence) => {
                let title = gettext("The Machine Cannot Be Read");
                self.fail_with(&status::failed(&title, &sentence), &self.heading());
            }
        }
    }

    /// A plan, and what libvirt does beside it.
    fn plan_found(&mut self, view: &PlanView, beside: Beside, sender: &ComponentSender<Self>) {
        let Wish::Change(intent) = &self.wish else { return };
        let order = match beside.plan.clone() {
            Some(network) if view.steps.is_empty() => Some(Order::Network(network)),
            _ if view.steps.is_empty() => None,
            _ => Some(Order::Apply { intent: intent.clone(), digest: view.digest }),
        };
        if order.is_none() {
            match self.along.clone() {
                Some(along) if along.guest.is_some() => {
                    let target = self.target.clone();
                    sender.spawn_oneshot_command(move || Found::Kept(along.keep(&target)));
                }
                _ => {
                    let packages = self.packages_section(sender);
                    self.end_with(&pages::nothing_to_do(self.missing.as_ref().map(|_| &packages)));
                }
            }
        } else {
            let shown = ReviewView::of_plan(view, &self.snapshot.device_names());
            let reviewed = Reviewed {
                order: order.filter(|_| self.service.helper().is_some()),
                effect: view.effect,
                network: beside.plan.filter(|_| !view.steps.is_empty()),
                plan: state::whole_plan(view),
                view: self.with_along(shown).with_network(&beside.steps),
            };
            self.review(reviewed, sender);
        }
        if let Some(trouble) = beside.trouble {
            self.parts.say(&trouble);
        }
    }

    fn review(&mut self, reviewed: Reviewed, sender: &ComponentSender<Self>) {
        let packages = self.packages_section(sender);
        let input = sender.input_sender().clone();
        let whole = move || input.emit(HostChangeInput::Ask(Ask::Whole));
        let card = match &self.wish {
            Wish::Look { card, .. } => card.as_deref(),
            Wish::Change(_) | Wish::Undo { .. } | Wish::UndoNetwork => None,
        };
        let body = pages::review(&reviewed.view, card, &self.more_groups(), &packages, whole);
        let (label, possible) = match &self.wish {
            Wish::Change(_) => {
                let taken = self.along.as_ref().is_none_or(|along| along.knowing.is_taken(""));
                (Some(gettext("_Apply")), reviewed.order.is_some() && taken)
            }
            Wish::Undo { .. } | Wish::UndoNetwork => (Some(gettext("_Undo")), reviewed.order.is_some()),
            Wish::Look { .. } => {
                let undo = card.is_some_and(|card| card.can_undo);
                (undo.then(|| gettext("_Undo…")), undo)
            }
        };
        let stopped = !reviewed.view.in_the_way.is_empty();
        let here = self.service.helper().is_none() && !matches!(self.wish, Wish::UndoNetwork);
        self.parts.title.set_title(&self.heading());
        self.parts.show(&body);
        let label = label.filter(|_| !stopped && !here);
        self.parts.buttons(label.as_deref(), possible, &gettext("_Cancel"));
        if matches!(self.wish, Wish::Look { .. }) {
            self.parts.leave.set_label(&gettext("_Close"));
            self.parts.apply.remove_css_class("suggested-action");
        }
        self.parts.again.set_visible(stopped);
        if matches!(self.wish, Wish::Change(_)) {
            self.parts.offer_to_save(&self.note(), reviewed.plan.is_some());
            if let Some(why) = self.service.why_not() {
                self.parts.say(&why);
            }
        }
        self.reviewed = Some(reviewed);
    }

    /// What is missing; where it is the same as before, installing it is as far as it was.
    fn misses(&mut self, missing: Option<Missing>) {
        let before = self.missing.take().filter(|(before, _)| Some(before) == missing.as_ref());
        self.missing = before.or(missing.map(|missing| (missing, Stage::default())));
    }

    fn install_stage(&mut self, stage: Stage, sender: &ComponentSender<Self>) {
        if let Some((_, before)) = &mut self.missing {
            *before = stage;
        }
        self.show_packages(sender);
    }

    /// A place for the section of what is missing on a new page: it changes while the page stays.
    fn packages_section(&mut self, sender: &ComponentSender<Self>) -> gtk::Widget {
        self.packages = gtk::Box::new(gtk::Orientation::Vertical, 0);
        self.show_packages(sender);
        self.packages.clone().upcast()
    }

    fn show_packages(&self, sender: &ComponentSender<Self>) {
        while let Some(child) = self.packages.first_child() {
            self.packages.remove(&child);
        }
        let missing = self.missing.as_ref().filter(|_| matches!(self.wish, Wish::Change(_)));
        if let Some((missing, stage)) = missing {
            let input = sender.input_sender().clone();
            let press = move || input.emit(HostChangeInput::Ask(Ask::Install));
            self.packages.append(&packages::group(&PackagesView::new(missing, stage), press));
        }
        self.packages.set_visible(missing.is_some());
    }

    /// Asks PackageKit what it would install; where that was shown, has it do so.
    fn install(&mut self, sender: &ComponentSender<Self>) {
        let Some((missing, stage)) = &self.missing else { return };
        let next = match stage {
            Stage::Named | Stage::Failed(_) => {
                let names = missing.names.clone();
                sender.spawn_oneshot_command(move || Found::Offered(packages::ask(&names)));
                Stage::Asking
            }
            Stage::Offered(offered) => {
                let (shown, offered) = (offered.clone(), offered.clone());
                sender.spawn_oneshot_command(move || Found::Installed(packages::install(&offered)));
                Stage::Installing(shown)
            }
            Stage::Asking | Stage::Installing(_) => return,
        };
        self.install_stage(next, sender);
    }

    /// A review of an intent with what comes along.
    fn with_along(&self, view: ReviewView) -> ReviewView {
        match &self.along {
            Some(along) => along.with(view),
            None => view,
        }
    }

    /// What a review of an intent says besides the change.
    fn more_groups(&self) -> Vec<adw::PreferencesGroup> {
        let (Wish::Change(_), Some(along)) = (&self.wish, &self.along) else { return Vec::new() };
        let notes = along.notes(&self.snapshot.device_names());
        let notes = (!notes.is_empty()).then(|| pages::sentences(&gettext("Good to Know"), &notes));
        let apply = self.parts.apply.clone();
        let dangers = along.knowing.dangers_group(move |taken| apply.set_sensitive(taken));
        [notes, dangers, along.knowing.exposures_group()].into_iter().flatten().collect()
    }

    /// What is said beside the ways to save.
    fn note(&self) -> String {
        match (&self.service, &self.target.host) {
            (Service::There(_), HostChoice::Demo(_)) => {
                gettext("In the demo, only a folder of its own is changed.")
            }
            (Service::There(_), _) => gettext("You may be asked for your password."),
            _ => gettext("Nothing can be applied from here."),
        }
    }

    fn ask(&mut self, ask: Ask, sender: &ComponentSender<Self>, root: &adw::Dialog) {
        match ask {
            Ask::Apply => self.apply(sender),
            Ask::Again => {
                self.parts.quiet();
                self.look(false, sender);
            }
            Ask::Whole => self.look(true, sender),
            Ask::Install => self.install(sender),
            Ask::Save(kind) => {
                if let Some(plan) = self.reviewed.as_ref().and_then(|reviewed| reviewed.plan.as_ref()) {
                    let text = kind.text(plan, &self.snapshot.device_names());
                    save::save(kind, text, root, &self.parts.toasts);
                }
            }
            Ask::Undo => {
                self.parts.title.set_subtitle(&self.subtitle());
                self.look(false, sender);
            }
            Ask::Changes => {
                root.close();
                // The window may be closing.
                let _closing = sender.output(DialogOutput::Changes);
            }
            Ask::Restart => sender.spawn_oneshot_command(|| Found::Restart(restart::restart())),
            Ask::Close => {
                root.close();
            }
        }
    }

    /// Has the window do what was reviewed; of a record, shows what undoing it would do.
    fn apply(&mut self, sender: &ComponentSender<Self>) {
        if let Wish::Look { record, title, card } = &self.wish {
            let effect = card.as_ref().map_or(Effect::Now, |card| card.effect);
            self.wish = Wish::Undo { record: record.clone(), title: title.clone(), effect };
            return self.look(false, sender);
        }
        let Some(reviewed) = &self.reviewed else { return };
        let Some(order) = reviewed.order.clone() else { return };
        let mut job = Job::new(order, self.subtitle(), reviewed.view.sentences(), reviewed.effect);
        if let (Wish::Change(_), Some(along)) = (&self.wish, &self.along) {
            job.wish = along.guest.as_ref().map(|guest| guest.wish.clone());
        }
        job.network = reviewed.network.clone();
        self.parts.quiet();
        self.show_job(&job, sender);
        // The window may be closing.
        let _closing = sender.output(DialogOutput::Begin(Box::new(job)));
    }

    /// Shows how far the change is; where it was not begun, what stands in the way of it is reviewed again.
    fn show_job(&mut self, job: &Job, sender: &ComponentSender<Self>) {
        match &job.ended {
            Some(Ok(Ending::Done { .. })) if job.is_of_libvirt() && job.trouble.is_some() => {
                self.progress = None;
                let (title, why) = (gettext("Not Applied"), job.trouble.clone().unwrap_or_default());
                return self.fail_with(&status::failed(&title, &why), &title);
            }
            Some(Ok(Ending::Done { record })) => return self.done(job, record, sender),
            Some(Ok(Ending::NotBegun { error, .. })) => {
                let sentence = job.ended.as_ref().and_then(|ended| ended.as_ref().ok()).map(text::ending);
                return self.not_begun(*error, &sentence.unwrap_or_default(), sender);
            }
            Some(Err(error)) => return self.not_asked(error, sender),
            Some(Ok(_)) | None => {}
        }
        match &self.progress {
            Some(progress) => progress.show(job),
            None => {
                let progress = Progress::new(job);
                self.parts.title.set_title(&if job.is_undo() {
                    gettext("Undoing")
                } else {
                    gettext("Applying")
                });
                self.parts.show(progress.widget());
                self.parts.buttons(None, false, &gettext("_Close"));
                focus::soon(self.parts.leave.upcast_ref());
                self.progress = Some(progress);
            }
        }
        if job.ended.is_some() {
            self.parts.title.set_title(&self.heading());
            self.parts.again.set_visible(true);
        }
    }

    /// The service did not begin: the reason above what is reviewed, anew where it is otherwise by now.
    fn not_begun(&mut self, error: ErrorName, sentence: &str, sender: &ComponentSender<Self>) {
        let changed = matches!(error, ErrorName::DigestChanged | ErrorName::Refused | ErrorName::NothingToDo);
        self.progress = None;
        match self.reviewed.take().filter(|_| !changed) {
            Some(reviewed) => self.review(reviewed, sender),
            None => self.look(false, sender),
        }
        self.parts.say(&match error {
            ErrorName::DigestChanged => {
                gettext("This computer changed since you looked: here is what would be done now.")
            }
            _ => sentence.to_owned(),
        });
    }

    /// Asking for it failed; whether it was begun may be unknown.
    fn not_asked(&mut self, error: &HelperError, sender: &ComponentSender<Self>) {
        let sentence = text::helper_error(error);
        if let HelperError::Refused { name, .. } = error {
            return self.not_begun(*name, &sentence, sender);
        }
        self.progress = None;
        if *error == HelperError::Lost {
            let changes = asking(&gettext("_Show Changes"), Ask::Changes, sender);
            let page = pages::lost(&sentence, &changes);
            return self.fail_with(&page, &gettext("Not Known"));
        }
        let title = gettext("Not Applied");
        self.fail_with(&status::failed(&title, &sentence), &title);
    }

    fn done(&mut self, job: &Job, record: &str, sender: &ComponentSender<Self>) {
        let buttons = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .halign(gtk::Align::Center)
            .spacing(12)
            .build();
        let mut ways = vec![(gettext("_Close"), Ask::Close)];
        if self.target.host == HostChoice::Live && job.effect == Effect::NextStart && !job.is_undo() {
            ways = vec![(gettext("_Restart Now"), Ask::Restart), (gettext("_Later"), Ask::Close)];
        }
        if job.is_undo() {
            ways.push((gettext("_Show Changes"), Ask::Changes));
        } else {
            ways.push((gettext("_Undo…"), Ask::Undo));
        }
        for (index, (label, ask)) in ways.into_iter().enumerate() {
            let button = asking(&label, ask, sender);
            button.set_width_request(220);
            button.add_css_class("pill");
            if index == 0 {
                button.add_css_class("suggested-action");
                focus::soon(button.upcast_ref());
            }
            buttons.append(&button);
        }
        // What can be asked for from here.
        self.wish = if job.is_of_libvirt() {
            Wish::UndoNetwork
        } else {
            Wish::Undo { record: record.to_owned(), title: job.title.clone(), effect: job.effect }
        };
        self.reviewed = None;
        self.progress = None;
        self.parts.quiet();
        self.parts.title.set_title(&gettext("Done"));
        self.parts.show(&pages::done(job, &buttons));
        self.parts.buttons(None, false, "");
        if let Some(trouble) = &job.trouble {
            self.parts.say(trouble);
        }
    }

    /// A page after which nothing but closing is left.
    fn end_with(&self, page: &adw::StatusPage) {
        self.parts.show(page);
        self.parts.buttons(None, false, &gettext("_Close"));
        focus::soon(self.parts.leave.upcast_ref());
    }

    /// A page that says why not; it can be looked at anew.
    fn fail_with(&self, page: &impl IsA<gtk::Widget>, title: &str) {
        self.parts.title.set_title(title);
        self.parts.show(page);
        self.parts.buttons(None, false, &gettext("_Close"));
        self.parts.again.set_visible(true);
        // What had the focus is gone, and Escape must still be heard.
        focus::soon(self.parts.again.upcast_ref());
    }
}
