//! A box of the map as a widget of its own: nothing is painted by it, but it has the keyboard's focus and a name, so
//! that a screen reader finds every box where it is seen.

use std::cell::Cell;

use relm4::gtk::prelude::*;
use relm4::gtk::subclass::prelude::*;
use relm4::gtk::{self, glib};

use super::view::MapView;

mod imp {
    use super::*;

    #[derive(Default)]
    pub struct MapNode {
        pub index: Cell<usize>,
    }

    #[glib::object_subclass]
    impl ObjectSubclass for MapNode {
        const NAME: &'static str = "GangwayMapNode";
        type Type = super::MapNode;
        type ParentType = gtk::Widget;

        fn class_init(class: &mut Self::Class) {
            class.set_css_name("mapnode");
            class.set_accessible_role(gtk::AccessibleRole::ListItem);
            // Actions are what assistive technologies can start without a mouse.
            class.install_action("node.open", None, |node, _, _| node.open());
        }
    }

    impl ObjectImpl for MapNode {}
    impl WidgetImpl for MapNode {}
}

glib::wrapper! {
    /// A box of the map.
    pub struct MapNode(ObjectSubclass<imp::MapNode>)
        @extends gtk::Widget,
        @implements gtk::Accessible, gtk::Buildable, gtk::ConstraintTarget;
}

impl MapNode {
    /// The box at an index of the map, by what is said of it.
    pub fn new(index: usize, spoken: &str) -> Self {
        let node: Self = glib::Object::builder().property("focusable", true).build();
        node.imp().index.set(index);
        node.update_property(&[gtk::accessible::Property::Label(spoken)]);
        node
    }

    /// Which box it is.
    pub fn index(&self) -> usize {
        self.imp().index.get()
    }

    /// Says whether it is the selected one.
    pub fn set_selected(&self, selected: bool) {
        self.update_state(&[gtk::accessible::State::Selected(Some(selected))]);
    }

    fn open(&self) {
        if let Some(view) = self.parent().and_downcast::<MapView>() {
            view.open(self.index());
        }
    }
}
