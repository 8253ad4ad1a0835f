//! One row of the device list and the header of a section. Rows are made once and bound again and again while
//! the list scrolls, so binding only sets texts.

use std::cell::{Cell, RefCell};

use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{self, glib};

use super::model::DeviceItem;
use super::state::{Owners, SectionState};
use crate::widgets::pill::{Pill, Tone};
use crate::widgets::tooltip;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct DeviceRow {
        pub icon: gtk::Image,
        pub name: gtk::Label,
        pub address: gtk::Label,
        pub remark: gtk::Label,
        pub pills: gtk::Box,
        pub chevron: RefCell<Option<gtk::Image>>,
        pub narrow: Cell<bool>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for DeviceRow {
        const NAME: &'static str = "GangwayDeviceRow";
        type Type = super::DeviceRow;
        type ParentType = gtk::Box;
    }

    impl ObjectImpl for DeviceRow {
        fn constructed(&self) {
            self.parent_constructed();
            let row = self.obj();
            row.set_spacing(12);
            row.add_css_class("gw-row");
            self.icon.set_valign(gtk::Align::Center);
            row.append(&self.icon);

            self.name.set_xalign(0.0);
            self.name.set_ellipsize(gtk::pango::EllipsizeMode::End);
            self.name.add_css_class("gw-name");
            self.address.add_css_class("gw-address");
            self.address.add_css_class("dim-label");
            self.remark.set_xalign(0.0);
            self.remark.set_ellipsize(gtk::pango::EllipsizeMode::End);
            self.remark.add_css_class("gw-small");
            self.remark.add_css_class("dim-label");
            let line = gtk::Box::new(gtk::Orientation::Horizontal, 8);
            line.append(&self.address);
            line.append(&self.remark);
            let texts = gtk::Box::builder()
                .orientation(gtk::Orientation::Vertical)
                .valign(gtk::Align::Center)
                .hexpand(true)
                .build();
            texts.append(&self.name);
            texts.append(&line);
            row.append(&texts);
            self.pills.set_spacing(6);
            row.append(&self.pills);
        }
    }

    impl WidgetImpl for DeviceRow {}
    impl BoxImpl for DeviceRow {}
}

glib::wrapper! {
    /// A row: icon, name, address and maker, pills.
    pub struct DeviceRow(ObjectSubclass<imp::DeviceRow>)
        @extends gtk::Box, gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget, gtk::Orientable;
}

impl Default for DeviceRow {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl DeviceRow {
    /// Shows an item; `narrow` keeps one pill and moves the driver below the name.
    pub fn bind(&self, item: &DeviceItem, owners: &Owners, narrow: bool) -> Option<String> {
        let imp = self.imp();
        set_class(self, "first", item.is_first());
        set_class(self, "last", item.is_last());
        self.set_narrow(narrow);
        item.with(|row, _| {
            let owner = owners.get(&row.address).map(String::as_str);
            set_class(self, "gw-primary", row.primary);
            imp.icon.set_icon_name(Some(row.icon));
            imp.name.set_label(&row.name);
            set_class(&imp.name, "dim-label", row.quiet);
            set_class(&imp.icon, "dim-label", row.quiet);
            imp.address.set_label(&row.shown_address);
            imp.remark.set_label(if narrow && !row.driver.is_empty() { &row.driver } else { &row.vendor });
            let mut pills: Vec<Pill> = Vec::new();
            if let Some(owner) = owner {
                pills.push(owner_pill(owner));
            }
            pills.extend(row.pills.iter().cloned());
            if narrow {
                pills.sort_by_key(|pill| pill.tone == Tone::Neutral);
                pills.truncate(1);
                pills = pills.into_iter().map(Pill::shortened).collect();
            } else {
                pills.truncate(2);
                if !row.driver.is_empty() {
                    pills.push(driver_pill(&row.driver));
                }
            }
            self.set_pills(&pills);
            row.spoken(owner)
        })
    }

    fn set_narrow(&self, narrow: bool) {
        let imp = self.imp();
        if imp.narrow.replace(narrow) == narrow {
            return;
        }
        if narrow {
            let chevron = gtk::Image::from_icon_name("go-next-symbolic");
            chevron.add_css_class("dim-label");
            self.append(&chevron);
            imp.chevron.replace(Some(chevron));
        } else if let Some(chevron) = imp.chevron.take() {
            self.remove(&chevron);
        }
    }

    fn set_pills(&self, pills: &[Pill]) {
        let line = &self.imp().pills;
        while let Some(old) = line.first_child() {
            line.remove(&old);
        }
        for pill in pills {
            line.append(&pill.widget());
        }
    }
}

/// The header of a section; made anew for each, since there are few on a screen.
pub fn header(item: &DeviceItem) -> Option<gtk::Box> {
    item.with(|_, section| {
        let header = gtk::Box::new(gtk::Orientation::Horizontal, 7);
        header.add_css_class("gw-header");
        let title = gtk::Label::new(Some(&section.title));
        title.add_css_class("gw-group-title");
        header.append(&title);
        let kind = gtk::Label::builder()
            .label(&section.kind)
            .xalign(0.0)
            .hexpand(true)
            .ellipsize(gtk::pango::EllipsizeMode::End)
            .build();
        kind.add_css_class("dim-label");
        header.append(&kind);
        let (icon, text, class, sentence) = match &section.state {
            SectionState::Quiet => return header,
            SectionState::Isolated => (
                "object-select-symbolic",
                gettext("Isolated"),
                "success",
                gettext("Nothing else is in this group: the card can leave the host alone."),
            ),
            SectionState::Shared { text } => (
                "shared-symbolic",
                text.clone(),
                "warning",
                gettext("The devices in this group can only leave the host together."),
            ),
            SectionState::Needed { text, reason } => {
                ("system-lock-screen-symbolic", text.clone(), "warning", reason.clone())
            }
        };
        let state = gtk::Box::new(gtk::Orientation::Horizontal, 5);
        state.append(&gtk::Image::from_icon_name(icon));
        state.append(&gtk::Label::new(Some(&text)));
        state.add_css_class("gw-state");
        state.add_css_class(class);
        tooltip::describe(&state, &sentence);
        header.append(&state);
        header
    })
}

fn owner_pill(owner: &str) -> Pill {
    Pill {
        text: owner.to_owned(),
        tone: Tone::Machine,
        icon: Some("vm-off-symbolic"),
        short: None,
        tooltip: gettext("The virtual machine “{name}” has this device.").replace("{name}", owner),
    }
}

fn driver_pill(driver: &str) -> Pill {
    let tooltip = gettext("The driver {name} has this device.").replace("{name}", driver);
    Pill { text: driver.to_owned(), tone: Tone::Driver, icon: None, short: None, tooltip }
}

fn set_class(widget: &impl IsA<gtk::Widget>, class: &str, on: bool) {
    if on {
        widget.add_css_class(class);
    } else {
        widget.remove_css_class(class);
    }
}
