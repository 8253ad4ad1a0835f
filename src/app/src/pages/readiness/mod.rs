//! The page of readiness: can a graphics card be handed over, and what stands in the way. What is said comes from
//! `state`; this file keeps what is open, where the page is scrolled to and who has the keyboard while it is said anew.

mod cards;
mod findings;
pub mod state;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use gangway_client::hypervisor::VirtualMachine;
use gangway_core::pci::PciAddress;
use gangway_core::plan::Intent;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::prelude::*;
use relm4::{adw, gtk};

use self::findings::Rows;
use self::state::{FindingKey, ReadinessView};
use super::devices::empty;
use super::devices::state::Owners;
use crate::widgets::{focus, rows, status};

/// As wide as the findings get.
const WIDTH: i32 = 760;

/// The page.
pub struct ReadinessPage {
    view: Option<Arc<ReadinessView>>,
    owners: Owners,
    narrow: bool,
    /// The lines that the cards stand in.
    lines: Vec<gtk::Box>,
    rows: Rows,
    scrolled: Option<gtk::ScrolledWindow>,
    title: adw::WindowTitle,
    save: gtk::Button,
    frame: adw::ToolbarView,
}

/// What happens to the page.
#[derive(Debug, Clone)]
pub enum ReadinessInput {
    /// A machine is being read for the first time.
    Reading,
    /// It was looked at, at this time of the day.
    Show(Arc<ReadinessView>, String),
    /// It could not be read, for this reason.
    Failed(String),
    /// The virtual machines are now these.
    Machines(Vec<VirtualMachine>),
    /// There is room for little.
    Narrow(bool),
    /// Go to this finding.
    Open(FindingKey),
    HandOver(PciAddress),
    Reveal(PciAddress),
    Review(Intent),
}

/// What the page asks of the window.
#[derive(Debug)]
pub enum ReadinessOutput {
    HandOver(PciAddress),
    /// Show this device in the list.
    Reveal(PciAddress),
    /// Review what would fulfil this.
    Review(Intent),
}

impl SimpleComponent for ReadinessPage {
    type Init = ();
    type Input = ReadinessInput;
    type Output = ReadinessOutput;
    type Root = adw::ToolbarView;
    type Widgets = ();

    fn init_root() -> adw::ToolbarView {
        adw::ToolbarView::new()
    }

    fn init((): (), frame: adw::ToolbarView, _sender: ComponentSender<Self>) -> ComponentParts<Self> {
        let title = adw::WindowTitle::new(&gettext("Readiness"), "");
        let refresh = rows::icon_button("view-refresh-symbolic", &gettext("Scan Again"));
        refresh.set_action_name(Some("win.scan"));
        let save =
            gtk::Button::builder().label(gettext("Save Report…")).action_name("win.save-report").build();
        let header = adw::HeaderBar::builder().title_widget(&title).build();
        header.pack_start(&refresh);
        header.pack_end(&save);
        frame.add_top_bar(&header);
        frame.set_content(Some(&waiting()));
        let model = Self {
            view: None,
            owners: Owners::new(),
            narrow: false,
            lines: Vec::new(),
            rows: Rows::default(),
            scrolled: None,
            title,
            save,
            frame,
        };
        ComponentParts { model, widgets: () }
    }

    fn update(&mut self, input: ReadinessInput, sender: ComponentSender<Self>) {
        match input {
            ReadinessInput::Reading => self.replace(&waiting()),
            ReadinessInput::Failed(reason) => self.replace(&empty::unreadable(&reason)),
            ReadinessInput::Show(view, time) => {
                self.title.set_subtitle(&gettext("Checked at {time}").replace("{time}", &time));
                if self.view.as_ref() != Some(&view) {
                    self.view = Some(view);
                    self.paint(&sender);
                }
            }
            ReadinessInput::Machines(machines) => {
                let owners = crate::owners(&machines);
                if owners != self.owners {
                    self.owners = owners;
                    self.paint(&sender);
                }
            }
            ReadinessInput::Narrow(narrow) => {
                self.narrow = narrow;
                self.save.set_visible(!narrow);
                cards::set_narrow(&self.lines, narrow);
            }
            ReadinessInput::Open(key) => {
                if let Some(row) = self.rows.borrow().get(&key) {
                    findings::open(row);
                }
            }
            // The window may be closing.
            ReadinessInput::HandOver(address) => drop(sender.output(ReadinessOutput::HandOver(address))),
            ReadinessInput::Reveal(address) => drop(sender.output(ReadinessOutput::Reveal(address))),
            ReadinessInput::Review(intent) => drop(sender.output(ReadinessOutput::Review(intent))),
        }
    }
}

impl ReadinessPage {
    fn paint(&mut self, sender: &ComponentSender<Self>) {
        let Some(view) = self.view.clone() else { return };
        let before = std::mem::take(&mut self.rows);
        let opened: BTreeSet<FindingKey> =
            before.borrow().iter().filter(|(_, row)| row.is_expanded()).map(|(key, _)| key.clone()).collect();
        let place = self.scrolled.as_ref().map(|scrolled| scrolled.vadjustment().value());

        let (scrolled, column) = rows::column(WIDTH);
        let (verdicts, lines) = cards::cards(&view.cards, &self.owners, sender.input_sender());
        cards::set_narrow(&lines, self.narrow);
        match &view.machine {
            Some(sentence) => column.append(&machine(sentence)),
            None => column.append(&verdicts),
        }
        for section in &view.sections {
            column.append(&findings::section(section, &self.rows, sender.input_sender()));
        }
        for (key, row) in self.rows.borrow().iter() {
            row.set_expanded(opened.contains(key));
        }
        self.lines = lines;
        focus::kept(self.frame.upcast_ref(), || self.frame.set_content(Some(&scrolled)));
        if let Some(place) = place {
            let adjustment = scrolled.vadjustment();
            // Only what was laid out can be scrolled.
            glib::idle_add_local_once(move || adjustment.set_value(place));
        }
        self.scrolled = Some(scrolled);
    }

    /// Puts a whole page where the findings are.
    fn replace(&mut self, page: &impl IsA<gtk::Widget>) {
        self.view = None;
        self.rows = Rc::default();
        self.lines.clear();
        self.scrolled = None;
        self.title.set_subtitle("");
        focus::kept(self.frame.upcast_ref(), || self.frame.set_content(Some(page)));
    }
}

fn waiting() -> gtk::Box {
    status::waiting(&gettext("Looking at this computer…"))
}

/// The verdict where there is no card to say it of.
fn machine(sentence: &str) -> gtk::Label {
    let label = gtk::Label::builder().label(sentence).xalign(0.0).wrap(true).build();
    label.add_css_class("title-4");
    label
}
