//! One row of the device list. Rows are made once and bound again and again while the list scrolls; what is on them
//! is drawn, and only the arrow of a tree is a widget.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::OnceLock;

use gangway_client::text;
use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{self, glib, graphene, gsk};

use super::DevicesInput;
use super::claims::Claims;
use super::face::{ARROW, Content, Face};
use super::heading::{Heading, HeadingFace};
use super::key::Key;
use super::model::DeviceItem;
use super::state::{Held, Row};
use crate::widgets::card::{Piece, Touched};
use crate::widgets::drawn::Inks;
use crate::widgets::pill::{Pill, Tone};

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct DeviceRow {
        pub arrow: RefCell<Option<gtk::Button>>,
        pub content: RefCell<Content>,
        pub face: RefCell<Option<Face>>,
        pub inks: OnceCell<Rc<Inks>>,
        pub piece: Cell<Piece>,
        pub touched: Cell<Touched>,
        pub follows: Cell<bool>,
        /// The width and height that the list was told of.
        pub told: Cell<(i32, i32)>,
        /// What the arrow shows and hides the insides of.
        pub key: RefCell<Option<Key>>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for DeviceRow {
        const NAME: &'static str = "GangwayDeviceRow";
        type Type = super::DeviceRow;
        type ParentType = gtk::Widget;
    }

    impl ObjectImpl for DeviceRow {
        fn constructed(&self) {
            self.parent_constructed();
            let row = self.obj();
            row.add_css_class("gw-row");
            row.set_has_tooltip(true);
            row.connect_scale_factor_notify(super::DeviceRow::look_anew);
        }

        /// What can be read on it, a line each.
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: OnceLock<Vec<glib::ParamSpec>> = OnceLock::new();
            PROPERTIES.get_or_init(|| vec![glib::ParamSpecString::builder("text").read_only().build()])
        }

        fn property(&self, _id: usize, _property: &glib::ParamSpec) -> glib::Value {
            self.content.borrow().text().to_value()
        }

        fn dispose(&self) {
            if let Some(arrow) = self.arrow.take() {
                arrow.unparent();
            }
        }
    }

    impl WidgetImpl for DeviceRow {
        fn root(&self) {
            self.parent_root();
            // Not as soon as there is a parent: GTK is still making that, and to look at it then is to own and end it.
            if !self.follows.replace(true) {
                self.obj().follow_parent();
            }
        }

        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            let told = self.obj().room();
            self.told.set((self.obj().inks().least(told.0), told.1));
            let (width, height) = self.told.get();
            let size = if orientation == gtk::Orientation::Horizontal { width } else { height };
            (size, size, -1, -1)
        }

        fn size_allocate(&self, width: i32, height: i32, _baseline: i32) {
            let Some(arrow) = self.arrow.borrow().clone() else { return };
            let (_, own, _, _) = arrow.measure(gtk::Orientation::Vertical, -1);
            let (_, wide, _, _) = arrow.measure(gtk::Orientation::Horizontal, -1);
            let inner = self.obj().inner((width, height));
            let mut x = inner.x + self.content.borrow().indent;
            if self.obj().direction() == gtk::TextDirection::Rtl {
                x = width - x - wide;
            }
            let place = graphene::Point::new(x as f32, (inner.y + (inner.height - own) / 2) as f32);
            arrow.allocate(wide, own, -1, Some(gsk::Transform::new().translate(&place)));
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let row = self.obj();
            let (inks, piece, touched) = (row.inks(), self.piece.get(), self.touched.get());
            let (width, color) = (row.width(), row.color());
            let above = row.with_face(|face| {
                if let Some(heading) = &face.heading {
                    heading.draw(snapshot, width, &color, inks);
                }
                face.above()
            });
            let height = row.height() - above;
            let inner = row.inner((width, row.height()));
            snapshot.save();
            snapshot.translate(&graphene::Point::new(0.0, above as f32));
            piece.draw(snapshot, (width, height), inks, touched);
            snapshot.restore();
            snapshot.save();
            let x = if row.direction() == gtk::TextDirection::Rtl {
                width - inner.x - inner.width
            } else {
                inner.x
            };
            snapshot.translate(&graphene::Point::new(x as f32, inner.y as f32));
            row.with_face(|face| face.draw(snapshot, (inner.width, inner.height), &color, inks));
            snapshot.restore();
            if let Some(arrow) = self.arrow.borrow().as_ref() {
                row.snapshot_child(arrow, snapshot);
            }
            if touched.focused {
                snapshot.save();
                snapshot.translate(&graphene::Point::new(0.0, above as f32));
                piece.draw_focus(snapshot, (width, height), inks);
                snapshot.restore();
            }
        }

        fn query_tooltip(&self, x: i32, y: i32, keyboard: bool, tooltip: &gtk::Tooltip) -> bool {
            let row = self.obj();
            if row.is_heading(f64::from(y)) && !keyboard {
                let said = row.with_face(|face| {
                    let heading = face.heading.as_ref()?;
                    heading.tooltip_at(x, row.width()).map(str::to_owned)
                });
                tooltip.set_text(said.as_deref());
                return said.is_some();
            }
            let inner = row.inner((row.width(), row.height()));
            let x = if row.direction() == gtk::TextDirection::Rtl { row.width() - x } else { x } - inner.x;
            let said = (!keyboard).then(|| row.with_face(|face| face.tooltip_at(x, inner.width))).flatten();
            tooltip.set_text(said.as_deref());
            said.is_some()
        }

        fn direction_changed(&self, before: gtk::TextDirection) {
            self.parent_direction_changed(before);
            self.obj().look_anew();
        }
    }
}

glib::wrapper! {
    /// A row: icon, name, address and maker, pills; in a tree an arrow before it and its group at the end. The first one
    /// of a section has the section's heading above itself.
    pub struct DeviceRow(ObjectSubclass<imp::DeviceRow>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

/// What a row needs to be painted beside itself.
pub struct Around<'a> {
    pub held: &'a Held,
    pub claims: Option<&'a Claims>,
    pub narrow: bool,
    pub input: &'a relm4::Sender<DevicesInput>,
}

/// Above, at the beginning, below and at the end of what stands on a row; and how high that is at least.
const AROUND: [i32; 4] = [8, 14, 9, 14];
const LEAST: i32 = 38;
/// The same of one line in a tree.
const AROUND_LINE: [i32; 4] = [6, 10, 7, 14];
const LEAST_LINE: i32 = 26;
/// Where what stands on a row is drawn, counted from the row's beginning.
struct Inner {
    x: i32,
    y: i32,
    width: i32,
    height: i32,
}

/// How far each level of a tree is indented.
const INDENT: i32 = 22;
const NARROW_INDENT: i32 = 10;

impl DeviceRow {
    pub fn new(inks: &Rc<Inks>) -> Self {
        // To those who cannot see it, what is on it is said by the list's own widget around it; it has the heading.
        let row: Self =
            glib::Object::builder().property("accessible-role", gtk::AccessibleRole::Group).build();
        row.imp().inks.get_or_init(|| inks.clone());
        row
    }

    fn inks(&self) -> &Inks {
        self.imp().inks.get_or_init(Rc::default)
    }

    /// Hovering, selection and keyboard are the list's own widget's, which a row is the only child of.
    fn follow_parent(&self) {
        let Some(parent) = self.parent() else { return };
        let row = self.downgrade();
        let follow = move |parent: &gtk::Widget| {
            let Some(row) = row.upgrade() else { return };
            let touched = Touched::of(parent.state_flags());
            if row.imp().touched.replace(touched) != touched {
                row.queue_draw();
            }
        };
        follow(&parent);
        parent.connect_state_flags_changed(move |parent, _| follow(parent));
    }

    /// Whether the heading is as far down as this.
    fn is_heading(&self, y: f64) -> bool {
        y < f64::from(self.with_face(Face::above))
    }

    /// The room that it takes by itself.
    fn room(&self) -> (i32, i32) {
        let (around, least) = self.around();
        let [top, begin, bottom, end] = around;
        self.with_face(|face| {
            let heading = face.heading.as_ref().map_or(0, HeadingFace::width);
            let width = face.widths().0 + begin + end;
            (width.max(heading), face.above() + face.height().max(least) + top + bottom)
        })
    }

    fn around(&self) -> ([i32; 4], i32) {
        if self.imp().content.borrow().one_line { (AROUND_LINE, LEAST_LINE) } else { (AROUND, LEAST) }
    }

    /// What is left of a row of this size for what stands on it.
    fn inner(&self, (width, height): (i32, i32)) -> Inner {
        let ([top, begin, bottom, end], _) = self.around();
        let top = top + self.with_face(Face::above);
        Inner { x: begin, y: top, width: width - begin - end, height: height - top - bottom }
    }

    /// Shows an item; a narrow row keeps one pill and moves the driver below the name. Gives what a screen reader says,
    /// and what it says of the pills if it is asked for more.
    pub fn bind(&self, item: &DeviceItem, around: &Around<'_>) -> Option<(String, String)> {
        let shape = item.shape();
        let shown = item.with(|row, section| {
            let owner = around.held.by(&row.key);
            let claims = row.claims(around.claims);
            let mut content = content(row, owner, claims, shape.arrow, around.narrow);
            content.heading = shape.first.then(|| Heading::of(section));
            let mut spoken = row.spoken(owner, claims);
            if let Some(above) = item.above() {
                spoken.push_str(&gettext(", "));
                spoken.push_str(&text::fill(&gettext("behind {device}"), &[("device", &above)]));
            }
            if let Some(open) = shape.arrow {
                spoken.push_str(&gettext(", "));
                spoken.push_str(&if open { gettext("expanded") } else { gettext("collapsed") });
            }
            let heading = content.heading.as_ref().map(Heading::described);
            let tooltips = content.pills.iter().map(|pill| pill.tooltip.as_str());
            let described: Vec<&str> = heading.as_deref().into_iter().chain(tooltips).collect();
            let described = described.join(" ");
            (content, spoken, described)
        });
        let (content, spoken, described) = shown?;
        self.set_arrow(item, &content, around);
        let piece = Piece { first: shape.first, last: shape.last };
        let moved = self.imp().piece.replace(piece) != piece;
        if *self.imp().content.borrow() != content {
            self.name_heading(content.heading.as_ref());
            self.imp().content.replace(content);
            self.look_anew();
        } else if moved {
            self.queue_draw();
        }
        Some((spoken, described))
    }

    /// What the heading is called by those who cannot see it.
    fn name_heading(&self, heading: Option<&Heading>) {
        if self.imp().content.borrow().heading.as_ref() == heading {
            return;
        }
        match heading.map(Heading::spoken).filter(|spoken| !spoken.is_empty()) {
            Some(spoken) => self.update_property(&[gtk::accessible::Property::Label(&spoken)]),
            None => self.reset_property(gtk::AccessibleProperty::Label),
        }
    }

    /// Draws it with the next frame.
    fn look_anew(&self) {
        let imp = self.imp();
        let face = Face::new(self.upcast_ref(), self.inks(), &imp.content.borrow());
        imp.face.replace(Some(face));
        self.tell_room();
        self.queue_draw();
    }

    /// Only where it needs other room than before, the list has to be told.
    fn tell_room(&self) {
        let ((width, height), told) = (self.room(), self.imp().told.get());
        if height != told.1 || width > told.0 {
            self.queue_resize();
        } else if self.imp().arrow.borrow().is_some() {
            self.queue_allocate();
        }
    }

    /// The face, made anew where the font is another one by now.
    fn with_face<T>(&self, look: impl FnOnce(&Face) -> T) -> T {
        let mut face = self.imp().face.borrow_mut();
        if face.as_ref().is_none_or(|face| !face.fits(self.upcast_ref())) {
            *face = None;
        }
        look(
            face.get_or_insert_with(|| {
                Face::new(self.upcast_ref(), self.inks(), &self.imp().content.borrow())
            }),
        )
    }

    /// The arrow that shows and hides what is below.
    fn set_arrow(&self, item: &DeviceItem, content: &Content, around: &Around<'_>) {
        let imp = self.imp();
        let Some(open) = content.arrow else {
            if let Some(arrow) = imp.arrow.take() {
                arrow.unparent();
            }
            return;
        };
        let mut arrow = imp.arrow.borrow_mut();
        let arrow = arrow.get_or_insert_with(|| {
            let arrow =
                gtk::Button::builder().focus_on_click(false).focusable(false).width_request(ARROW).build();
            arrow.add_css_class("flat");
            arrow.add_css_class("gw-arrow");
            let (row, input) = (self.downgrade(), around.input.clone());
            arrow.connect_clicked(move |_| {
                if let Some(key) = row.upgrade().and_then(|row| row.imp().key.borrow().clone()) {
                    input.emit(DevicesInput::Fold(key));
                }
            });
            arrow.set_parent(self);
            arrow
        });
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
}

fn content(row: &Row, owner: Option<&str>, claims: &[Pill], arrow: Option<bool>, narrow: bool) -> Content {
    let level = row.place.map(|place| i32::try_from(place.level.min(12)).unwrap_or(0));
    Content {
        heading: None,
        icon: row.icon,
        name: row.name.clone(),
        primary: row.primary,
        quiet: row.quiet,
        address: row.shown_address.clone(),
        remark: remark(row, !claims.is_empty(), narrow).to_owned(),
        pills: pills(row, owner, claims, narrow),
        group: if narrow { String::new() } else { row.group.clone() },
        chevron: narrow,
        // One line in a tree, two lines elsewhere and where there is little room.
        one_line: level.is_some() && !narrow,
        in_tree: level.is_some(),
        indent: level.unwrap_or(0) * if narrow { NARROW_INDENT } else { INDENT },
        arrow,
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
