//! The dialog of a change of the host: the review of a plan, of an undo, or of a record; then the progress of what the
//! window has the service do, and how it ended. Closing it ends nothing but the look at it.

pub mod along;
pub mod back;
mod found;
mod install;
mod look;
mod outcome;
mod packages;
mod pages;
mod parts;
mod progress;
mod save;
pub mod state;

use std::sync::Arc;

use gangway_client::network::NetworkPlan;
use gangway_client::target::{HostChoice, Target};
use gangway_client::text;
use gangway_core::plan::{Effect, Intent, Plan};
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::along::Along;
use self::back::Back;
use self::look::Found;
use self::packages::{Missing, Stage};
use self::parts::Parts;
use self::progress::Progress;
use self::save::Kind;
use self::state::ReviewView;
use super::DialogOutput;
use crate::job::{Job, Order};
use crate::network;
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
    /// The review of taking a reserved card back, from a virtual machine and from the reservation.
    TakeBack(Arc<Back>),
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
    /// How far it is, while it is under way.
    installing: Option<packages::Bar>,
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

impl Reviewed {
    /// A review of what the service does alone, of which no script is made.
    fn new(view: ReviewView, order: Option<Order>, effect: Effect) -> Self {
        Self { view, order, effect, network: None, plan: None }
    }
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
            installing: None,
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
        // What was asked before a change was begun comes too late.
        if self.progress.is_none() {
            self.found(found, &sender);
        }
    }
}

impl HostChange {
    fn heading(&self) -> String {
        match &self.wish {
            Wish::Change(_) | Wish::TakeBack(_) => gettext("Review"),
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
            Wish::TakeBack(back) => back.title(),
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
            // The window has to look at everything anew.
            Ask::Restart if matches!(self.target.host, HostChoice::Demo(_)) => {
                root.close();
                // The window may be closing.
                let _closing = sender.output(DialogOutput::Restart);
            }
            Ask::Restart => {
                let target = self.target.clone();
                sender.spawn_oneshot_command(move || Found::Restart(target.restart()));
            }
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

    /// A page after which nothing but closing is left.
    fn end_with(&self, page: &adw::StatusPage) {
        self.parts.show(page);
        self.parts.buttons(None, false, &gettext("_Close"));
        focus::soon(self.parts.leave.upcast_ref());
    }

    /// What was reviewed was not done.
    fn not_applied(&self, why: &str) {
        let title = gettext("Not Applied");
        self.fail_with(&status::failed(&title, why), &title);
    }

    /// There is nothing to review.
    fn not_shown(&self, title: &str, why: &str) {
        self.fail_with(&status::failed(title, why), &self.heading());
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
