//! The shapes of what `--json` prints of a machine. Unknown values are `null`; the keys never change their
//! meaning, and new ones may come.

mod finding;
mod guest;
mod usb;

use gangway_client::claims::Owner;
use gangway_core::devices::candidates;
use gangway_core::host::{ClaimKind, Connector, ConnectorStatus, Details, Function, Group, Region};
use gangway_core::reading::{Reading, Trouble};
use serde::Serialize;

use crate::seen::SeenWithMachines;

pub(crate) use finding::FindingJson;
pub(crate) use guest::GuestJson;
pub(crate) use usb::UsbJson;

/// `list --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    functions: Vec<FunctionJson>,
    groups: Vec<GroupJson>,
    problems: Vec<ProblemJson>,
}

/// One function.
#[derive(Debug, Serialize)]
pub(crate) struct FunctionJson {
    address: String,
    iommu_group: Option<u32>,
    class: Option<String>,
    vendor: Option<String>,
    device: Option<String>,
    subsystem: Option<String>,
    revision: Option<String>,
    name: String,
    driver: Option<String>,
    driver_override: Option<String>,
    parent: Option<String>,
    physical_function: Option<String>,
    card: String,
    boot_display: Option<bool>,
    /// None where virtual machines were not asked.
    virtual_machines: Option<Vec<OwnerJson>>,
}

/// A virtual machine that has a device, or gets it when it starts.
#[derive(Debug, Serialize)]
pub(crate) struct OwnerJson {
    name: String,
    /// Whether it has it now.
    running: bool,
}

#[derive(Debug, Serialize)]
struct GroupJson {
    id: u32,
    #[serde(rename = "type")]
    kind: Option<String>,
    functions: Vec<String>,
    isolated: bool,
}

/// What could not be read.
#[derive(Debug, Serialize)]
pub(crate) struct ProblemJson {
    path: String,
    detail: String,
}

impl Listing {
    pub(crate) fn of(machine: &SeenWithMachines) -> Self {
        let host = &machine.seen.host;
        Self {
            functions: host.functions.iter().map(|function| FunctionJson::of(function, machine)).collect(),
            groups: host.groups.iter().map(GroupJson::of).collect(),
            problems: host.problems.iter().map(ProblemJson::of).collect(),
        }
    }
}

impl ProblemJson {
    fn of(trouble: &Trouble) -> Self {
        Self { path: trouble.path.clone(), detail: trouble.detail.to_string() }
    }
}

impl FunctionJson {
    fn of(function: &Function, machine: &SeenWithMachines) -> Self {
        Self {
            address: function.address.to_string(),
            iommu_group: function.group.known().map(|group| group.0),
            class: text(&function.class),
            vendor: text(&function.vendor),
            device: text(&function.device),
            subsystem: text(&function.subsystem),
            revision: function.revision.known().map(|revision| format!("{revision:02x}")),
            name: machine.seen.host.name_of(function, &machine.seen.names).full,
            driver: text(&function.driver),
            driver_override: function.driver_override.known().cloned(),
            parent: function.parent.map(|address| address.to_string()),
            physical_function: function.physical_function.map(|address| address.to_string()),
            card: function.card.to_string(),
            boot_display: function.boot_display.known().copied(),
            virtual_machines: machine.owners_of(function.address).map(OwnerJson::all),
        }
    }
}

/// `show --json`: the function with what the host does with it.
#[derive(Debug, Serialize)]
pub(crate) struct FunctionDetails {
    #[serde(flatten)]
    function: FunctionJson,
    card_functions: Vec<String>,
    connectors: Vec<ConnectorJson>,
    used_for: Vec<UseJson>,
    /// The kernel modules that could drive it, without what is built in; none where that is not known.
    modules: Option<Vec<String>>,
    /// None where the function went while it was looked at.
    details: Option<DetailsJson>,
}

/// What is read of one function alone; sizes in bytes.
#[derive(Debug, Serialize)]
struct DetailsJson {
    label: Option<String>,
    power_state: Option<String>,
    numa_node: Option<u32>,
    reset_methods: Option<Vec<String>>,
    regions: Option<Vec<RegionJson>>,
    rom_size: Option<u64>,
    virtual_functions: Option<VirtualFunctionsJson>,
}

/// A region of a function (BAR).
#[derive(Debug, Serialize)]
struct RegionJson {
    index: u8,
    size: u64,
    io: bool,
    prefetchable: bool,
}

#[derive(Debug, Serialize)]
struct VirtualFunctionsJson {
    on: u16,
    most: u16,
}

/// A connector of a graphics card.
#[derive(Debug, Serialize)]
pub(crate) struct ConnectorJson {
    pub(crate) name: String,
    connected: Option<bool>,
    pub(crate) monitor: Option<String>,
}

/// What the host does with a function.
#[derive(Debug, Serialize)]
#[serde(tag = "use", rename_all = "kebab-case")]
enum UseJson {
    Mounted { path: String },
    Swap,
    DefaultRoute { interface: String },
}

impl FunctionDetails {
    pub(crate) fn of(function: &Function, machine: &SeenWithMachines, details: Option<&Details>) -> Self {
        let host = &machine.seen.host;
        let card = host.card_of(function.address).map_or(&[][..], |card| card.functions.as_slice());
        let candidates = candidates::read(&machine.seen.source, host);
        let modules = candidates.known().and_then(|all| all.get(&function.address));
        let modules = modules.map(|modules| modules.iter().map(ToString::to_string).collect());
        Self {
            modules,
            function: FunctionJson::of(function, machine),
            card_functions: card.iter().map(ToString::to_string).collect(),
            connectors: host.connectors_of(function.address).map(ConnectorJson::of).collect(),
            used_for: host.claims_of(function.address).map(|claim| UseJson::of(&claim.kind)).collect(),
            details: details.map(DetailsJson::of),
        }
    }
}

impl OwnerJson {
    pub(crate) fn all(owners: &[Owner]) -> Vec<Self> {
        owners.iter().map(|owner| Self { name: owner.vm.clone(), running: owner.held.is_now() }).collect()
    }
}

impl DetailsJson {
    fn of(details: &Details) -> Self {
        let region = |region: &Region| {
            let Region { index, size, io, prefetchable } = *region;
            RegionJson { index, size, io, prefetchable }
        };
        Self {
            label: details.label.known().cloned(),
            power_state: details.power_state.known().cloned(),
            numa_node: details.numa_node.known().copied(),
            reset_methods: details.reset_methods.known().cloned(),
            regions: details.regions.known().map(|regions| regions.iter().map(region).collect()),
            rom_size: details.rom.known().copied(),
            virtual_functions: details
                .virtual_functions
                .known()
                .map(|(on, most)| VirtualFunctionsJson { on: *on, most: *most }),
        }
    }
}

impl ConnectorJson {
    pub(crate) fn of(connector: &Connector) -> Self {
        Self {
            name: connector.name.clone(),
            connected: match connector.status.known() {
                Some(ConnectorStatus::Connected) => Some(true),
                Some(ConnectorStatus::Disconnected) => Some(false),
                Some(ConnectorStatus::Unknown) | None => None,
            },
            monitor: connector.monitor.clone(),
        }
    }
}

impl UseJson {
    fn of(kind: &ClaimKind) -> Self {
        match kind {
            ClaimKind::Mounted { path } => Self::Mounted { path: path.clone() },
            ClaimKind::Swap => Self::Swap,
            ClaimKind::DefaultRoute { interface } => Self::DefaultRoute { interface: interface.clone() },
        }
    }
}

impl GroupJson {
    fn of(group: &Group) -> Self {
        Self {
            id: group.id.0,
            kind: group.kind.known().map(|kind| kind.word().to_owned()),
            functions: group.functions.iter().map(ToString::to_string).collect(),
            isolated: group.isolated,
        }
    }
}

fn text<T: ToString>(reading: &Reading<T>) -> Option<String> {
    reading.known().map(ToString::to_string)
}
