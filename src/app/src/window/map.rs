//! The map among the window's pages: it is made when it is first looked at, hears of the machine only while it is
//! looked at, and its device is the selected one then.

use gangway_core::pci::PciAddress;
use gettextrs::gettext;
use relm4::adw::prelude::*;
use relm4::prelude::*;

use super::{Window, WindowInput};
use crate::pages::devices::DevicesInput;
use crate::pages::map::{MapInput, MapOutput, MapPage};
use crate::sidebar::state::Place;
use crate::widgets::views::View;

impl Window {
    /// Whether the map is what is looked at.
    pub(super) fn is_on_map(&self) -> bool {
        self.place == Place::Devices && self.view == View::Map
    }

    /// Looks at the devices in another way.
    pub(super) fn look(&mut self, view: View, sender: &ComponentSender<Self>) {
        if self.view == view {
            return;
        }
        let selected = self.selected;
        let from_map = self.view == View::Map;
        self.view = view;
        self.devices.emit(DevicesInput::Look(view));
        self.frame.actions.set_view(view);
        if self.place == Place::Devices {
            self.show_place(sender);
        }
        match (view, selected, &self.map) {
            (View::Map, Some(address), Some(map)) => map.emit(MapInput::Select(address)),
            (_, Some(address), _) if from_map => self.devices.emit(DevicesInput::Select(address)),
            _ => {}
        }
        if let (View::Map, Some(map)) = (view, &self.map) {
            map.emit(MapInput::Focus);
        }
    }

    /// Shows a device of the map in the list, with its details.
    pub(super) fn reveal(&mut self, address: PciAddress, sender: &ComponentSender<Self>) {
        self.selected = Some(address);
        self.look(View::Groups, sender);
        if self.place != Place::Devices {
            self.open(Place::Devices, sender);
        }
        self.devices.emit(DevicesInput::Reveal(address));
    }

    pub(super) fn show_map(&mut self, sender: &ComponentSender<Self>) {
        let narrow = self.narrow;
        let page = self.map.get_or_insert_with(|| {
            let page = MapPage::builder().launch(()).forward(sender.input_sender(), |output| match output {
                MapOutput::Selected(address) => WindowInput::MapSelected(address),
                MapOutput::Open(address) => WindowInput::Reveal(address),
                MapOutput::Say(sentence) => WindowInput::Toast(sentence),
            });
            page.emit(MapInput::Narrow(narrow));
            page
        });
        let widget = page.widget().clone();
        self.refresh_map();
        self.frame.content.set_title(&gettext("Map"));
        self.show_child(widget.upcast_ref());
    }

    /// Tells the map what is known of the machine now, if it is looked at.
    pub(super) fn refresh_map(&self) {
        let Some(map) = self.map.as_ref().filter(|_| self.is_on_map()) else { return };
        map.emit(MapInput::Machines(self.machines.clone()));
        map.emit(match &self.snapshot {
            Some(snapshot) => MapInput::Show { snapshot: snapshot.clone(), target: self.target.clone() },
            None => MapInput::Reading,
        });
    }

    /// Tells the map that there is no machine, and why.
    pub(super) fn fail_map(&self, reason: &str) {
        if let Some(map) = &self.map {
            map.emit(MapInput::Failed(reason.to_owned()));
        }
    }

    /// There is room for one page only.
    pub(super) fn set_narrow(&mut self, narrow: bool) {
        self.narrow = narrow;
        self.devices.emit(DevicesInput::Narrow(narrow));
        if let Some(map) = &self.map {
            map.emit(MapInput::Narrow(narrow));
        }
        self.refresh_readiness();
    }
}
