//! The bodies of the dialog: the review of a plan, an undo or a record, why nothing can be done, and how it ended.

use gangway_client::text::fill;
use gangway_core::plan::{Effect, Intent};
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::{adw, gtk};

use super::state::{FileShown, FileView, RefusedView, ReviewView};
use crate::job::{Job, Order};
use crate::pages::changes::state::CardView;
use crate::widgets::status::StatusView;
use crate::widgets::{difference, rows, status};

const WIDTH: i32 = 680;

/// The review; `whole` asks for what is withheld.
pub fn review(
    view: &ReviewView,
    card: Option<&CardView>,
    more: &[adw::PreferencesGroup],
    packages: &gtk::Widget,
    whole: impl Fn() + 'static,
) -> gtk::ScrolledWindow {
    let (scrolled, column) = rows::column(WIDTH);
    if let Some(card) = card {
        column.append(&facts(card));
    }
    if !view.in_the_way.is_empty() {
        let group = rows::group(
            &gettext("In the Way"),
            &gettext("Nothing is undone as long as something stands in the way of it."),
        );
        for reason in &view.in_the_way {
            group.add(&sentence_with("dialog-warning-symbolic", reason));
        }
        column.append(&group);
    }
    if !view.lines.is_empty() {
        let steps = rows::group(&view.heading, &view.summary);
        for (index, line) in view.lines.iter().enumerate() {
            let row = rows::numbered(index + 1, &line.sentence, "", true);
            row.set_title_lines(0);
            if let Some(pill) = &line.pill {
                row.add_suffix(&pill.firm_widget());
            }
            steps.add(&row);
        }
        column.append(&steps);
    }
    column.append(packages);
    if !view.files.is_empty() {
        column.append(&differences(view, whole));
    }
    if !view.undo.is_empty() {
        column.append(&undo(&view.undo));
    }
    for group in more {
        column.append(group);
    }
    scrolled
}

/// Sentences below a heading.
pub fn sentences(title: &str, sentences: &[String]) -> adw::PreferencesGroup {
    let group = rows::group(title, "");
    for sentence in sentences {
        group.add(&sentence_with("dialog-warning-symbolic", sentence));
    }
    group
}

/// The host has nothing to do any more, and the virtual machine's side waits.
pub fn kept() -> adw::StatusPage {
    status::page(&StatusView {
        icon: "object-select-symbolic",
        title: gettext("Ready After a Restart"),
        description: gettext(
            "The card is reserved with the next start already. After it, Gangway asks whether the virtual machine gets it.",
        ),
        ..StatusView::default()
    })
}

fn sentence_with(icon: &str, sentence: &str) -> adw::ActionRow {
    let row = rows::with_icon(icon, sentence, "");
    row.set_title_lines(0);
    row
}

/// What is known of a record besides its plan.
fn facts(card: &CardView) -> adw::PreferencesGroup {
    let group = rows::group(&gettext("What Became of It"), "");
    let row = rows::plain(&card.sentence, "");
    row.set_title_lines(0);
    row.add_suffix(&card.pill.firm_widget());
    group.add(&row);
    for (label, text) in &card.evidence {
        group.add(&rows::property(label, text, true));
    }
    if let Some(id) = &card.id {
        group.add(&rows::property(&gettext("Record"), id, true));
    }
    group
}

fn differences(view: &ReviewView, whole: impl Fn() + 'static) -> adw::PreferencesGroup {
    let group = rows::group(&gettext("Differences"), &view.files_summary());
    if view.withheld {
        let label = gettext("Show All…");
        let button = rows::text_button(&label, &gettext("Show all differences, which needs permission"));
        button.add_css_class("flat");
        button.connect_clicked(move |_| whole());
        group.set_header_suffix(Some(&button));
    }
    // One alone is open; of several each can be opened.
    let open = view.files.len() == 1;
    for file in &view.files {
        group.add(&file_row(file, open));
    }
    group
}

fn file_row(file: &FileView, open: bool) -> gtk::Widget {
    let difference = match &file.shown {
        FileShown::Difference(difference) => difference,
        FileShown::NoText => {
            let remark = format!("{} · {}", file.remark, gettext("it is no text"));
            return rows::with_icon("text-x-generic-symbolic", &file.path, &remark).upcast();
        }
        FileShown::Withheld => {
            let remark = format!("{} · {}", file.remark, gettext("not everybody may read it"));
            return rows::with_icon("system-lock-screen-symbolic", &file.path, &remark).upcast();
        }
    };
    let row = adw::ExpanderRow::builder().use_markup(false).subtitle(&file.remark).expanded(open).build();
    row.set_title(&file.path);
    for (sign, count, class) in [("+", difference.added, "gw-added"), ("−", difference.removed, "gw-removed")]
    {
        if count > 0 {
            let label = gtk::Label::new(Some(&format!("{sign}{count}")));
            label.add_css_class(class);
            row.add_suffix(&label);
        }
    }
    let name = gettext("Difference of {file}").replace("{file}", &file.path);
    let line = gtk::ListBoxRow::builder()
        .activatable(false)
        .focusable(false)
        .child(&difference::view(difference, &name))
        .build();
    row.add_row(&line);
    row.upcast()
}

fn undo(sentences: &[String]) -> adw::PreferencesGroup {
    let group = rows::group(
        &gettext("What Undo Will Do"),
        &gettext("It is in Changes, and shows first what it does then: what others change until then stays."),
    );
    for sentence in sentences {
        group.add(&sentence_with("edit-undo-symbolic", sentence));
    }
    group
}

/// Why nothing is planned, and what can be pasted instead.
pub fn refused(view: &RefusedView, packages: &gtk::Widget) -> gtk::ScrolledWindow {
    let (scrolled, column) = rows::column(WIDTH);
    let group = rows::group(&gettext("Why Not"), &gettext("Nothing was changed."));
    for reason in &view.reasons {
        group.add(&sentence_with("dialog-warning-symbolic", reason));
    }
    column.append(&group);
    column.append(packages);
    if !view.paste.is_empty() {
        let by_hand = rows::group(&gettext("By Hand"), &gettext("What to put where, in this order."));
        let boxes = gtk::Box::new(gtk::Orientation::Vertical, 12);
        for paste in &view.paste {
            let place = gtk::Label::builder().label(&paste.place).xalign(0.0).wrap(true).build();
            place.add_css_class("dim-label");
            place.add_css_class("gw-small");
            let both = gtk::Box::new(gtk::Orientation::Vertical, 6);
            both.append(&place);
            both.append(&status::command_line(&paste.text));
            boxes.append(&both);
        }
        by_hand.add(&boxes);
        column.append(&by_hand);
    }
    scrolled
}

/// All is as wanted already, except for packages that may be missing.
pub fn nothing_to_do(packages: Option<&gtk::Widget>) -> adw::StatusPage {
    let (title, description) = match packages {
        None => (gettext("Nothing to Do"), gettext("All is as wanted already, so nothing is changed.")),
        Some(_) => (
            gettext("Packages Are Missing"),
            gettext("Everything else is as wanted already, so nothing but them is left to do."),
        ),
    };
    let view = StatusView { icon: "object-select-symbolic", title, description, ..StatusView::default() };
    status::page_with(packages, &view)
}

/// The service went away while it worked: its records tell what became of that.
pub fn lost(sentence: &str, changes: &gtk::Button) -> adw::StatusPage {
    changes.set_halign(gtk::Align::Center);
    changes.add_css_class("pill");
    status::page_with(
        Some(changes.upcast_ref()),
        &StatusView {
            icon: "dialog-question-symbolic",
            title: gettext("What Became of It Is Not Known Here"),
            description: sentence.to_owned(),
            ..StatusView::default()
        },
    )
}

/// What comes after a reservation: for a virtual machine, or without one.
fn reserved(vm: Option<&str>) -> String {
    let trial = gettext(
        "The next start is a trial: if it fails, the one after it is the system that you have now. Changes can undo it at any time.",
    );
    match vm {
        Some(vm) => {
            let asks = gettext("Then Gangway asks whether “{vm}” gets the card.");
            format!("{trial} {}", fill(&asks, &[("vm", vm)]))
        }
        None => trial,
    }
}

/// It is done: what that means now, in a sentence of its own where both sides were taken back; `imitated` where a restart is offered that is none of a real computer.
pub fn done(job: &Job, back: Option<String>, buttons: &gtk::Box, imitated: bool) -> adw::StatusPage {
    let (title, description) = match (job.is_undo(), job.effect) {
        (true, Effect::NextStart) => (
            gettext("Undone"),
            gettext("“{title}” is undone. Where it was in effect already, a restart ends that."),
        ),
        (true, _) => (gettext("Undone"), gettext("“{title}” is undone.")),
        (false, Effect::Now) => {
            (gettext("Done"), gettext("“{title}” is in effect. It is in Changes, with a way to undo it."))
        }
        (false, Effect::NextLogin) => (
            gettext("Ready After the Next Login"),
            gettext("“{title}” takes effect when you log in again. It is in Changes, with a way to undo it."),
        ),
        (false, Effect::NextStart) => (
            gettext("Ready After a Restart"),
            gettext(
                "“{title}” takes effect when the computer is restarted. Before and after that, Changes can undo it.",
            ),
        ),
    };
    let (title, mut description) = match (back, &job.order) {
        (Some(sentence), _) => (gettext("Taken Back"), sentence),
        (None, Order::Apply { intent: Intent::Confirm, .. }) => (
            gettext("Kept"),
            gettext("Every start has the reservation from now on. It is in Changes, with a way to undo it."),
        ),
        (None, Order::Apply { intent: Intent::Reserve { .. }, .. }) => {
            (title, reserved(job.wish.as_ref().map(|wish| wish.recipient.name.as_str())))
        }
        (None, _) => (title, fill(&description, &[("title", &job.title)])),
    };
    if imitated {
        description += &format!(" {}", gettext("The demo imitates the restart."));
    }
    let page = status::page_with(
        Some(buttons.upcast_ref()),
        &StatusView { icon: "object-select-symbolic", title, description, ..StatusView::default() },
    );
    page.add_css_class("gw-result");
    page
}
