//! Changes of the host: what is known of the service that makes them, its records, and the change that is being made now.
//! All of it is asked by threads of its own. The change belongs to the window: a dialog only looks at it.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gangway_client::helper::{Helper, HelperError};
use gangway_client::text::{self, fill};
use gangway_core::plan::Intent;
use gangway_protocol::ErrorName;
use gangway_protocol::wire::Ending;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;

use super::carry_out::carry_out;
use super::follow::{self, Running};
use super::{Window, WindowInput};
use crate::dialogs::OpenDialog;
use crate::dialogs::host_change::along::Along;
use crate::dialogs::host_change::{HostChangeInit, Wish};
use crate::job::{Job, JobNews, Order};
use crate::network;
use crate::pages::changes::state::{ChangesView, Records};
use crate::pages::changes::{ChangesInput, ChangesOutput, ChangesPage};
use crate::pages::devices::now;
use crate::service::Service;
use crate::sidebar::SidebarInput;
use crate::sidebar::state::Place;

/// How long after the last look a change is looked at again that another program has made.
const SOON: Duration = Duration::from_secs(2);

/// What happens to it.
#[derive(Debug)]
pub enum HostNews {
    /// What was reviewed is to be done.
    Begin(Box<Job>),
    /// A card is to be reserved, with what comes along.
    Reserve(Intent, Arc<Along>),
    /// News of the change with this number.
    Job(u64, JobNews),
    /// What is known of the service of this generation, of its records, and whether libvirt's network is ours in part.
    Known(u32, Service, Option<Records>, bool, Option<Box<Running>>),
    /// It is time to look at the records again.
    LookAgain(u32),
    /// What the page of changes asks for.
    Page(ChangesOutput),
    /// What would fulfil this is to be reviewed.
    Review(Intent),
    /// Packages were installed, which the checks see.
    Installed,
}

/// What is known.
#[derive(Default)]
pub(super) struct HostChanges {
    pub(super) service: Service,
    records: Option<Records>,
    /// Whether something of libvirt's network is ours.
    network: bool,
    view: Option<Arc<ChangesView>>,
    /// For which switch of machines it is being asked.
    under_way: Option<u32>,
    again: bool,
    /// The change that is being made, and its number.
    pub(super) job: Option<(u64, Arc<Job>)>,
    pub(super) number: u64,
    /// Whether the dialog that is open looks at it.
    is_looked_at: bool,
    page: Option<Controller<ChangesPage>>,
}

impl Window {
    pub(super) fn host_news(&mut self, news: HostNews, sender: &ComponentSender<Self>) {
        match news {
            HostNews::Begin(job) => self.begin_change(*job, sender),
            HostNews::Reserve(intent, along) => {
                self.review_host_with(Wish::Change(intent), None, Some(along), sender);
            }
            HostNews::Job(number, news) => self.job_news(number, news, sender),
            HostNews::Known(generation, service, records, network, running)
                if generation == self.generation =>
            {
                self.host.network = network;
                self.service_known(service, records, running, sender);
            }
            HostNews::Known(..) => {}
            HostNews::LookAgain(generation) => {
                if generation == self.generation && self.place == Place::Changes {
                    self.ask_service(sender);
                }
            }
            HostNews::Page(asked) => self.page_asks(asked, sender),
            HostNews::Installed => self.read_again(None),
            HostNews::Review(intent) => self.review_host(Wish::Change(intent), None, sender),
        }
    }

    /// Asks for the service and its records where nobody has yet: for the count in the sidebar.
    pub(super) fn ask_service_first(&mut self, sender: &ComponentSender<Self>) {
        if matches!(self.host.service, Service::Asking) {
            self.ask_service(sender);
        }
    }

    /// Asks for the service and its records now, or when the question that is under way is answered.
    pub(super) fn ask_service(&mut self, sender: &ComponentSender<Self>) {
        if self.host.under_way == Some(self.generation) {
            self.host.again = true;
            return;
        }
        self.host.under_way = Some(self.generation);
        let (service, target, generation) = (self.host.service.clone(), self.target.clone(), self.generation);
        let input = sender.input_sender().clone();
        let work = move || {
            let (service, records) = known(service, || Service::open(&target));
            let network = network::is_recorded(&target);
            let running = follow::look(service.helper(), records.as_ref());
            let known = HostNews::Known(generation, service, records, network, running);
            // The window may be gone.
            let _closing = input.send(WindowInput::Host(known));
        };
        if let Err(error) = std::thread::Builder::new().name("service".into()).spawn(work) {
            let missing = Service::Missing(HelperError::Failed { reason: error.to_string() });
            sender.input(WindowInput::Host(HostNews::Known(generation, missing, None, false, None)));
        }
    }

    fn service_known(
        &mut self,
        service: Service,
        records: Option<Records>,
        running: Option<Box<Running>>,
        sender: &ComponentSender<Self>,
    ) {
        self.host.under_way = None;
        self.host.service = service;
        self.host.records = records;
        if let Some(running) = running.filter(|_| self.host.job.is_none()) {
            self.follow(*running, sender);
        }
        if let Some(dialog) = &self.dialog {
            dialog.service(&self.host.service);
        }
        self.tell_changes();
        if std::mem::take(&mut self.host.again) {
            self.ask_service(sender);
        } else if self.place == Place::Changes
            && self.host.job.is_none()
            && self.host.view.as_ref().is_some_and(|view| view.in_progress)
        {
            // Another process than the service is at it, which nobody can be asked about.
            let (input, generation) = (sender.input_sender().clone(), self.generation);
            glib::timeout_add_local_once(SOON, move || {
                let _closing = input.send(WindowInput::Host(HostNews::LookAgain(generation)));
            });
        }
    }

    /// Another machine is looked at: what is being made of the last one goes on without anybody who looks.
    pub(super) fn forget_changes(&mut self) {
        let page = self.host.page.take();
        let number = self.host.number;
        self.host = HostChanges { page, number, ..HostChanges::default() };
        self.tell_changes();
        self.tell_job();
    }

    /// Tells sidebar and page what is known of the records.
    pub(super) fn tell_changes(&mut self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let view = ChangesView::new(
            &self.host.service,
            self.host.records.as_ref(),
            self.host.network,
            &self.names(),
            now,
        );
        // What is being made stands above the records.
        let now = self.host.job.as_ref().and_then(|(_, job)| job.working.as_ref()?.record.as_deref());
        self.host.view = view.map(|view| Arc::new(view.without(now)));
        let waiting = self.host.view.as_ref().map_or(0, |view| view.waiting);
        self.sidebar.emit(SidebarInput::Waiting(waiting));
        let Some(page) = &self.host.page else { return };
        page.emit(match &self.host.view {
            Some(view) => ChangesInput::Show(view.clone()),
            None => ChangesInput::Reading,
        });
    }

    pub(super) fn tell_job(&self) {
        let job = self.host.job.as_ref().map(|(_, job)| job.clone());
        if let Some(page) = &self.host.page {
            page.emit(ChangesInput::Job(job));
        }
    }

    pub(super) fn show_changes(&mut self, sender: &ComponentSender<Self>) {
        let first = self.host.page.is_none();
        let page = self.host.page.get_or_insert_with(|| {
            ChangesPage::builder()
                .launch(())
                .forward(sender.input_sender(), |asked| WindowInput::Host(HostNews::Page(asked)))
        });
        let widget = page.widget().clone();
        if first {
            self.tell_changes();
            self.tell_job();
        }
        self.frame.content.set_title(&gettext("Changes"));
        self.show_child(widget.upcast_ref());
    }

    fn page_asks(&mut self, asked: ChangesOutput, sender: &ComponentSender<Self>) {
        let card = |id: &str| self.host.view.as_ref().and_then(|view| view.card(id)).cloned();
        match asked {
            ChangesOutput::Undo(record) if record == network::RECORD => {
                self.review_host(Wish::UndoNetwork, None, sender);
            }
            ChangesOutput::Undo(record) => {
                let Some(card) = card(&record) else { return };
                let wish = Wish::Undo { record, title: card.title, effect: card.effect };
                self.review_host(wish, None, sender);
            }
            ChangesOutput::Details(record) => {
                let Some(card) = card(&record) else { return };
                let wish = Wish::Look { record, title: card.title.clone(), card: Some(Box::new(card)) };
                self.review_host(wish, None, sender);
            }
            ChangesOutput::ShowJob => {
                let Some((_, job)) = self.host.job.clone() else { return };
                let wish = match &job.order {
                    Order::Apply { intent, .. } => Wish::Change(intent.clone()),
                    Order::Network(_) => Wish::Change(Intent::MakeReady),
                    Order::UndoNetwork(_) => Wish::UndoNetwork,
                    Order::TakeBack { back, .. } => Wish::TakeBack(back.clone()),
                    Order::Undo { record, .. } => {
                        Wish::Undo { record: record.clone(), title: job.title.clone(), effect: job.effect }
                    }
                };
                self.review_host(wish, Some(job), sender);
            }
        }
    }

    /// Opens the dialog of a change of the host.
    pub(super) fn review_host(&mut self, wish: Wish, job: Option<Arc<Job>>, sender: &ComponentSender<Self>) {
        self.review_host_with(wish, job, None, sender);
    }

    /// The same with what comes along.
    fn review_host_with(
        &mut self,
        wish: Wish,
        job: Option<Arc<Job>>,
        along: Option<Arc<Along>>,
        sender: &ComponentSender<Self>,
    ) {
        if self.dialog.is_some() {
            return;
        }
        let Some(snapshot) = self.snapshot.clone() else {
            sender.input(WindowInput::Toast(gettext("The machine is not read yet.")));
            return;
        };
        self.ask_service_first(sender);
        self.host.is_looked_at = job.is_some();
        let (service, target) = (self.host.service.clone(), self.target.clone());
        let init = HostChangeInit { service, target, snapshot, wish, job, along };
        self.dialog = Some(OpenDialog::host_change(init, &self.frame.window, sender.input_sender()));
    }

    /// What can be done with the selected device at once.
    pub(super) fn host_now(&self) -> Option<Intent> {
        now::intent(&self.snapshot.as_ref()?.host, &self.machines, self.selected?)
    }

    /// Reviews what can be done with the selected device at once.
    pub(super) fn review_now(&mut self, sender: &ComponentSender<Self>) {
        if let Some(intent) = self.host_now() {
            self.review_host(Wish::Change(intent), None, sender);
        }
    }

    /// Whether the host can be changed from here, as far as is known.
    pub(super) fn can_change_host(&self) -> bool {
        matches!(self.host.service, Service::Asking | Service::There(_))
    }

    /// Whether a change is being made from here.
    pub(super) fn is_changing(&self) -> bool {
        self.host.job.is_some()
    }

    /// The dialog was closed: what it began goes on.
    pub(super) fn host_dialog_closed(&mut self) {
        self.host.is_looked_at = false;
    }

    fn begin_change(&mut self, job: Job, sender: &ComponentSender<Self>) {
        let helper = self.host.service.helper().cloned();
        let refused = match (&helper, &self.host.job) {
            (_, Some(_)) => Some(HelperError::Refused { name: ErrorName::Busy, text: String::new() }),
            (None, None) if !job.is_of_libvirt() => Some(HelperError::Lost),
            _ => None,
        };
        if let Some(refused) = refused {
            let mut job = job;
            job.ended = Some(Err(refused));
            if let Some(dialog) = &self.dialog {
                dialog.job(Arc::new(job));
            }
            return;
        }
        let (begun, target) = (job.clone(), self.target.clone());
        self.host.is_looked_at = true;
        self.watch(job, sender, move |tell| carry_out(helper.as_ref(), &target, &begun, tell));
    }

    /// Shows a job from now on, while a thread of its own waits for its end.
    pub(super) fn watch(
        &mut self,
        job: Job,
        sender: &ComponentSender<Self>,
        wait: impl FnOnce(&dyn Fn(JobNews)) -> Result<Ending, HelperError> + Send + 'static,
    ) {
        self.host.number += 1;
        let (number, input) = (self.host.number, sender.input_sender().clone());
        let tell = move |news| drop(input.send(WindowInput::Host(HostNews::Job(number, news))));
        self.host.job = Some((number, Arc::new(job)));
        self.tell_job();
        let lost = tell.clone();
        let work = move || tell(JobNews::Ended(wait(&tell)));
        if let Err(error) = std::thread::Builder::new().name("change".into()).spawn(work) {
            lost(JobNews::Ended(Err(HelperError::Failed { reason: error.to_string() })));
        }
    }

    fn job_news(&mut self, number: u64, news: JobNews, sender: &ComponentSender<Self>) {
        let Some((own, job)) = &mut self.host.job else { return };
        if *own != number {
            return;
        }
        Arc::make_mut(job).hear(news);
        let job = job.clone();
        if self.host.is_looked_at
            && let Some(dialog) = &self.dialog
        {
            dialog.job(job.clone());
        }
        let Some(ended) = &job.ended else { return self.tell_job() };
        self.host.job = None;
        self.tell_job();
        if !self.host.is_looked_at {
            sender.input(WindowInput::Toast(said(&job, ended)));
        }
        // What was changed is seen without being asked for.
        self.read_again(None);
        self.ask_service(sender);
    }
}

/// The service and its records. A connection that broke is made anew, once.
fn known(service: Service, open: impl Fn() -> Service) -> (Service, Option<Records>) {
    if let Service::There(helper) = service
        && let records = helper.records()
        && !matches!(records, Err(HelperError::Lost | HelperError::Failed { .. }))
    {
        return (Service::There(helper), Some(records));
    }
    let service = open();
    let records = service.helper().map(Helper::records);
    (service, records)
}

/// How a change ended that nobody looks at.
fn said(job: &Job, ended: &Result<Ending, HelperError>) -> String {
    if let Some(trouble) = &job.trouble {
        return trouble.clone();
    }
    let template = match (ended, job.is_undo()) {
        (Ok(Ending::Done { .. }), false) => gettext("Done: {title}"),
        (Ok(Ending::Done { .. }), true) => gettext("Undone: {title}"),
        (Ok(ending), _) => return text::ending(ending),
        (Err(error), _) => return text::helper_error(error),
    };
    fill(&template, &[("title", &job.title)])
}
