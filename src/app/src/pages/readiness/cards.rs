//! The verdicts as cards beside each other: name, verdict, the weightiest reason, and the way on.

use gangway_core::checks::Verdict;
use gettextrs::gettext;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::ReadinessInput;
use super::state::CardView;
use crate::pages::devices::state::Owners;
use crate::widgets::pill::{Pill, Tone};
use crate::widgets::rows;
use crate::words;

/// So many stand beside each other where there is room.
const BESIDE: usize = 2;

/// All cards, and the lines that they stand in.
pub fn cards(
    views: &[CardView],
    owners: &Owners,
    input: &relm4::Sender<ReadinessInput>,
) -> (gtk::Box, Vec<gtk::Box>) {
    let column = gtk::Box::new(gtk::Orientation::Vertical, 12);
    let mut lines = Vec::new();
    let free = |view: &&CardView| view.verdict == Verdict::Ready && !owners.contains_key(&view.address);
    let suggested = views.iter().find(free).map(|view| view.address);
    for views in views.chunks(BESIDE) {
        let line = gtk::Box::builder().spacing(12).homogeneous(true).build();
        for view in views {
            line.append(&card(view, owners, suggested == Some(view.address), input));
        }
        column.append(&line);
        lines.push(line);
    }
    (column, lines)
}

/// Lets the cards stand below each other where there is little room.
pub fn set_narrow(lines: &[gtk::Box], narrow: bool) {
    for line in lines {
        line.set_orientation(if narrow { gtk::Orientation::Vertical } else { gtk::Orientation::Horizontal });
        line.set_homogeneous(!narrow);
    }
}

fn card(
    view: &CardView,
    owners: &Owners,
    suggested: bool,
    input: &relm4::Sender<ReadinessInput>,
) -> gtk::Box {
    let card = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .spacing(12)
        .accessible_role(gtk::AccessibleRole::Group)
        .build();
    card.add_css_class("card");
    card.add_css_class("gw-verdict");
    card.update_property(&[gtk::accessible::Property::Label(&view.sentence)]);

    let head = head(view);
    if let Some(owner) = owners.get(&view.address) {
        let given = words::given_to(owner);
        let pill = Pill { tooltip: given.clone(), ..Pill::plain(owner.clone(), Tone::Machine) };
        head.append(&pill.widget());
    }
    card.append(&head);
    let headline = gtk::Label::builder().label(&view.headline).xalign(0.0).wrap(true).build();
    headline.add_css_class("title-4");
    card.append(&headline);
    let reason = gtk::Label::builder()
        .label(&view.reason)
        .xalign(0.0)
        .yalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .vexpand(true)
        .build();
    reason.add_css_class("dim-label");
    card.append(&reason);
    card.append(&buttons(view, owners, suggested, input));
    card
}

/// Which card it is: smaller than what is said of it.
fn head(view: &CardView) -> gtk::Box {
    let image =
        gtk::Image::builder().icon_name("gpu-symbolic").hexpand(true).halign(gtk::Align::Center).build();
    let tile = gtk::Box::builder().valign(gtk::Align::Start).hexpand(false).build();
    tile.add_css_class("gw-tile");
    tile.add_css_class(tile_class(view.verdict));
    tile.append(&image);
    let name = gtk::Label::builder().label(&view.name).xalign(0.0).wrap(true).build();
    name.add_css_class("heading");
    let address = gtk::Label::builder().label(words::short_address(view.address)).xalign(0.0).build();
    address.add_css_class("dim-label");
    address.add_css_class("gw-address");
    let texts = gtk::Box::builder()
        .orientation(gtk::Orientation::Vertical)
        .valign(gtk::Align::Center)
        .hexpand(true)
        .spacing(2)
        .build();
    texts.append(&name);
    texts.append(&address);
    let head = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    head.append(&tile);
    head.append(&texts);
    head
}

fn tile_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "good",
        Verdict::ToDo => "warn",
        Verdict::CouldNotTell => "neutral",
        Verdict::NotPossible => "bad",
    }
}

fn buttons(
    view: &CardView,
    owners: &Owners,
    suggested: bool,
    input: &relm4::Sender<ReadinessInput>,
) -> gtk::FlowBox {
    // Below each other where words are long and the window is narrow.
    let line = gtk::FlowBox::builder()
        .selection_mode(gtk::SelectionMode::None)
        .halign(gtk::Align::Start)
        .column_spacing(12)
        .row_spacing(6)
        .max_children_per_line(2)
        .build();
    let address = view.address;
    let add = |label: &str, message: ReadinessInput| {
        // Of several cards each button says whose it is.
        let button = rows::text_button(label, &format!("{label} · {}", view.name));
        let input = input.clone();
        button.connect_clicked(move |_| input.emit(message.clone()));
        line.append(&gtk::FlowBoxChild::builder().focusable(false).child(&button).build());
        button
    };
    if view.verdict == Verdict::Ready && !owners.contains_key(&address) {
        let button = add(&gettext("Hand Over…"), ReadinessInput::HandOver(address));
        if suggested {
            button.add_css_class("suggested-action");
        }
    }
    if let Some(because) = &view.because {
        let label = if view.verdict == Verdict::ToDo { gettext("What to Do") } else { gettext("Why") };
        add(&label, ReadinessInput::Open(because.clone()));
    }
    add(&gettext("Show Device"), ReadinessInput::Reveal(address));
    line
}
