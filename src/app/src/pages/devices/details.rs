//! The details pane beside the list, or over it: its header, and a `DetailsView` painted.

use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk::{self, glib};

use super::details_state::{Action, DetailsView, Fact};
use super::{DevicesInput, Pane, Parts, empty};
use crate::widgets::{focus, rows};

impl Parts {
    /// The header of the details, with the way back where they lie over the list.
    fn header_of_details(&self) -> adw::HeaderBar {
        let header =
            adw::HeaderBar::builder().title_widget(&adw::WindowTitle::new(&gettext("Details"), "")).build();
        let back = rows::icon_button("go-previous-symbolic", &gettext("Back to the List"));
        let input = self.input.clone();
        back.connect_clicked(move |_| input.emit(DevicesInput::CloseDetails));
        self.split.bind_property("collapsed", &back, "visible").sync_create().build();
        header.set_show_back_button(false);
        header.pack_start(&back);
        header
    }

    /// Paints the pane, or nothing where it shows this already.
    pub(super) fn show_details(&mut self, view: Option<Pane>) {
        if self.details_header.is_none() {
            let header = self.header_of_details();
            self.details.add_top_bar(&header);
            self.details_header = Some(header);
        } else if self.shown == view {
            return;
        }
        let before = std::mem::replace(&mut self.shown, view);
        let same = self.shown.is_some() && address(self.shown.as_ref()) == address(before.as_ref());
        let at = self.details_scrolled.take().filter(|_| same).map(|scrolled| scrolled.vadjustment().value());
        let pane = self.details.clone();
        focus::kept(pane.upcast_ref(), || self.paint_details());
        if let (Some(at), Some(scrolled)) = (at, &self.details_scrolled) {
            let adjustment = scrolled.vadjustment();
            // Not before it knows how much there is of it.
            glib::idle_add_local_once(move || adjustment.set_value(at));
        }
    }

    fn paint_details(&mut self) {
        if let Some(bar) = self.details_bar.take() {
            self.details.remove(&bar);
        }
        match &self.shown {
            Some(Pane::Device(view)) => {
                let body = body(view);
                self.details.set_content(Some(&body));
                self.details_scrolled = Some(body);
                let bar = bar(view);
                self.details.add_bottom_bar(&bar);
                self.details_bar = Some(bar);
            }
            Some(Pane::Gone(gone)) => self.details.set_content(Some(&empty::gone(gone))),
            None => self.details.set_content(Some(&empty::nothing_selected())),
        }
    }
}

/// Which device the pane is about.
fn address(pane: Option<&Pane>) -> Option<PciAddress> {
    match pane? {
        Pane::Device(view) => Some(view.address),
        Pane::Gone(gone) => Some(gone.address()),
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
fn body(view: &DetailsView) -> gtk::ScrolledWindow {
    let (scrolled, column) = rows::column(480);
    column.set_spacing(18);
    column.append(&rows::title(view.icon, &view.name, &view.line));
    if !view.loses.is_empty() || !view.loses_summary.is_empty() {
        column.append(&facts(&gettext("What the Host Loses"), &view.loses_summary, &view.loses));
    }
    if !view.along.is_empty() {
        column.append(&facts(&gettext("Goes Along"), &view.along_summary, &view.along));
    }
    let hardware = rows::group(&gettext("Hardware"), "");
    for property in &view.hardware {
        hardware.add(&rows::property(&property.label, &property.value, property.monospace));
    }
    column.append(&hardware);
    scrolled
}

/// The bar below it: the reason where there is one, and the one button.
fn bar(view: &DetailsView) -> gtk::Box {
    let bar = gtk::Box::new(gtk::Orientation::Vertical, 10);
    bar.add_css_class("gw-bar");
    let button = gtk::Button::builder().use_underline(true).build();
    button.add_css_class("pill");
    match &view.action {
        Action::HandOver => {
            button.set_label(&gettext("_Hand Over…"));
            button.set_action_name(Some("win.hand-over"));
            button.add_css_class("suggested-action");
        }
        Action::TakeBack { machine } => {
            bar.append(&reason(
                "vm-symbolic",
                &gettext("The virtual machine “{name}” has this device.").replace("{name}", machine),
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

fn facts(title: &str, summary: &str, facts: &[Fact]) -> adw::PreferencesGroup {
    let group = rows::group(title, summary);
    for fact in facts {
        let row = if fact.monospace {
            rows::device(fact.icon, &fact.title, &fact.remark, "")
        } else {
            rows::with_icon(fact.icon, &fact.title, &fact.remark)
        };
        row.set_title_lines(0);
        group.add(&row);
    }
    group
}
