//! The list by PCIe topology: each bridge with what is behind it, in the tree that the map draws. Without GTK.

use std::collections::BTreeMap;

use gangway_client::claims::Owners;
use gangway_client::map::{self, Facts, NodeKind};
use gangway_core::devices::Devices;
use gangway_core::host::Link;
use gangway_core::pci::PciAddress;
use gettextrs::{gettext, ngettext};

use super::key::Key;
use super::state::{DevicesView, Row, RowMaker, Section};
use super::tree::Place;
use crate::situation::Snapshot;

/// The rows of a machine; of its links as far as the full model was read.
pub fn view(snapshot: &Snapshot, owners: &Owners, devices: Option<&Devices>) -> DevicesView {
    let facts = Facts { host: &snapshot.host, names: &snapshot.names, links: None, owners };
    let places = map::places(&facts);
    let links = devices.map(links).unwrap_or_default();
    let mut making =
        Making { maker: RowMaker::new(&snapshot.host, &snapshot.names), links, rows: Vec::new() };
    let mut row_of: Vec<usize> = Vec::with_capacity(places.len());
    for place in &places {
        let parent = place.parent.and_then(|parent| row_of.get(parent)).copied();
        row_of.push(making.rows.len());
        making.place(place, parent);
    }
    let mut rows = making.rows;
    mark_folds(&mut rows);
    let sections = vec![Section::plain(0..rows.len())];
    DevicesView { sections, rows }
}

fn links(devices: &Devices) -> BTreeMap<PciAddress, &Link> {
    devices.functions.iter().map(|extras| (extras.address, &extras.link)).collect()
}

/// Whoever has a row below folds.
pub(super) fn mark_folds(rows: &mut [Row]) {
    let parents: Vec<usize> = rows.iter().filter_map(|row| row.place?.parent).collect();
    for parent in parents {
        if let Some(place) = rows.get_mut(parent).and_then(|row| row.place.as_mut()) {
            place.folds = true;
        }
    }
}

struct Making<'a> {
    maker: RowMaker<'a>,
    links: BTreeMap<PciAddress, &'a Link>,
    rows: Vec<Row>,
}

impl Making<'_> {
    fn place(&mut self, place: &map::Place, parent: Option<usize>) {
        let level = parent.and_then(|parent| self.rows.get(parent)?.place).map_or(0, |above| above.level + 1);
        let at = |folded| Place { level, parent, folds: false, folded_at_first: folded };
        let group =
            place.group.map(|group| gettext("Group {number}").replace("{number}", &group.to_string()));
        let group = group.unwrap_or_default();
        match place.kind {
            NodeKind::Root => self.rows.push(Row {
                icon: "chip-symbolic",
                place: Some(at(false)),
                ..named(Key::Root(place.address.clone()), place)
            }),
            NodeKind::Bridge => {
                let Some(row) = place.functions.first().and_then(|first| self.maker.row(*first)) else {
                    return;
                };
                let vendor = self.link_below(place).unwrap_or(row.vendor.clone());
                self.rows.push(Row {
                    haystack: format!("{} {}", place.title.to_lowercase(), row.haystack),
                    name: place.title.clone(),
                    // That a port has the driver of ports is nobody's question.
                    driver: if row.driver == "pcieport" { String::new() } else { row.driver.clone() },
                    vendor,
                    group,
                    quiet: true,
                    place: Some(at(false)),
                    ..row
                });
            }
            NodeKind::Device => self.device(place, &group, at(false)),
            NodeKind::Run(_) => {
                let Some(first) = place.functions.first() else { return };
                let icon = self.maker.row(*first).map_or("chip-symbolic", |row| row.icon);
                let run = self.rows.len();
                self.rows.push(Row {
                    icon,
                    quiet: true,
                    group,
                    place: Some(at(true)),
                    ..named(Key::Run(*first), place)
                });
                self.below(&place.functions, run, level + 1);
            }
        }
    }

    /// A graphics card is one row with its companions folded; the functions of another slot stand side by side.
    fn device(&mut self, place: &map::Place, group: &str, at: Place) {
        let Some(first) = place.functions.first().and_then(|first| self.maker.row(*first)) else { return };
        if !first.primary || place.functions.len() == 1 {
            for row in place.functions.iter().filter_map(|address| self.maker.row(*address)) {
                self.rows.push(Row {
                    vendor: String::new(),
                    group: group.to_owned(),
                    place: Some(at),
                    ..row
                });
            }
            return;
        }
        let number = place.functions.len();
        let vendor =
            ngettext("{count} function", "{count} functions", u32::try_from(number).unwrap_or(u32::MAX))
                .replace("{count}", &number.to_string());
        let card = self.rows.len();
        let last = place.functions.last().map_or(0, |last| last.function());
        self.rows.push(Row {
            shown_address: format!("{}–{last}", first.shown_address),
            vendor,
            group: group.to_owned(),
            place: Some(Place { folded_at_first: true, ..at }),
            ..first
        });
        self.below(place.functions.get(1..).unwrap_or_default(), card, at.level + 1);
    }

    fn below(&mut self, functions: &[PciAddress], parent: usize, level: usize) {
        let place = Place { level, parent: Some(parent), folds: false, folded_at_first: false };
        for row in functions.iter().filter_map(|address| self.maker.row(*address)) {
            self.rows.push(Row { vendor: String::new(), place: Some(place), ..row });
        }
    }

    /// The link of the one card behind a port is the port's, too.
    fn link_below(&self, place: &map::Place) -> Option<String> {
        let bridge = place.functions.first()?;
        let mut cards = self.maker.host().functions.iter().filter(|function| {
            function.parent == Some(*bridge) && function.card == function.address && !function.is_bridge()
        });
        let only = cards.next()?;
        if cards.next().is_some() {
            return None;
        }
        let link = self.links.get(&only.address).filter(|link| !link.asleep)?;
        gangway_client::text::link_now(link)
    }
}

/// A row with what the map says of a box.
fn named(key: Key, place: &map::Place) -> Row {
    Row {
        name: place.title.clone(),
        shown_address: place.address.clone(),
        haystack: format!("{} {}", place.title, place.address).to_lowercase(),
        ..Row::new(key)
    }
}

#[cfg(test)]
mod tests {
    use gangway_client::demo::DemoMachine;
    use gangway_client::target::{HostChoice, Target};

    use super::*;
    use crate::pages::devices::tree::Toggled;

    fn workshop() -> std::sync::Arc<Snapshot> {
        let target = Target { host: HostChoice::Demo(DemoMachine::Workshop), connect: None };
        Snapshot::read(&target).unwrap()
    }

    #[test]
    fn every_function_has_one_row_and_every_row_stands_below_its_bridge() {
        let snapshot = workshop();
        let view = view(&snapshot, &Owners::new(), None);
        for function in &snapshot.host.functions {
            let rows = view.rows.iter().filter(|row| row.key == Key::Function(function.address));
            assert_eq!(rows.count(), 1, "{}", function.address);
        }
        for row in &view.rows {
            let place = row.place.unwrap();
            let above = place.parent.map_or(0, |parent| view.rows[parent].place.unwrap().level + 1);
            assert_eq!(place.level, above, "{row:?}");
        }
    }

    #[test]
    fn a_graphics_card_is_one_row_until_it_is_unfolded() {
        let snapshot = workshop();
        let view = view(&snapshot, &Owners::new(), None);
        let card = Key::Function("0000:01:00.0".parse().unwrap());
        let audio = Key::Function("0000:01:00.1".parse().unwrap());
        let row = view.position(&card).unwrap();
        assert!(view.rows[row].primary && view.rows[row].shown_address.starts_with("01:00.0–"));
        assert!(view.is_folded(row, &Toggled::new()));
        assert_eq!(view.hiding(&audio, &Toggled::new()), [card]);
        let bridge = view.rows[row].place.unwrap().parent.unwrap();
        assert!(view.rows[bridge].quiet && !view.is_folded(bridge, &Toggled::new()));
    }
}
