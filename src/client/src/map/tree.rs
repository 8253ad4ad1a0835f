//! What is one box, and what is below what: from the functions of a host to branches, each function in exactly one.
//!
//! A captured machine may say anything of its buses: a function above itself, or below one that is not there, begins a
//! tree of its own. Nothing here knows places or texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gangway_core::host::{Function, GroupId, Host};
use gangway_core::pci::{DeviceId, DeviceKind, PciAddress, VendorId};

use super::{Facts, NodeKind, Run};

/// So many alike, and no fewer, are counted in one box.
const ALIKE: usize = 3;
const ALIKE_QUIET: usize = 4;

/// A box to be.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) kind: NodeKind,
    /// Its functions, by index; the main one first.
    pub(super) functions: Vec<usize>,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    /// The group of all its functions, where they have one and it is drawn.
    pub(super) group: Option<GroupId>,
    /// The groups that are in it as a whole, where it counts several.
    pub(super) own_groups: Vec<GroupId>,
    /// The bus of a root; whether what is there lost what was above it.
    pub(super) bus: Option<(u32, u8, bool)>,
    /// How many bridges are above it in its tree.
    pub(super) depth: usize,
}

/// The trees of a machine.
#[derive(Debug, Default)]
pub(super) struct Forest {
    /// Every box comes after the one above it; those below one another follow it in their order, depth first.
    pub(super) branches: Vec<Branch>,
}

/// How the functions hang together.
struct Family<'a> {
    host: &'a Host,
    /// The functions below each one.
    below: Vec<Vec<usize>>,
    /// The groups that are drawn: those with more than bridges.
    drawn: BTreeSet<GroupId>,
    used: BTreeSet<PciAddress>,
}

/// What makes functions go into one box.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Bridge(usize),
    Device(PciAddress, Option<GroupId>),
    Virtual(PciAddress, Option<VendorId>, Option<DeviceId>, Option<GroupId>),
    EmptyPorts(Option<GroupId>),
    Bridges(Option<GroupId>),
}

impl Forest {
    pub(super) fn grow(facts: &Facts<'_>) -> Self {
        let host = facts.host;
        let (parents, lost) = parents(host);
        let mut below = vec![Vec::new(); host.functions.len()];
        let mut roots: BTreeMap<(bool, u32, u8), Vec<usize>> = BTreeMap::new();
        for (index, function) in host.functions.iter().enumerate() {
            match parents.get(index).copied().flatten().and_then(|parent| below.get_mut(parent)) {
                Some(children) => children.push(index),
                None => {
                    let lost = lost.get(index).copied().unwrap_or(false);
                    let bus = (lost, function.address.domain(), function.address.bus());
                    roots.entry(bus).or_default().push(index);
                }
            }
        }
        let drawn = host
            .functions
            .iter()
            .filter(|function| !function.is_bridge())
            .filter_map(|function| function.group.known().copied())
            .collect();
        let used = host
            .claims
            .iter()
            .map(|claim| claim.address)
            .chain(facts.owners.keys().copied())
            .chain(host.connectors.iter().map(|connector| connector.card))
            .collect();
        let family = Family { host, below, drawn, used };
        let mut forest = Self::default();
        for ((lost, domain, bus), functions) in roots {
            forest.plant(&family, (domain, bus, lost), &functions);
        }
        forest
    }

    /// A root and all that is below it, depth first, without recursion: a bad machine's tree may be deep.
    fn plant(&mut self, family: &Family<'_>, bus: (u32, u8, bool), functions: &[usize]) {
        let mut waiting = vec![Branch {
            kind: NodeKind::Root,
            functions: Vec::new(),
            parent: None,
            children: Vec::new(),
            group: None,
            own_groups: Vec::new(),
            bus: Some(bus),
            depth: 0,
        }];
        while let Some(branch) = waiting.pop() {
            let index = self.branches.len();
            if let Some(parent) = branch.parent.and_then(|parent| self.branches.get_mut(parent)) {
                parent.children.push(index);
            }
            let below = match (branch.kind, branch.functions.first()) {
                (NodeKind::Root, _) => functions,
                (NodeKind::Bridge, Some(bridge)) => family.below.get(*bridge).map_or(&[][..], Vec::as_slice),
                _ => &[],
            };
            let mut children = family.branches(below);
            for child in &mut children {
                child.parent = Some(index);
                child.depth = branch.depth + 1;
            }
            self.branches.push(branch);
            waiting.extend(children.into_iter().rev());
        }
    }
}

impl Family<'_> {
    fn function(&self, index: usize) -> Option<&Function> {
        self.host.functions.get(index)
    }

    /// The boxes of functions on one bus, in the order to show them.
    fn branches(&self, functions: &[usize]) -> Vec<Branch> {
        let mut boxes: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        let mut leaves = Vec::new();
        for index in functions {
            let Some(function) = self.function(*index) else { continue };
            let leads_on = self.below.get(*index).is_some_and(|below| !below.is_empty());
            if function.is_bridge() && !leads_on && function.kind() != DeviceKind::PciBridge {
                leaves.push(*index);
            } else {
                boxes.entry(self.key(*index, function, leads_on)).or_default().push(*index);
            }
        }
        // A bridge that leads nowhere stands with the devices of its slot, or else with others like it.
        for index in leaves {
            let Some(function) = self.function(index) else { continue };
            let device = Key::Device(function.card, function.group.known().copied());
            match boxes.get_mut(&device) {
                Some(functions) => functions.push(index),
                None => boxes.entry(Key::Bridges(self.drawn_group(function))).or_default().push(index),
            }
        }
        let mut branches: Vec<Branch> =
            boxes.into_iter().flat_map(|(key, functions)| self.made(&key, functions)).collect();
        self.count_quiet(&mut branches);
        let first = |branch: &Branch| branch.functions.first().copied();
        branches.sort_by_key(|branch| (matches!(branch.kind, NodeKind::Run(_)), first(branch)));
        self.together(branches)
    }

    fn key(&self, index: usize, function: &Function, leads_on: bool) -> Key {
        if leads_on {
            return Key::Bridge(index);
        }
        if function.kind() == DeviceKind::PciBridge {
            return Key::EmptyPorts(self.drawn_group(function));
        }
        let group = function.group.known().copied();
        match function.physical_function {
            Some(physical) if !self.used.contains(&function.address) => {
                let shared = group.filter(|_| !self.has_group_alone(&[index]));
                let ids = (function.vendor.known().copied(), function.device.known().copied());
                Key::Virtual(physical, ids.0, ids.1, shared)
            }
            _ => Key::Device(function.card, group),
        }
    }

    fn drawn_group(&self, function: &Function) -> Option<GroupId> {
        function.group.known().copied().filter(|group| self.drawn.contains(group))
    }

    /// Whether these functions are their group, and nothing else is in it.
    fn has_group_alone(&self, functions: &[usize]) -> bool {
        let mut groups = functions.iter().filter_map(|index| self.function(*index)?.group.known());
        let Some(group) = groups.next() else { return false };
        groups.all(|other| other == group)
            && self.host.group(*group).is_some_and(|group| group.functions.len() == functions.len())
    }

    fn made(&self, key: &Key, functions: Vec<usize>) -> Vec<Branch> {
        match key {
            Key::Bridge(_) => vec![self.branch(NodeKind::Bridge, functions)],
            Key::Device(..) => vec![self.branch(NodeKind::Device, functions)],
            Key::EmptyPorts(_) => vec![self.branch(NodeKind::Run(Run::EmptyPorts), functions)],
            Key::Bridges(_) => vec![self.branch(NodeKind::Run(Run::Bridges), functions)],
            Key::Virtual(..) if functions.len() < ALIKE => {
                functions.into_iter().map(|index| self.branch(NodeKind::Device, vec![index])).collect()
            }
            Key::Virtual(..) => vec![self.branch(NodeKind::Run(Run::Virtual), functions)],
        }
    }

    fn branch(&self, kind: NodeKind, functions: Vec<usize>) -> Branch {
        let groups: BTreeSet<Option<GroupId>> =
            functions.iter().filter_map(|index| Some(self.drawn_group(self.function(*index)?))).collect();
        let (group, own_groups) = match groups.first() {
            Some(group) if groups.len() == 1 => (*group, Vec::new()),
            // Only what counts functions that have their groups to themselves is of several.
            _ => (None, groups.into_iter().flatten().collect()),
        };
        Branch { kind, functions, parent: None, children: Vec::new(), group, own_groups, bus: None, depth: 0 }
    }

    /// Parts of the chipset that no driver has are many on servers, and nobody's question.
    fn count_quiet(&self, branches: &mut Vec<Branch>) {
        let quiet = |branch: &Branch| {
            branch.kind == NodeKind::Device
                && branch
                    .functions
                    .iter()
                    .all(|index| self.function(*index).is_some_and(|it| self.is_quiet(it)))
                && (branch.group.is_none() || self.has_group_alone(&branch.functions))
        };
        if branches.iter().filter(|branch| quiet(branch)).count() < ALIKE_QUIET {
            return;
        }
        let (counted, others): (Vec<Branch>, Vec<Branch>) = branches.drain(..).partition(quiet);
        branches.extend(others);
        for in_groups in [true, false] {
            let mut functions: Vec<usize> = counted
                .iter()
                .filter(|branch| branch.group.is_some() == in_groups)
                .flat_map(|branch| branch.functions.iter().copied())
                .collect();
            functions.sort_unstable();
            if !functions.is_empty() {
                branches.push(self.branch(NodeKind::Run(Run::Quiet), functions));
            }
        }
    }

    fn is_quiet(&self, function: &Function) -> bool {
        use DeviceKind as Kind;
        let kind = matches!(
            function.kind(),
            Kind::System
                | Kind::SignalProcessing
                | Kind::Memory
                | Kind::Other
                | Kind::OtherBridge
                | Kind::HostBridge
        );
        kind && function.driver.is_absent() && !self.used.contains(&function.address)
    }

    /// The same, with boxes that share a group beside each other, so that it can be one region.
    fn together(&self, branches: Vec<Branch>) -> Vec<Branch> {
        let mut first_of: HashMap<GroupId, usize> = HashMap::new();
        let mut place: Vec<usize> = Vec::with_capacity(branches.len());
        for (index, branch) in branches.iter().enumerate() {
            let groups = self.groups_below(branch);
            let earliest = groups.iter().filter_map(|group| first_of.get(group)).min();
            let at = earliest.and_then(|first| place.get(*first)).copied().unwrap_or(index);
            place.push(at);
            for group in groups {
                first_of.entry(group).or_insert(index);
            }
        }
        let mut placed: Vec<(usize, Branch)> = place.into_iter().zip(branches).collect();
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, branch)| branch).collect()
    }

    /// The groups of a box, or of what is directly below a bridge.
    fn groups_below(&self, branch: &Branch) -> BTreeSet<GroupId> {
        let below = match (branch.kind, branch.functions.first()) {
            (NodeKind::Bridge, Some(bridge)) => self.below.get(*bridge).map_or(&[][..], Vec::as_slice),
            _ => &[],
        };
        branch
            .functions
            .iter()
            .chain(below)
            .filter_map(|index| self.drawn_group(self.function(*index)?))
            .collect()
    }
}

/// The function above each one, by index, without those that are above themselves; and who lost theirs.
fn parents(host: &Host) -> (Vec<Option<usize>>, Vec<bool>) {
    let find = |address| host.functions.binary_search_by_key(&address, |function| function.address).ok();
    let mut lost = vec![false; host.functions.len()];
    let mut parents: Vec<Option<usize>> = host
        .functions
        .iter()
        .zip(&mut lost)
        .map(|(function, lost)| {
            let parent = function.parent.and_then(find);
            *lost = function.parent.is_some() && parent.is_none();
            parent
        })
        .collect();
    // Upwards from each function that was not seen yet; who is met a second time on the same way is above himself.
    let mut seen_from = vec![usize::MAX; parents.len()];
    for start in 0..parents.len() {
        let mut at = Some(start);
        while let Some(index) = at {
            let Some(seen) = seen_from.get_mut(index) else { break };
            if *seen == start {
                if let (Some(parent), Some(lost)) = (parents.get_mut(index), lost.get_mut(index)) {
                    *parent = None;
                    *lost = true;
                }
                break;
            }
            if *seen != usize::MAX {
                break;
            }
            *seen = start;
            at = parents.get(index).copied().flatten();
        }
    }
    (parents, lost)
}
