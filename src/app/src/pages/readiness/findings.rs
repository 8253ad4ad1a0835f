//! The findings as rows that open to what was found, what it means, what to do, and what that rests on. What is inside
//! a row is made when it is opened, and rows by the dozen: a server has hundreds.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gangway_client::text::fill;
use gangway_core::plan::Intent;
use gettextrs::{gettext, ngettext};
use relm4::adw::prelude::*;
use relm4::gtk::glib;
use relm4::{adw, gtk};

use super::ReadinessInput;
use super::state::{FindingKey, FindingView, Section, SectionKind};
use crate::widgets::notice::sentence;
use crate::widgets::{rows, status};

/// So many rows are made at once.
const AT_ONCE: usize = 24;

/// The rows that were made, by their finding.
pub type Rows = Rc<RefCell<BTreeMap<FindingKey, adw::ExpanderRow>>>;

/// One section with its heading.
pub fn section(
    section: &Section,
    made: &Rows,
    input: &relm4::Sender<ReadinessInput>,
) -> adw::PreferencesGroup {
    let group = rows::group(&section.title(), &section.kind.description());
    let findings: Rc<[FindingView]> = section.findings.clone().into();
    if section.kind == SectionKind::InOrder {
        group.add(&in_order(findings));
    } else {
        append(&group, findings, 0, made, input);
    }
    group
}

/// Adds rows from this one on, and one that adds more.
fn append(
    group: &adw::PreferencesGroup,
    findings: Rc<[FindingView]>,
    from: usize,
    made: &Rows,
    input: &relm4::Sender<ReadinessInput>,
) {
    for finding in findings.iter().skip(from).take(AT_ONCE) {
        let row = row(finding, input);
        group.add(&row);
        made.borrow_mut().insert(finding.key.clone(), row);
    }
    let next = from + AT_ONCE;
    let left = findings.len().saturating_sub(next);
    if left == 0 {
        return;
    }
    let number = u32::try_from(left).unwrap_or(u32::MAX);
    let more = rows::plain(
        &fill(&ngettext("{number} more", "{number} more", number), &[("number", &left.to_string())]),
        "",
    );
    more.set_activatable(true);
    more.add_suffix(&gtk::Image::from_icon_name("pan-down-symbolic"));
    let (weak, made, input) = (group.downgrade(), made.clone(), input.clone());
    more.connect_activated(move |more| {
        let Some(group) = weak.upgrade() else { return };
        let before = made.borrow().len();
        group.remove(more);
        append(&group, findings.clone(), next, &made, &input);
        // The keyboard goes on where the button was.
        if made.borrow().len() > before
            && let Some(first) = findings.get(next)
            && let Some(row) = made.borrow().get(&first.key)
        {
            row.grab_focus();
        }
    });
    group.add(&more);
}

/// What is in order stands behind one row, one line each.
fn in_order(findings: Rc<[FindingView]>) -> adw::ExpanderRow {
    let number = u32::try_from(findings.len()).unwrap_or(u32::MAX);
    let title = fill(
        &ngettext("{number} check is in order", "{number} checks are in order", number),
        &[("number", &findings.len().to_string())],
    );
    let row = expander("object-select-symbolic", "success", &title, "");
    when_opened(&row, move |row| {
        for finding in findings.iter() {
            let line = rows::plain(&finding.title, &finding.subtitle);
            line.set_tooltip_text(Some(&finding.meaning));
            row.add_row(&line);
        }
    });
    row
}

fn row(finding: &FindingView, input: &relm4::Sender<ReadinessInput>) -> adw::ExpanderRow {
    let row = expander(finding.tone.icon(), finding.tone.class(), &finding.title, &finding.subtitle);
    let inside = adw::PreferencesRow::builder().activatable(false).focusable(false).build();
    inside.set_title(&finding.title);
    row.add_row(&inside);
    let (finding, input) = (finding.clone(), input.clone());
    when_opened(&row, move |_| inside.set_child(Some(&body(&finding, &input))));
    row
}

fn expander(icon: &str, class: &str, title: &str, subtitle: &str) -> adw::ExpanderRow {
    let row = adw::ExpanderRow::builder().use_markup(false).build();
    // Set after it was built, or it is tried as markup first.
    row.set_title(title);
    row.set_subtitle(subtitle);
    let image = gtk::Image::from_icon_name(icon);
    image.add_css_class(class);
    row.add_prefix(&image);
    row
}

/// Runs once, when a row is opened for the first time.
fn when_opened(row: &adw::ExpanderRow, then: impl FnOnce(&adw::ExpanderRow) + 'static) {
    let then = RefCell::new(Some(then));
    row.connect_expanded_notify(move |row| {
        if row.is_expanded()
            && let Some(then) = then.take()
        {
            then(row);
        }
    });
}

/// What a row opens to.
fn body(finding: &FindingView, input: &relm4::Sender<ReadinessInput>) -> gtk::Box {
    let body = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(12)
        .margin_top(12)
        .margin_bottom(12)
        .margin_start(12)
        .margin_end(12)
        .build();
    if let Some(said) = &finding.sentence {
        body.append(&sentence(said));
    }
    body.append(&sentence(&finding.meaning));
    if !finding.evidence.is_empty() {
        let evidence = status::evidence(&finding.evidence);
        body.append(&under(&gettext("Evidence"), &evidence));
    }
    if let Some(fix) = &finding.fix {
        body.append(&under(&gettext("What to Do"), &sentence(fix)));
    }
    if let Some(command) = &finding.command {
        body.append(&status::command_line(command));
    }
    if let Some(intent) = &finding.intent {
        body.append(&review(&finding.title, intent.clone(), input.clone()));
    }
    body
}

/// The way to have it done, which is reviewed first.
fn review(title: &str, intent: Intent, input: relm4::Sender<ReadinessInput>) -> gtk::Button {
    let name = gettext("Review what would be done about: {finding}").replace("{finding}", title);
    let button = rows::text_button(&gettext("Review…"), &name);
    button.set_halign(gtk::Align::Start);
    button.connect_clicked(move |_| input.emit(ReadinessInput::Review(intent.clone())));
    button
}

/// Something under a small heading.
fn under(heading: &str, what: &impl IsA<gtk::Widget>) -> gtk::Box {
    let label = gtk::Label::builder().label(heading).xalign(0.0).build();
    label.add_css_class("dim-label");
    label.add_css_class("gw-small");
    let both = gtk::Box::new(gtk::Orientation::Vertical, 6);
    both.append(&label);
    both.append(what);
    both
}

/// Opens a row and goes there.
pub fn open(row: &adw::ExpanderRow) {
    row.set_expanded(true);
    let row = row.clone();
    // What it opens to has its size with the next layout, and is scrolled to then.
    glib::idle_add_local_once(move || {
        row.child_focus(gtk::DirectionType::TabForward);
    });
}
