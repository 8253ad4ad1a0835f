//! Rows and headers of the device list where one reads from right to left: what is drawn stands where its mirror image
//! would. They place it by themselves, so GTK does not see to it.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

mod common;

use gangway_app::pages::devices::known::Known;
use gangway_app::pages::devices::{DevicesInput, DevicesPage};
use gangway_app::situation::Snapshot;
use gangway_app::theme;
use gangway_app::widgets::views::View;
use gangway_client::demo::DemoMachine;
use gangway_client::target::{HostChoice, Target};
use gangway_core::devices::Devices;
use relm4::adw::prelude::*;
use relm4::gtk::{graphene, gsk};
use relm4::prelude::*;
use relm4::{adw, gtk};

use common::{spin, written};

/// What GTK rounds to whole pixels at one end may be a pixel off at the other, and the room around letters is not drawn.
const TOLERANCE: f32 = 1.6;
const LETTERS: f32 = 7.0;

/// The bounds of everything that a node draws, and whether it is text.
fn leaves(node: &gsk::RenderNode, at: &gsk::Transform, found: &mut Vec<(graphene::Rect, bool)>) {
    if let Some(container) = node.downcast_ref::<gsk::ContainerNode>() {
        (0..container.n_children()).for_each(|index| leaves(&container.child(index), at, found));
    } else if let Some(moved) = node.downcast_ref::<gsk::TransformNode>() {
        leaves(&moved.child(), &at.clone().transform(Some(&moved.transform())), found);
    } else if let Some(clip) = node.downcast_ref::<gsk::ClipNode>() {
        leaves(&clip.child(), at, found);
    } else if let Some(named) = node.downcast_ref::<gsk::DebugNode>() {
        leaves(&named.child(), at, found);
    } else {
        found.push((at.transform_bounds(&node.bounds()), node.is::<gsk::TextNode>()));
    }
}

/// What a widget draws by itself, in its own coordinates.
fn drawn(widget: &gtk::Widget) -> Vec<(graphene::Rect, bool)> {
    let snapshot = gtk::Snapshot::new();
    let paintable = gtk::WidgetPaintable::new(Some(widget));
    paintable.snapshot(&snapshot, f64::from(widget.width()), f64::from(widget.height()));
    let mut found = Vec::new();
    if let Some(node) = snapshot.to_node() {
        leaves(&node, &gsk::Transform::new(), &mut found);
    }
    found
}

/// The same with the parts of a text, such as its ellipsis, in one: what is beside each other is further apart.
fn whole(drawn: &[(graphene::Rect, bool)]) -> Vec<(graphene::Rect, bool)> {
    let mut found: Vec<(graphene::Rect, bool)> = Vec::new();
    for (rect, text) in drawn {
        match found.last_mut() {
            Some((before, true))
                if *text && before.inset_r(-3.0, 0.0).intersection(&rect.inset_r(-3.0, 0.0)).is_some() =>
            {
                *before = before.union(rect);
            }
            _ => found.push((*rect, *text)),
        }
    }
    found
}

fn lines(from: &gtk::Widget, found: &mut Vec<(String, gtk::Widget)>) {
    if matches!(from.type_().name(), "GangwayDeviceRow" | "GangwaySectionHeader") && from.is_mapped() {
        found.push((written(from).unwrap_or_default(), from.clone()));
    }
    std::iter::successors(from.first_child(), WidgetExt::next_sibling).for_each(|child| lines(&child, found));
}

/// What is written on a row, its width, and what it draws.
type Seen = (String, f32, Vec<(graphene::Rect, bool)>);

/// Every row and header that can be seen: what is written on it, its width, and what it draws.
fn seen(view: View, narrow: bool, direction: gtk::TextDirection) -> Vec<Seen> {
    gtk::Widget::set_default_direction(direction);
    let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
    let snapshot = Snapshot::read(&target).expect("a demo machine");
    let source = target.source().expect("a demo machine");
    let devices = Devices::read(&source, &snapshot.host);
    let page = DevicesPage::builder().launch(Some(snapshot.clone())).detach();
    let window = adw::Window::builder().default_width(1100).default_height(900).build();
    window.set_content(Some(page.widget()));
    window.present();
    page.emit(DevicesInput::Known(Known::of(&snapshot, devices, &source)));
    page.emit(DevicesInput::Narrow(narrow));
    page.emit(DevicesInput::Look(view));
    let found = || {
        let mut found = Vec::new();
        lines(page.widget().upcast_ref(), &mut found);
        found
    };
    let wanted = if view == View::Topology { "Root complex" } else { "Isolated" };
    assert!(spin(|| found().iter().any(|(text, _)| text.contains(wanted))), "{wanted}");
    let end = std::time::Instant::now() + std::time::Duration::from_millis(300);
    spin(|| std::time::Instant::now() > end);
    let seen =
        found().into_iter().map(|(text, widget)| (text, widget.width() as f32, drawn(&widget))).collect();
    window.destroy();
    gtk::Widget::set_default_direction(gtk::TextDirection::Ltr);
    seen
}

#[gtk::test]
fn what_is_drawn_is_mirrored_where_one_reads_from_right_to_left() {
    theme::load().expect("the resources of the program");
    for (view, narrow) in [(View::Groups, false), (View::Groups, true), (View::Topology, false)] {
        let [plain, mirrored] =
            [gtk::TextDirection::Ltr, gtk::TextDirection::Rtl].map(|to| seen(view, narrow, to));
        assert!(plain.len() > 8, "{view:?}: {}", plain.len());
        for ((text, width, own), (mirrored_text, mirrored_width, other)) in plain.iter().zip(&mirrored) {
            assert_eq!((text, width), (mirrored_text, mirrored_width), "{view:?}");
            // A tree has no heading, only room above it.
            assert!(text.is_empty() || own.len() > 2, "{text}: {own:?}");
            assert!(own.len() == other.len(), "{text}: {own:?} and {other:?}");
            let other = whole(other);
            for (rect, text_node) in whole(own) {
                let x = width - rect.x() - rect.width();
                let near =
                    |one: f32, two: f32| (one - two).abs() < if text_node { LETTERS } else { TOLERANCE };
                let stands = |(there, is_text): &(graphene::Rect, bool)| {
                    *is_text == text_node
                        && near(there.x(), x)
                        && near(there.width(), rect.width())
                        && (there.y() - rect.y()).abs() < TOLERANCE
                };
                assert!(
                    other.iter().any(stands),
                    "{view:?} {text}: nothing at {x} for {rect:?} in {other:?}"
                );
            }
        }
    }
}
