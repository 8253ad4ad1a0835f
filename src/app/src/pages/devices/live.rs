//! A machine that changes while it is looked at: what becomes of the selected device, and what is said where changes
//! are not noticed.

use std::sync::Arc;

use gangway_core::host::HostChange;
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw;

use super::key::Key;
use super::known::Known;
use super::{DevicesPage, Parts, bound};
use crate::gone::Gone;
use crate::situation::Snapshot;
use crate::widgets::views::View;

impl DevicesPage {
    /// What is selected goes on being what the page is about, whether it left the computer or came back.
    pub(super) fn look_after_selected(&mut self, after: &Snapshot, change: &HostChange) {
        let address = self.selected.as_ref().and_then(Key::function);
        if let (Some(before), Some(address)) = (&self.snapshot, address)
            && let Some(gone) = Gone::new(before, address, change)
        {
            self.gone = Some(gone);
            self.selected = None;
        }
        if let Some(gone) = self.gone.take_if(|gone| gone.is_back(&after.host)) {
            self.selected = Some(Key::Function(gone.address()));
        }
        self.doubt_claims(after, change);
    }

    /// What a scan says anew of a function counts more than what was read of it before.
    fn doubt_claims(&self, after: &Snapshot, change: &HostChange) {
        if let (Some(before), Some(claims)) = (&self.snapshot, self.shared.claims.borrow_mut().as_mut()) {
            let pills = |snapshot: &Snapshot, address: &PciAddress| {
                let row = snapshot.devices.rows.iter().find(|row| row.key == Key::Function(*address))?;
                Some(row.pills.clone())
            };
            let touched =
                change.changed.iter().filter(|address| pills(before, address) != pills(after, address));
            for address in touched.chain(&change.added).chain(&change.replaced).chain(&change.removed) {
                let pills = pills(after, address).unwrap_or_default();
                claims.insert(Key::Function(*address), pills);
            }
        }
    }

    /// The full model was read, for the first time or again.
    pub(super) fn learn(&mut self, known: Arc<Known>) {
        let before = self.shared.claims.replace(Some(known.claims.clone()));
        if let (Some(Key::Usb(port)), Some(was)) = (&self.selected, &self.known) {
            self.unplugged = match (was.devices.usb.device(port), known.devices.usb.device(port)) {
                (Some(was), Some(is)) if was.id == is.id => None,
                (Some(was), _) => Some((port.clone(), was.clone())),
                (None, _) => self.unplugged.take(),
            };
        }
        self.unplugged.take_if(|(port, was)| {
            known.devices.usb.device(port).is_some_and(|is| is.id == was.id && is.serial == was.serial)
        });
        let usb = self.look.view == View::Usb;
        let rows_changed = usb && self.known.as_ref().is_none_or(|was| was.usb != known.usb);
        self.known = Some(known);
        self.forget_view();
        if self.widgets.list.is_none() {
            return;
        }
        let links = self.look.view == View::Topology;
        if rows_changed || links || !self.search.is_empty() {
            self.relist_in_place();
        }
        bound::repaint_claims(&self.shared, before.as_ref());
        if self.painted {
            self.select_first();
        }
        self.show_details();
    }
}

impl Parts {
    /// Says above the list that it does not change by itself, and offers the way around that.
    pub(super) fn say_deaf(&mut self, reason: Option<&str>) {
        match (reason, &self.banner) {
            (Some(reason), Some(banner)) => banner.set_title(reason),
            (Some(reason), None) => {
                let banner = adw::Banner::builder()
                    .use_markup(false)
                    .title(reason)
                    .button_label(gettext("Scan Again"))
                    .action_name("win.scan")
                    .revealed(true)
                    .build();
                self.content.add_top_bar(&banner);
                self.banner = Some(banner);
            }
            (None, _) => {
                if let Some(banner) = self.banner.take() {
                    self.content.remove(&banner);
                }
            }
        }
    }
}
