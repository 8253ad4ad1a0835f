//! What stands beside the sidebar: the devices, a virtual machine, or the page that says why there is none. And
//! which actions are possible there.

use gangway_client::claims;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use super::actions::Possible;
use super::{Measuring, Window, WindowInput};
use crate::pages::machine::{MachineInput, MachineOutput, MachinePage, Shown};
use crate::sidebar::state::Place;
use crate::widgets::views::View;
use crate::widgets::{focus, status};

impl Window {
    /// Puts the page of the present place beside the sidebar.
    pub(super) fn show_place(&mut self, sender: &ComponentSender<Self>) {
        // A virtual machine that went away leaves its page to the one that says so.
        let known = match &self.place {
            Place::Machine(id) => self.machines.iter().any(|machine| machine.id == *id),
            _ => false,
        };
        match &self.place {
            Place::Devices if self.view == View::Map => self.show_map(sender),
            Place::Devices => {
                self.frame.content.set_title(&gettext("Devices"));
                self.show_child(self.details_split().upcast_ref());
            }
            Place::Readiness => self.show_readiness(sender),
            Place::Changes => self.show_changes(sender),
            Place::Machine(_) if known => self.show_machine(sender),
            Place::Machine(_) if self.connection.hypervisor().is_some() => {
                self.place = Place::Devices;
                sender.input(WindowInput::Toast(gettext("The virtual machine is no longer there.")));
                self.show_place(sender);
                self.refresh_sidebar();
            }
            Place::Machine(_) | Place::Machines => self.show_no_machines(sender),
        }
        self.refresh_after(sender);
    }

    fn show_machine(&mut self, sender: &ComponentSender<Self>) {
        let page = self.machine.get_or_insert_with(|| {
            MachinePage::builder().launch(()).forward(sender.input_sender(), |output| match output {
                MachineOutput::TakeBack { machine, devices } => WindowInput::TakeBack { machine, devices },
                MachineOutput::PutBack { machine, former } => WindowInput::PutBack { machine, former },
            })
        });
        let widget = page.widget().clone();
        self.refresh_machine();
        self.show_child(widget.upcast_ref());
    }

    /// Tells the page of the virtual machine what is known of it now.
    pub(super) fn refresh_machine(&self) {
        let (Some(page), Place::Machine(id)) = (&self.machine, &self.place) else { return };
        let Some(machine) = self.machines.iter().find(|machine| machine.id == *id) else { return };
        self.frame.content.set_title(&machine.name);
        page.emit(MachineInput::Show(Box::new(Shown {
            machine: machine.clone(),
            snapshot: self.snapshot.clone(),
            hypervisor: self.connection.hypervisor().cloned(),
            store: self.target.store().ok(),
        })));
    }

    fn show_no_machines(&mut self, sender: &ComponentSender<Self>) {
        if self.place == Place::Machines
            && self.connection.hypervisor().is_some()
            && let Some(first) = self.machines.first()
        {
            // The machines are there now: the page that waited for them makes room.
            self.place = Place::Machine(first.id.clone());
            self.refresh_sidebar();
            self.show_machine(sender);
            return;
        }
        let title = gettext("Virtual Machines");
        let user = gtk::glib::user_name();
        let page = self.attempt.on(self.connection.page(&user.to_string_lossy()));
        self.frame.content.set_title(&title);
        if let Some((shown, view)) = &self.no_machines
            && *shown == page
        {
            // An attempt that was made by itself ended as the last one: a click on the page must not be lost.
            self.show_child(view.upcast_ref());
            return;
        }
        let view = adw::ToolbarView::new();
        view.add_top_bar(&adw::HeaderBar::new());
        view.set_content(Some(&status::page(&page)));
        // The button that was pressed may have the focus.
        focus::kept(self.frame.content.upcast_ref(), || self.show_child(view.upcast_ref()));
        self.no_machines = Some((page, view));
    }

    pub(super) fn show_child(&self, child: &gtk::Widget) {
        if self.frame.content.child().as_ref() != Some(child) {
            self.frame.content.set_child(Some(child));
        }
    }

    /// Actions that make no sense now are insensitive everywhere.
    pub(super) fn enable_actions(&self) {
        let held = self.selected.is_some_and(|address| claims::holder(&self.machines, address).is_some());
        self.frame.actions.enable(Possible {
            hand_over: self.selected.is_some() && !held,
            take_back: held,
            host_now: self.host_now().is_some(),
            save_report: self.snapshot.is_some(),
        });
    }
}

impl Measuring {
    /// Says both times and ends the program; the tree is there so many milliseconds after the start.
    #[expect(clippy::print_stdout, reason = "printing the figures is what was asked for")]
    pub(super) fn finish(&self, tree: f64) {
        println!("first-frame {:.1}", self.first_frame.unwrap_or(tree));
        println!("tree {tree:.1}");
        relm4::main_application().quit();
    }
}
