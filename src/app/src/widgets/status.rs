//! A page that stands where something is missing: what happened, what to do about it, the evidence, and at most
//! one suggested button. Described as plain data, painted with `AdwStatusPage`.

use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk;

use super::{notice, rows};

/// What such a page says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusView {
    pub icon: &'static str,
    pub title: String,
    pub description: String,
    /// The numbered way out: what to do, and a remark.
    pub steps: Vec<(String, String)>,
    /// Paths or addresses, each with what was found there.
    pub evidence: Vec<(String, String)>,
    /// A command to be copied, for a terminal.
    pub command: Option<String>,
    pub buttons: Vec<StatusButton>,
    /// What came of the button that was pressed.
    pub outcome: String,
    /// A last quiet line.
    pub note: String,
}

/// A button of such a page: what it says and which window action it starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatusButton {
    pub label: String,
    pub action: &'static str,
    pub suggested: bool,
    /// What it starts goes on.
    pub busy: bool,
}

/// The page.
pub fn page(view: &StatusView) -> adw::StatusPage {
    page_with(None, view)
}

/// It did not work, in a sentence.
pub fn failed(title: &str, sentence: &str) -> adw::StatusPage {
    page(&StatusView {
        icon: "dialog-warning-symbolic",
        title: title.to_owned(),
        description: sentence.to_owned(),
        ..StatusView::default()
    })
}

/// The page with something of one's own below its description.
pub fn page_with(own: Option<&gtk::Widget>, view: &StatusView) -> adw::StatusPage {
    let page = adw::StatusPage::builder()
        .icon_name(view.icon)
        // The title is plain text, the description markup.
        .title(&view.title)
        .description(gtk::glib::markup_escape_text(&view.description))
        .vexpand(true)
        .build();
    let column = gtk::Box::new(gtk::Orientation::Vertical, 24);
    if let Some(own) = own {
        column.append(own);
    }
    if !view.steps.is_empty() {
        let list = gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).build();
        list.add_css_class("boxed-list");
        for (index, (title, remark)) in view.steps.iter().enumerate() {
            let row = rows::numbered(index + 1, title, remark, false);
            row.set_title_lines(0);
            list.append(&row);
        }
        column.append(&list);
    }
    if let Some(command) = &view.command {
        column.append(&command_line(command));
    }
    if !view.evidence.is_empty() {
        column.append(&evidence(&view.evidence));
    }
    if !view.buttons.is_empty() {
        column.append(&buttons(&view.buttons));
    }
    if !view.outcome.is_empty() {
        column.append(&centered(&view.outcome));
    }
    if !view.note.is_empty() {
        let note = centered(&view.note);
        note.add_css_class("dim-label");
        note.add_css_class("gw-small");
        column.append(&note);
    }
    if column.first_child().is_some() {
        page.set_child(Some(&adw::Clamp::builder().maximum_size(520).child(&column).build()));
    }
    page
}

fn centered(text: &str) -> gtk::Label {
    gtk::Label::builder().label(text).wrap(true).justify(gtk::Justification::Center).build()
}

/// Places in monospace, each with what was found there.
pub fn evidence(facts: &[(String, String)]) -> gtk::Box {
    let lines = gtk::Box::new(gtk::Orientation::Vertical, 2);
    lines.add_css_class("gw-evidence");
    for (place, found) in facts {
        for (text, dim) in [(place, true), (found, false)] {
            if text.is_empty() {
                continue;
            }
            let line = notice::sentence(text);
            if dim {
                line.add_css_class("dim-label");
            }
            lines.append(&line);
        }
    }
    lines
}

/// A command to be copied, for a terminal.
pub fn command_line(command: &str) -> gtk::Box {
    let text = notice::sentence(command);
    text.set_hexpand(true);
    let copy = rows::text_button(&gettextrs::gettext("Copy"), &gettextrs::gettext("Copy the command"));
    copy.add_css_class("flat");
    let command = command.to_owned();
    copy.connect_clicked(move |button| {
        button.clipboard().set_text(&command);
        button.set_label(&gettextrs::gettext("Copied"));
    });
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    line.add_css_class("gw-evidence");
    line.append(&text);
    line.append(&copy);
    line
}

fn buttons(buttons: &[StatusButton]) -> gtk::FlowBox {
    let flow = gtk::FlowBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .halign(gtk::Align::Center)
        .column_spacing(12)
        .row_spacing(12)
        .max_children_per_line(2)
        .build();
    for button in buttons {
        let widget = gtk::Button::builder().action_name(button.action).build();
        if button.busy {
            let content = gtk::Box::new(gtk::Orientation::Horizontal, 8);
            content.append(&gtk::Spinner::builder().spinning(true).build());
            content.append(&gtk::Label::new(Some(&button.label)));
            widget.set_child(Some(&content));
            widget.update_state(&[gtk::accessible::State::Busy(true)]);
        } else {
            widget.set_label(&button.label);
        }
        widget.add_css_class("pill");
        if button.suggested {
            widget.add_css_class("suggested-action");
        }
        let child = gtk::FlowBoxChild::builder().focusable(false).child(&widget).build();
        flow.append(&child);
    }
    flow
}

/// While something is being worked out or written.
pub fn waiting(sentence: &str) -> gtk::Box {
    let column = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(18)
        .valign(gtk::Align::Center)
        .halign(gtk::Align::Center)
        .vexpand(true)
        .build();
    column.append(&gtk::Spinner::builder().spinning(true).width_request(32).height_request(32).build());
    let label = gtk::Label::new(Some(sentence));
    label.add_css_class("dim-label");
    column.append(&label);
    column
}
