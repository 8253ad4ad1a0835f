//! The map page in process: a large machine is painted soon, every box that is seen has a widget with a name, arrows move
//! the focus, and the picture is one.

mod common;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_app::pages::map::export;
use gangway_app::pages::map::paint::Fonts;
use gangway_app::pages::map::scene::Parts;
use gangway_app::pages::map::view::MapView;
use gangway_app::pages::map::{MapInput, MapPage};
use gangway_app::situation::Snapshot;
use gangway_client::claims::Owners;
use gangway_client::demo::DemoMachine;
use gangway_client::map::Palette;
use gangway_client::target::{HostChoice, Target};
use gangway_core::host::Host;
use gangway_core::machine_file::MachineBuilder;
use gangway_core::pci::Names;
use gangway_core::source::Source;
use relm4::gtk::glib;
use relm4::prelude::*;
use relm4::{adw, gtk};

use relm4::adw::prelude::*;

use common::spin;

fn find(from: &gtk::Widget) -> Option<MapView> {
    if let Some(found) = from.downcast_ref::<MapView>() {
        return Some(found.clone());
    }
    let mut child = from.first_child();
    while let Some(widget) = child {
        if let Some(found) = find(&widget) {
            return Some(found);
        }
        child = widget.next_sibling();
    }
    None
}

fn boxes(view: &MapView) -> Vec<gtk::Widget> {
    std::iter::successors(view.first_child(), WidgetExt::next_sibling).collect()
}

/// A server of so many functions: eight root buses with ports, some with switches of graphics cards, disks, and network
/// cards of 64 virtual functions each.
fn server(functions: usize) -> Host {
    let mut made = 0;
    let mut builder = MachineBuilder::default();
    let mut put =
        |above: &str, address: &str, class: &str, id: &str, group: Option<usize>, physical: Option<&str>| {
            if made == functions {
                return String::new();
            }
            made += 1;
            let place = format!("{above}/{address}");
            let text =
                format!("PCI_CLASS={class}\nPCI_ID={id}\nPCI_SUBSYS_ID=0000:0000\nPCI_SLOT_NAME={address}\n");
            builder.file(&format!("/sys{place}/uevent"), text);
            builder.link(&format!("/sys/bus/pci/devices/{address}"), format!("../../..{place}"));
            if let Some(group) = group {
                builder
                    .link(&format!("/sys{place}/iommu_group"), format!("/sys/kernel/iommu_groups/{group}"));
            }
            if let Some(physical) = physical {
                builder.link(&format!("/sys{place}/physfn"), format!("../{physical}"));
            }
            place
        };
    let mut group = 0;
    for domain in 0..64_u32 {
        let root = format!("/devices/pci{domain:04x}:00");
        put(&root, &format!("{domain:04x}:00:00.0"), "60000", "8086:09A2", None, None);
        for port in 1..9_u32 {
            group += 4;
            let bus = port * 8;
            let port =
                put(&root, &format!("{domain:04x}:00:{port:02x}.0"), "60400", "8086:352A", Some(group), None);
            match bus / 8 % 4 {
                0 => {}
                1 => {
                    let up = put(
                        &port,
                        &format!("{domain:04x}:{bus:02x}:00.0"),
                        "60400",
                        "10B5:9765",
                        Some(group),
                        None,
                    );
                    for slot in 0..4_u32 {
                        let down = format!("{domain:04x}:{:02x}:{slot:02x}.0", bus + 1);
                        let down = put(&up, &down, "60400", "10B5:9765", Some(group), None);
                        let card = format!("{domain:04x}:{:02x}:00", bus + 2 + slot);
                        put(
                            &down,
                            &format!("{card}.0"),
                            "30200",
                            "10DE:2330",
                            Some(group + 1 + slot as usize % 2),
                            None,
                        );
                        put(
                            &down,
                            &format!("{card}.1"),
                            "40300",
                            "10DE:22BA",
                            Some(group + 1 + slot as usize % 2),
                            None,
                        );
                    }
                }
                2 => {
                    put(
                        &port,
                        &format!("{domain:04x}:{bus:02x}:00.0"),
                        "10802",
                        "144D:A80A",
                        Some(group + 1),
                        None,
                    );
                }
                _ => {
                    let physical = format!("{domain:04x}:{bus:02x}:00.0");
                    put(&port, &physical, "20000", "8086:1592", Some(group + 1), None);
                    for number in 0..16_u32 {
                        let address = format!("{domain:04x}:{bus:02x}:{:02x}.{}", 1 + number / 8, number % 8);
                        group += 1;
                        put(&port, &address, "20000", "8086:1889", Some(group + 1), Some(&physical));
                    }
                }
            }
        }
    }
    let host = Host::scan(&Source::machine(&builder.build()));
    assert_eq!(host.functions.len(), functions);
    host
}

fn window(page: &Controller<MapPage>) -> adw::Window {
    let window = adw::Window::builder().default_width(1200).default_height(760).build();
    window.set_content(Some(page.widget()));
    window.present();
    window
}

/// What this thread has computed so far: on a computer that has other things to do too, that says more than a clock.
fn computed() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn nowhere() -> Target {
    Target { host: HostChoice::Machine("/nowhere.host".into()), connect: None }
}

/// Runs until the next frame is painted, and tells how long that took from `since` on.
fn next_frame(widget: &gtk::Widget, since: Instant) -> Duration {
    let painted = Rc::new(Cell::new(None));
    let done = painted.clone();
    gangway_app::measure::after_next_frame(widget, move || done.set(Some(since.elapsed())));
    assert!(spin(|| painted.get().is_some()), "no frame");
    painted.get().unwrap_or_default()
}

#[gtk::test]
fn a_large_machine_is_painted_soon_and_every_box_that_is_seen_has_a_name() {
    adw::init().expect("libadwaita");
    let snapshot = Snapshot::of(server(4096), Names::bundled(), "server".into());
    // A first page, so that no font is loaded and no style made for the first time.
    let first = MapPage::builder().launch(()).detach();
    let warm = Snapshot::of(server(64), Names::bundled(), "small".into());
    let behind = window(&first);
    first.emit(MapInput::Show { snapshot: warm, target: nowhere() });
    let view = find(first.widget().upcast_ref());
    assert!(spin(|| view.as_ref().is_none_or(|view| boxes(view).len() > 3)));
    behind.close();

    let empty = adw::Window::builder().default_width(1200).default_height(760).build();
    empty.present();
    assert!(spin(|| empty.is_mapped() && empty.width() > 0));
    let (begun, before) = (Instant::now(), computed());
    let page = MapPage::builder().launch(()).detach();
    page.emit(MapInput::Show { snapshot: snapshot.clone(), target: nowhere() });
    empty.set_content(Some(page.widget()));
    let view = find(page.widget().upcast_ref());
    assert!(view.is_none(), "what is shown comes with the message");
    let handled = Rc::new(Cell::new(false));
    let seen = handled.clone();
    glib::idle_add_local_full(glib::Priority::DEFAULT, move || {
        seen.set(true);
        glib::ControlFlow::Break
    });
    assert!(spin(|| handled.get()));
    let took = next_frame(empty.upcast_ref(), begun);
    println!(
        "4096 functions: {:.1} ms from activation to the painted frame, {:.1} ms of them computing",
        took.as_secs_f64() * 1000.0,
        (computed() - before).as_secs_f64() * 1000.0
    );
    // Ten times what is asked of a program that was built for release.
    assert!(took < Duration::from_millis(1000), "{took:?}");

    let view = find(page.widget().upcast_ref()).expect("a map");
    let boxes = boxes(&view);
    assert!((4..400).contains(&boxes.len()), "{} boxes have a widget", boxes.len());
    for child in &boxes {
        assert_eq!(child.accessible_role(), gtk::AccessibleRole::ListItem);
    }
    let begun = Instant::now();
    view.set_zoom(view.zoom() * 0.5, None);
    println!("zoomed out: {:.1} ms", next_frame(empty.upcast_ref(), begun).as_secs_f64() * 1000.0);
    let begun = Instant::now();
    view.fit();
    println!("all of it: {:.1} ms", next_frame(empty.upcast_ref(), begun).as_secs_f64() * 1000.0);
    empty.close();

    let parts = Parts { snapshot, links: None, owners: Owners::new() };
    let begun = Instant::now();
    let text = export::document(&parts, Palette::default());
    println!("SVG: {} KiB in {:.1} ms", text.len() >> 10, begun.elapsed().as_secs_f64() * 1000.0);
    if let Some(folder) = std::env::var_os("GANGWAY_SCREENSHOTS") {
        let path = std::path::Path::new(&folder).join("map-server.svg");
        std::fs::File::create(path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
            .expect("a picture");
    }
}

#[gtk::test]
fn keys_go_from_box_to_box() {
    adw::init().expect("libadwaita");
    let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
    let snapshot = Snapshot::read(&target).expect("a demo machine");
    let page = MapPage::builder().launch(()).detach();
    let window = window(&page);
    page.emit(MapInput::Show { snapshot, target });
    assert!(spin(|| find(page.widget().upcast_ref()).is_some_and(|view| boxes(&view).len() > 10)));
    let view = find(page.widget().upcast_ref()).expect("a map");
    let card = view.selected().expect("the first graphics card");
    assert_eq!(card.short(), "01:00.0");
    assert!(view.grab_focus() && view.focus_child().is_some());
    page.emit(MapInput::Select("08:00.1".parse().expect("an address")));
    assert!(spin(|| view.selected().is_some_and(|now| now.short() == "08:00.0")), "{:?}", view.selected());
    window.close();
}

#[gtk::test]
fn the_picture_is_one_of_the_right_size() {
    adw::init().expect("libadwaita");
    let target = Target { host: HostChoice::Demo(DemoMachine::Studio), connect: None };
    let snapshot = Snapshot::read(&target).expect("a demo machine");
    let parts = Parts { snapshot, links: None, owners: Owners::new() };
    let fonts = Fonts::new("", Arc::default());
    let pictures = fonts.pictures();
    let drawn =
        std::thread::spawn(move || export::picture(parts, &Fonts::new("", pictures), Palette::default()));
    let png = drawn.join().expect("the worker").expect("a picture");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| {
        png.get(at..at + 4).map(|bytes| bytes.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)))
    };
    let (width, height) = (number(16).expect("a width"), number(20).expect("a height"));
    assert!((1500..3000).contains(&width) && (1200..3000).contains(&height), "{width} by {height}");
}
