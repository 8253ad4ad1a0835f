//! In which way the page looks at the machine, and which rows that leaves: the view, what was folded, what is looked for.

use std::sync::Arc;

use gangway_client::claims::owners;
use gangway_core::pci::PciAddress;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::key::Key;
use super::list::List;
use super::state::{DevicesView, Sought};
use super::tree::Toggled;
use super::{DevicesPage, FIRST_ROWS, bound, empty, topology};
use crate::widgets::views::View;
use crate::words::Chip;

/// How the machine is looked at.
#[derive(Default)]
pub(super) struct Look {
    pub view: View,
    toggled: Toggled,
    /// The tree of bridges, once it was looked at.
    topology: Option<Arc<DevicesView>>,
}

impl DevicesPage {
    /// Looks at the devices in another way; what is selected stays, if it has a row there.
    pub(super) fn look(&mut self, view: View) {
        if view == View::Map || self.look.view == view {
            return;
        }
        self.look.view = view;
        self.shared.inks.forget_least();
        if let Some(list) = &self.widgets.list {
            list.set_label(view);
            list.stay_at_top();
        }
        self.unfold_selected();
        self.relist();
        if let Some(list) = self.widgets.list.as_ref().filter(|_| self.painted) {
            match list.selection.selected() {
                gtk::INVALID_LIST_POSITION => list.scroll_to_top(),
                selected => list.go_to(selected),
            }
        }
        self.select_first();
        self.show_details();
    }

    /// Shows or hides what is below a row.
    pub(super) fn fold(&mut self, key: Key) {
        if !self.look.toggled.remove(&key) {
            self.look.toggled.insert(key);
        }
        self.relist_in_place();
    }

    /// The tree has to be made anew before it is shown again.
    pub(super) fn forget_view(&mut self) {
        self.look.topology = None;
    }

    /// Another machine: what was folded is another one's.
    pub(super) fn forget_look(&mut self) {
        let view = self.look.view;
        self.look = Look { view, ..Look::default() };
    }

    /// The rows of the present view; none where they are not known yet.
    pub(super) fn rows(&mut self) -> Option<Arc<DevicesView>> {
        let snapshot = self.snapshot.as_ref()?;
        match self.look.view {
            View::Groups | View::Map => Some(snapshot.devices.clone()),
            View::Usb => self.known.as_ref().map(|known| known.usb.clone()),
            View::Topology => {
                let (machines, known) = (&self.machines, &self.known);
                let view = self.look.topology.get_or_insert_with(|| {
                    let devices = known.as_ref().map(|known| &known.devices);
                    Arc::new(topology::view(snapshot, &owners(machines), devices))
                });
                Some(view.clone())
            }
        }
    }

    /// Lists what the view, the search and the class leave.
    pub(super) fn relist(&mut self) {
        let view = self.rows();
        let Some(list) = &self.widgets.list else { return };
        let Some(view) = view else {
            match &self.unknown {
                Some(reason) => list.say(&empty::usb_unknown(reason)),
                None => list.say(&empty::reading()),
            }
            return;
        };
        if view.rows.is_empty() && self.look.view == View::Usb {
            self.shared.lately.forget();
            list.show(&view, Vec::new(), usize::MAX);
            list.say(&empty::no_usb());
            return;
        }
        let rows = {
            let (held, claims) = (self.shared.held.borrow(), self.shared.claims.borrow());
            view.matching(&Sought {
                search: &self.search,
                chip: self.chip,
                held: &held,
                claims: claims.as_ref(),
                toggled: &self.look.toggled,
            })
        };
        self.shared.lately.forget();
        let at_first = if self.painted { usize::MAX } else { FIRST_ROWS };
        let stale = list.show(&view, rows, at_first);
        bound::repaint_stale(&self.shared, &stale);
        let wanted = self.selected.as_ref().and_then(|key| list.model.position_of(view.position(key)?));
        list.selection.set_selected(wanted.unwrap_or(gtk::INVALID_LIST_POSITION));
    }

    /// The same, where whoever looks at it keeps his place and what he types into.
    pub(super) fn relist_in_place(&mut self) {
        let Some(list) = &self.widgets.list else { return };
        let (focused, at) = (list.has_focus(), list.selection.selected());
        list.stay_at_top();
        self.relist();
        if let Some(list) = self.widgets.list.as_ref().filter(|_| focused) {
            // What is selected may stand elsewhere by now, and is the row that one looks at.
            let at =
                Some(list.selection.selected()).filter(|at| *at != gtk::INVALID_LIST_POSITION).unwrap_or(at);
            list.focus_again(at.min(list.model.n_items().saturating_sub(1)));
        }
    }

    fn unfold_selected(&mut self) {
        let (Some(view), Some(key)) = (self.rows(), self.selected.clone()) else { return };
        for hiding in view.hiding(&key, &self.look.toggled) {
            if !self.look.toggled.remove(&hiding) {
                self.look.toggled.insert(hiding);
            }
        }
    }

    pub(super) fn select(&mut self, position: u32) {
        let Some(list) = &self.widgets.list else { return };
        let key = list.key_at(position);
        if key.is_none() && self.snapshot.is_some() && position == gtk::INVALID_LIST_POSITION {
            // The selected row was filtered away: what it is about stays in the pane.
            return;
        }
        if key != self.selected {
            self.selected = key;
            self.gone = None;
            self.unplugged = None;
            if self.painted {
                self.show_details();
            }
        }
    }

    pub(super) fn select_address(&mut self, address: PciAddress) {
        if self.snapshot.as_ref().is_some_and(|snapshot| snapshot.host.function(address).is_some()) {
            self.selected = Some(Key::Function(address));
            self.gone = None;
            self.unplugged = None;
            self.unfold_selected();
            self.relist();
            self.show_details();
        }
    }

    /// Selects a device and scrolls to it; a search or a class that hides it is taken back.
    pub(super) fn reveal(&mut self, address: PciAddress) {
        self.select_address(address);
        let hidden = |list: &List| list.selection.selected() == gtk::INVALID_LIST_POSITION;
        if self.widgets.list.as_ref().is_some_and(hidden) {
            if let Some(list) = &self.widgets.list {
                list.clear_filters();
            }
            self.search.clear();
            self.chip = Chip::All;
            self.relist();
        }
        if let Some(list) = self.widgets.list.as_ref().filter(|list| !hidden(list)) {
            list.go_to(list.selection.selected());
        }
    }

    /// Beside the list the details are never without a device.
    pub(super) fn select_first(&self) {
        if self.selected.is_none()
            && self.gone.is_none()
            && self.unplugged.is_none()
            && !self.widgets.split.is_collapsed()
            && let Some(list) = &self.widgets.list
        {
            list.selection.set_selected(list.first_device());
        }
    }
}
