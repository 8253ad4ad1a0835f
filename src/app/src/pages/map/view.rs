//! The widget of the map: paints what is seen of it, scrolls, and has one small widget for every box that is seen, for
//! the keyboard and for screen readers. What the user does with mouse and keys is in `input`.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use gangway_client::map::{Palette, Point, Rect};
use gangway_core::pci::PciAddress;
use relm4::adw;
use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{self, cairo, glib, graphene};

use super::node::MapNode;
use super::paint::{Fonts, Painter};
use super::scene::Scene;
use super::{input, zoom};

/// What the page is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Another zoom.
    Zoomed,
    /// Another box was come to.
    Selected,
    /// Show this device.
    Open(PciAddress),
}

/// Who is told.
type Tell = Box<dyn Fn(Told)>;

mod imp {
    use super::*;

    #[derive(glib::Properties)]
    #[properties(wrapper_type = super::MapView)]
    pub struct MapView {
        #[property(get, set = Self::set_across, override_interface = gtk::Scrollable)]
        hadjustment: RefCell<Option<gtk::Adjustment>>,
        #[property(get, set = Self::set_down, override_interface = gtk::Scrollable)]
        vadjustment: RefCell<Option<gtk::Adjustment>>,
        #[property(get, set, override_interface = gtk::Scrollable)]
        hscroll_policy: Cell<gtk::ScrollablePolicy>,
        #[property(get, set, override_interface = gtk::Scrollable)]
        vscroll_policy: Cell<gtk::ScrollablePolicy>,
        handlers: RefCell<[Option<glib::SignalHandlerId>; 2]>,
        pub scene: RefCell<Option<Rc<Scene>>>,
        pub fonts: OnceCell<Rc<Fonts>>,
        pub zoom: Cell<f64>,
        /// The map is fitted to the width, until somebody zooms.
        pub fitted: Cell<bool>,
        /// The width for which what matters most was brought into view.
        pub shown_for: Cell<i32>,
        pub cursor: Cell<usize>,
        pub nodes: RefCell<BTreeMap<usize, MapNode>>,
        pub tell: RefCell<Option<Tell>>,
    }

    impl Default for MapView {
        fn default() -> Self {
            Self {
                hadjustment: RefCell::default(),
                vadjustment: RefCell::default(),
                hscroll_policy: Cell::new(gtk::ScrollablePolicy::Minimum),
                vscroll_policy: Cell::new(gtk::ScrollablePolicy::Minimum),
                handlers: RefCell::default(),
                scene: RefCell::default(),
                fonts: OnceCell::new(),
                zoom: Cell::new(1.0),
                fitted: Cell::new(true),
                shown_for: Cell::default(),
                cursor: Cell::default(),
                nodes: RefCell::default(),
                tell: RefCell::default(),
            }
        }
    }

    #[glib::object_subclass]
    impl ObjectSubclass for MapView {
        const NAME: &'static str = "GangwayMapView";
        type Type = super::MapView;
        type ParentType = gtk::Widget;
        type Interfaces = (gtk::Scrollable,);

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("mapview");
            class.set_accessible_role(gtk::AccessibleRole::List);
        }
    }

    #[glib::derived_properties]
    impl ObjectImpl for MapView {
        fn constructed(&self) {
            self.parent_constructed();
            let view = self.obj();
            view.set_overflow(gtk::Overflow::Hidden);
            input::connect(&view);
        }

        fn dispose(&self) {
            self.set_adjustment(0, None);
            self.set_adjustment(1, None);
            self.obj().drop_nodes();
        }
    }

    impl ScrollableImpl for MapView {}

    impl WidgetImpl for MapView {
        fn measure(&self, orientation: gtk::Orientation, _for_size: i32) -> (i32, i32, i32, i32) {
            let size = self.obj().size();
            let natural = if orientation == gtk::Orientation::Horizontal { size.0 } else { size.1 };
            (0, natural.ceil().min(8_000.0) as i32, -1, -1)
        }

        fn size_allocate(&self, width: i32, height: i32, _baseline: i32) {
            let view = self.obj();
            let room = (f64::from(width), f64::from(height));
            if self.fitted.get() && width > 0 {
                view.fit_width(room.0);
            }
            let size = view.size();
            for (adjustment, page, upper) in
                [(view.hadjustment(), room.0, size.0), (view.vadjustment(), room.1, size.1)]
            {
                if let Some(adjustment) = adjustment {
                    let upper = upper.max(page);
                    let value = adjustment.value().clamp(0.0, upper - page);
                    adjustment.configure(value, 0.0, upper, page * 0.1, page * 0.9, page);
                }
            }
            if self.fitted.get() && self.shown_for.replace(width) != width {
                view.bring_into_view(self.cursor.get());
            }
            view.place_nodes();
        }

        fn snapshot(&self, snapshot: &gtk::Snapshot) {
            let view = self.obj();
            let (width, height) = (view.width() as f32, view.height() as f32);
            if let Some(scene) = self.scene.borrow().as_ref() {
                let cairo = snapshot.append_cairo(&graphene::Rect::new(0.0, 0.0, width, height));
                view.paint(scene, &cairo);
            }
        }

        /// The arrows are for going from box to box; Tab leaves.
        fn focus(&self, direction: gtk::DirectionType) -> bool {
            let inside = self.obj().focus_child().is_some();
            let comes = matches!(direction, gtk::DirectionType::TabForward | gtk::DirectionType::TabBackward);
            if inside || !comes { false } else { self.obj().grab_focus() }
        }

        fn grab_focus(&self) -> bool {
            self.obj().focus_node(self.cursor.get())
        }
    }

    impl MapView {
        fn set_across(&self, adjustment: Option<gtk::Adjustment>) {
            self.set_adjustment(0, adjustment);
        }

        fn set_down(&self, adjustment: Option<gtk::Adjustment>) {
            self.set_adjustment(1, adjustment);
        }

        fn set_adjustment(&self, which: usize, adjustment: Option<gtk::Adjustment>) {
            let place = if which == 0 { &self.hadjustment } else { &self.vadjustment };
            let before = place.replace(adjustment.clone());
            let view = self.obj().downgrade();
            let connected = adjustment.map(|adjustment| {
                adjustment.connect_value_changed(move |_| {
                    if let Some(view) = view.upgrade() {
                        view.queue_allocate();
                        view.queue_draw();
                    }
                })
            });
            let mut handlers = self.handlers.borrow_mut();
            let handler = handlers.get_mut(which).and_then(|place| std::mem::replace(place, connected));
            if let (Some(before), Some(handler)) = (before, handler) {
                before.disconnect(handler);
            }
        }
    }
}

glib::wrapper! {
    /// The map in the window.
    pub struct MapView(ObjectSubclass<imp::MapView>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget, gtk::Scrollable;
}

impl Default for MapView {
    fn default() -> Self {
        glib::Object::new()
    }
}

impl MapView {
    /// Calls this with what happens.
    pub fn connect_told(&self, tell: impl Fn(Told) + 'static) {
        self.imp().tell.replace(Some(Box::new(tell)));
    }

    pub(super) fn tell(&self, told: Told) {
        if let Some(tell) = self.imp().tell.borrow().as_ref() {
            tell(told);
        }
    }

    /// The desktop's font.
    pub fn fonts(&self) -> Rc<Fonts> {
        let family = || {
            let font = self.pango_context().font_description();
            font.and_then(|font| font.family()).map(|family| family.to_string()).unwrap_or_default()
        };
        self.imp().fonts.get_or_init(|| Rc::new(Fonts::new(&family(), Arc::default()))).clone()
    }

    /// Shows a map. Of the machine that was shown before, the place, the zoom and the selected box stay.
    pub fn show(&self, scene: &Rc<Scene>, same_machine: bool) {
        let imp = self.imp();
        let before = imp.scene.replace(Some(scene.clone()));
        let focused = self.focus_child().is_some();
        let address = before.and_then(|before| before.address(imp.cursor.get()));
        let kept = address.filter(|_| same_machine).and_then(|address| scene.map.node_of(address));
        imp.cursor.set(kept.unwrap_or_else(|| scene.first()));
        self.drop_nodes();
        if !same_machine {
            imp.fitted.set(true);
            imp.shown_for.set(0);
            for adjustment in [self.hadjustment(), self.vadjustment()].into_iter().flatten() {
                adjustment.set_value(0.0);
            }
        }
        self.queue_resize();
        self.queue_draw();
        if focused {
            self.focus_node(imp.cursor.get());
        }
        self.tell(Told::Selected);
    }

    /// Shows nothing.
    pub fn clear(&self) {
        self.imp().scene.replace(None);
        self.drop_nodes();
    }

    /// The main function of the box that was come to.
    pub fn selected(&self) -> Option<PciAddress> {
        self.scene()?.address(self.cursor())
    }

    pub(super) fn scene(&self) -> Option<Rc<Scene>> {
        self.imp().scene.borrow().clone()
    }

    /// How large it is shown.
    pub fn zoom(&self) -> f64 {
        self.imp().zoom.get()
    }

    /// The size of the whole map as it is shown.
    fn size(&self) -> (f64, f64) {
        let zoom = self.zoom();
        let scene = self.imp().scene.borrow();
        scene.as_ref().map_or((0.0, 0.0), |scene| (scene.map.width * zoom, scene.map.height * zoom))
    }

    /// From the widget's corner to the map's: a map that is smaller than its room stands in the middle.
    pub(super) fn offset(&self) -> Point {
        let size = self.size();
        let one = |adjustment: Option<gtk::Adjustment>, room: i32, size: f64| {
            let spare = ((f64::from(room) - size) / 2.0).max(0.0);
            spare - adjustment.map_or(0.0, |adjustment| adjustment.value())
        };
        let (across, down) = (self.hadjustment(), self.vadjustment());
        Point::new(one(across, self.width(), size.0).round(), one(down, self.height(), size.1).round())
    }

    /// A place of the widget on the map.
    pub(super) fn on_map(&self, x: f64, y: f64) -> Point {
        let (offset, zoom) = (self.offset(), self.zoom());
        Point::new((x - offset.x) / zoom, (y - offset.y) / zoom)
    }

    /// What of the map is seen.
    pub(super) fn seen(&self) -> Rect {
        let start = self.on_map(0.0, 0.0);
        let zoom = self.zoom();
        Rect::new(start.x, start.y, f64::from(self.width()) / zoom, f64::from(self.height()) / zoom)
    }

    /// The box at a place of the widget.
    pub(super) fn node_at(&self, x: f64, y: f64) -> Option<usize> {
        self.scene()?.map.node_at(self.on_map(x, y))
    }

    fn fit_width(&self, room: f64) {
        let imp = self.imp();
        let Some(width) = imp.scene.borrow().as_ref().map(|scene| scene.map.width) else { return };
        let zoom = zoom::opening(width, room);
        if (imp.zoom.replace(zoom) - zoom).abs() > 1e-6 {
            self.tell(Told::Zoomed);
        }
    }

    /// Shows all of the map.
    pub fn fit(&self) {
        if let Some(scene) = self.scene() {
            let room = (f64::from(self.width()), f64::from(self.height()));
            self.set_zoom(zoom::whole((scene.map.width, scene.map.height), room), None);
        }
    }

    /// Shows it larger or smaller; what is at `around`, or in the middle, stays there.
    pub fn set_zoom(&self, wanted: f64, around: Option<(f64, f64)>) {
        self.imp().fitted.set(false);
        let before = self.zoom();
        let after = zoom::clamped(wanted);
        if (after - before).abs() < 1e-6 {
            return;
        }
        let around = around.unwrap_or((f64::from(self.width()) / 2.0, f64::from(self.height()) / 2.0));
        let place = self.on_map(around.0, around.1);
        self.imp().zoom.set(after);
        let size = self.size();
        let (across, down) = (self.hadjustment(), self.vadjustment());
        for (adjustment, place, around, size) in
            [(across, place.x, around.0, size.0), (down, place.y, around.1, size.1)]
        {
            if let Some(adjustment) = adjustment {
                adjustment.set_upper(size.max(adjustment.page_size()));
                adjustment.set_value(zoom::scrolled(1.0, place, 0.0, after) - around);
            }
        }
        self.queue_resize();
        self.queue_draw();
        self.tell(Told::Zoomed);
    }

    /// Shows what a box stands for.
    pub(super) fn open(&self, node: usize) {
        if let Some(address) = self.scene().and_then(|scene| scene.address(node)) {
            self.tell(Told::Open(address));
        }
    }

    /// The boxes that have a widget.
    pub(super) fn nodes(&self) -> &RefCell<BTreeMap<usize, MapNode>> {
        &self.imp().nodes
    }

    /// The box that was come to.
    pub(super) fn cursor(&self) -> usize {
        self.imp().cursor.get()
    }

    /// Goes to a box, and brings it into view.
    pub(super) fn go_to(&self, node: usize) {
        let imp = self.imp();
        let before = imp.cursor.replace(node);
        self.bring_into_view(node);
        if let Some(node) = imp.nodes.borrow().get(&before) {
            node.set_selected(false);
        }
        self.focus_node(node);
        self.queue_draw();
        self.tell(Told::Selected);
    }

    fn bring_into_view(&self, node: usize) {
        let Some(scene) = self.scene() else { return };
        let Some(rect) = scene.map.nodes.get(node).map(|node| node.rect) else { return };
        let zoom = self.zoom();
        let ways = [
            (self.hadjustment(), rect.x * zoom, rect.right() * zoom),
            (self.vadjustment(), rect.y * zoom, rect.bottom() * zoom),
        ];
        for (adjustment, start, end) in ways {
            if let Some(adjustment) = adjustment {
                let value = zoom::into_view(adjustment.value(), adjustment.page_size(), start, end);
                adjustment.set_value(value);
            }
        }
    }

    /// The colours that fit the window.
    pub fn palette() -> Palette {
        let style = adw::StyleManager::default();
        Palette { dark: style.is_dark(), high_contrast: style.is_high_contrast() }
    }

    fn paint(&self, scene: &Scene, cairo: &cairo::Context) {
        let (offset, zoom, fonts) = (self.offset(), self.zoom(), self.fonts());
        cairo.translate(offset.x, offset.y);
        cairo.scale(zoom, zoom);
        let palette = Self::palette();
        let mut painter = Painter { cairo, fonts: &fonts, palette, zoom, seen: self.seen() };
        painter.map(&scene.map);
        if let Some(node) = scene.map.nodes.get(self.cursor()) {
            painter.ring(&node.rect, self.focus_child().is_some());
        }
    }
}
