//! The page of changes: the records of what was done to the host, by day, on a rail. What is said comes from `state`; this
//! file keeps the place and the keyboard while it is said anew.

mod card;
mod empty;
pub mod state;

use std::sync::Arc;

use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::state::ChangesView;
use crate::job::Job;
use crate::widgets::{focus, rows, status};

/// As wide as the records get.
const WIDTH: i32 = 760;

/// The page.
pub struct ChangesPage {
    view: Option<Arc<ChangesView>>,
    /// The change that this window makes now.
    job: Option<Arc<Job>>,
    frame: adw::ToolbarView,
    banner: adw::Banner,
    /// What is said of the job that runs, above the records.
    running: Option<card::Running>,
    scrolled: Option<gtk::ScrolledWindow>,
}

/// What happens to the page.
#[derive(Debug)]
pub enum ChangesInput {
    /// The records are being read for the first time.
    Reading,
    Show(Arc<ChangesView>),
    /// How far the change is that this window makes now.
    Job(Option<Arc<Job>>),
    Ask(ChangesOutput),
}

/// What the page asks of the window.
#[derive(Debug, Clone)]
pub enum ChangesOutput {
    /// Show what undoing the record would do.
    Undo(String),
    Details(String),
    /// Show the change that is being made.
    ShowJob,
}

impl SimpleComponent for ChangesPage {
    type Init = ();
    type Input = ChangesInput;
    type Output = ChangesOutput;
    type Root = adw::ToolbarView;
    type Widgets = ();

    fn init_root() -> adw::ToolbarView {
        adw::ToolbarView::new()
    }

    fn init((): (), frame: adw::ToolbarView, _sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let refresh = rows::icon_button("view-refresh-symbolic", &gettext("Scan Again"));
        refresh.set_action_name(Some("win.scan"));
        let title = adw::WindowTitle::new(&gettext("Changes"), "");
        let header = adw::HeaderBar::builder().title_widget(&title).build();
        header.pack_start(&refresh);
        frame.add_top_bar(&header);
        let banner = adw::Banner::builder().use_markup(false).build();
        frame.add_top_bar(&banner);
        frame.set_content(Some(&waiting()));
        let model = Self { view: None, job: None, frame, banner, running: None, scrolled: None };
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: ChangesInput, sender: ComponentSender<Self>) {
        match input {
            ChangesInput::Reading => {
                self.view = None;
                self.paint(&sender);
            }
            ChangesInput::Show(view) => {
                if self.view.as_ref() != Some(&view) {
                    self.view = Some(view);
                    self.paint(&sender);
                }
            }
            ChangesInput::Job(job) => self.show_job(job, &sender),
            // The window may be closing.
            ChangesInput::Ask(asked) => drop(sender.output(asked)),
        }
    }
}

impl ChangesPage {
    /// Shows how far the change is; only when one begins or ends is the page painted anew.
    fn show_job(&mut self, job: Option<Arc<Job>>, sender: &ComponentSender<Self>) {
        self.job = job.filter(|job| job.is_running());
        match (&self.job, &self.running) {
            (Some(job), Some(running)) => running.show(job),
            (None, None) => {}
            _ => self.paint(sender),
        }
    }

    fn paint(&mut self, sender: &ComponentSender<Self>) {
        self.running = None;
        let view = self.view.clone();
        let banner = view.as_ref().and_then(|view| view.banner());
        self.banner.set_title(banner.as_deref().unwrap_or_default());
        self.banner.set_revealed(banner.is_some());
        let place = self.scrolled.take().map(|scrolled| scrolled.vadjustment().value());
        let page = view.as_ref().and_then(|view| view.page.as_ref());
        let content: gtk::Widget = match (&view, page, &self.job) {
            (None, _, None) => waiting().upcast(),
            (Some(_), Some(page), None) => status::page(page).upcast(),
            (view, ..) => {
                let (scrolled, column) = rows::column(WIDTH);
                column.set_spacing(0);
                if let Some(job) = &self.job {
                    let running = card::Running::new(job, sender.input_sender());
                    column.append(running.widget());
                    self.running = Some(running);
                }
                for day in view.iter().flat_map(|view| &view.days) {
                    column.append(&card::heading(&day.title));
                    for record in &day.cards {
                        column.append(&card::card(record, sender.input_sender()));
                    }
                }
                if let Some(place) = place {
                    let adjustment = scrolled.vadjustment();
                    // Only what was laid out can be scrolled.
                    glib::idle_add_local_once(move || adjustment.set_value(place));
                }
                self.scrolled = Some(scrolled.clone());
                scrolled.upcast()
            }
        };
        focus::kept(self.frame.upcast_ref(), || self.frame.set_content(Some(&content)));
    }
}

fn waiting() -> gtk::Box {
    status::waiting(&gettext("Reading the records…"))
}
