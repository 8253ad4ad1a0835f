//! The header of a section of the list: its title, what kind of devices it has, and whether it can leave alone. Drawn as
//! the rows are, and bound again and again as they are.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::OnceLock;

use gettextrs::gettext;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{self, glib, pango};

use super::model::DeviceItem;
use super::state::{Section, SectionState};
use crate::widgets::drawn::{self, Font, ICON, Icon, Inks, Text, Widths};

const SPACING: i32 = 7;
const STATE: i32 = 5;

/// What a header says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Content {
    title: String,
    kind: String,
    state: Option<State>,
}

/// What it says at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    icon: &'static str,
    text: String,
    good: bool,
    sentence: String,
}

impl Content {
    fn of(section: &Section) -> Self {
        let state = match &section.state {
            SectionState::Quiet => None,
            SectionState::Isolated => Some(State {
                icon: "object-select-symbolic",
                text: gettext("Isolated"),
                good: true,
                sentence: gettext("Nothing else is in this group: the card can leave the host alone."),
            }),
            SectionState::Shared { text } => Some(State {
                icon: "shared-symbolic",
                text: text.clone(),
                good: false,
                sentence: gettext("The devices in this group can only leave the host together."),
            }),
            SectionState::Needed { text, reason } => Some(State {
                icon: "system-lock-screen-symbolic",
                text: text.clone(),
                good: false,
                sentence: reason.clone(),
            }),
        };
        Self { title: section.title.clone(), kind: section.kind.clone(), state }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        let state = self.state.as_ref().map(|state| state.text.as_str());
        [self.title.as_str(), self.kind.as_str()].into_iter().chain(state).filter(|text| !text.is_empty())
    }
}

/// The same, laid out.
struct Face {
    font: Option<pango::FontDescription>,
    title: Text,
    kind: Text,
    state: Option<(Icon, Text, bool)>,
    mirrored: bool,
}

impl Face {
    fn new(header: &gtk::Widget, inks: &Inks, content: &Content) -> Self {
        let pen = &inks.pen(header);
        let state = content.state.as_ref().map(|state| {
            let icon = Icon::new(pen, state.icon, ICON);
            (icon, Text::whole(pen, &state.text, Font::Small), state.good)
        });
        Self {
            font: header.pango_context().font_description(),
            title: Text::whole(pen, &content.title, Font::Bold),
            kind: Text::cut(pen, &content.kind, Font::Plain),
            state,
            mirrored: header.direction() == gtk::TextDirection::Rtl,
        }
    }

    fn state_width(&self) -> i32 {
        self.state.as_ref().map_or(0, |(_, text, _)| ICON + STATE + text.widths.1)
    }

    fn widths(&self) -> Widths {
        let state = if self.state.is_some() { SPACING + self.state_width() } else { 0 };
        let fixed = self.title.widths.1 + SPACING + state;
        (fixed + self.kind.widths.0, fixed + self.kind.widths.1)
    }

    fn height(&self) -> i32 {
        let state = self.state.as_ref().map_or(0, |(_, text, _)| text.height.max(ICON));
        self.title.height.max(self.kind.height).max(state)
    }
}

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct SectionHeader {
        pub(super) content: RefCell<Content>,
        pub(super) face: RefCell<Option<Face>>,
        pub inks: OnceCell<Rc<Inks>>,
        /// The width and height that the list was told of.
        pub told: Cell<(i32, i32)>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for SectionHeader {
        const NAME: &'static str = "GangwaySectionHeader";
        type Type = super::SectionHeader;
        type ParentType = gtk::Widget;
    }

    impl ObjectImpl for SectionHeader {
        fn constructed(&self) {
            self.parent_constructed();
            self.obj().set_has_tooltip(true);
            self.obj().connect_scale_factor_notify(super::SectionHeader::look_anew);
        }

        /// What can be read on it, a line each.
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: OnceLock<Vec<glib::ParamSpec>> = OnceLock::new();
            PROPERTIES.get_or_init(|| vec![glib::ParamSpecString::builder("text").read_only().build()])
        }

        fn property(&self, _id: usize, _property: &glib::ParamSpec) -> glib::Value {
            self.content.borrow().texts().collect::<Vec<_>>().join("\n").to_value()
        }
    }

    impl WidgetImpl for SectionHeader {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            if self.content.borrow().title.is_empty() {
                self.told.take();
                return (0, 0, -1, -1);
            }
            let header = self.obj();
            let (own, height) = header.with_face(|face| (face.widths().0, face.height()));
            let told = (header.inks().least(own), height);
            self.told.set(told);
            let size = if orientation == gtk::Orientation::Horizontal { told.0 } else { told.1 };
            (size, size, -1, -1)
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let header = self.obj();
            if self.content.borrow().title.is_empty() {
                return;
            }
            let inks = header.inks();
            let (width, height, color) = (header.width(), header.height(), header.color());
            header.with_face(|face| {
                let at = |x: i32, own: i32| if face.mirrored { width - x - own } else { x };
                let own = face.title.fit(width);
                face.title.draw(snapshot, (at(0, own), 0), height, &color);
                let (x, end) = (own + SPACING, width - face.state_width());
                let own = face.kind.fit(end - SPACING - x);
                face.kind.draw(snapshot, (at(x, own), 0), height, &drawn::dimmed(&color));
                if let Some((icon, text, good)) = &face.state {
                    let color = inks.state(*good);
                    icon.draw(snapshot, (at(end, ICON), 0), height, &color);
                    let own = text.fit(width);
                    text.draw(snapshot, (at(end + ICON + STATE, own), 0), height, &color);
                }
            });
        }

        fn query_tooltip(&self, x: i32, _y: i32, keyboard: bool, tooltip: &gtk::Tooltip) -> bool {
            let width = self.obj().width();
            let there = self.obj().with_face(|face| {
                let x = if face.mirrored { width - x } else { x };
                x >= width - face.state_width()
            });
            let content = self.content.borrow();
            let said = content.state.as_ref().filter(|_| there && !keyboard);
            tooltip.set_text(said.map(|state| state.sentence.as_str()));
            said.is_some()
        }

        fn direction_changed(&self, before: gtk::TextDirection) {
            self.parent_direction_changed(before);
            self.obj().look_anew();
        }
    }
}

glib::wrapper! {
    /// The header of a section.
    pub struct SectionHeader(ObjectSubclass<imp::SectionHeader>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl SectionHeader {
    pub fn new(inks: &Rc<Inks>) -> Self {
        let header: Self =
            glib::Object::builder().property("accessible-role", gtk::AccessibleRole::Label).build();
        header.imp().inks.get_or_init(|| inks.clone());
        header
    }

    fn inks(&self) -> &Inks {
        self.imp().inks.get_or_init(Rc::default)
    }

    /// Shows the section that an item is in.
    pub fn bind(&self, item: &DeviceItem) {
        let Some(content) = item.with(|_, section| Content::of(section)) else { return };
        // A tree needs no heading, only the room above it.
        let [shown, other] = if content.title.is_empty() {
            ["gw-no-header", "gw-header"]
        } else {
            ["gw-header", "gw-no-header"]
        };
        self.remove_css_class(other);
        self.add_css_class(shown);
        if *self.imp().content.borrow() == content {
            return;
        }
        let spoken = content.texts().collect::<Vec<_>>().join(&gettext(", "));
        let sentence = content.state.as_ref().map_or("", |state| state.sentence.as_str());
        self.update_property(&[
            gtk::accessible::Property::Label(&spoken),
            gtk::accessible::Property::Description(sentence),
        ]);
        self.imp().content.replace(content);
        self.look_anew();
    }

    fn look_anew(&self) {
        let imp = self.imp();
        let face = Face::new(self.upcast_ref(), self.inks(), &imp.content.borrow());
        let (width, height) = imp.told.get();
        if face.height() != height || face.widths().0 > width {
            self.queue_resize();
        }
        imp.face.replace(Some(face));
        self.queue_draw();
    }

    fn with_face<T>(&self, look: impl FnOnce(&Face) -> T) -> T {
        let mut face = self.imp().face.borrow_mut();
        let font = self.pango_context().font_description();
        if face.as_ref().is_none_or(|face| face.font != font) {
            *face = None;
        }
        look(
            face.get_or_insert_with(|| {
                Face::new(self.upcast_ref(), self.inks(), &self.imp().content.borrow())
            }),
        )
    }
}
