//! The window's actions and their keys: one closed set, so that menus, keys and buttons mean the same.

use gangway_client::demo::DemoMachine;
use gangway_client::target::{HostChoice, Target};
use relm4::adw;
use relm4::gtk::prelude::*;
use relm4::gtk::{gio, glib};
use relm4::prelude::*;

use super::{Window, WindowInput};
use crate::widgets::views::View;

/// What can be asked of the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Scan,
    Search,
    Details,
    /// The devices, looked at in this way.
    View(View),
    Devices,
    Readiness,
    Changes,
    /// The virtual machine with this number, from 1.
    Machine(i32),
    HandOver,
    TakeBack,
    /// What can be done with the selected device at once.
    HostNow,
    /// Ask for the service that changes the host, and its records.
    AskService,
    SaveReport,
    OpenMachine,
    Host(HostChoice),
    /// Start the demo's computer again.
    RestartDemo,
    ShowAnyway,
    Retry,
    Shortcuts,
    About,
}

/// The actions without a parameter: name, what they do, keys.
const PLAIN: [(&str, Act, &[&str]); 18] = [
    ("scan", Act::Scan, &["<Control>r"]),
    ("search", Act::Search, &["<Control>f"]),
    ("details", Act::Details, &["F9"]),
    ("devices", Act::Devices, &["<Control>1"]),
    ("readiness", Act::Readiness, &["<Control>2"]),
    ("changes", Act::Changes, &["<Control>3"]),
    ("hand-over", Act::HandOver, &["<Control>h"]),
    ("take-back", Act::TakeBack, &[]),
    ("host-now", Act::HostNow, &[]),
    ("ask-service", Act::AskService, &[]),
    ("save-report", Act::SaveReport, &["<Control>s"]),
    ("open-machine", Act::OpenMachine, &[]),
    ("this-computer", Act::Host(HostChoice::Live), &[]),
    ("restart-demo", Act::RestartDemo, &["<Control><Shift>r"]),
    ("show-anyway", Act::ShowAnyway, &[]),
    ("retry", Act::Retry, &[]),
    ("shortcuts", Act::Shortcuts, &["<Control>question"]),
    ("about", Act::About, &[]),
];

/// Which of the changing actions are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Possible {
    pub hand_over: bool,
    pub take_back: bool,
    pub host_now: bool,
    pub save_report: bool,
}

/// The actions whose state changes.
pub struct Actions {
    hand_over: Option<gio::SimpleAction>,
    take_back: Option<gio::SimpleAction>,
    host_now: Option<gio::SimpleAction>,
    save_report: Option<gio::SimpleAction>,
    host: gio::SimpleAction,
    view: gio::SimpleAction,
}

impl Actions {
    /// Adds all actions to the window and all keys to the application.
    pub fn new(window: &adw::ApplicationWindow, target: &Target, sender: &ComponentSender<Window>) -> Self {
        let application = relm4::main_application();
        for (name, act, keys) in PLAIN {
            let action = gio::SimpleAction::new(name, None);
            let input = sender.input_sender().clone();
            action.connect_activate(move |_, _| input.emit(WindowInput::Act(act.clone())));
            window.add_action(&action);
            if !keys.is_empty() {
                application.set_accels_for_action(&format!("win.{name}"), keys);
            }
        }
        let machine = gio::SimpleAction::new("machine", Some(glib::VariantTy::INT32));
        let input = sender.input_sender().clone();
        machine.connect_activate(move |_, number| {
            if let Some(number) = number.and_then(glib::Variant::get::<i32>) {
                input.emit(WindowInput::Act(Act::Machine(number)));
            }
        });
        window.add_action(&machine);
        for number in 1..=9 {
            application
                .set_accels_for_action(&format!("win.machine({number})"), &[&format!("<Alt>{number}")]);
        }
        let host = gio::SimpleAction::new_stateful(
            "host",
            Some(glib::VariantTy::STRING),
            &host_id(&target.host).to_variant(),
        );
        let input = sender.input_sender().clone();
        host.connect_activate(move |_, id| {
            if let Some(choice) = id.and_then(glib::Variant::get::<String>).and_then(|id| host_of(&id)) {
                input.emit(WindowInput::Act(Act::Host(choice)));
            }
        });
        window.add_action(&host);
        let view = view_action(sender);
        window.add_action(&view);
        let quit = gio::SimpleAction::new("quit", None);
        quit.connect_activate(|_, _| relm4::main_application().quit());
        application.add_action(&quit);
        application.set_accels_for_action("app.quit", &["<Control>q"]);
        application.set_accels_for_action("window.close", &["<Control>w"]);
        let find = |name: &str| window.lookup_action(name).and_downcast::<gio::SimpleAction>();
        Self {
            hand_over: find("hand-over"),
            take_back: find("take-back"),
            host_now: find("host-now"),
            save_report: find("save-report"),
            host,
            view,
        }
    }

    /// Says which of the changing actions are possible.
    pub fn enable(&self, possible: Possible) {
        for (action, possible) in [
            (&self.hand_over, possible.hand_over),
            (&self.take_back, possible.take_back),
            (&self.host_now, possible.host_now),
            (&self.save_report, possible.save_report),
        ] {
            if let Some(action) = action {
                action.set_enabled(possible);
            }
        }
    }

    /// Marks the view that is shown in its switches.
    pub fn set_view(&self, view: View) {
        self.view.set_state(&view.id().to_variant());
    }

    /// Marks the machine that is looked at in the host switcher.
    pub fn set_host(&self, target: &Target) {
        self.host.set_state(&host_id(&target.host).to_variant());
    }
}

/// The action behind the switches between views, whose state they show.
fn view_action(sender: &ComponentSender<Window>) -> gio::SimpleAction {
    let state = View::default().id().to_variant();
    let action = gio::SimpleAction::new_stateful("view", Some(glib::VariantTy::STRING), &state);
    let input = sender.input_sender().clone();
    action.connect_activate(move |_, id| {
        if let Some(view) = id.and_then(glib::Variant::get::<String>).and_then(|id| View::of(&id)) {
            input.emit(WindowInput::Act(Act::View(view)));
        }
    });
    let application = relm4::main_application();
    for (view, key) in [
        (View::Groups, "<Control><Shift>g"),
        (View::Topology, "<Control>t"),
        (View::Usb, "<Control>u"),
        (View::Map, "<Control>m"),
    ] {
        application.set_accels_for_action(&format!("win.view::{}", view.id()), &[key]);
    }
    action
}

/// A machine as the host switcher's menu names it; the empty one for what is not in the menu.
pub fn host_id(host: &HostChoice) -> String {
    match host {
        HostChoice::Live => "live".to_owned(),
        HostChoice::Demo(machine) => format!("demo:{}", machine.id()),
        HostChoice::Folder(_) | HostChoice::Machine(_) => String::new(),
    }
}

fn host_of(id: &str) -> Option<HostChoice> {
    match id.strip_prefix("demo:") {
        Some(name) => name.parse::<DemoMachine>().ok().map(HostChoice::Demo),
        None => (id == "live").then_some(HostChoice::Live),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_of_the_menu_finds_its_way_back() {
        let hosts = DemoMachine::ALL.into_iter().map(HostChoice::Demo).chain([HostChoice::Live]);
        for host in hosts {
            assert_eq!(host_of(&host_id(&host)), Some(host));
        }
        assert_eq!(host_of(""), None);
        assert_eq!(host_of("demo:castle"), None);
    }

    #[test]
    fn no_key_is_given_twice() {
        let mut keys: Vec<&str> = PLAIN.iter().flat_map(|(_, _, keys)| keys.iter().copied()).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
