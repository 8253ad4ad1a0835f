//! What the window does with what it hears: from the scanner, from libvirt, from the user.

use std::sync::Arc;

use gangway_client::asked::{Asked, NotAsked};
use gangway_client::claims;
use gangway_client::connection::{Keeper, Update};
use gangway_client::hypervisor::VmId;
use gangway_client::target::{HostChoice, Target};
use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::gtk::{self, glib};
use relm4::prelude::*;

use super::actions::Act;
use super::{ConnectionNews, Window, WindowInput, about, menus, report};
use crate::attempt::{Attempt, SHOWN_FOR};
use crate::connection::Connection;
use crate::dialogs::host_change::Wish;
use crate::dialogs::host_change::back::Back;
use crate::dialogs::{News, Occasion, OpenDialog, Tools};
use crate::pages::devices::DevicesInput;
use crate::pages::machine::state::Former;
use crate::sidebar::SidebarInput;
use crate::sidebar::state::Place;
use crate::start::Reading;
use crate::widgets::views::View;

impl Window {
    /// A machine was read.
    pub(super) fn read(&mut self, mut reading: Reading, sender: &ComponentSender<Self>) {
        let again = self.scanner.arrived(&reading);
        if let Some(events) = reading.events.take() {
            self.listen(events, sender);
        }
        if reading.generation != self.generation {
            return;
        }
        match reading.result {
            Ok(snapshot) => {
                self.show(snapshot, reading.change, reading.since);
                self.tell_changes();
                self.check_later(sender);
                self.look_after(sender);
            }
            Err(reason) => {
                self.snapshot = None;
                self.fail_map(&reason);
                self.forget_readiness(Some(&reason));
                self.devices.emit(DevicesInput::Failed(reason));
            }
        }
        self.refresh_sidebar();
        self.refresh_machine();
        self.enable_actions();
        self.measure_tree();
        if let Some(since) = again {
            self.read_again(since);
        }
    }

    /// News of the connection.
    pub(super) fn connection_news(&mut self, update: Update, sender: &ComponentSender<Self>) {
        let tried = self.attempt.is_trying();
        let before = self.machines.clone();
        match update {
            // While it tries again, what is known of the last failure stays on the screen.
            Update::Connecting => return,
            Update::Connected(hypervisor, machines) => {
                self.connection = Connection::Connected(hypervisor);
                self.attempt = Attempt::None;
                self.machines = machines;
            }
            Update::Machines(machines) => self.machines = machines,
            Update::Devices => {
                // Of this computer udev tells the same, and more, and sooner.
                if !self.hears_of_devices() {
                    self.read_again(None);
                }
                return;
            }
            Update::Lost(error) => {
                self.connection = Connection::Lost(error);
                self.attempt.failed(now);
                self.machines = Vec::new();
            }
            Update::Failed(error) => {
                self.connection = Connection::Failed(error);
                self.attempt.failed(now);
                self.machines = Vec::new();
            }
        }
        if let (Some(dialog), Some(hypervisor)) = (&self.dialog, self.connection.hypervisor()) {
            dialog.tell(News { hypervisor: hypervisor.clone(), machines: self.machines.clone() });
        }
        self.devices.emit(DevicesInput::Machines(self.machines.clone()));
        if self.machines != before && self.target.has_libvirt() && self.measuring.is_none() {
            self.check(self.generation, sender);
        }
        self.refresh_readiness();
        self.refresh_sidebar();
        self.show_place(sender);
        self.enable_actions();
        if tried {
            self.say_outcome();
        }
    }

    /// Goes to a place, and shows it where there is room for one page only.
    pub(super) fn open(&mut self, place: Place, sender: &ComponentSender<Self>) {
        self.place = place;
        if self.place == Place::Changes {
            // Other programs make changes, too.
            self.ask_service(sender);
        }
        self.show_place(sender);
        self.sidebar.emit(SidebarInput::Select(self.place.clone()));
        self.frame.split.set_show_content(true);
    }

    /// Another machine to look at.
    pub(super) fn switch(&mut self, target: Target, sender: &ComponentSender<Self>) {
        self.target = target;
        self.generation += 1;
        self.keeper = None;
        self.connection = Connection::Connecting;
        self.attempt = Attempt::None;
        self.machines = Vec::new();
        self.snapshot = None;
        self.selected = None;
        self.place = Place::Devices;
        self.forget_readiness(None);
        self.refresh_readiness();
        self.forget_changes();
        self.forget_after(sender);
        self.devices.emit(DevicesInput::Reading);
        self.devices.emit(DevicesInput::Machines(Vec::new()));
        self.scanner.read(&self.target, self.generation);
        self.sidebar.emit(SidebarInput::Label(crate::words::machine_label(&self.target.host, "")));
        let in_demo = matches!(self.target.host, HostChoice::Demo(_));
        self.sidebar.emit(SidebarInput::HostMenu(menus::host(in_demo)));
        self.frame.actions.set_host(&self.target);
        self.say_deaf();
        self.refresh_sidebar();
        self.show_place(sender);
        self.keep_connection(sender);
        self.enable_actions();
    }

    /// The first frame is there, so many milliseconds after the start: now what it need not wait for.
    pub(super) fn painted(&mut self, after: Option<f64>, sender: &ComponentSender<Self>) {
        if let Some(measuring) = &mut self.measuring {
            measuring.first_frame = after;
        }
        if self.read_at_once {
            if let (Some(measuring), Some(after)) = (&self.measuring, after) {
                measuring.finish(after);
            }
            if self.snapshot.is_some() {
                self.check_later(sender);
                self.look_after(sender);
            }
        } else if let Some(reading) = self.scanner.first() {
            self.read(reading, sender);
        } else {
            self.devices.emit(DevicesInput::Reading);
        }
        self.listen_to_waiting(sender);
        self.scanner.deliver(sender.input_sender());
        // X11 gets the icon drawn in every size: that may wait for the frame with the tree too.
        let window = self.frame.window.clone();
        glib::idle_add_local_full(glib::Priority::LOW, move || {
            crate::theme::set_icon(&window);
            glib::ControlFlow::Break
        });
        if self.measuring.is_none() {
            self.keep_connection(sender);
        }
    }

    /// The virtual machines of the computer that is looked at, as far as they are known now.
    pub(super) fn asked(&self) -> Asked {
        if !self.target.has_libvirt() {
            return Asked::Not(NotAsked::OtherComputer);
        }
        match &self.connection {
            Connection::Connected(_) => Asked::Machines(self.machines.clone()),
            Connection::Lost(error) | Connection::Failed(error) => {
                Asked::Not(NotAsked::Failed(error.clone()))
            }
            Connection::Connecting => Asked::Not(NotAsked::NoAnswer { seconds: 0 }),
        }
    }

    fn keep_connection(&mut self, sender: &ComponentSender<Self>) {
        let target = self.target.clone();
        let generation = self.generation;
        let input = sender.input_sender().clone();
        self.keeper = Some(Keeper::start(
            move || target.connect(),
            // The window may be gone when the thread hears of something.
            move |update| {
                let _closing = input.send(WindowInput::Connection(generation, ConnectionNews(update)));
            },
        ));
    }

    /// Does what a menu, a key or a button asks for.
    pub(super) fn act(&mut self, act: Act, sender: &ComponentSender<Self>) {
        match act {
            Act::Scan => {
                self.read_again(None);
                self.ask_service(sender);
                if let Some(keeper) = &self.keeper {
                    keeper.retry();
                }
            }
            Act::Search => {
                if self.view == View::Map {
                    self.look(View::Groups, sender);
                }
                self.open(Place::Devices, sender);
                self.devices.emit(DevicesInput::FocusSearch);
            }
            Act::View(view) => {
                self.look(view, sender);
                self.open(Place::Devices, sender);
            }
            Act::Details if self.is_on_map() => {}
            Act::Details => self.devices.emit(DevicesInput::ToggleDetails),
            Act::Devices => self.open(Place::Devices, sender),
            Act::Readiness => self.open(Place::Readiness, sender),
            Act::Changes => self.open(Place::Changes, sender),
            Act::HostNow => self.review_now(sender),
            Act::AskService => self.ask_service(sender),
            Act::Machine(number) => {
                let machine = usize::try_from(number).ok().and_then(|n| self.machines.get(n.checked_sub(1)?));
                if let Some(id) = machine.map(|machine| machine.id.clone()) {
                    self.open(Place::Machine(id), sender);
                }
            }
            Act::HandOver => {
                if let Some(address) = self.selected {
                    self.open_dialog(Occasion::HandOver(address), sender);
                }
            }
            Act::TakeBack => self.take_back_selected(sender),
            Act::SaveReport => report::save(&self.frame.window, &self.target, self.asked(), sender),
            Act::OpenMachine => report::open(&self.frame.window, sender),
            Act::Host(host) => self.switch(Target { host, connect: None }, sender),
            Act::RestartDemo => {
                if matches!(self.target.host, HostChoice::Demo(_)) {
                    self.restart(sender);
                }
            }
            Act::ShowAnyway => self.devices.emit(DevicesInput::ShowAnyway),
            Act::Retry => self.retry(sender),
            Act::Shortcuts => about::shortcuts(&self.frame.window),
            Act::About => about::about(&self.frame.window),
        }
    }

    /// Tries to connect, and shows that it does.
    fn retry(&mut self, sender: &ComponentSender<Self>) {
        let Some(keeper) = &self.keeper else { return };
        let failed = matches!(self.connection, Connection::Lost(_) | Connection::Failed(_));
        if !failed || !self.attempt.begin() {
            return;
        }
        keeper.retry();
        let (input, generation) = (sender.input_sender().clone(), self.generation);
        glib::timeout_add_local_once(SHOWN_FOR, move || input.emit(WindowInput::AttemptSeen(generation)));
        self.refresh_sidebar();
        self.show_place(sender);
    }

    /// The attempt was seen long enough; where it is over, what came of it is said.
    pub(super) fn attempt_seen(&mut self, sender: &ComponentSender<Self>) {
        if self.attempt.seen(now) {
            self.refresh_sidebar();
            self.show_place(sender);
            self.say_outcome();
        }
    }

    /// Tells those who cannot see it what came of an attempt.
    fn say_outcome(&self) {
        if let Some(outcome) = self.attempt.outcome() {
            let window: &gtk::Widget = self.frame.window.upcast_ref();
            window.announce(&outcome, gtk::AccessibleAnnouncementPriority::Medium);
        }
    }

    fn take_back_selected(&mut self, sender: &ComponentSender<Self>) {
        let Some(address) = self.selected else { return };
        let holder = claims::holder(&self.machines, address);
        let Some(machine) = holder.map(|machine| machine.id.clone()) else { return };
        let devices = self.held_with(&machine, address);
        self.take_back(&machine, devices, sender);
    }

    /// The functions of the same card that a virtual machine has.
    fn held_with(&self, machine: &VmId, address: PciAddress) -> Vec<PciAddress> {
        let held = self.machines.iter().find(|vm| vm.id == *machine).map(|vm| vm.devices.clone());
        let held = held.unwrap_or_default();
        let card = self.snapshot.as_ref().and_then(|snapshot| {
            snapshot.cards_of(&held).into_iter().find(|part| part.functions.contains(&address))
        });
        card.map_or_else(|| vec![address], |part| part.functions)
    }

    /// Opens the dialog that takes devices back.
    pub(super) fn take_back(
        &mut self,
        machine: &VmId,
        devices: Vec<PciAddress>,
        sender: &ComponentSender<Self>,
    ) {
        let name = self.machines.iter().find(|vm| vm.id == *machine).map(|vm| vm.name.clone());
        if let Some(name) = name {
            if self.reserves(&devices) && self.can_change_host() {
                let Some(tools) = self.tools(sender) else { return };
                let back = Back { tools, machine: machine.clone(), name, devices };
                return self.review_host(Wish::TakeBack(Arc::new(back)), None, sender);
            }
            self.open_dialog(Occasion::TakeBack { machine: machine.clone(), name, devices }, sender);
        }
    }

    /// Opens the dialog that puts a former definition back.
    pub(super) fn put_back(&mut self, machine: &VmId, former: Former, sender: &ComponentSender<Self>) {
        let name = self.machines.iter().find(|vm| vm.id == *machine).map(|vm| vm.name.clone());
        if let Some(name) = name {
            self.open_dialog(Occasion::PutBack { machine: machine.clone(), name, former }, sender);
        }
    }

    pub(super) fn open_dialog(&mut self, occasion: Occasion, sender: &ComponentSender<Self>) {
        if self.dialog.is_some() {
            return;
        }
        let Some(tools) = self.tools(sender) else { return };
        self.dialog = Some(OpenDialog::open(
            occasion,
            &self.frame.window,
            tools,
            &self.machines,
            sender.input_sender(),
        ));
    }

    /// What dialogs work with; none where something of it is missing, which is said.
    fn tools(&self, sender: &ComponentSender<Self>) -> Option<Tools> {
        let (Some(snapshot), Some(hypervisor)) = (&self.snapshot, self.connection.hypervisor()) else {
            sender.input(WindowInput::Toast(gettext("There is no connection to libvirt.")));
            sender.input(WindowInput::Open(Place::Machines));
            return None;
        };
        let store = match self.target.store() {
            Ok(store) => store,
            Err(error) => {
                sender.input(WindowInput::Toast(gangway_client::text::store_error(&error)));
                return None;
            }
        };
        let (snapshot, hypervisor) = (snapshot.clone(), hypervisor.clone());
        Some(Tools { snapshot, hypervisor, store, target: self.target.clone() })
    }

    /// The tree, or the page in its place, is in the next frame.
    fn measure_tree(&self) {
        let Some(measuring) = self.measuring else { return };
        let window = self.frame.window.clone();
        // Not before the page heard of it, which has the same priority, and not after the frame.
        glib::source::idle_add_local_full(glib::Priority::DEFAULT, move || {
            crate::measure::after_next_frame(window.upcast_ref(), move || {
                measuring.finish(measuring.start.elapsed_ms());
            });
            glib::ControlFlow::Break
        });
    }
}

/// The time of the day, as the user's language writes it.
pub(super) fn now() -> String {
    let now = glib::DateTime::now_local().and_then(|now| now.format("%X"));
    now.map_or_else(|_| String::new(), Into::into)
}
