//! The devices page in process: what it lists, what a search leaves, what its rows are called.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

mod common;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_app::pages::devices::{DevicesInput, DevicesPage};
use gangway_app::situation::Snapshot;
use gangway_app::words::Chip;
use gangway_client::demo::DemoMachine;
use gangway_client::target::{HostChoice, Target};
use relm4::prelude::*;
use relm4::{adw, gtk};

use relm4::adw::prelude::*;

use common::spin;

fn find<T: IsA<gtk::Widget>>(from: &gtk::Widget) -> Option<T> {
    if let Some(found) = from.downcast_ref::<T>() {
        return Some(found.clone());
    }
    let mut child = from.first_child();
    while let Some(widget) = child {
        if let Some(found) = find::<T>(&widget) {
            return Some(found);
        }
        child = widget.next_sibling();
    }
    None
}

fn find_named(from: &gtk::Widget, name: &str) -> Option<gtk::Widget> {
    if from.type_().name() == name {
        return Some(from.clone());
    }
    std::iter::successors(from.first_child(), WidgetExt::next_sibling)
        .find_map(|child| find_named(&child, name))
}

fn page(machine: DemoMachine) -> (Arc<Snapshot>, Controller<DevicesPage>, adw::Window) {
    adw::init().expect("libadwaita");
    let target = Target { host: HostChoice::Demo(machine), connect: None };
    let snapshot = Snapshot::read(&target).expect("a demo machine");
    let page = DevicesPage::builder().launch(Some(snapshot.clone())).detach();
    let window = adw::Window::builder().default_width(1200).default_height(700).build();
    window.set_content(Some(page.widget()));
    window.present();
    (snapshot, page, window)
}

fn listed(page: &Controller<DevicesPage>) -> u32 {
    find::<gtk::ListView>(page.widget().upcast_ref())
        .and_then(|list| list.model())
        .map_or(0, |model| model.n_items())
}

#[gtk::test]
fn every_function_is_listed_once_and_a_search_leaves_some() {
    let (snapshot, page, window) = page(DemoMachine::Workshop);
    let all = u32::try_from(snapshot.host.functions.len()).expect("few");
    assert!(all > 20, "{all}");
    assert!(spin(|| listed(&page) == all), "{} of {all}", listed(&page));

    page.emit(DevicesInput::Search("rtx 3070".to_owned()));
    assert!(spin(|| (1..all).contains(&listed(&page))), "{} of {all}", listed(&page));
    page.emit(DevicesInput::Search(String::new()));
    page.emit(DevicesInput::Filter(Chip::Graphics));
    assert!(spin(|| listed(&page) == 2), "two graphics cards, not {}", listed(&page));
    window.close();
}

#[gtk::test]
fn the_first_row_is_a_graphics_card_not_a_bridge() {
    let (snapshot, page, window) = page(DemoMachine::Studio);
    assert!(spin(|| listed(&page) > 0));
    let first = snapshot.devices.rows.first().expect("a row");
    assert!(first.primary && !first.quiet, "{first:?}");
    assert!(first.spoken(Some("win11")).ends_with("given to “win11”"));
    window.close();
}

#[gtk::test]
fn the_first_frame_has_rows_and_begins_with_their_header() {
    let (_snapshot, page, window) = page(DemoMachine::Workshop);
    let list = find::<gtk::ListView>(page.widget().upcast_ref()).expect("the list, before any frame");
    let adjustment = list.vadjustment().expect("a scrolled list");
    let seen = Rc::new(Cell::new(None));
    let painted = seen.clone();
    gangway_app::measure::after_first_frame(window.upcast_ref(), move || {
        let row = find_named(list.upcast_ref(), "GangwayDeviceRow").is_some_and(|row| row.is_mapped());
        painted.set(Some((row, adjustment.upper() > adjustment.page_size(), adjustment.value())));
    });
    assert!(spin(|| seen.get().is_some()));
    assert_eq!(seen.get(), Some((true, true, 0.0)));
    window.close();
}

#[gtk::test]
fn the_first_header_stays_in_sight_where_the_window_is_made_narrow() {
    let (snapshot, page, window) = page(DemoMachine::Workshop);
    let all = u32::try_from(snapshot.host.functions.len()).expect("few");
    assert!(spin(|| listed(&page) == all));
    let list = find::<gtk::ListView>(page.widget().upcast_ref()).expect("the list");
    let adjustment = list.vadjustment().expect("a scrolled list");
    // The filters are there, and the list has the focus.
    assert!(spin(
        || find::<gtk::SearchEntry>(page.widget().upcast_ref()).is_some() && list.focus_child().is_some()
    ));
    for (width, narrow) in [(360, true), (1200, false), (360, true)] {
        page.emit(DevicesInput::Narrow(narrow));
        page.widget().set_collapsed(narrow);
        window.set_default_size(width, 700);
        assert!(spin(|| (window.width() - width).abs() < 30), "{} for {width}", window.width());
        let end = Instant::now() + Duration::from_millis(500);
        spin(|| Instant::now() > end);
        assert!(adjustment.upper() > adjustment.page_size(), "there is something to scroll");
        assert_eq!(adjustment.value(), adjustment.lower(), "{width}");
    }
    window.close();
}
