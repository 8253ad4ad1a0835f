//! The widgets of the page: the heading of a day, a record beside its dot on the rail, and the change that is being made.

use gettextrs::gettext;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::state::{CardView, Dot};
use super::{ChangesInput, ChangesOutput};
use crate::job::Job;
use crate::widgets::{rows, status};

/// The heading of a day.
pub fn heading(title: &str) -> gtk::Box {
    let label = gtk::Label::builder()
        .label(title)
        .xalign(0.0)
        .margin_top(18)
        .margin_bottom(6)
        .accessible_role(gtk::AccessibleRole::Heading)
        .build();
    for class in ["heading", "dim-label", "gw-small"] {
        label.add_css_class(class);
    }
    on_rail(&label, None)
}

/// One record.
pub fn card(view: &CardView, input: &relm4::Sender<ChangesInput>) -> gtk::Box {
    let card = frame(&view.title);
    let head = head(&view.title);
    head.append(&view.pill.firm_widget());
    card.append(&head);
    card.append(&paragraph(&view.sentence));
    if !view.evidence.is_empty() {
        card.append(&status::evidence(&view.evidence));
    }
    if let Some(id) = &view.id {
        let buttons = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        if view.can_undo {
            let named = gettext("Undo {change}…").replace("{change}", &view.title);
            buttons.append(&button(&gettext("Undo…"), &named, ChangesOutput::Undo(id.clone()), input));
        }
        if view.can_look {
            let named = gettext("Details of {change}").replace("{change}", &view.title);
            let details = button(&gettext("Details"), &named, ChangesOutput::Details(id.clone()), input);
            details.add_css_class("flat");
            buttons.append(&details);
        }
        card.append(&buttons);
    }
    on_rail(&card, Some(view.dot))
}

/// The change that is being made, above the records.
pub struct Running {
    whole: gtk::Box,
    headline: gtk::Label,
    bar: gtk::ProgressBar,
}

impl Running {
    pub fn new(job: &Job, input: &relm4::Sender<ChangesInput>) -> Self {
        let card = frame(&job.title);
        card.append(&head(&job.title));
        let headline = paragraph("");
        card.append(&headline);
        let bar = gtk::ProgressBar::new();
        bar.update_property(&[gtk::accessible::Property::Label(&job.title)]);
        card.append(&bar);
        let buttons = gtk::Box::new(gtk::Orientation::Horizontal, 6);
        let named = gettext("Show {change}").replace("{change}", &job.title);
        buttons.append(&button(&gettext("Show"), &named, ChangesOutput::ShowJob, input));
        card.append(&buttons);
        let whole = gtk::Box::new(gtk::Orientation::Vertical, 0);
        whole.append(&heading(&gettext("Now")));
        whole.append(&on_rail(&card, Some(Dot::Now)));
        let running = Self { whole, headline, bar };
        running.show(job);
        running
    }

    pub fn widget(&self) -> &gtk::Box {
        &self.whole
    }

    pub fn show(&self, job: &Job) {
        self.headline.set_label(&job.headline());
        self.bar.set_fraction(job.fraction());
    }
}

fn frame(name: &str) -> gtk::Box {
    let card = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(10)
        .margin_bottom(6)
        .hexpand(true)
        .accessible_role(gtk::AccessibleRole::Group)
        .build();
    card.add_css_class("card");
    card.add_css_class("gw-rec");
    card.update_property(&[gtk::accessible::Property::Label(name)]);
    card
}

fn head(title: &str) -> gtk::Box {
    let label = gtk::Label::builder()
        .label(title)
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .hexpand(true)
        .build();
    label.add_css_class("heading");
    let head = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    head.append(&label);
    head
}

fn paragraph(text: &str) -> gtk::Label {
    let label = gtk::Label::builder()
        .label(text)
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .build();
    label.add_css_class("dim-label");
    label
}

fn button(text: &str, name: &str, asked: ChangesOutput, input: &relm4::Sender<ChangesInput>) -> gtk::Button {
    // Of several records each button says whose it is.
    let button = rows::text_button(text, name);
    let input = input.clone();
    button.connect_clicked(move |_| input.emit(ChangesInput::Ask(asked.clone())));
    button
}

/// Something beside the rail: a line from above to below, and a dot where there is one.
fn on_rail(what: &impl IsA<gtk::Widget>, dot: Option<Dot>) -> gtk::Box {
    let line = gtk::Box::builder().halign(gtk::Align::Center).vexpand(true).build();
    line.add_css_class("gw-rail");
    let rail = gtk::Overlay::builder().child(&line).width_request(28).build();
    if let Some(dot) = dot {
        let mark =
            gtk::Box::builder().halign(gtk::Align::Center).valign(gtk::Align::Start).margin_top(19).build();
        mark.add_css_class("gw-dot");
        mark.add_css_class(match dot {
            Dot::Now => "now",
            Dot::Good => "good",
            Dot::Warning => "warn",
            Dot::Bad => "bad",
            Dot::Hollow => "hollow",
        });
        rail.add_overlay(&mark);
    }
    // The line is as long as what stands beside it, and no longer.
    let both = gtk::Box::builder().spacing(6).vexpand(false).build();
    both.append(&rail);
    both.append(what);
    both
}
