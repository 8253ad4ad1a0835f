//! The devices page in process: what it lists, what a search leaves, what its rows are called.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

mod common;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_app::pages::devices::inspector::PartId;
use gangway_app::pages::devices::key::Key;
use gangway_app::pages::devices::known::Known;
use gangway_app::pages::devices::{DevicesInput, DevicesPage};
use gangway_app::situation::Snapshot;
use gangway_app::widgets::views::View;
use gangway_app::words::Chip;
use gangway_client::demo::DemoMachine;
use gangway_client::hypervisor::{VirtualMachine, VmId, VmState};
use gangway_client::target::{HostChoice, Target};
use gangway_core::devices::Devices;
use gangway_core::source::Source;
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

/// Gives a window a width. What its contents need has it resized, too, and the answer to that may arrive after this one
/// was asked for and take its place: then it is asked for again.
fn resize(window: &adw::Window, width: i32) -> bool {
    (0..20).any(|round| {
        window.set_default_size(width - round % 2, 700);
        let end = Instant::now() + Duration::from_secs(1);
        spin(|| (window.width() - width).abs() < 30 || Instant::now() > end);
        (window.width() - width).abs() < 30
    })
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
    assert!(first.spoken(Some("win11"), &[]).ends_with("given to “win11”"));
    window.close();
}

#[gtk::test]
fn the_first_frame_has_rows_and_begins_with_their_header() {
    let (_snapshot, page, window) = page(DemoMachine::Workshop);
    // Without our style sheet rows are half as high.
    window.set_default_size(1200, 350);
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
    let search = find::<gtk::SearchEntry>(page.widget().upcast_ref()).expect("the search");
    let line = search.parent().and_downcast::<gtk::Box>().expect("the line that it is on");
    for (width, narrow) in [(360, true), (1200, false), (360, true)] {
        page.emit(DevicesInput::Narrow(narrow));
        page.widget().set_collapsed(narrow);
        // A window is not made narrower than what is in it.
        let vertical = || line.orientation() == gtk::Orientation::Vertical;
        assert!(spin(|| vertical() == narrow), "the page is told of {width}");
        assert!(resize(&window, width), "{} for {width}", window.width());
        let end = Instant::now() + Duration::from_millis(500);
        spin(|| Instant::now() > end);
        assert!(adjustment.upper() > adjustment.page_size(), "there is something to scroll");
        assert_eq!(adjustment.value(), adjustment.lower(), "{width}");
    }
    window.close();
}

/// The files of the demo's machine, for what the window reads of it in the background.
fn source(machine: DemoMachine) -> Source {
    let target = Target { host: HostChoice::Demo(machine), connect: None };
    target.source().expect("a demo machine")
}

fn says(page: &Controller<DevicesPage>, text: &str) -> bool {
    fn look(widget: &gtk::Widget, text: &str) -> bool {
        if !widget.is_mapped() {
            return false;
        }
        common::written(widget).is_some_and(|written| written.contains(text))
            || std::iter::successors(widget.first_child(), WidgetExt::next_sibling)
                .any(|child| look(&child, text))
    }
    look(page.widget().upcast_ref(), text)
}

fn list_of(page: &Controller<DevicesPage>) -> gtk::ListView {
    find::<gtk::ListView>(page.widget().upcast_ref()).expect("the list")
}

#[gtk::test]
fn a_card_in_the_topology_is_unfolded_and_folded_with_keys_or_arrow() {
    let (snapshot, page, window) = page(DemoMachine::Workshop);
    let all = u32::try_from(snapshot.host.functions.len()).expect("few");
    assert!(spin(|| listed(&page) == all));
    page.emit(DevicesInput::Look(View::Topology));
    assert!(spin(|| says(&page, "Root complex")));
    let folded = listed(&page);
    let card = Key::Function("0000:01:00.0".parse().expect("an address"));
    page.emit(DevicesInput::Fold(card.clone()));
    assert!(spin(|| listed(&page) == folded + 3), "{} of {folded} and 3", listed(&page));
    page.emit(DevicesInput::Fold(card));
    assert!(spin(|| listed(&page) == folded));

    // A companion that is looked for has its card and the bridges above it beside it.
    page.emit(DevicesInput::Search("ucsi".to_owned()));
    assert!(spin(|| listed(&page) == 4), "{}", listed(&page));
    page.emit(DevicesInput::Search(String::new()));
    assert!(spin(|| listed(&page) == folded));
    // What is selected by groups is unfolded for.
    page.emit(DevicesInput::Look(View::Groups));
    assert!(spin(|| listed(&page) == all));
    page.emit(DevicesInput::Reveal("0000:01:00.3".parse().expect("an address")));
    page.emit(DevicesInput::Look(View::Topology));
    assert!(spin(|| listed(&page) == folded + 3));
    let selection = list_of(&page).model().and_downcast::<gtk::SingleSelection>().expect("a selection");
    assert!(spin(|| selection.selected() != gtk::INVALID_LIST_POSITION));
    window.close();
}

#[gtk::test]
fn claims_arrive_in_place_and_what_is_on_usb_with_them() {
    let (snapshot, page, window) = page(DemoMachine::Workshop);
    let all = u32::try_from(snapshot.host.functions.len()).expect("few");
    assert!(spin(|| listed(&page) == all && says(&page, "Hardware")));
    assert!(!says(&page, "Link, Power and Reset"));
    let selection = list_of(&page).model().and_downcast::<gtk::SingleSelection>().expect("a selection");
    let (selected, item) = (selection.selected(), selection.item(5));
    page.emit(DevicesInput::Look(View::Usb));
    assert!(spin(|| says(&page, "Looking at the devices")), "nothing is known of USB yet");
    page.emit(DevicesInput::Look(View::Groups));
    assert!(spin(|| list_of(&page).is_mapped()));

    let hand_over = || {
        fn look(widget: &gtk::Widget) -> Option<gtk::Button> {
            let button = widget.downcast_ref::<gtk::Button>();
            let own = button.filter(|button| button.label().is_some_and(|label| label == "_Hand Over…"));
            own.cloned().or_else(|| {
                std::iter::successors(widget.first_child(), WidgetExt::next_sibling)
                    .find_map(|child| look(&child))
            })
        }
        look(page.widget().upcast_ref())
    };
    let button = hand_over().expect("the card can be handed over");

    // The row that Bluetooth will be on. Until its next frame, a list that gets other rows stays at its top.
    let end = Instant::now() + Duration::from_millis(300);
    spin(|| Instant::now() > end);
    let row = snapshot.devices.rows.iter().position(|row| row.shown_address == "02:00.0").expect("a row");
    list_of(&page).scroll_to(u32::try_from(row).expect("few"), gtk::ListScrollFlags::NONE, None);
    let source = source(DemoMachine::Workshop);
    let mut devices = Devices::read(&source, &snapshot.host);
    page.emit(DevicesInput::Known(Known::of(&snapshot, devices.clone(), &source)));
    assert!(spin(|| says(&page, "Bluetooth") && says(&page, "Link, Power and Reset")));
    assert_eq!((selection.selected(), selection.item(5)), (selected, item), "the same rows");
    assert_eq!(hand_over(), Some(button), "who presses it now does not lose it");

    page.emit(DevicesInput::Look(View::Usb));
    assert!(spin(|| says(&page, "Cherry Keyboard")));
    assert!(listed(&page) > 4);
    // The keyboard is selected and pulled out, and plugged in again.
    page.emit(DevicesInput::Search("cherry".to_owned()));
    assert!(spin(|| listed(&page) == 2));
    list_of(&page).scroll_to(1, gtk::ListScrollFlags::SELECT, None);
    assert!(spin(|| says(&page, "The only keyboard")));
    let plugged = devices.clone();
    devices.usb.devices.retain(|device| device.port != "3-1");
    devices.usb.inputs.retain(|input| input.usb.as_deref() != Some("3-1"));
    page.emit(DevicesInput::Known(Known::of(&snapshot, devices, &source)));
    assert!(spin(|| says(&page, "No Longer There") && !says(&page, "The only keyboard")));
    page.emit(DevicesInput::Known(Known::of(&snapshot, plugged, &source)));
    assert!(spin(|| says(&page, "The only keyboard") && !says(&page, "No Longer There")));
    window.close();
}

#[gtk::test]
fn a_part_that_is_folded_stays_so_for_the_next_device() {
    let (snapshot, page, window) = page(DemoMachine::Workshop);
    let source = source(DemoMachine::Workshop);
    let known = Known::of(&snapshot, Devices::read(&source, &snapshot.host), &source);
    page.emit(DevicesInput::Known(known));
    assert!(spin(|| says(&page, "Full name") && says(&page, "Identity")));
    assert!(!says(&page, "Way from the root"), "folded at first");
    page.emit(DevicesInput::PartToggled(PartId::Hardware));
    page.emit(DevicesInput::PartToggled(PartId::Identity));
    list_of(&page).scroll_to(1, gtk::ListScrollFlags::SELECT, None);
    assert!(spin(|| says(&page, "Way from the root") && !says(&page, "Full name")));
    window.close();
}

#[gtk::test]
fn a_row_says_who_has_its_device_and_who_runs_with_it() {
    let (_, page, window) = page(DemoMachine::Workshop);
    assert!(spin(|| listed(&page) > 4));
    let vm = |name: &str| VirtualMachine::new(VmId::new(name), name.to_owned(), VmState::Running, true);
    let card = "01:00.0".parse().expect("an address");
    let saved = VirtualMachine { devices: vec![card], ..vm("has-it-saved") };
    page.emit(DevicesInput::Machines(vec![saved]));
    assert!(spin(|| says(&page, "has-it-saved") && says(&page, "Take Back…")));
    let live = "<domain><devices><hostdev mode='subsystem' type='pci'><source><address bus='1' slot='0' function='0'/>\
                </source></hostdev></devices></domain>";
    let user = vm("runs-with-it").with_definition("<domain/>").with_live_definition(live);
    page.emit(DevicesInput::Machines(vec![user]));
    assert!(spin(|| says(&page, "runs-with-it") && !says(&page, "has-it-saved")));
    assert!(spin(|| !says(&page, "Take Back…")), "its definition does not have it");
    page.emit(DevicesInput::Machines(Vec::new()));
    assert!(spin(|| !says(&page, "runs-with-it")));
    window.close();
}
