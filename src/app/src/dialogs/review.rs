//! The last pages of a change, the same for both dialogs: the review (sentences, then the difference, then what
//! undoing does), the wait, and what came of it.

use gangway_client::handover::{Applied, VmChange};
use gangway_client::text::{self, DeviceNames};
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use super::knowing::Knowing;
use crate::gone::Gone;
use crate::widgets::status::StatusView;
use crate::widgets::{difference, rows, status};

/// Which way devices go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    HandOver,
    TakeBack,
    /// Those of a former definition, both ways.
    PutBack,
}

/// The body of the review page.
pub fn body(
    change: &VmChange,
    names: &DeviceNames<'_>,
    way: Way,
    knowing: &Knowing,
    taken: impl Fn(bool) + 'static,
) -> gtk::ScrolledWindow {
    let (scrolled, column) = rows::column(680);
    let steps = rows::group(&gettext("What Will Happen"), "");
    for (index, step) in change.steps.iter().enumerate() {
        let row = rows::numbered(index + 1, &text::step(step, names), "", true);
        row.set_title_lines(0);
        steps.add(&row);
    }
    column.append(&steps);
    let mut notes: Vec<String> =
        change.warnings.iter().map(|warning| text::warning(warning, names)).collect();
    if way == Way::PutBack {
        // No page before this one has said it.
        notes.splice(0..0, change.costs.iter().map(|cost| text::cost(cost, names)));
    }
    if !notes.is_empty() {
        let group = rows::group(&gettext("Good to Know"), "");
        for note in notes {
            let row = rows::with_icon("dialog-warning-symbolic", &note, "");
            row.set_title_lines(0);
            group.add(&row);
        }
        column.append(&group);
    }
    if let Some(dangers) = knowing.dangers_group(taken) {
        column.append(&dangers);
    }
    column.append(&differences(change));
    column.append(&undo(change, way));
    if let Some(exposures) = knowing.exposures_group() {
        column.append(&exposures);
    }
    scrolled
}

fn differences(change: &VmChange) -> adw::PreferencesGroup {
    let group =
        rows::group(&gettext("Difference"), &gettext("One definition, in full; passwords are hidden."));
    let title = format!("{}.xml", change.vm.name);
    let row = adw::ExpanderRow::builder()
        .use_markup(false)
        .subtitle(gettext("Definition of the virtual machine in libvirt"))
        .expanded(true)
        .build();
    row.set_title(&title);
    for (sign, count, class) in
        [("+", change.difference.added, "gw-added"), ("−", change.difference.removed, "gw-removed")]
    {
        if count > 0 {
            let label = gtk::Label::new(Some(&format!("{sign}{count}")));
            label.add_css_class(class);
            row.add_suffix(&label);
        }
    }
    let name = gettext("Difference of {file}").replace("{file}", &title);
    let line = gtk::ListBoxRow::builder()
        .activatable(false)
        .focusable(false)
        .child(&difference::view(&change.difference, &name))
        .build();
    row.add_row(&line);
    group.add(&row);
    group
}

fn undo(change: &VmChange, way: Way) -> adw::PreferencesGroup {
    let name = &change.vm.name;
    let (what, how) = match way {
        Way::HandOver => (
            gettext("Take Back removes the devices from “{name}” again"),
            gettext("Edits that you make to it in the meantime stay."),
        ),
        Way::TakeBack => {
            (gettext("Hand the devices over to “{name}” again"), gettext("At any time, from Devices."))
        }
        Way::PutBack => (
            gettext("Put the definition that “{name}” has now back again"),
            gettext("It is then the first one of its former definitions."),
        ),
    };
    let group = rows::group(&gettext("What Undo Will Do"), "");
    let row = rows::with_icon("edit-undo-symbolic", &what.replace("{name}", name), &how);
    row.set_title_lines(0);
    group.add(&row);
    let kept = rows::with_icon(
        "document-open-recent-symbolic",
        &gettext("The former definition is kept as a file"),
        &gettext("In your own state folder, readable by you alone."),
    );
    kept.set_title_lines(0);
    group.add(&kept);
    group
}

/// The device that it is about left the computer.
pub fn gone(gone: &Gone, close: &gtk::Button) -> adw::StatusPage {
    status::page_with(
        Some(close.upcast_ref()),
        &StatusView {
            icon: "expansion-card-symbolic",
            title: gone.title(),
            description: format!("{} {}", gone.sentence(), gettext("Nothing was changed.")),
            ..StatusView::default()
        },
    )
}

/// It worked; `reserved` where the host leaves the devices alone in any case.
pub fn done(
    change: &VmChange,
    applied: &Applied,
    names: &DeviceNames<'_>,
    way: Way,
    reserved: bool,
    buttons: &gtk::Box,
) -> adw::StatusPage {
    let name = &change.vm.name;
    let running = change.vm.state.is_active();
    let (title, description) = match way {
        Way::HandOver if running => (
            gettext("Handed Over at the Next Start"),
            gettext(
                "{devices} is in the definition of “{name}”. It runs now, and gets the device when it is shut down and started again.",
            ),
        ),
        Way::HandOver if reserved => (
            gettext("Handed Over"),
            gettext(
                "{devices} is in the definition of “{name}”, and goes to it when it starts. The host leaves it alone, also when it stops.",
            ),
        ),
        Way::HandOver => (
            gettext("Handed Over"),
            gettext(
                "{devices} is in the definition of “{name}”, and goes to it when it starts. When it stops, the host gets it back.",
            ),
        ),
        Way::TakeBack if running => (
            gettext("Taken Back at the Next Stop"),
            gettext(
                "{devices} is no longer in the definition of “{name}”. It runs now, and keeps the device until it is shut down.",
            ),
        ),
        Way::TakeBack => (
            gettext("Taken Back"),
            gettext("{devices} is no longer in the definition of “{name}” and belongs to the host."),
        ),
        Way::PutBack if running => (
            gettext("Put Back at the Next Start"),
            gettext(
                "“{name}” has its former definition again. It runs now, and keeps what it has until it is shut down.",
            ),
        ),
        Way::PutBack => (gettext("Put Back"), gettext("“{name}” has its former definition again.")),
    };
    let moved = if way == Way::HandOver { &change.added } else { &change.removed };
    let main = moved.first().map(|address| names.of(*address)).unwrap_or_default();
    let description = text::fill(&description, &[("devices", &main), ("name", name)]);
    let mut evidence: Vec<(String, String)> =
        vec![(gettext("The former definition is kept in"), applied.kept.display().to_string())];
    evidence.extend(applied.lost.iter().map(|lost| (String::new(), text::lost(lost))));
    let page = status::page_with(
        Some(buttons.upcast_ref()),
        &StatusView { icon: "object-select-symbolic", title, description, evidence, ..StatusView::default() },
    );
    page.add_css_class("gw-result");
    page
}
