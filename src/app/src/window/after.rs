//! After the restart of a reservation: a thread looks how it stands whenever the machine is read, a banner says what waits for
//! somebody, and a notification says once that this start is a trial.

use gangway_client::hypervisor::VirtualMachine;
use gangway_client::restart::RestartError;
use gangway_client::target::HostChoice;
use gangway_client::text::{self, fill};
use gangway_core::pci::PciAddress;
use gangway_core::plan::{Effect, Intent};
use gettextrs::gettext;
use relm4::adw;
use relm4::adw::prelude::*;
use relm4::gtk::{self, gio};
use relm4::prelude::*;

use super::{Window, WindowInput};
use crate::dialogs::Occasion;
use crate::dialogs::after_restart;
use crate::dialogs::after_restart::state::{AfterView, Look, Way};
use crate::dialogs::host_change::Wish;
use crate::sidebar::state::Place;

/// What happens to it.
#[derive(Debug)]
pub enum AfterNews {
    /// It was looked at, for this generation.
    Looked(u32, Box<Look>),
    /// The button of the banner.
    Show,
    Way(Way),
    /// What came of a way that has no review.
    Said(String),
}

/// What is known of it.
#[derive(Default)]
pub struct After {
    look: Look,
    banner: Option<adw::Banner>,
    /// The page that the banner is on.
    on: Option<adw::ToolbarView>,
    notified: bool,
    /// Whether the dialog opened by itself for what was found.
    opened: bool,
}

impl Window {
    /// Has a thread look how it stands.
    pub(super) fn look_after(&self, sender: &ComponentSender<Self>) {
        let (target, generation, input) =
            (self.target.clone(), self.generation, sender.input_sender().clone());
        let work = move || {
            let look = Look::read(&target);
            // The window may be gone.
            let _closing = input.send(WindowInput::After(AfterNews::Looked(generation, Box::new(look))));
        };
        // Without a thread nothing is said; the next reading tries again.
        let _no_thread = std::thread::Builder::new().name("after".into()).spawn(work);
    }

    pub(super) fn after_news(&mut self, news: AfterNews, sender: &ComponentSender<Self>) {
        match news {
            AfterNews::Looked(generation, look) if generation == self.generation => {
                self.after.look = *look;
                self.notify_of_trial();
                self.refresh_after(sender);
            }
            AfterNews::Looked(..) => {}
            AfterNews::Show => self.show_after(sender),
            AfterNews::Way(way) => self.go_way(way, sender),
            AfterNews::Said(sentence) => {
                self.frame.say(&sentence);
                self.look_after(sender);
            }
        }
    }

    /// The virtual machines, where they are known.
    fn known_machines(&self) -> Option<&[VirtualMachine]> {
        self.connection.hypervisor().map(|_| self.machines.as_slice())
    }

    /// Says on the page that is seen what waits for somebody, and forgets of what nothing is left.
    pub(super) fn refresh_after(&mut self, sender: &ComponentSender<Self>) {
        let over = self.after.look.over(self.known_machines());
        if !over.is_empty() {
            self.forget(over, sender);
        }
        self.open_after(sender);
        let view = self.after.look.banner(self.known_machines(), &self.names());
        let view = view.filter(|_| self.place != Place::Changes);
        let page = self.frame.content.child().and_then(|child| toolbar_of(&child));
        let (Some(view), Some(page)) = (view, page) else {
            self.put_banner(None, sender);
            return;
        };
        self.put_banner(Some(&page), sender);
        if let Some(banner) = &self.after.banner {
            banner.set_title(&view.sentence);
            banner.set_button_label(Some(&view.button));
            banner.set_revealed(true);
        }
    }

    /// Another machine is looked at.
    pub(super) fn forget_after(&mut self, sender: &ComponentSender<Self>) {
        self.after.look = Look::default();
        self.after.opened = false;
        self.put_banner(None, sender);
    }

    fn put_banner(&mut self, page: Option<&adw::ToolbarView>, sender: &ComponentSender<Self>) {
        if self.after.on.as_ref() == page {
            return;
        }
        if let (Some(banner), Some(on)) = (&self.after.banner, self.after.on.take()) {
            on.remove(banner);
        }
        let Some(page) = page else { return };
        let banner = self.after.banner.get_or_insert_with(|| {
            let banner = adw::Banner::builder().use_markup(false).build();
            let input = sender.input_sender().clone();
            banner.connect_button_clicked(move |_| input.emit(WindowInput::After(AfterNews::Show)));
            banner
        });
        page.add_top_bar(banner);
        self.after.on = Some(page.clone());
    }

    /// A start on trial waits for an answer, so the question is asked without being looked for: once, when it is known
    /// what can be done.
    fn open_after(&mut self, sender: &ComponentSender<Self>) {
        let known = self.snapshot.is_some() && self.known_machines().is_some();
        if known && self.dialog.is_none() && !self.after.opened && self.after.look.is_on_trial() {
            self.after.opened = true;
            self.show_after(sender);
        }
    }

    /// Starts the machine again: this computer, or the demo's.
    pub(super) fn restart(&self, sender: &ComponentSender<Self>) {
        if self.is_changing() {
            self.frame.say(&gettext("A change is being made: restart when it is done."));
            return;
        }
        let (target, generation) = (self.target.clone(), self.generation);
        let input = sender.input_sender().clone();
        let work = move || {
            let _closing = input.send(WindowInput::Restarted(generation, target.restart()));
        };
        let _no_thread = std::thread::Builder::new().name("restart".into()).spawn(work);
    }

    /// It was started again. The demo's computer is looked at as after every start; this one is about to end the window.
    pub(super) fn restarted(&mut self, outcome: Result<(), RestartError>, sender: &ComponentSender<Self>) {
        match outcome {
            Ok(()) if matches!(self.target.host, HostChoice::Demo(_)) => {
                self.switch(self.target.clone(), sender);
                self.frame.say(&text::restarted(&self.target));
            }
            Ok(()) => {}
            Err(error) => self.frame.say(&text::restart_error(&error)),
        }
    }

    /// Whether one of these is of the reservation that there is.
    pub(super) fn reserves(&self, devices: &[PciAddress]) -> bool {
        self.after.look.trial.state.known().is_some_and(|state| state.is_about(devices))
    }

    fn show_after(&mut self, sender: &ComponentSender<Self>) {
        if self.dialog.is_some() {
            return;
        }
        let Some(snapshot) = self.snapshot.clone() else { return };
        let view = AfterView::new(&self.after.look, self.known_machines(), &snapshot.device_names());
        let input = sender.input_sender().clone();
        let chosen = move |way| input.emit(WindowInput::After(AfterNews::Way(way)));
        after_restart::open(&view, &self.frame.window, chosen, || {});
    }

    fn go_way(&mut self, way: Way, sender: &ComponentSender<Self>) {
        match way {
            Way::Give(wish) => self.open_dialog(Occasion::Give(wish), sender),
            Way::TakeBack { machine, devices } => self.take_back(&machine, devices, sender),
            Way::Keep => self.review_host(Wish::Change(Intent::Confirm), None, sender),
            Way::Undo { record, title } => {
                self.review_host(Wish::Undo { record, title, effect: Effect::NextStart }, None, sender);
            }
            Way::HandOver(device) => self.open_dialog(Occasion::HandOver(device), sender),
            Way::Forget(device) => self.forget(vec![device], sender),
            Way::Restart => self.restart(sender),
            Way::Start { machine, name } => {
                let Some(hypervisor) = self.connection.hypervisor().cloned() else { return };
                in_thread(sender, move || {
                    Some(match hypervisor.start(&machine) {
                        Ok(()) => fill(&gettext("“{vm}” is starting."), &[("vm", &name)]),
                        Err(error) => text::hypervisor_error(&error.about(&name)),
                    })
                });
            }
        }
    }

    fn forget(&self, devices: Vec<PciAddress>, sender: &ComponentSender<Self>) {
        let Some(wishes) = self.target.wishes() else { return };
        let input = sender.input_sender().clone();
        let (target, generation) = (self.target.clone(), self.generation);
        let work = move || {
            let failed = devices.into_iter().find_map(|device| wishes.forget(device).err());
            let news = match failed {
                Some(error) => AfterNews::Said(text::wish_error(&error)),
                None => AfterNews::Looked(generation, Box::new(Look::read(&target))),
            };
            let _closing = input.send(WindowInput::After(news));
        };
        let _no_thread = std::thread::Builder::new().name("forget".into()).spawn(work);
    }

    /// Tells the desktop once that this start is a trial: the window may lie behind others.
    fn notify_of_trial(&mut self) {
        if self.after.notified || self.target.host != HostChoice::Live || !self.after.look.is_on_trial() {
            return;
        }
        self.after.notified = true;
        let notification = gio::Notification::new(&gettext("This Start Is a Trial"));
        notification.set_body(Some(&gettext(
            "Gangway asks whether to keep what was reserved. Without that, the next start is the system as before.",
        )));
        relm4::main_application().send_notification(Some("trial"), &notification);
    }
}

/// Does it in a thread of its own, and says what came of it.
fn in_thread(sender: &ComponentSender<Window>, work: impl FnOnce() -> Option<String> + Send + 'static) {
    let input = sender.input_sender().clone();
    let work = move || {
        if let Some(sentence) = work() {
            let _closing = input.send(WindowInput::After(AfterNews::Said(sentence)));
        }
    };
    let _no_thread = std::thread::Builder::new().name("way".into()).spawn(work);
}

/// The toolbar view of a page: the page itself, or what it has beside its details.
fn toolbar_of(page: &gtk::Widget) -> Option<adw::ToolbarView> {
    if let Some(view) = page.downcast_ref::<adw::ToolbarView>() {
        return Some(view.clone());
    }
    let split = page.downcast_ref::<adw::OverlaySplitView>()?;
    split.content().and_downcast()
}
