//! The details pane beside the list, or over it: its header, and a `DetailsView` painted.

use gangway_core::plan::Intent;
use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk::{self, glib};

use super::inspector::{Action, DetailsView, Line, Part, ToggledParts};
use super::key::Key;
use super::{DevicesInput, Pane, Parts, empty};
use crate::widgets::{focus, rows};

impl Parts {
    /// The header of the details, with the way back where they lie over the list.
    fn header_of_details(&mut self) -> adw::HeaderBar {
        let header =
            adw::HeaderBar::builder().title_widget(&adw::WindowTitle::new(&gettext("Details"), "")).build();
        let back = rows::icon_button("go-previous-symbolic", &gettext("Back to the List"));
        let input = self.input.clone();
        back.connect_clicked(move |_| input.emit(DevicesInput::CloseDetails));
        self.split.bind_property("collapsed", &back, "visible").sync_create().build();
        header.set_show_back_button(false);
        header.pack_start(&back);
        let copy = rows::icon_button("edit-copy-symbolic", &gettext("Copy the Details"));
        let input = self.input.clone();
        copy.connect_clicked(move |_| input.emit(DevicesInput::CopyDetails));
        header.pack_end(&copy);
        self.copy = Some(copy);
        header
    }

    /// Paints the pane, or nothing where it shows this already.
    pub(super) fn show_details(&mut self, view: Option<Pane>, toggled: &ToggledParts) {
        if self.details_header.is_none() {
            let header = self.header_of_details();
            self.details.add_top_bar(&header);
            self.details_header = Some(header);
        } else if self.shown == view {
            return;
        }
        let before = std::mem::replace(&mut self.shown, view);
        let same = self.shown.is_some() && key(self.shown.as_ref()) == key(before.as_ref());
        let at = self.details_scrolled.take().filter(|_| same).map(|scrolled| scrolled.vadjustment().value());
        let pane = self.details.clone();
        focus::kept(pane.upcast_ref(), || self.paint_details(toggled));
        if let (Some(at), Some(scrolled)) = (at, &self.details_scrolled) {
            let adjustment = scrolled.vadjustment();
            // Not before it knows how much there is of it.
            glib::idle_add_local_once(move || adjustment.set_value(at));
        }
    }

    fn paint_details(&mut self, toggled: &ToggledParts) {
        if let Some(copy) = &self.copy {
            copy.set_sensitive(matches!(self.shown, Some(Pane::Device(_))));
        }
        self.set_bar();
        match &self.shown {
            Some(Pane::Device(view)) => {
                let body = body(view, toggled, &self.input);
                self.details.set_content(Some(&body));
                self.details_scrolled = Some(body);
            }
            Some(Pane::Gone(gone)) => self.details.set_content(Some(&empty::gone(gone))),
            Some(Pane::Unplugged { name, port }) => {
                self.details.set_content(Some(&empty::unplugged(name, port)));
            }
            None => self.details.set_content(Some(&empty::nothing_selected())),
        }
    }
}

impl Parts {
    /// The bar stays as long as it says the same: whoever is about to press its button must not lose it.
    fn set_bar(&mut self) {
        let action = match &self.shown {
            Some(Pane::Device(view)) => view.action.clone().map(|action| (action, view.now.clone())),
            Some(Pane::Gone(_) | Pane::Unplugged { .. }) | None => None,
        };
        if self.details_bar.as_ref().map(|(shown, _)| shown) == action.as_ref() {
            return;
        }
        if let Some((_, bar)) = self.details_bar.take() {
            self.details.remove(&bar);
        }
        if let Some(action) = action {
            let bar = bar(&action.0, action.1.as_ref());
            self.details.add_bottom_bar(&bar);
            self.details_bar = Some((action, bar));
        }
    }
}

/// What the pane is about.
fn key(pane: Option<&Pane>) -> Option<Key> {
    match pane? {
        Pane::Device(view) => Some(view.key.clone()),
        Pane::Gone(gone) => Some(Key::Function(gone.address())),
        Pane::Unplugged { port, .. } => Some(Key::Usb(port.clone())),
    }
}

/// Hides what is in the pane while that is hidden beside the list: when a window shrinks to a breakpoint, libadwaita
/// lays it out all the same, in what the list leaves of the width, which may be nothing.
pub(super) fn leave_with_pane(split: &adw::OverlaySplitView, details: &adw::ToolbarView) {
    let pane = details.downgrade();
    let settle = move |split: &adw::OverlaySplitView| {
        let Some(pane) = pane.upgrade() else { return };
        if split.is_collapsed() || split.shows_sidebar() {
            pane.set_visible(true);
        } else if !pane.is_mapped() {
            pane.set_visible(false);
        }
    };
    split.connect_show_sidebar_notify(settle.clone());
    split.connect_collapsed_notify(settle.clone());
    let split = split.downgrade();
    // The pane is unmapped when it has slid out.
    details.connect_unmap(move |_| {
        let (split, settle) = (split.clone(), settle.clone());
        glib::idle_add_local_once(move || {
            if let Some(split) = split.upgrade() {
                settle(&split);
            }
        });
    });
}

/// The pane's body.
fn body(
    view: &DetailsView,
    toggled: &ToggledParts,
    input: &relm4::Sender<DevicesInput>,
) -> gtk::ScrolledWindow {
    let (scrolled, column) = rows::column(480);
    column.set_spacing(12);
    let title = rows::title(view.icon, &view.name, &view.line);
    title.set_margin_bottom(6);
    column.append(&title);
    for part in &view.parts {
        column.append(&folding(part, part.id.is_folded(toggled), input));
    }
    scrolled
}

/// A part with its heading, which shows and hides it; what is hidden is made when it is first shown.
fn folding(part: &Part, folded: bool, input: &relm4::Sender<DevicesInput>) -> gtk::Box {
    let both = gtk::Box::new(gtk::Orientation::Vertical, 6);
    let heading = gtk::Label::builder().label(part.id.title()).xalign(0.0).wrap(true).hexpand(true).build();
    heading.add_css_class("heading");
    let arrow = gtk::Image::new();
    arrow.add_css_class("dim-label");
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 6);
    line.append(&heading);
    line.append(&arrow);
    let button = gtk::Button::builder().child(&line).build();
    button.add_css_class("flat");
    button.add_css_class("gw-fold");
    both.append(&button);
    let inside = gtk::Box::new(gtk::Orientation::Vertical, 8);
    both.append(&inside);
    let (id, part, input) = (part.id, part.clone(), input.clone());
    let (shown, arrow_of) = (inside.clone(), arrow.clone());
    let set = move |button: &gtk::Button, open: bool| {
        if open && shown.first_child().is_none() {
            fill(&shown, &part);
        }
        shown.set_visible(open);
        arrow_of.set_icon_name(Some(if open { "pan-down-symbolic" } else { "pan-end-symbolic" }));
        button.update_state(&[gtk::accessible::State::Expanded(Some(open))]);
    };
    set(&button, !folded);
    button.connect_clicked(move |button| {
        set(button, !inside.is_visible());
        input.emit(DevicesInput::PartToggled(id));
    });
    both
}

fn fill(inside: &gtk::Box, part: &Part) {
    if !part.summary.is_empty() {
        let summary =
            gtk::Label::builder().label(&part.summary).xalign(0.0).wrap(true).margin_start(6).build();
        summary.add_css_class("dim-label");
        inside.append(&summary);
    }
    if part.lines.is_empty() {
        return;
    }
    let list = gtk::ListBox::builder().selection_mode(gtk::SelectionMode::None).build();
    list.add_css_class("boxed-list");
    list.update_property(&[gtk::accessible::Property::Label(&part.id.title())]);
    for line in &part.lines {
        let row = match line {
            Line::Property(property) => rows::property(&property.label, &property.value, property.monospace),
            Line::Fact(fact) => {
                let row = if fact.monospace {
                    rows::device(fact.icon, &fact.title, &fact.remark, "")
                } else {
                    rows::with_icon(fact.icon, &fact.title, &fact.remark)
                };
                row.set_title_lines(0);
                row.set_title_selectable(true);
                row
            }
        };
        list.append(&row);
    }
    inside.append(&list);
}

/// The bar below it: the reason where there is one, the one button, and what can be done at once.
fn bar(action: &Action, now: Option<&Intent>) -> gtk::Box {
    let bar = gtk::Box::new(gtk::Orientation::Vertical, 10);
    bar.add_css_class("gw-bar");
    let button = gtk::Button::builder().use_underline(true).build();
    button.add_css_class("pill");
    match action {
        Action::HandOver => {
            button.set_label(&gettext("_Hand Over…"));
            button.set_action_name(Some("win.hand-over"));
            button.add_css_class("suggested-action");
        }
        Action::TakeBack { machine } => {
            bar.append(&reason(
                "vm-symbolic",
                &gettext("The virtual machine “{name}” has this device in its definition.")
                    .replace("{name}", machine),
            ));
            button.set_label(&gettext("_Take Back…"));
            button.set_action_name(Some("win.take-back"));
        }
        Action::Refused { reason: why } => {
            bar.append(&reason("dialog-warning-symbolic", why));
            button.set_label(&gettext("_Hand Over…"));
            button.set_sensitive(false);
            button.update_property(&[gtk::accessible::Property::Description(why)]);
        }
    }
    bar.append(&button);
    let label = match now {
        Some(Intent::Bind { .. }) => gettext("_Bind to vfio-pci Now…"),
        Some(Intent::GiveBack { .. }) => gettext("_Give Back to the Host Now…"),
        _ => return bar,
    };
    let button = gtk::Button::builder().label(label).use_underline(true).action_name("win.host-now").build();
    button.add_css_class("pill");
    bar.append(&button);
    bar
}

fn reason(icon: &str, text: &str) -> gtk::Box {
    let line = gtk::Box::new(gtk::Orientation::Horizontal, 10);
    let image = gtk::Image::builder().icon_name(icon).valign(gtk::Align::Start).margin_top(2).build();
    line.append(&image);
    let label = gtk::Label::builder().label(text).xalign(0.0).wrap(true).hexpand(true).build();
    label.add_css_class("gw-small");
    line.append(&label);
    line
}
