//! One row of the device list and the header of a section. Rows are made once and bound again and again while
//! the list scrolls, so binding only sets texts.

use std::cell::{Cell, RefCell};

use gangway_client::text;
use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{self, glib};

use super::DevicesInput;
use super::claims::Claims;
use super::key::Key;
use super::model::DeviceItem;
use super::state::{Held, Row, SectionState};
use super::tree::Place;
use crate::widgets::pill::{Pill, PillView, Tone};
use crate::widgets::tooltip;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct DeviceRow {
        pub arrow: RefCell<Option<gtk::Button>>,
        pub icon: gtk::Image,
        pub texts: gtk::Box,
        pub name: gtk::Label,
        pub line: gtk::Box,
        pub address: gtk::Label,
        pub remark: gtk::Label,
        pub pills: gtk::Box,
        pub pool: RefCell<Vec<PillView>>,
        pub group: RefCell<Option<gtk::Label>>,
        pub chevron: RefCell<Option<gtk::Image>>,
        pub narrow: Cell<bool>,
        pub in_tree: Cell<bool>,
        /// What the arrow shows and hides the insides of.
        pub key: RefCell<Option<Key>>,
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
            self.line.set_spacing(8);
            self.line.append(&self.address);
            self.line.append(&self.remark);
            self.texts.set_orientation(gtk::Orientation::Vertical);
            self.texts.set_valign(gtk::Align::Center);
            self.texts.set_hexpand(true);
            self.texts.append(&self.name);
            self.texts.append(&self.line);
            row.append(&self.texts);
            self.pills.set_spacing(6);
            row.append(&self.pills);
        }
    }

    impl WidgetImpl for DeviceRow {}
    impl BoxImpl for DeviceRow {}
}

glib::wrapper! {
    /// A row: icon, name, address and maker, pills; in a tree an arrow before it and its group at the end.
    pub struct DeviceRow(ObjectSubclass<imp::DeviceRow>)
        @extends gtk::Box, gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget, gtk::Orientable;
}

impl Default for DeviceRow {
    fn default() -> Self {
        glib::Object::new()
    }
}

/// What a row needs to be painted beside itself.
pub struct Around<'a> {
    pub held: &'a Held,
    pub claims: Option<&'a Claims>,
    pub narrow: bool,
    pub input: &'a relm4::Sender<DevicesInput>,
}

/// How far each level of a tree is indented, and how wide the arrow is.
const INDENT: i32 = 22;
const NARROW_INDENT: i32 = 10;
const ARROW: i32 = 20;
const SPACING: i32 = 12;

impl DeviceRow {
    /// Shows an item; a narrow row keeps one pill and moves the driver below the name. Gives what a screen reader says.
    pub fn bind(&self, item: &DeviceItem, around: &Around<'_>) -> Option<String> {
        let shape = item.shape();
        set_class(self, "first", shape.first);
        set_class(self, "last", shape.last);
        self.set_form(item, around);
        item.with(|row, _| {
            let imp = self.imp();
            let owner = around.held.by(&row.key);
            let claims = row.claims(around.claims);
            set_class(self, "gw-primary", row.primary);
            imp.icon.set_icon_name(Some(row.icon));
            imp.name.set_label(&row.name);
            set_class(&imp.name, "dim-label", row.quiet);
            set_class(&imp.icon, "dim-label", row.quiet);
            imp.address.set_label(&row.shown_address);
            imp.remark.set_label(remark(row, !claims.is_empty(), around.narrow));
            self.set_group(if around.narrow { "" } else { &row.group });
            self.set_pills(&pills(row, owner, claims, around.narrow));
            let mut spoken = row.spoken(owner, claims);
            if let Some(above) = item.above() {
                spoken.push_str(&gettext(", "));
                spoken.push_str(&text::fill(&gettext("behind {device}"), &[("device", &above)]));
            }
            if let Some(open) = shape.arrow {
                spoken.push_str(&gettext(", "));
                spoken.push_str(&if open { gettext("expanded") } else { gettext("collapsed") });
            }
            spoken
        })
    }

    /// One line in a tree, two lines elsewhere and where there is little room.
    fn set_form(&self, item: &DeviceItem, around: &Around<'_>) {
        let imp = self.imp();
        let narrow = around.narrow;
        let place = item.with(|row, _| row.place).flatten();
        let before = (imp.narrow.replace(narrow), imp.in_tree.replace(place.is_some()));
        if before != (narrow, place.is_some()) {
            let one_line = place.is_some() && !narrow;
            set_class(self, "gw-line", one_line);
            imp.texts.set_orientation(if one_line {
                gtk::Orientation::Horizontal
            } else {
                gtk::Orientation::Vertical
            });
            imp.texts.set_spacing(if one_line { 10 } else { 0 });
            self.set_chevron(narrow);
        }
        self.set_arrow(item, place, around);
    }

    /// The arrow that shows and hides what is below, and the room that it takes where there is none.
    fn set_arrow(&self, item: &DeviceItem, place: Option<Place>, around: &Around<'_>) {
        let imp = self.imp();
        let Some(place) = place else {
            imp.icon.set_margin_start(0);
            if let Some(arrow) = imp.arrow.take() {
                self.remove(&arrow);
            }
            return;
        };
        let level = i32::try_from(place.level.min(12)).unwrap_or(0);
        let indent = level * if around.narrow { NARROW_INDENT } else { INDENT };
        let Some(open) = item.shape().arrow else {
            imp.icon.set_margin_start(indent + ARROW + SPACING);
            if let Some(arrow) = imp.arrow.take() {
                self.remove(&arrow);
            }
            return;
        };
        imp.icon.set_margin_start(0);
        let mut arrow = imp.arrow.borrow_mut();
        let arrow = arrow.get_or_insert_with(|| {
            let arrow = gtk::Button::builder()
                .valign(gtk::Align::Center)
                .focus_on_click(false)
                .focusable(false)
                .width_request(ARROW)
                .build();
            arrow.add_css_class("flat");
            arrow.add_css_class("gw-arrow");
            let (row, input) = (self.downgrade(), around.input.clone());
            arrow.connect_clicked(move |_| {
                if let Some(key) = row.upgrade().and_then(|row| row.imp().key.borrow().clone()) {
                    input.emit(DevicesInput::Fold(key));
                }
            });
            self.prepend(&arrow);
            arrow
        });
        arrow.set_margin_start(indent);
        arrow.set_icon_name(if open { "pan-down-symbolic" } else { "pan-end-symbolic" });
        let (key, name) =
            item.with(|row, _| (row.key.clone(), format!("{} {}", row.name, row.shown_address))).unzip();
        imp.key.replace(key);
        let label = if open {
            gettext("Hide what is behind {device}")
        } else {
            gettext("Show what is behind {device}")
        };
        let label = text::fill(&label, &[("device", &name.unwrap_or_default())]);
        arrow.update_property(&[gtk::accessible::Property::Label(&label)]);
        arrow.update_state(&[gtk::accessible::State::Expanded(Some(open))]);
    }

    fn set_chevron(&self, narrow: bool) {
        let imp = self.imp();
        if let Some(chevron) = imp.chevron.take() {
            self.remove(&chevron);
        }
        if narrow {
            let chevron = gtk::Image::from_icon_name("go-next-symbolic");
            chevron.add_css_class("dim-label");
            self.append(&chevron);
            imp.chevron.replace(Some(chevron));
        }
    }

    fn set_group(&self, text: &str) {
        let mut group = self.imp().group.borrow_mut();
        if text.is_empty() {
            if let Some(label) = group.as_ref() {
                label.set_visible(false);
            }
            return;
        }
        let label = group.get_or_insert_with(|| {
            let label = gtk::Label::new(None);
            label.add_css_class("gw-pill");
            label.set_valign(gtk::Align::Center);
            self.insert_child_after(&label, Some(&self.imp().pills));
            label
        });
        label.set_label(text);
        label.set_visible(true);
    }

    fn set_pills(&self, pills: &[Pill]) {
        let imp = self.imp();
        let mut pool = imp.pool.borrow_mut();
        for (index, pill) in pills.iter().enumerate() {
            match pool.get(index) {
                Some(view) => view.show(pill),
                None => {
                    let view = PillView::new(pill);
                    imp.pills.append(view.widget());
                    pool.push(view);
                }
            }
        }
        for (index, view) in pool.iter().enumerate() {
            view.widget().set_visible(index < pills.len());
        }
        imp.pills.set_visible(!pills.is_empty());
    }
}

/// What stands beside the address.
fn remark(row: &Row, claimed: bool, narrow: bool) -> &str {
    match (row.place, narrow) {
        (None, true) if !row.driver.is_empty() => &row.driver,
        (Some(_), true) if !row.group.is_empty() => &row.group,
        // On one line the name needs the room.
        (Some(_), false) if claimed => "",
        _ => &row.vendor,
    }
}

/// The pills of a row, in the order to show them.
fn pills(row: &Row, owner: Option<&str>, claims: &[Pill], narrow: bool) -> Vec<Pill> {
    let mut pills: Vec<Pill> = owner.map(owner_pill).into_iter().collect();
    pills.extend(claims.iter().cloned());
    if narrow {
        pills.sort_by_key(|pill| pill.tone == Tone::Neutral);
        pills.truncate(1);
        return pills.into_iter().map(Pill::shortened).collect();
    }
    let in_tree = row.place.is_some();
    // One line has less room: the fact that matters takes the place of the driver.
    pills.sort_by_key(|pill| in_tree && pill.tone == Tone::Neutral);
    pills.truncate(if in_tree { 1 } else { 2 });
    if !row.driver.is_empty() && (!in_tree || pills.is_empty()) {
        pills.push(driver_pill(&row.driver));
    }
    pills
}

/// The header of a section; made anew for each, since there are few on a screen.
pub fn header(item: &DeviceItem) -> Option<gtk::Box> {
    item.with(|_, section| {
        let header = gtk::Box::new(gtk::Orientation::Horizontal, 7);
        if section.title.is_empty() {
            // A tree needs no heading, only the room above it.
            header.add_css_class("gw-no-header");
            return header;
        }
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
