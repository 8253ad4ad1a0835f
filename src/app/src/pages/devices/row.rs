//! One row of the device list. Rows are made once and bound again and again while the list scrolls; what is on them
//! is drawn, and only the arrow of a tree is a widget.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::OnceLock;

use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{self, glib, graphene, gsk};

use super::DevicesInput;
use super::face::{ARROW, Face};
use super::heading::{Heading, HeadingFace};
use super::key::Key;
use super::model::DeviceItem;
use super::said::Said;
use crate::widgets::card::{Piece, Touched};
use crate::widgets::drawn::Inks;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct DeviceRow {
        pub arrow: RefCell<Option<gtk::Button>>,
        pub said: RefCell<Rc<Said>>,
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
            self.said.borrow().content.text().to_value()
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
            let row = self.obj();
            let above = row.face().above();
            let inner = row.inner((width, height - above));
            let mut x = inner.x + row.said().content.indent;
            if row.is_mirrored() {
                x = width - x - wide;
            }
            let place = graphene::Point::new(x as f32, (above + inner.y + (inner.height - own) / 2) as f32);
            arrow.allocate(wide, own, -1, Some(gsk::Transform::new().translate(&place)));
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let row = self.obj();
            let (inks, piece, touched) = (row.inks(), self.piece.get(), self.touched.get());
            let (face, width, color) = (row.face(), row.width(), row.color());
            if let Some(heading) = &face.heading {
                heading.draw(snapshot, width, &color, inks);
            }
            let card = (width, row.height() - face.above());
            let below_heading = graphene::Point::new(0.0, face.above() as f32);
            let inner = row.inner(card);
            let x = if row.is_mirrored() { width - inner.x - inner.width } else { inner.x };
            snapshot.save();
            snapshot.translate(&below_heading);
            piece.draw(snapshot, card, inks, touched);
            snapshot.translate(&graphene::Point::new(x as f32, inner.y as f32));
            face.draw(snapshot, (inner.width, inner.height), &color, inks);
            snapshot.restore();
            if let Some(arrow) = self.arrow.borrow().as_ref() {
                row.snapshot_child(arrow, snapshot);
            }
            if touched.focused {
                snapshot.save();
                snapshot.translate(&below_heading);
                piece.draw_focus(snapshot, card, inks);
                snapshot.restore();
            }
        }

        fn query_tooltip(&self, x: i32, y: i32, keyboard: bool, tooltip: &gtk::Tooltip) -> bool {
            if keyboard {
                return false;
            }
            let row = self.obj();
            let (face, width) = (row.face(), row.width());
            let said = match &face.heading {
                Some(heading) if y < face.above() => heading.tooltip_at(x, width),
                _ => {
                    let inner = row.inner((width, row.height() - face.above()));
                    face.tooltip_at(if row.is_mirrored() { width - x } else { x } - inner.x, inner.width)
                }
            };
            tooltip.set_text(said);
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

/// Above, at the beginning, below and at the end of what stands on a row; and how high that is at least.
const AROUND: [i32; 4] = [8, 14, 9, 14];
const LEAST: i32 = 38;
/// The same of one line in a tree.
const AROUND_LINE: [i32; 4] = [6, 10, 7, 14];
const LEAST_LINE: i32 = 26;

/// Where what stands on a row is drawn, counted from the beginning of its piece of the card.
struct Inner {
    x: i32,
    y: i32,
    width: i32,
    height: i32,
}

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

    /// The room that it takes by itself.
    fn room(&self) -> (i32, i32) {
        let (around, least) = self.around();
        let [top, begin, bottom, end] = around;
        let face = self.face();
        let heading = face.heading.as_ref().map_or(0, HeadingFace::width);
        let width = face.widths().0 + begin + end;
        (width.max(heading), face.above() + face.height().max(least) + top + bottom)
    }

    fn is_mirrored(&self) -> bool {
        self.direction() == gtk::TextDirection::Rtl
    }

    fn around(&self) -> ([i32; 4], i32) {
        if self.said().content.one_line { (AROUND_LINE, LEAST_LINE) } else { (AROUND, LEAST) }
    }

    /// What is left of a card of this size for what stands on it.
    fn inner(&self, (width, height): (i32, i32)) -> Inner {
        let ([top, begin, bottom, end], _) = self.around();
        Inner { x: begin, y: top, width: width - begin - end, height: height - top - bottom }
    }

    /// Shows an item that says this.
    pub fn bind(&self, item: &DeviceItem, said: Rc<Said>, input: &relm4::Sender<DevicesInput>) {
        let (imp, shape) = (self.imp(), item.shape());
        self.set_arrow(item, &said, input);
        imp.piece.set(Piece { first: shape.first, last: shape.last });
        let before = imp.said.replace(said);
        self.name_heading(&before);
        self.tell_room();
        self.queue_draw();
    }

    /// What the heading is called by those who cannot see it.
    fn name_heading(&self, before: &Said) {
        let said = self.said();
        let heading = said.content.heading.as_ref();
        if before.content.heading.as_ref() == heading {
            return;
        }
        match heading.map(Heading::spoken).filter(|spoken| !spoken.is_empty()) {
            Some(spoken) => self.update_property(&[gtk::accessible::Property::Label(&spoken)]),
            None => self.reset_property(gtk::AccessibleProperty::Label),
        }
    }

    /// Lays it out and draws it anew with the next frame.
    fn look_anew(&self) {
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

    fn said(&self) -> Rc<Said> {
        self.imp().said.borrow().clone()
    }

    /// What is drawn on it.
    fn face(&self) -> Rc<Face> {
        self.said().face(self.upcast_ref(), self.inks())
    }

    /// The arrow that shows and hides what is below.
    fn set_arrow(&self, item: &DeviceItem, said: &Said, input: &relm4::Sender<DevicesInput>) {
        let imp = self.imp();
        let (Some(open), Some(label)) = (said.content.arrow, &said.arrow) else {
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
            let (row, input) = (self.downgrade(), input.clone());
            arrow.connect_clicked(move |_| {
                if let Some(key) = row.upgrade().and_then(|row| row.imp().key.borrow().clone()) {
                    input.emit(DevicesInput::Fold(key));
                }
            });
            arrow.set_parent(self);
            arrow
        });
        arrow.set_icon_name(if open { "pan-down-symbolic" } else { "pan-end-symbolic" });
        imp.key.replace(item.with(|row, _| row.key.clone()));
        arrow.update_property(&[gtk::accessible::Property::Label(label)]);
        arrow.update_state(&[gtk::accessible::State::Expanded(Some(open))]);
    }
}
