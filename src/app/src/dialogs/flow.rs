//! The way that both dialogs end: plan in a worker, review, apply in a worker with closing blocked, and what came
//! of it. The dialogs own one of these and hand its news on to it.

use std::sync::Arc;

use gangway_client::handover::{self, Applied, ApplyError, PlanError, VmChange};
use gangway_client::hypervisor::Hypervisor;
use gangway_client::text;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use super::knowing::Knowing;
use super::review::{self, Way};
use super::{Tools, mnemonic};
use crate::gone::Gone;
use crate::situation::Snapshot;
use crate::widgets::notice::Notice;
use crate::widgets::{focus, status};

/// The pages that are the flow's, by their tags.
pub const REVIEW: &str = "review";
pub const DONE: &str = "done";
pub const GONE: &str = "gone";

/// What a worker brings.
#[derive(Debug)]
pub enum FlowNews {
    Planned(Result<Box<VmChange>, PlanError>),
    Applied(Result<Applied, ApplyError>),
}

/// The review page and what follows it.
pub struct Flow {
    way: Way,
    tools: Tools,
    dialog: adw::Dialog,
    navigation: adw::NavigationView,
    change: Option<Arc<VmChange>>,
    page: adw::NavigationPage,
    body: adw::ToolbarView,
    title: adw::WindowTitle,
    /// *Apply*, or *Review Again* after a failure.
    apply: gtk::Button,
    again: gtk::Button,
    cancel: Option<gtk::Button>,
    /// What is said above the review.
    notice: Option<Notice>,
    /// What is said besides the change.
    knowing: Knowing,
    /// Whether the virtual machine can be started once it has the devices.
    startable: bool,
}

/// What the buttons of the flow ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowAsk {
    Apply,
    Again,
    TakeBack,
    /// Start the virtual machine that got the devices.
    Start,
    Close,
}

impl Flow {
    /// The review page; `first` where no page stands before it, so that it needs a *Cancel*.
    pub fn new(
        way: Way,
        tools: Tools,
        dialog: &adw::Dialog,
        navigation: &adw::NavigationView,
        subtitle: &str,
        first: bool,
        ask: impl Fn(FlowAsk) + Clone + 'static,
    ) -> Self {
        let title = adw::WindowTitle::new(&gettext("Review"), subtitle);
        let header = adw::HeaderBar::builder()
            .title_widget(&title)
            .show_start_title_buttons(false)
            .show_end_title_buttons(false)
            .build();
        let button = |label: String, asked: FlowAsk| {
            let button = gtk::Button::builder().label(label).use_underline(true).build();
            let ask = ask.clone();
            button.connect_clicked(move |_| ask(asked));
            button
        };
        let apply = button(gettext("_Apply"), FlowAsk::Apply);
        apply.add_css_class("suggested-action");
        apply.set_sensitive(false);
        let again = button(gettext("_Review Again"), FlowAsk::Again);
        again.set_visible(false);
        header.pack_end(&apply);
        header.pack_end(&again);
        let cancel = first.then(|| button(gettext("_Cancel"), FlowAsk::Close));
        if let Some(cancel) = &cancel {
            header.pack_start(cancel);
        }
        let body = adw::ToolbarView::new();
        body.add_top_bar(&header);
        let page = adw::NavigationPage::builder().title(gettext("Review")).tag(REVIEW).child(&body).build();
        Self {
            way,
            tools,
            dialog: dialog.clone(),
            navigation: navigation.clone(),
            change: None,
            page,
            body,
            title,
            apply,
            again,
            cancel,
            notice: None,
            knowing: Knowing::default(),
            startable: false,
        }
    }

    /// The review page, to be pushed.
    pub fn page(&self) -> &adw::NavigationPage {
        &self.page
    }

    /// The functions that the reviewed change adds.
    pub fn added(&self) -> Option<Vec<PciAddress>> {
        self.change.as_ref().map(|change| change.added.clone())
    }

    /// What is applied from now on goes through this connection.
    pub fn connect(&mut self, hypervisor: &Arc<dyn Hypervisor>) {
        self.tools.hypervisor = hypervisor.clone();
    }

    /// What is reviewed from now on is about this picture of the machine.
    pub fn see(&mut self, snapshot: &Arc<Snapshot>) {
        self.tools.snapshot = snapshot.clone();
    }

    /// Whether something is being written now.
    pub fn is_writing(&self) -> bool {
        !self.dialog.can_close()
    }

    /// What the next review says besides the change.
    pub fn know(&mut self, knowing: Knowing) {
        self.knowing = knowing;
    }

    /// The host leaves the devices alone already: once the virtual machine has them, it can be started.
    pub fn offer_start(&mut self) {
        self.startable = true;
    }

    /// Says something above the review.
    pub fn say_above(&mut self, sentence: &str) {
        let notice = self.notice.get_or_insert_with(|| {
            let notice = Notice::default();
            self.body.add_top_bar(notice.widget());
            notice
        });
        notice.say(sentence);
    }

    /// While the plan is made.
    pub fn planning(&mut self) {
        self.change = None;
        self.apply.set_visible(true);
        self.apply.set_sensitive(false);
        self.again.set_visible(false);
        self.title.set_title(&gettext("Review"));
        self.body.set_content(Some(&status::waiting(&gettext("Working out the change…"))));
    }

    /// The work of applying, for a worker; `None` where nothing was reviewed.
    pub fn applying(&mut self) -> Option<impl FnOnce() -> FlowNews + Send + 'static> {
        let change = self.change.clone()?;
        let (hypervisor, store) = (self.tools.hypervisor.clone(), self.tools.store.clone());
        self.block(true);
        self.body.set_content(Some(&status::waiting(&gettext("Writing the definition…"))));
        Some(move || FlowNews::Applied(handover::apply(hypervisor.as_ref(), &store, &change)))
    }

    /// Takes in what a worker brought.
    pub fn news(&mut self, news: FlowNews, ask: impl Fn(FlowAsk) + Clone + 'static) {
        match news {
            FlowNews::Planned(Ok(change)) => {
                let names = self.tools.snapshot.device_names();
                let apply = self.apply.clone();
                let body = review::body(&change, &names, self.way, &self.knowing, move |taken| {
                    apply.set_sensitive(taken);
                });
                focus::never_lost(self.page.upcast_ref(), || self.body.set_content(Some(&body)));
                self.change = Some(Arc::from(change));
                self.apply.set_sensitive(self.knowing.is_taken(""));
            }
            FlowNews::Planned(Err(error)) => {
                let sentence = text::plan_error(&error, &self.tools.snapshot.device_names());
                self.failed(&gettext("This Cannot Be Done"), &sentence);
            }
            FlowNews::Applied(Ok(applied)) => {
                self.block(false);
                self.done(&applied, ask);
            }
            FlowNews::Applied(Err(error)) => {
                self.block(false);
                let sentence = text::apply_error(&error, &self.tools.snapshot.device_names());
                let title = match error {
                    ApplyError::Unsure { .. } => gettext("Not Sure Whether It Was Applied"),
                    _ => gettext("Not Applied"),
                };
                self.failed(&title, &sentence);
            }
        }
    }

    fn failed(&mut self, title: &str, sentence: &str) {
        self.change = None;
        self.apply.set_visible(false);
        self.again.set_visible(true);
        // What had the focus is gone, and Escape must still be heard.
        focus::soon(self.again.upcast_ref());
        self.body.set_content(Some(&status::failed(title, sentence)));
    }

    /// In place of all pages: the device that the dialog is about left the computer.
    pub fn gone(&self, gone: &Gone, ask: impl Fn(FlowAsk) + 'static) {
        let close = gtk::Button::builder()
            .label(gettext("_Close"))
            .use_underline(true)
            .halign(gtk::Align::Center)
            .width_request(220)
            .build();
        close.add_css_class("pill");
        close.connect_clicked(move |_| ask(FlowAsk::Close));
        let body = adw::ToolbarView::new();
        body.add_top_bar(&adw::HeaderBar::new());
        body.set_content(Some(&review::gone(gone, &close)));
        let page = adw::NavigationPage::builder().title(gone.title()).tag(GONE).child(&body).build();
        self.navigation.replace(&[page]);
        focus::soon(close.upcast_ref());
    }

    /// While something is written, the dialog stays.
    fn block(&self, blocked: bool) {
        self.dialog.set_can_close(!blocked);
        self.page.set_can_pop(!blocked);
        self.apply.set_visible(!blocked);
        if let Some(cancel) = &self.cancel {
            cancel.set_visible(!blocked);
        }
    }

    fn done(&self, applied: &Applied, ask: impl Fn(FlowAsk) + Clone + 'static) {
        let Some(change) = &self.change else { return };
        let names = self.tools.snapshot.device_names();
        let buttons = gtk::Box::builder()
            .orientation(gtk::Orientation::Vertical)
            .halign(gtk::Align::Center)
            .spacing(12)
            .build();
        let name = mnemonic(&change.vm.name);
        let wanted = match self.way {
            Way::HandOver if self.startable && !change.vm.state.is_active() => vec![
                (text::fill(&gettext("_Start “{vm}”"), &[("vm", &name)]), FlowAsk::Start),
                (gettext("_Close"), FlowAsk::Close),
                (gettext("_Take Back…"), FlowAsk::TakeBack),
            ],
            Way::HandOver => {
                vec![(gettext("_Close"), FlowAsk::Close), (gettext("_Take Back…"), FlowAsk::TakeBack)]
            }
            Way::TakeBack | Way::PutBack => vec![(gettext("_Close"), FlowAsk::Close)],
        };
        for (index, (label, asked)) in wanted.into_iter().enumerate() {
            let button = gtk::Button::builder().label(label).use_underline(true).width_request(220).build();
            button.add_css_class("pill");
            if index == 0 {
                button.add_css_class("suggested-action");
            }
            let ask = ask.clone();
            button.connect_clicked(move |_| ask(asked));
            buttons.append(&button);
        }
        let body = adw::ToolbarView::new();
        body.add_top_bar(
            &adw::HeaderBar::builder()
                .title_widget(&adw::WindowTitle::new(&gettext("Done"), &change.vm.name))
                .build(),
        );
        body.set_content(Some(&review::done(change, applied, &names, self.way, self.startable, &buttons)));
        let page = adw::NavigationPage::builder().title(gettext("Done")).tag(DONE).child(&body).build();
        // Nothing that stood before can be gone back to: it is done.
        self.navigation.replace(&[page]);
        if let Some(first) = buttons.first_child() {
            focus::soon(&first);
        }
    }
}
