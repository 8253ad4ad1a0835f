//! A hypervisor in memory, for tests of everything above the trait: what it answers, when it fails and what
//! others do behind one's back is scripted. It keeps the trait's promises (refuses what changed, tells
//! listeners) but knows nothing of XML beyond what `gangway_domain` reads.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::events::Listeners;
use super::{
    CloseReason, Definition, DefinitionHash, Event, Hypervisor, HypervisorError, HypervisorErrorKind,
    Network, NetworkChange, NodeDevice, Subscription, VirtualMachine, VmId, VmState,
};

/// A call of the trait that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// [`Hypervisor::list`].
    List,
    /// [`Hypervisor::find`].
    Find,
    /// [`Hypervisor::definition`].
    Definition,
    /// [`Hypervisor::define`], before anything is written.
    Define,
    /// The end of [`Hypervisor::define`]: it is written, but the answer does not arrive.
    ReadBack,
    /// [`Hypervisor::start`].
    Start,
    /// [`Hypervisor::node_devices`].
    NodeDevices,
    /// [`Hypervisor::network`].
    Network,
    /// [`Hypervisor::change_network`].
    ChangeNetwork,
    /// [`Hypervisor::subscribe`].
    Subscribe,
}

/// What libvirt makes of a definition that it is given.
type Rewrite = Box<dyn Fn(&str) -> String + Send>;

struct Machine {
    name: String,
    state: VmState,
    persistent: bool,
    xml: String,
    /// What it runs with, where that is not what is saved.
    live: Option<String>,
}

#[derive(Default)]
struct State {
    machines: BTreeMap<VmId, Machine>,
    failures: VecDeque<(Call, HypervisorErrorKind)>,
    rewrite: Option<Rewrite>,
    node_devices: Vec<NodeDevice>,
    networks: BTreeMap<String, Network>,
    dead: bool,
    uri: Option<String>,
}

/// A scripted hypervisor.
#[derive(Default)]
pub struct Fake {
    state: Mutex<State>,
    listeners: Arc<Listeners>,
}

impl Fake {
    /// One without virtual machines, at `fake:///`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives it another address.
    pub fn set_uri(&self, uri: &str) {
        self.lock().uri = Some(uri.to_owned());
    }

    /// Adds a machine with a saved definition and tells the listeners.
    pub fn add(&self, name: &str, uuid: &str, state: VmState, xml: &str) -> VmId {
        let id = VmId::new(uuid);
        let machine =
            Machine { name: name.to_owned(), state, persistent: true, xml: xml.to_owned(), live: None };
        self.lock().machines.insert(id.clone(), machine);
        self.listeners.tell(&Event::MachinesChanged);
        id
    }

    /// Takes a machine's saved definition away, as if it had been started from nothing.
    pub fn make_transient(&self, id: &VmId) {
        if let Some(machine) = self.lock().machines.get_mut(id) {
            machine.persistent = false;
        }
    }

    /// Another program defines the machine anew.
    pub fn change(&self, id: &VmId, xml: &str) {
        if let Some(machine) = self.lock().machines.get_mut(id) {
            machine.xml = xml.to_owned();
        }
        self.listeners.tell(&Event::MachinesChanged);
    }

    /// Another program attaches or detaches devices while the machine runs: it runs with this definition from now on.
    pub fn change_live(&self, id: &VmId, xml: &str) {
        if let Some(machine) = self.lock().machines.get_mut(id) {
            machine.live = Some(xml.to_owned());
        }
        self.listeners.tell(&Event::MachinesChanged);
    }

    /// Another program deletes the machine.
    pub fn delete(&self, id: &VmId) {
        self.lock().machines.remove(id);
        self.listeners.tell(&Event::MachinesChanged);
    }

    /// The next call of this kind fails so; further ones queue behind it.
    pub fn fail_next(&self, call: Call, kind: HypervisorErrorKind) {
        self.lock().failures.push_back((call, kind));
    }

    /// What becomes of a definition that is written from now on.
    pub fn rewrite(&self, rewrite: impl Fn(&str) -> String + Send + 'static) {
        self.lock().rewrite = Some(Box::new(rewrite));
    }

    /// The devices of its computer.
    pub fn set_node_devices(&self, devices: Vec<NodeDevice>) {
        self.lock().node_devices = devices;
    }

    /// Gives it a network, or takes one away.
    pub fn set_network(&self, name: &str, network: Option<Network>) {
        let mut state = self.lock();
        match network {
            Some(network) => state.networks.insert(name.to_owned(), network),
            None => state.networks.remove(name),
        };
    }

    /// The daemon dies: listeners are told, and every call fails from now on.
    pub fn die(&self) {
        self.lock().dead = true;
        self.listeners.tell(&Event::Closed { reason: CloseReason::EndOfFile });
    }

    /// Tells the listeners of an event.
    pub fn tell(&self, event: &Event) {
        self.listeners.tell(event);
    }

    /// The saved definition as it is now, for a test to look at.
    pub fn saved(&self, id: &VmId) -> Option<String> {
        self.lock().machines.get(id).map(|machine| machine.xml.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Fails where the script says so, or where the daemon is dead.
    fn enter(&mut self, call: Call, subject: &str) -> Result<(), HypervisorError> {
        if self.dead {
            return Err(HypervisorError::new(HypervisorErrorKind::Lost, subject, "client socket is closed"));
        }
        let Some(index) = self.failures.iter().position(|(scripted, _)| *scripted == call) else {
            return Ok(());
        };
        let kind = self.failures.remove(index).map_or(HypervisorErrorKind::Other, |(_, kind)| kind);
        Err(HypervisorError::new(kind, subject, "scripted"))
    }

    fn machine(&self, id: &VmId) -> Result<&Machine, HypervisorError> {
        let missing = || HypervisorError::new(HypervisorErrorKind::NoSuchMachine, id.as_str(), "");
        self.machines.get(id).ok_or_else(missing)
    }

    fn describe(id: &VmId, machine: &Machine) -> VirtualMachine {
        let described =
            VirtualMachine::new(id.clone(), machine.name.clone(), machine.state, machine.persistent)
                .with_definition(&machine.xml);
        match &machine.live {
            Some(live) => described.with_live_definition(live),
            None => described,
        }
    }
}

impl Hypervisor for Fake {
    fn uri(&self) -> String {
        self.lock().uri.clone().unwrap_or_else(|| "fake:///".into())
    }

    fn list(&self) -> Result<Vec<VirtualMachine>, HypervisorError> {
        let mut state = self.lock();
        state.enter(Call::List, "fake:///")?;
        let mut machines: Vec<_> =
            state.machines.iter().map(|(id, machine)| State::describe(id, machine)).collect();
        machines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(machines)
    }

    fn find(&self, name_or_uuid: &str) -> Result<VirtualMachine, HypervisorError> {
        let mut state = self.lock();
        state.enter(Call::Find, name_or_uuid)?;
        let by_name = state.machines.iter().find(|(_, machine)| machine.name == name_or_uuid);
        let id = by_name.map_or_else(|| VmId::new(name_or_uuid), |(id, _)| id.clone());
        match state.machines.get(&id) {
            Some(machine) => Ok(State::describe(&id, machine)),
            None => Err(HypervisorError::new(HypervisorErrorKind::NoSuchMachine, name_or_uuid, "")),
        }
    }

    fn definition(&self, id: &VmId) -> Result<Definition, HypervisorError> {
        let mut state = self.lock();
        state.enter(Call::Definition, id.as_str())?;
        Ok(Definition::new(state.machine(id)?.xml.clone()))
    }

    fn define(&self, id: &VmId, expected: &DefinitionHash, xml: &str) -> Result<Definition, HypervisorError> {
        let definition = {
            let mut state = self.lock();
            state.enter(Call::Define, id.as_str())?;
            let machine = state.machine(id)?;
            if Definition::new(machine.xml.clone()).hash() != *expected {
                return Err(HypervisorError::new(HypervisorErrorKind::Changed, machine.name.clone(), ""));
            }
            let written = state.rewrite.as_ref().map_or_else(|| xml.to_owned(), |rewrite| rewrite(xml));
            if let Some(machine) = state.machines.get_mut(id) {
                machine.xml.clone_from(&written);
            }
            state.enter(Call::ReadBack, id.as_str())?;
            Definition::new(written)
        };
        self.listeners.tell(&Event::MachinesChanged);
        Ok(definition)
    }

    fn start(&self, id: &VmId) -> Result<(), HypervisorError> {
        {
            let mut state = self.lock();
            state.enter(Call::Start, id.as_str())?;
            state.machine(id)?;
            if let Some(machine) = state.machines.get_mut(id) {
                machine.state = VmState::Running;
            }
        }
        self.listeners.tell(&Event::MachinesChanged);
        Ok(())
    }

    fn network(&self, name: &str) -> Result<Option<Network>, HypervisorError> {
        let mut state = self.lock();
        state.enter(Call::Network, name)?;
        Ok(state.networks.get(name).cloned())
    }

    fn change_network(&self, name: &str, change: &NetworkChange) -> Result<(), HypervisorError> {
        let mut state = self.lock();
        state.enter(Call::ChangeNetwork, name)?;
        if let NetworkChange::Define(xml) = change {
            let network = Network { active: false, autostart: false, xml: xml.clone() };
            state.networks.insert(name.to_owned(), network);
            return Ok(());
        }
        let missing = || HypervisorError::new(HypervisorErrorKind::Other, name, "no such network");
        let network = state.networks.get_mut(name).ok_or_else(missing)?;
        match change {
            NetworkChange::Start => network.active = true,
            NetworkChange::Stop => network.active = false,
            NetworkChange::Autostart(on) => network.autostart = *on,
            NetworkChange::Define(_) => {}
            NetworkChange::Undefine => {
                state.networks.remove(name);
            }
        }
        Ok(())
    }

    fn node_devices(&self) -> Result<Vec<NodeDevice>, HypervisorError> {
        let mut state = self.lock();
        state.enter(Call::NodeDevices, "fake:///")?;
        Ok(state.node_devices.clone())
    }

    fn subscribe(&self, callback: Box<dyn Fn(Event) + Send + Sync>) -> Result<Subscription, HypervisorError> {
        self.lock().enter(Call::Subscribe, "fake:///")?;
        Ok(self.listeners.add(callback))
    }

    fn is_alive(&self) -> bool {
        !self.lock().dead
    }
}

/// A function of the host in a definition.
pub fn hostdev(bus: u8, function: u8) -> String {
    format!(
        "    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <source>\n        <address domain='0x0000' \
         bus='0x{bus:02x}' slot='0x00' function='0x{function:x}'/>\n      </source>\n    </hostdev>\n"
    )
}
