//! The two menus: which machine to look at, and the main menu.

use gangway_client::demo::DemoMachine;
use gangway_client::target::HostChoice;
use gettextrs::gettext;
use relm4::gtk::gio;
use relm4::gtk::prelude::*;

use super::actions::host_id;

/// The host switcher: in the demo its machines, else the way into it.
pub fn host(in_demo: bool) -> gio::Menu {
    let menu = gio::Menu::new();
    let real = gio::Menu::new();
    real.append_item(&host_item(&gettext("This Computer"), &HostChoice::Live));
    real.append(Some(&gettext("Open Captured Machine…")), Some("win.open-machine"));
    let demo = gio::Menu::new();
    if in_demo {
        for machine in DemoMachine::ALL {
            demo.append_item(&host_item(&machine.title(), &HostChoice::Demo(machine)));
        }
        menu.append_section(Some(&gettext("Demo")), &demo);
        let again = gio::Menu::new();
        again.append(Some(&gettext("Restart the Demo’s Computer")), Some("win.restart-demo"));
        menu.append_section(None, &again);
        menu.append_section(None, &real);
    } else {
        demo.append_item(&host_item(&gettext("Try the Demo"), &HostChoice::Demo(DemoMachine::default())));
        menu.append_section(None, &real);
        menu.append_section(None, &demo);
    }
    menu
}

fn host_item(label: &str, host: &HostChoice) -> gio::MenuItem {
    let item = gio::MenuItem::new(Some(label), None);
    item.set_action_and_target_value(Some("win.host"), Some(&host_id(host).to_variant()));
    item
}

/// The main menu.
pub fn main() -> gio::Menu {
    let menu = gio::Menu::new();
    let work = gio::Menu::new();
    work.append(Some(&gettext("_Scan Again")), Some("win.scan"));
    work.append(Some(&gettext("Save _Report…")), Some("win.save-report"));
    menu.append_section(None, &work);
    let about = gio::Menu::new();
    about.append(Some(&gettext("_Keyboard Shortcuts")), Some("win.shortcuts"));
    about.append(Some(&gettext("_About Gangway")), Some("win.about"));
    about.append(Some(&gettext("_Quit")), Some("app.quit"));
    menu.append_section(None, &about);
    menu
}
