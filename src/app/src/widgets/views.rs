//! The switch between the views of the devices, which stands as the title of each of them. It has no state of its own:
//! the window's action says which view is shown.

use gettextrs::gettext;
use relm4::gtk;
use relm4::gtk::prelude::*;

use super::tooltip;

/// How the devices can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// As a list by IOMMU group.
    #[default]
    Groups,
    /// As a list by PCIe topology.
    Topology,
    /// As a list by USB controller and port.
    Usb,
    /// As a drawing.
    Map,
}

impl View {
    /// All of them, in the order to show them.
    pub const ALL: [Self; 4] = [Self::Groups, Self::Topology, Self::Usb, Self::Map];

    /// What the action calls it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Topology => "topology",
            Self::Usb => "usb",
            Self::Map => "map",
        }
    }

    /// The view that the action calls so.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.id() == id)
    }

    fn label(self) -> String {
        match self {
            Self::Groups => gettext("Groups"),
            Self::Topology => gettext("Topology"),
            Self::Usb => gettext("USB"),
            Self::Map => gettext("Map"),
        }
    }

    /// What the list of this view is called.
    pub fn list_label(self) -> String {
        match self {
            Self::Groups | Self::Map => gettext("Devices by IOMMU group"),
            Self::Topology => gettext("Devices by PCIe topology"),
            Self::Usb => gettext("Devices by USB port"),
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Groups => "groups-symbolic",
            Self::Topology => "topology-symbolic",
            Self::Usb => "usb-symbolic",
            Self::Map => "map-symbolic",
        }
    }
}

/// A new switch.
pub fn switch() -> gtk::Box {
    let switch = gtk::Box::builder().spacing(3).build();
    for view in View::ALL {
        let content = gtk::Box::builder().spacing(6).build();
        content.append(&gtk::Image::from_icon_name(view.icon()));
        content.append(&gtk::Label::new(Some(&view.label())));
        let button = gtk::ToggleButton::builder().child(&content).build();
        button.add_css_class("flat");
        button.add_css_class("gw-view");
        button.update_property(&[gtk::accessible::Property::Label(&view.label())]);
        tooltip::set(&button, &view.label());
        button.set_action_target_value(Some(&view.id().to_variant()));
        button.set_action_name(Some("win.view"));
        switch.append(&button);
    }
    switch
}

/// Shows its icons alone, where there is room for no more.
pub fn set_narrow(switch: &gtk::Box, narrow: bool) {
    switch.set_spacing(if narrow { 0 } else { 3 });
    if narrow {
        switch.add_css_class("narrow");
    } else {
        switch.remove_css_class("narrow");
    }
    let mut button = switch.first_child();
    while let Some(widget) = button {
        let content = widget.downcast_ref::<gtk::ToggleButton>().and_then(ButtonExt::child);
        if let Some(label) = content.and_then(|content| content.last_child()) {
            label.set_visible(!narrow);
        }
        button = widget.next_sibling();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_finds_its_way_back_from_its_id() {
        for view in View::ALL {
            assert_eq!(View::of(view.id()), Some(view));
        }
        assert_eq!(View::of("list"), None);
    }
}
