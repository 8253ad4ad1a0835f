//! A machine that changes while it is looked at: what becomes of the selected device, and what is said where changes
//! are not noticed.

use gangway_core::host::HostChange;
use gettextrs::gettext;
use relm4::adw;

use super::{DevicesPage, Parts};
use crate::gone::Gone;
use crate::situation::Snapshot;

impl DevicesPage {
    /// What is selected goes on being what the page is about, whether it left the computer or came back.
    pub(super) fn look_after_selected(&mut self, after: &Snapshot, change: &HostChange) {
        if let (Some(before), Some(address)) = (&self.snapshot, self.selected)
            && let Some(gone) = Gone::new(before, address, change)
        {
            self.gone = Some(gone);
            self.selected = None;
        }
        if let Some(gone) = self.gone.take_if(|gone| gone.is_back(&after.host)) {
            self.selected = Some(gone.address());
        }
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
