//! The devices page in process while the machine changes: place, selection, focus and details stay.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails")]

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gangway_app::pages::devices::{DevicesInput, DevicesPage};
use gangway_app::situation::Snapshot;
use gangway_app::widgets::views::View;
use gangway_client::demo::DemoMachine;
use gangway_client::target::{HostChoice, Target};
use gangway_core::host::{Host, HostChange, Isolation};
use gangway_core::pci::{DriverName, Names, PciAddress};
use gangway_core::reading::Reading;
use relm4::adw::prelude::*;
use relm4::prelude::*;
use relm4::{adw, gtk};

use common::{spin, written};

struct Page {
    controller: Controller<DevicesPage>,
    window: adw::Window,
    snapshot: Arc<Snapshot>,
}

/// Lets everything happen that is under way.
fn settle() {
    let end = Instant::now() + Duration::from_millis(300);
    spin(|| Instant::now() > end);
}

fn all<T: IsA<gtk::Widget>>(from: &gtk::Widget, found: &mut Vec<T>) {
    if !from.is_mapped() {
        return;
    }
    found.extend(from.downcast_ref::<T>().cloned());
    let mut child = from.first_child();
    while let Some(widget) = child {
        all(&widget, found);
        child = widget.next_sibling();
    }
}

fn machine() -> Host {
    let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
    Host::scan(&target.source().expect("a demo machine"))
}

fn of(host: Host) -> Arc<Snapshot> {
    Snapshot::of(host, Names::bundled(), "workshop".into())
}

/// The same machine without the functions of this slot.
fn without(mut host: Host, slot: &str) -> Host {
    let gone = |address: &PciAddress| address.to_string().starts_with(slot);
    host.functions.retain(|function| !gone(&function.address));
    for group in &mut host.groups {
        group.functions.retain(|address| !gone(address));
    }
    host.groups.retain(|group| !group.functions.is_empty());
    for card in &mut host.cards {
        card.functions.retain(|address| !gone(address));
    }
    host.cards.retain(|card| !card.functions.is_empty());
    host.connectors.retain(|connector| !gone(&connector.card));
    host.claims.retain(|claim| !gone(&claim.address));
    host
}

impl Page {
    fn new(host: Host, height: i32) -> Self {
        adw::init().expect("libadwaita");
        let snapshot = of(host);
        let controller = DevicesPage::builder().launch(Some(snapshot.clone())).detach();
        let window = adw::Window::builder().default_width(1200).default_height(height).build();
        window.set_content(Some(controller.widget()));
        window.present();
        let page = Self { controller, window, snapshot };
        let rows = u32::try_from(page.snapshot.devices.rows.len()).expect("few");
        assert!(spin(|| page.listed() == rows && page.find::<gtk::SearchEntry>().is_some()));
        settle();
        page
    }

    fn root(&self) -> gtk::Widget {
        self.controller.widget().clone().upcast()
    }

    fn find<T: IsA<gtk::Widget>>(&self) -> Option<T> {
        let mut found = Vec::new();
        all(&self.root(), &mut found);
        found.into_iter().next()
    }

    fn list(&self) -> gtk::ListView {
        self.find().expect("the list")
    }

    fn selection(&self) -> gtk::SingleSelection {
        self.list().model().and_downcast().expect("a selection")
    }

    fn listed(&self) -> u32 {
        self.find::<gtk::ListView>().and_then(|list| list.model()).map_or(0, |model| model.n_items())
    }

    fn becomes(&mut self, host: Host) {
        let change = HostChange::between(&self.snapshot.host, &host);
        assert!(!change.is_empty());
        self.snapshot = of(host);
        self.controller.emit(DevicesInput::Changed(self.snapshot.clone(), change));
        settle();
    }

    /// What can be seen that has a line with exactly this text.
    fn lines(&self, text: &str) -> Vec<gtk::Widget> {
        let mut widgets: Vec<gtk::Widget> = Vec::new();
        all(&self.root(), &mut widgets);
        widgets
            .retain(|widget| written(widget).is_some_and(|written| written.lines().any(|line| line == text)));
        widgets
    }

    fn says(&self, text: &str) -> bool {
        let mut widgets: Vec<gtk::Widget> = Vec::new();
        all(&self.root(), &mut widgets);
        widgets.iter().any(|widget| written(widget).is_some_and(|written| written.contains(text)))
    }

    /// The row of this address in the list.
    fn row(&self, address: &str) -> gtk::Widget {
        let list: gtk::Widget = self.list().upcast();
        self.lines(address)
            .into_iter()
            .find(|widget| widget.is_ancestor(&list))
            .expect("a row with this address")
    }

    /// Whether the row of this address is the selected one.
    fn is_selected(&self, address: &str) -> bool {
        let of_list = self.row(address).parent().expect("the list's own widget");
        of_list.state_flags().contains(gtk::StateFlags::SELECTED)
    }

    /// How far down in the window it stands.
    fn y(&self, address: &str) -> f32 {
        self.row(address).compute_bounds(&self.window).expect("it is in the window").y()
    }

    /// Where the row of an address stands in the list.
    fn position(&self, address: &str) -> u32 {
        let rows = &self.snapshot.devices.rows;
        let position = rows.iter().position(|row| row.shown_address == address).expect("it is listed");
        u32::try_from(position).expect("few")
    }

    fn select(&self, address: &str) {
        self.list().scroll_to(self.position(address), gtk::ListScrollFlags::SELECT, None);
        settle();
    }

    /// The address on the row that has the keyboard.
    fn focused_row(&self) -> Option<String> {
        let focused = self.list().focus_child()?;
        let mut widgets: Vec<gtk::Widget> = Vec::new();
        all(&focused, &mut widgets);
        let written = widgets.iter().find_map(written)?;
        written.lines().find(|line| line.contains(':')).map(str::to_owned)
    }
}

/// The demo's graphics card for the host, its network card, and a device far down the list.
const CARD: &str = "0000:01:00";
const BELOW: &str = "00:14.0";

#[gtk::test]
fn what_is_looked_at_stays_in_its_place_when_devices_above_it_go_and_come() {
    let mut page = Page::new(machine(), 420);
    let adjustment = page.list().vadjustment().expect("a scrolled list");
    page.select(BELOW);
    adjustment.set_value(adjustment.value() + f64::from(page.y(BELOW)) - 150.0);
    settle();
    assert!(adjustment.value() > 250.0, "{}", adjustment.value());
    let (y, value) = (page.y(BELOW), adjustment.value());
    page.becomes(without(machine(), CARD));
    assert!(adjustment.value() > 0.0, "there is room above for it to stay");
    assert!((page.y(BELOW) - y).abs() < 1.5, "{} instead of {y}", page.y(BELOW));
    assert!(adjustment.value() < value, "something above is gone");
    assert_eq!(page.selection().selected(), page.position(BELOW));
    page.becomes(machine());
    assert!((page.y(BELOW) - y).abs() < 1.5, "{} instead of {y}", page.y(BELOW));
    assert_eq!(page.selection().selected(), page.position(BELOW));
    page.window.close();
}

#[gtk::test]
fn a_list_that_stands_at_its_top_shows_what_comes_there() {
    let mut page = Page::new(without(machine(), CARD), 420);
    let adjustment = page.list().vadjustment().expect("a scrolled list");
    assert_eq!(adjustment.value(), adjustment.lower());
    page.becomes(machine());
    assert_eq!(adjustment.value(), adjustment.lower());
    page.window.close();
}

#[gtk::test]
fn the_keyboard_stays_on_its_row_or_in_the_search() {
    let mut page = Page::new(machine(), 700);
    page.list().scroll_to(
        page.position(BELOW),
        gtk::ListScrollFlags::SELECT | gtk::ListScrollFlags::FOCUS,
        None,
    );
    page.list().grab_focus();
    settle();
    assert_eq!(page.focused_row().as_deref(), Some(BELOW));
    page.becomes(without(machine(), CARD));
    assert_eq!(page.focused_row().as_deref(), Some(BELOW));
    // The row with the keyboard goes: it stays in the list.
    page.becomes(without(without(machine(), CARD), "0000:00:14"));
    assert!(
        page.focused_row().is_some(),
        "{:?}",
        page.window.property::<Option<gtk::Widget>>("focus-widget")
    );

    let search = page.find::<gtk::SearchEntry>().expect("the search");
    search.grab_focus();
    page.becomes(machine());
    assert!(search.focus_child().is_some_and(|text| text.has_focus()));
    page.window.close();
}

#[gtk::test]
fn the_topology_keeps_place_selection_and_keyboard_while_devices_go_and_come() {
    let mut page = Page::new(machine(), 420);
    page.controller.emit(DevicesInput::Look(View::Topology));
    assert!(spin(|| page.says("Root complex")));
    // Until its next frame it stays at its top.
    settle();
    page.controller.emit(DevicesInput::Reveal("0000:00:14.0".parse().expect("an address")));
    settle();
    let adjustment = page.list().vadjustment().expect("a scrolled list");
    adjustment.set_value(adjustment.value() + f64::from(page.y(BELOW)) - 200.0);
    page.list().grab_focus();
    settle();
    assert!(adjustment.value() > 150.0, "{}", adjustment.value());
    let (y, value, listed) = (page.y(BELOW), adjustment.value(), page.listed());
    let stays = |page: &Page| {
        assert!((page.y(BELOW) - y).abs() < 1.5, "{} instead of {y}", page.y(BELOW));
        assert_eq!(page.focused_row().as_deref(), Some(BELOW));
        assert!(page.is_selected(BELOW));
    };
    stays(&page);
    page.becomes(without(machine(), CARD));
    stays(&page);
    assert!(adjustment.value() < value && page.listed() < listed, "something above is gone");
    page.becomes(machine());
    stays(&page);
    assert_eq!(page.listed(), listed);

    // A driver that changes is painted on the row that is there.
    let row = page.row(BELOW);
    let mut host = machine();
    let driver = DriverName::new("vfio-pci").expect("a name");
    for function in host.functions.iter_mut().filter(|function| function.address.to_string().ends_with(BELOW))
    {
        function.driver = Reading::Known(driver.clone());
    }
    assert!(page.lines("vfio-pci").is_empty());
    page.becomes(host);
    assert!(page.lines("vfio-pci").contains(&row), "the same row, painted anew");
    stays(&page);
    page.window.close();
}

#[gtk::test]
fn a_selected_device_that_goes_is_said_to_be_gone_and_shown_again_when_it_is_back() {
    let mut page = Page::new(machine(), 700);
    page.select("01:00.0");
    assert!(page.says("What the Host Loses"));
    page.becomes(without(machine(), CARD));
    assert!(page.says("No Longer There") && page.says("0000:01:00.0"));
    assert_eq!(page.selection().selected(), gtk::INVALID_LIST_POSITION);
    assert!(!page.says("What the Host Loses"));
    page.becomes(machine());
    assert!(page.says("What the Host Loses") && !page.says("No Longer There"));
    assert_eq!(page.selection().selected(), page.position("01:00.0"));
    page.window.close();
}

#[gtk::test]
fn another_driver_and_another_reason_are_painted_on_what_stays() {
    let mut page = Page::new(machine(), 700);
    page.select("01:00.0");
    let row = page.row("01:00.0");
    let mut host = machine();
    let driver = DriverName::new("vfio-pci").expect("a name");
    for function in
        host.functions.iter_mut().filter(|function| function.address.to_string().starts_with(CARD))
    {
        function.driver = Reading::Known(driver.clone());
    }
    assert!(page.lines("vfio-pci").is_empty());
    page.becomes(host.clone());
    assert!(!page.lines("vfio-pci").is_empty());
    assert_eq!(page.row("01:00.0"), row, "the same row, painted anew");
    // The header, too, though its rows stay.
    let group = host.group_of("0000:01:00.0".parse().expect("an address")).expect("a group").id;
    let group = host.groups.iter_mut().find(|other| other.id == group).expect("a group");
    group.isolation = Isolation::HostBridgeWithDriver {
        address: "0000:00:00.0".parse().expect("an address"),
        driver: DriverName::new("skx_uncore").expect("a name"),
    };
    let isolated = page.lines("Isolated").len();
    page.becomes(host);
    assert_eq!(page.lines("Isolated").len(), isolated - 1);
    page.window.close();
}

#[gtk::test]
fn the_details_keep_their_place_while_they_change() {
    let mut page = Page::new(machine(), 420);
    page.select("01:00.0");
    let list = page.list();
    let pane = || {
        let mut scrolled: Vec<gtk::ScrolledWindow> = Vec::new();
        all(&page.root(), &mut scrolled);
        let of_details = |scrolled: &gtk::ScrolledWindow| {
            !list.is_ancestor(scrolled) && scrolled.vadjustment().upper() > scrolled.vadjustment().page_size()
        };
        scrolled.into_iter().find(of_details).expect("details that are longer than the window")
    };
    let adjustment = pane().vadjustment();
    adjustment.set_value(120.0);
    settle();
    let at = adjustment.value();
    assert!(at > 50.0, "{at}");
    let mut host = machine();
    if let Some(function) =
        host.functions.iter_mut().find(|function| function.address.to_string() == "0000:01:00.0")
    {
        function.driver = Reading::Absent;
    }
    page.becomes(host);
    let mut scrolled: Vec<gtk::ScrolledWindow> = Vec::new();
    all(&page.root(), &mut scrolled);
    let list = page.list();
    let after = scrolled
        .into_iter()
        .filter(|scrolled| !list.is_ancestor(scrolled))
        .map(|scrolled| scrolled.vadjustment().value())
        .fold(0.0, f64::max);
    assert!((after - at).abs() < 1.5, "{after} instead of {at}");
    page.window.close();
}

#[gtk::test]
fn a_page_that_hears_nothing_says_so_and_offers_to_look_again() {
    let page = Page::new(machine(), 700);
    page.controller.emit(DevicesInput::Deaf(Some("Nothing is heard.".into())));
    assert!(spin(|| page.says("Nothing is heard.")));
    let banner = page.find::<adw::Banner>().expect("a banner");
    assert_eq!(banner.button_label().as_deref(), Some("Scan Again"));
    page.controller.emit(DevicesInput::Deaf(None));
    assert!(spin(|| !page.says("Nothing is heard.")));
    page.window.close();
}
