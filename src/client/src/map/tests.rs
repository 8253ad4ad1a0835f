//! The map of the demo's machines, of generated trees, and of machines that contradict themselves.

use std::collections::BTreeSet;

use gangway_core::host::{Function, Group, GroupId, Host, Isolation};
use gangway_core::pci::{DeviceId, DriverName, Names, PciAddress, PciClass, VendorId};
use gangway_core::reading::Reading;
use gangway_core::source::Source;

use super::*;
use crate::claims::Owner;
use crate::demo::DemoMachine;
use crate::hypervisor::Held;
use crate::target::{HostChoice, Target};

fn at(address: &str) -> PciAddress {
    address.parse().unwrap()
}

fn owner(vm: &str, running: bool) -> Owner {
    Owner { vm: vm.to_owned(), held: if running { Held::Now } else { Held::FromItsStart } }
}

fn demo(machine: DemoMachine) -> (Source, Host) {
    let source = Target { host: HostChoice::Demo(machine), connect: None }.source().unwrap();
    let host = Host::scan(&source);
    (source, host)
}

fn map_of(host: &Host) -> Map {
    let facts = Facts { host, names: &Names::bundled(), links: None, owners: &Owners::new() };
    let map = Map::new(&facts, &Sans);
    holds_together(host, &map);
    assert_eq!(map, Map::new(&facts, &Sans), "the same again");
    map
}

/// What is true of every map.
fn holds_together(host: &Host, map: &Map) {
    let mut shown: Vec<PciAddress> =
        map.nodes.iter().flat_map(|node| node.functions.iter().copied()).collect();
    shown.sort_unstable();
    let all: Vec<PciAddress> = host.functions.iter().map(|function| function.address).collect();
    assert_eq!(shown, all, "every function is in one box");
    let whole = Rect::new(0.0, 0.0, map.width, map.height);
    let mut by_height: Vec<&Node> = map.nodes.iter().collect();
    by_height.sort_by(|one, other| one.rect.y.total_cmp(&other.rect.y));
    for (index, node) in by_height.iter().enumerate() {
        let Rect { x, y, width, height } = node.rect;
        assert!(
            x >= 0.0 && y >= 0.0 && node.rect.right() <= whole.width && node.rect.bottom() <= whole.height
        );
        assert!(width > 0.0 && height > 0.0);
        let below = by_height.iter().skip(index + 1).take_while(|other| other.rect.y < node.rect.bottom());
        for other in below {
            assert!(!node.rect.overlaps(&other.rect), "{node:?}\n{other:?}");
        }
    }
    for (index, node) in map.nodes.iter().enumerate() {
        assert!(
            node.parent.is_none_or(|parent| parent < index && map.nodes[parent].children.contains(&index))
        );
        assert_eq!(node.parent.is_none(), node.kind == NodeKind::Root);
        assert_eq!(map.edge_to(index).map(|edge| edge.parent), node.parent);
    }
    for region in &map.regions {
        for node in map.nodes.iter().filter(|node| node.rect.overlaps(&region.rect)) {
            let member = node.functions.iter().any(|function| {
                host.function(*function)
                    .is_some_and(|it| it.group.known().is_some_and(|id| region.groups.contains(id)))
            });
            // Steps of the outline leave room for others to its left.
            assert!(member || !inside(&region.outline, node.rect.centre()), "{region:?}\n{node:?}");
        }
    }
}

/// Whether a place is inside a closed outline, curves taken as straight.
fn inside(outline: &Outline, place: Point) -> bool {
    let corners: Vec<Point> = outline
        .0
        .iter()
        .filter_map(|segment| match segment {
            Segment::Move(point) | Segment::Line(point) | Segment::Curve(point, _) => Some(*point),
            Segment::Close => None,
        })
        .collect();
    let crossings = corners.iter().zip(corners.iter().cycle().skip(1)).filter(|(one, other)| {
        (one.y > place.y) != (other.y > place.y)
            && place.x < (other.x - one.x) * (place.y - one.y) / (other.y - one.y) + one.x
    });
    crossings.count() % 2 == 1
}

fn row<'a>(map: &'a Map, address: &str) -> &'a Row {
    let node = &map.nodes[map.node_of(at(address)).unwrap()];
    let row = node.functions.iter().position(|function| *function == at(address)).unwrap();
    &node.rows[row]
}

#[test]
fn a_card_of_four_functions_is_one_box_in_its_region() {
    let (source, host) = demo(DemoMachine::Workshop);
    let names = Names::bundled();
    let links = host.links(&source);
    let owners =
        Owners::from([(at("0b:00.4"), vec![owner("ubuntu-workstation", true), owner("other", false)])]);
    let facts = Facts { host: &host, names: &names, links: Some(&links), owners: &owners };
    let map = Map::new(&facts, &Sans);
    holds_together(&host, &map);
    let index = map.node_of(at("01:00.0")).unwrap();
    let card = &map.nodes[index];
    assert_eq!(card.functions, ["01:00.0", "01:00.1", "01:00.2", "01:00.3"].map(at));
    let titles: Vec<&str> = card.rows.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(titles, ["GeForce RTX 3070", "HDMI audio", "USB-C controller", "USB-C power (UCSI)"]);
    let region = map.regions.iter().find(|region| region.groups == [GroupId(14)]).unwrap();
    assert_eq!((region.title.as_str(), region.state.as_str()), ("Group 14", "Isolated"));
    assert!(region.rect.contains(card.rect.centre()));
    let edge = map.edge_to(index).unwrap();
    let (label, _) = edge.label.as_ref().unwrap();
    assert_eq!((label.text.as_str(), label.held_back, edge.lanes), ("3.0 ×8 of 4.0 ×16", true, 8));
    let audio = row(&map, "0b:00.4").claim.as_ref().unwrap();
    assert_eq!((audio.by, audio.text.as_str()), (Holder::Machine, "ubuntu-workstation +1"));
    let said = map.spoken(&facts, map.node_of(at("0b:00.4")).unwrap());
    let both = "given to “ubuntu-workstation”, which runs, given to “other”";
    assert!(said.contains(both), "{said:?}");
    assert_eq!(row(&map, "08:00.0").claim.as_ref().unwrap().text, "Dell U2720Q");
    assert_eq!(row(&map, "05:00.0").claim.as_ref().unwrap().text, "/ +2");
    let said = map.spoken(&facts, index);
    for part in [
        "GeForce RTX 3070 01:00.0",
        "with HDMI audio 01:00.1",
        "link 3.0 ×8 of 4.0 ×16",
        "group 14: Isolated",
        "behind Root port 00:01.1",
    ] {
        assert!(said.contains(part), "{part:?} in {said:?}");
    }
}

#[test]
fn empty_ports_are_counted_and_a_shared_group_takes_its_bridges_along() {
    let (_, host) = demo(DemoMachine::Workshop);
    let map = map_of(&host);
    let ports = &map.nodes[map.node_of(at("03:04.0")).unwrap()];
    assert_eq!((ports.kind, ports.functions.len()), (NodeKind::Run(Run::EmptyPorts), 5));
    let pieces: Vec<&Region> = map.regions.iter().filter(|region| region.groups == [GroupId(15)]).collect();
    assert_eq!(pieces.len(), 1);
    assert_eq!(pieces[0].bond, Bond::Shared);
    for member in ["02:00.0", "02:00.2", "03:00.0", "03:01.0", "04:00.0"] {
        let node = &map.nodes[map.node_of(at(member)).unwrap()];
        assert!(inside(&pieces[0].outline, node.rect.centre()), "{member}");
    }
    let port = &map.nodes[map.node_of(at("00:01.2")).unwrap()];
    assert!(!inside(&pieces[0].outline, port.rect.centre()), "the root port is in a group of its own");
}

#[test]
fn a_sleeping_card_is_said_to_sleep() {
    let (source, host) = demo(DemoMachine::Traveller);
    let (names, links, owners) = (Names::bundled(), host.links(&source), Owners::new());
    let facts = Facts { host: &host, names: &names, links: Some(&links), owners: &owners };
    let map = Map::new(&facts, &Sans);
    let index = map.node_of(at("01:00.0")).unwrap();
    assert!(map.edge_to(index).unwrap().label.as_ref().unwrap().0.asleep);
    assert!(map.spoken(&facts, index).contains("asleep"));
}

#[test]
fn arrows_reach_every_box_and_end_at_the_ends() {
    for machine in DemoMachine::ALL {
        let map = map_of(&demo(machine).1);
        let mut reached = BTreeSet::from([0]);
        let mut waiting = vec![0];
        while let Some(node) = waiting.pop() {
            for direction in [Direction::Left, Direction::Right, Direction::Up, Direction::Down] {
                if let Some(next) = map.neighbour(node, direction).filter(|next| reached.insert(*next)) {
                    waiting.push(next);
                }
            }
        }
        assert_eq!(reached.len(), map.nodes.len(), "{machine:?}");
        assert_eq!(map.neighbour(0, Direction::Left), None);
        assert_eq!(map.neighbour(map.nodes.len(), Direction::Up), None);
        assert_eq!(map.neighbour(3, Direction::First), Some(0));
    }
    assert_eq!(Map::default().neighbour(0, Direction::Last), None);
}

/// A function of a machine that nobody built.
fn function(address: &str, parent: Option<&str>, class: u32, group: Option<u32>) -> Function {
    let address = at(address);
    Function {
        class: PciClass::new(class).map_or(Reading::Absent, Reading::Known),
        vendor: Reading::Known(VendorId(0x8086)),
        device: Reading::Known(DeviceId(0x1572)),
        driver: DriverName::new("some").map_or(Reading::Absent, Reading::Known),
        group: group.map_or(Reading::Absent, |group| Reading::Known(GroupId(group))),
        parent: parent.map(at),
        card: address.with_function(0).unwrap(),
        ..Function::unread(address)
    }
}

const PORT: u32 = 0x06_04_00;
const DISK: u32 = 0x01_08_02;

fn host(mut functions: Vec<Function>) -> Host {
    functions.sort_by_key(|function| function.address);
    let mut groups: Vec<Group> = Vec::new();
    let ids: BTreeSet<GroupId> = functions.iter().filter_map(|it| it.group.known().copied()).collect();
    for id in ids {
        let members =
            functions.iter().filter(|it| it.group.known() == Some(&id)).map(|it| it.address).collect();
        let isolation = Isolation::Isolated;
        groups.push(Group { id, kind: Reading::Absent, functions: members, isolated: true, isolation });
    }
    Host { functions, groups, ..Host::default() }
}

#[test]
fn a_bridge_below_itself_and_orphans_are_drawn_once() {
    let map = map_of(&host(vec![
        function("00:01.0", Some("00:01.0"), PORT, Some(1)),
        function("00:02.0", Some("02:00.0"), PORT, Some(2)),
        function("01:00.0", Some("00:02.0"), PORT, Some(2)),
        function("02:00.0", Some("01:00.0"), PORT, Some(2)),
        function("03:00.0", Some("02:00.0"), DISK, Some(2)),
        function("04:00.0", Some("7f:00.0"), DISK, Some(3)),
    ]));
    let roots = map.nodes.iter().filter(|node| node.kind == NodeKind::Root);
    let titles: Vec<&str> = roots.map(|root| root.rows[0].title.as_str()).collect();
    assert!(titles.iter().all(|title| *title == "Unknown place"), "{titles:?}");
}

#[test]
fn groups_that_contradict_the_functions_do_no_harm() {
    let mut host = host(vec![
        function("00:01.0", None, PORT, Some(1)),
        function("01:00.0", Some("00:01.0"), DISK, Some(1)),
        function("01:00.1", Some("00:01.0"), DISK, Some(9)),
        function("02:00.0", None, DISK, Some(7)),
    ]);
    // In two groups; a group with nothing; a group that lists what is not there.
    host.groups[0].functions.push(at("01:00.1"));
    host.groups[1].functions.clear();
    host.groups[2].functions.push(at("7f:00.0"));
    host.groups.truncate(2);
    map_of(&host);
    map_of(&Host::default());
    assert_eq!(map_of(&Host::default()), Map::default());
}

#[test]
fn a_group_in_pieces_counts_them_and_marks_its_bridge() {
    let map = map_of(&host(vec![
        function("00:01.0", None, PORT, Some(1)),
        function("01:00.0", Some("00:01.0"), DISK, Some(1)),
        function("01:01.0", Some("00:01.0"), DISK, Some(2)),
        function("00:02.0", None, PORT, Some(3)),
        function("02:00.0", Some("00:02.0"), DISK, Some(3)),
        function("02:01.0", Some("00:02.0"), DISK, Some(1)),
    ]));
    let titles: Vec<&str> = map.regions.iter().map(|region| region.title.as_str()).collect();
    assert!(titles.contains(&"Group 1 (1/2)") && titles.contains(&"Group 1 (2/2)"), "{titles:?}");
    let bridge = &map.nodes[map.node_of(at("00:01.0")).unwrap()];
    assert_eq!(bridge.note.as_ref().map(|note| note.text.as_str()), Some("Group 1"));
}

#[test]
fn virtual_functions_are_counted_but_for_those_in_use() {
    let mut functions = vec![
        function("00:01.0", None, PORT, Some(1)),
        function("01:00.0", Some("00:01.0"), 0x02_00_00, Some(2)),
    ];
    for number in 0..64_u32 {
        let address = format!("01:{:02x}.{}", 2 + number / 8, number % 8);
        let mut function = function(&address, Some("00:01.0"), 0x02_00_00, Some(10 + number));
        function.physical_function = Some(at("01:00.0"));
        function.card = function.address;
        functions.push(function);
    }
    let host = host(functions);
    let owners = Owners::from([(at("01:02.3"), vec![owner("web", false)])]);
    let facts = Facts { host: &host, names: &Names::bundled(), links: None, owners: &owners };
    let map = Map::new(&facts, &Sans);
    holds_together(&host, &map);
    let counted = map.nodes.iter().find(|node| node.kind == NodeKind::Run(Run::Virtual)).unwrap();
    assert_eq!((counted.functions.len(), counted.rows[0].title.as_str()), (63, "63 virtual functions"));
    assert_eq!(row(&map, "01:02.3").claim.as_ref().unwrap().text, "web");
    let region = map.regions.iter().find(|region| region.groups.len() == 63).unwrap();
    assert_eq!((region.title.as_str(), region.state.as_str()), ("63 groups", "Isolated"));
    // Without the one in use their numbers are a row.
    let none = Owners::new();
    let map = Map::new(&Facts { owners: &none, ..facts }, &Sans);
    assert!(map.regions.iter().any(|region| region.title == "Groups 10–73"));
}

/// Trees of many shapes, from a small generator of numbers so that they are always the same.
#[test]
fn whatever_the_tree_every_function_is_drawn_and_nothing_overlaps() {
    let mut seed = 1_u64;
    let mut next = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let classes = [PORT, PORT, DISK, 0x03_00_00, 0x06_00_00, 0x06_01_00, 0x08_80_00, 0x0c_03_30, 0xff_00_00];
    for size in (1..60).chain([200, 500]) {
        let mut functions: Vec<Function> = Vec::new();
        for number in 0..size {
            let address = format!("{:04x}:{:02x}:{:02x}.{}", next(2), number / 32, number % 32, next(3));
            let parent = (next(4) > 0 && number > 0).then(|| next(u64::from(number as u32)) as usize);
            let parent = parent.map(|index| functions[index].address.to_string());
            let parent = if next(20) == 0 { Some(address.clone()) } else { parent };
            let class = classes[next(classes.len() as u64) as usize];
            let group = (next(5) > 0).then(|| next(size as u64 / 2 + 1) as u32);
            let mut made = function(&address, parent.as_deref(), class, group);
            if next(3) == 0 {
                made.driver = Reading::Absent;
            }
            functions.push(made);
        }
        map_of(&host(functions));
    }
}

#[test]
fn thousands_of_functions_are_no_strip_and_deep_trees_no_end() {
    let mut functions = Vec::new();
    for bus in 0..16_u32 {
        for slot in 0..32_u32 {
            let address = format!("{bus:04x}:00:{slot:02x}.0");
            functions.push(function(&address, None, DISK, Some(bus * 32 + slot)));
        }
    }
    let map = map_of(&host(functions));
    assert!((0.5..4.0).contains(&(map.width / map.height)), "{} by {}", map.width, map.height);
    let deep: Vec<Function> = (0..2000_u32)
        .map(|n| {
            let place = |n: u32| format!("{:04x}:{:02x}:00.0", n / 256, n % 256);
            let above = n.checked_sub(1).map(place);
            function(&place(n), above.as_deref(), PORT, None)
        })
        .collect();
    map_of(&host(deep));
}

#[test]
fn the_drawing_is_well_formed_and_says_everything() {
    for machine in DemoMachine::ALL {
        let (source, mut host) = demo(machine);
        if let Some(claim) = host.claims.first_mut() {
            claim.kind = gangway_core::host::ClaimKind::Mounted { path: "/<&\">\n\u{1}\u{202e}'".to_owned() };
        }
        let (names, links) = (Names::bundled(), host.links(&source));
        let owners = Owners::from([(host.functions[0].address, vec![owner("a & b <c>\u{0}", false)])]);
        let facts = Facts { host: &host, names: &names, links: Some(&links), owners: &owners };
        for dark in [false, true] {
            let text = svg::document(&facts, Palette { dark, high_contrast: false });
            let document = roxmltree::Document::parse(&text).expect("well-formed");
            let mut ids = BTreeSet::new();
            for id in document.descendants().filter_map(|node| node.attribute("id")) {
                assert!(ids.insert(id), "{id} twice");
            }
            let titles: Vec<&str> = document
                .descendants()
                .filter(|node| node.has_tag_name("title"))
                .filter_map(|node| node.text())
                .collect();
            let map = Map::new(&facts, &Sans);
            assert_eq!(titles.len(), 1 + map.nodes.len() + map.regions.len());
            for used in
                document.descendants().filter_map(|node| node.attribute("fill")?.strip_prefix("url(#"))
            {
                assert!(ids.contains(used.trim_end_matches(')')), "{used}");
            }
            assert!(!text.contains("NaN") && !text.contains("inf"), "numbers");
        }
    }
}
