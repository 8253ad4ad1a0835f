//! Packages that are missing beside a plan: their section of the page, which changes while the page stays, and how far
//! installing them is.

use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::prelude::*;

use super::look::Found;
use super::packages::{self, Missing, PackagesView, Stage};
use super::{Ask, HostChange, HostChangeInput, Wish};

impl HostChange {
    /// What is missing; where it is the same as before, installing it is as far as it was.
    pub(super) fn misses(&mut self, missing: Option<Missing>) {
        let before = self.missing.take().filter(|(before, _)| Some(before) == missing.as_ref());
        self.missing = before.or(missing.map(|missing| (missing, Stage::default())));
    }

    pub(super) fn install_stage(&mut self, stage: Stage, sender: &ComponentSender<Self>) {
        if let Some((_, before)) = &mut self.missing {
            *before = stage;
        }
        self.show_packages(sender);
    }

    /// A place for the section of what is missing on a new page: it changes while the page stays.
    pub(super) fn packages_section(&mut self, sender: &ComponentSender<Self>) -> gtk::Widget {
        self.packages = gtk::Box::new(gtk::Orientation::Vertical, 0);
        self.show_packages(sender);
        self.packages.clone().upcast()
    }

    fn show_packages(&self, sender: &ComponentSender<Self>) {
        while let Some(child) = self.packages.first_child() {
            self.packages.remove(&child);
        }
        let missing = self.missing.as_ref().filter(|_| matches!(self.wish, Wish::Change(_)));
        if let Some((missing, stage)) = missing {
            let input = sender.input_sender().clone();
            let press = move || input.emit(HostChangeInput::Ask(Ask::Install));
            self.packages.append(&packages::group(&PackagesView::new(missing, stage), press));
        }
        self.packages.set_visible(missing.is_some());
    }

    /// Asks PackageKit what it would install; where that was shown, has it do so.
    pub(super) fn install(&mut self, sender: &ComponentSender<Self>) {
        let Some((missing, stage)) = &self.missing else { return };
        let next = match stage {
            Stage::Named | Stage::Failed(_) => {
                let names = missing.names.clone();
                sender.spawn_oneshot_command(move || Found::Offered(packages::ask(&names)));
                Stage::Asking
            }
            Stage::Offered(offered) => {
                let (shown, offered) = (offered.clone(), offered.clone());
                sender.spawn_oneshot_command(move || Found::Installed(packages::install(&offered)));
                Stage::Installing(shown)
            }
            Stage::Asking | Stage::Installing(_) => return,
        };
        self.install_stage(next, sender);
    }
}
