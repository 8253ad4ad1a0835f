//! Packages that are missing beside a plan: their section of the page, which changes while the page stays, and how far
//! installing them is.

use gangway_client::packages::Working;
use relm4::adw::prelude::*;
use relm4::gtk;
use relm4::prelude::*;

use super::look::Found;
use super::packages::{self, Missing, PackagesView, ProgressView, Stage};
use super::{Ask, HostChange, HostChangeInput, Wish};
use crate::dialogs::DialogOutput;
use crate::widgets::focus;

impl HostChange {
    /// What is missing; where it is the same as before, installing it is as far as it was.
    pub(super) fn misses(&mut self, missing: Option<Missing>) {
        let before = self.missing.take().filter(|(before, _)| Some(before) == missing.as_ref());
        self.missing = before.or(missing.map(|missing| (missing, Stage::default())));
    }

    /// How far installing is; the section stays.
    pub(super) fn install_heard(&mut self, working: Working) {
        let Some((_, Stage::Installing(_, before))) = &mut self.missing else { return };
        if let Some(bar) = &self.installing {
            bar.show(&ProgressView::new(&working));
        }
        *before = working;
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

    fn show_packages(&mut self, sender: &ComponentSender<Self>) {
        let missing = self.missing.as_ref().filter(|_| matches!(self.wish, Wish::Change(_)));
        let made = missing.map(|(missing, stage)| {
            let input = sender.input_sender().clone();
            let press = move || input.emit(HostChangeInput::Ask(Ask::Install));
            packages::group(&PackagesView::new(missing, stage), press)
        });
        self.packages.set_visible(made.is_some());
        // Who pressed the button that is replaced shall still be heard.
        focus::kept(self.parts.toasts.upcast_ref(), || {
            while let Some(child) = self.packages.first_child() {
                self.packages.remove(&child);
            }
            if let Some((group, _)) = &made {
                self.packages.append(group);
            }
        });
        self.installing = made.and_then(|(_, bar)| bar);
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
                let window = sender.output_sender().clone();
                sender.spawn_command(move |found| {
                    // The dialog may be gone: PackageKit goes on.
                    let mut tell = |working: &Working| drop(found.send(Found::Installing(working.clone())));
                    let done = packages::install(&offered, &mut tell);
                    if done.is_ok() {
                        // The window sees it, also where the dialog is gone.
                        let _closing = window.send(DialogOutput::Installed);
                    }
                    let _closing = found.send(Found::Installed(done));
                });
                Stage::Installing(shown, Working::default())
            }
            Stage::Asking | Stage::Installing(..) => return,
        };
        self.install_stage(next, sender);
    }
}
