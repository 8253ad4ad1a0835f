//! The demo's hypervisor: libvirt's test driver, whose state is read from the folder and written back
//! after each change. The driver itself keeps nothing between two programs, so the file is the truth:
//! when another program has replaced it, the driver is opened again before anything is answered.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gangway_core::host::Host;

use super::folder::{Folder, FolderError, Lock, Stamp};
use super::guests::guests;
use super::machine::DemoMachine;
use super::node::{self, Guest, RunState};
use super::watch::Watch;
use crate::hypervisor::{
    self, Definition, DefinitionHash, Event, Hypervisor, HypervisorError, HypervisorErrorKind, Network,
    NetworkChange, NodeDevice, Subscription, VirtualMachine, VmId, VmState,
};

/// The demo's virtual machines.
pub(super) struct DemoHypervisor {
    machine: DemoMachine,
    host: Host,
    folder: Folder,
    open: Mutex<Option<Open>>,
}

/// The test driver with the state that it was opened with, or that it was saved as since.
struct Open {
    driver: Arc<dyn Hypervisor>,
    stamp: Option<Stamp>,
}

impl DemoHypervisor {
    /// Opens the demo with its state in `folder`; begins anew where there is none.
    pub(super) fn open(machine: DemoMachine, host: Host, folder: &Path) -> Result<Self, HypervisorError> {
        let folder = Folder::open(folder).map_err(folder_error)?;
        let demo = Self { machine, host, folder, open: Mutex::new(None) };
        demo.driver(&mut demo.hold())?;
        Ok(demo)
    }

    fn hold(&self) -> MutexGuard<'_, Option<Open>> {
        // What a panicking thread left is at worst out of date, which the stamp tells.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The driver with the present state.
    fn current(&self) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
        self.driver(&mut self.hold())
    }

    fn driver(&self, open: &mut Option<Open>) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
        let stamp = self.folder.stamp().map_err(folder_error)?;
        if let Some(open) = open.as_ref().filter(|open| stamp.is_some() && open.stamp == stamp) {
            return Ok(Arc::clone(&open.driver));
        }
        if stamp.is_none() {
            let lock = self.folder.lock().map_err(folder_error)?;
            self.begin(&lock)?;
        }
        // The stamp is taken first: a file that is replaced while it is read counts as not read.
        let stamp = self.folder.stamp().map_err(folder_error)?;
        let driver = hypervisor::connect(&self.address()).map_err(|error| self.unreadable(&error))?;
        *open = Some(Open { driver: Arc::clone(&driver), stamp });
        Ok(driver)
    }

    /// Writes the first state, unless another program was quicker.
    fn begin(&self, lock: &Lock) -> Result<(), HypervisorError> {
        if self.folder.stamp().map_err(folder_error)?.is_some() {
            return Ok(());
        }
        self.write(&guests(self.machine, &self.host), lock)
    }

    /// Writes the state as `driver` has it.
    fn save(&self, driver: &dyn Hypervisor, lock: &Lock) -> Result<Option<Stamp>, HypervisorError> {
        let mut guests = Vec::new();
        for vm in driver.list()? {
            let xml = driver.definition(&vm.id)?.text().to_owned();
            guests.push(Guest { xml, state: run_state(vm.state) });
        }
        self.write(&guests, lock)?;
        self.folder.stamp().map_err(folder_error)
    }

    fn write(&self, guests: &[Guest], lock: &Lock) -> Result<(), HypervisorError> {
        let text = node::text(guests, &self.host).ok_or_else(|| {
            let message = "a definition without an end".to_owned();
            HypervisorError::new(HypervisorErrorKind::Other, self.machine.id(), message)
        })?;
        self.folder.replace(&text, lock).map_err(folder_error)
    }

    fn address(&self) -> String {
        address_of(&self.folder.state_file())
    }

    fn unreadable(&self, error: &HypervisorError) -> HypervisorError {
        let folder = self.folder.path().display().to_string();
        HypervisorError::new(HypervisorErrorKind::DemoState, folder, error.message.clone())
    }
}

impl Hypervisor for DemoHypervisor {
    fn uri(&self) -> String {
        self.address()
    }

    fn list(&self) -> Result<Vec<VirtualMachine>, HypervisorError> {
        self.current()?.list()
    }

    fn find(&self, name_or_uuid: &str) -> Result<VirtualMachine, HypervisorError> {
        self.current()?.find(name_or_uuid)
    }

    fn definition(&self, id: &VmId) -> Result<Definition, HypervisorError> {
        self.current()?.definition(id)
    }

    fn define(&self, id: &VmId, expected: &DefinitionHash, xml: &str) -> Result<Definition, HypervisorError> {
        // In this order everywhere, so that two threads never wait for each other.
        let mut open = self.hold();
        let lock = self.folder.lock().map_err(folder_error)?;
        let driver = self.driver_under_lock(&mut open, &lock)?;
        let defined = driver.define(id, expected, xml)?;
        match self.save(&*driver, &lock) {
            Ok(stamp) => {
                *open = Some(Open { driver, stamp });
                Ok(defined)
            }
            Err(error) => {
                // What is not in the file has not happened: forget the driver that has it.
                *open = None;
                Err(error)
            }
        }
    }

    fn start(&self, id: &VmId) -> Result<(), HypervisorError> {
        let mut open = self.hold();
        let lock = self.folder.lock().map_err(folder_error)?;
        let driver = self.driver_under_lock(&mut open, &lock)?;
        driver.start(id)?;
        // What is not in the file has not happened: where it cannot be saved, forget the driver that runs it.
        *open = None;
        let stamp = self.save(&*driver, &lock)?;
        *open = Some(Open { driver, stamp });
        Ok(())
    }

    fn node_devices(&self) -> Result<Vec<NodeDevice>, HypervisorError> {
        self.current()?.node_devices()
    }

    fn network(&self, name: &str) -> Result<Option<Network>, HypervisorError> {
        let network = self.current()?.network(name)?;
        // The driver's file cannot say it, so another one does; its networks run whenever the driver does.
        let autostart = self.folder.has_autostart();
        Ok(network.map(|network| Network { autostart, ..network }))
    }

    fn change_network(&self, name: &str, change: &NetworkChange) -> Result<(), HypervisorError> {
        match change {
            NetworkChange::Autostart(on) => {
                let lock = self.folder.lock().map_err(folder_error)?;
                self.folder.set_autostart(*on, &lock).map_err(folder_error)
            }
            NetworkChange::Define(_)
            | NetworkChange::Start
            | NetworkChange::Stop
            | NetworkChange::Undefine => {
                let message = "the demo keeps nothing of a network but whether it starts with libvirt";
                Err(HypervisorError::new(HypervisorErrorKind::Unsupported, name, message))
            }
        }
    }

    fn subscribe(&self, callback: Box<dyn Fn(Event) + Send + Sync>) -> Result<Subscription, HypervisorError> {
        let watch = Watch::start(self.folder.path(), move || callback(Event::MachinesChanged))
            .map_err(|cause| folder_error(FolderError { path: self.folder.path().to_owned(), cause }))?;
        Ok(Subscription::new(move || drop(watch)))
    }

    fn is_alive(&self) -> bool {
        true
    }
}

impl DemoHypervisor {
    /// Switches every virtual machine off, as the end of the computer's start does.
    pub(super) fn power_off(&self) -> Result<(), HypervisorError> {
        let mut open = self.hold();
        let lock = self.folder.lock().map_err(folder_error)?;
        let driver = self.driver_under_lock(&mut open, &lock)?;
        let mut guests = Vec::new();
        for vm in driver.list()? {
            let xml = driver.definition(&vm.id)?.text().to_owned();
            guests.push(Guest { xml, state: RunState::Off });
        }
        // The driver has them as they were, so it is forgotten.
        *open = None;
        self.write(&guests, &lock)
    }

    /// As [`Self::driver`], for who holds the lock already.
    fn driver_under_lock(
        &self,
        open: &mut Option<Open>,
        lock: &Lock,
    ) -> Result<Arc<dyn Hypervisor>, HypervisorError> {
        self.begin(lock)?;
        self.driver(open)
    }
}

/// The address of libvirt's test driver with this state file. Source: libvirt, `docs/drvtest.rst`.
fn address_of(path: &Path) -> String {
    let mut address = String::from("test://");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                address.push(char::from(*byte));
            }
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address
}

fn run_state(state: VmState) -> RunState {
    match state {
        VmState::Running => RunState::Running,
        VmState::Paused => RunState::Paused,
        VmState::Crashed => RunState::Crashed,
        VmState::Off | VmState::Other => RunState::Off,
    }
}

fn folder_error(error: FolderError) -> HypervisorError {
    let FolderError { path, cause } = error;
    HypervisorError::new(HypervisorErrorKind::DemoState, path.display().to_string(), cause.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::super::connect_at;
    use super::*;

    fn titled(definition: &Definition, title: &str) -> String {
        definition.text().replacen("</uuid>", &format!("</uuid>\n  <title>{title}</title>"), 1)
    }

    #[test]
    fn what_one_changes_the_other_is_told_and_sees() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("with blanks, 100 % and ü");
        let one = connect_at(DemoMachine::Studio, &folder).unwrap();
        let other = connect_at(DemoMachine::Studio, &folder).unwrap();
        let (sender, receiver) = mpsc::channel();
        let subscription = other.subscribe(Box::new(move |event| sender.send(event).unwrap())).unwrap();
        let id = one.find("gpu-compute").unwrap().id;
        let before = one.definition(&id).unwrap();
        let after = one.define(&id, &before.hash(), &titled(&before, "new")).unwrap();
        assert_eq!(receiver.recv_timeout(Duration::from_secs(5)), Ok(Event::MachinesChanged));
        assert_eq!(other.definition(&id).unwrap(), after);
        drop(subscription);
    }

    #[test]
    fn what_was_made_of_a_former_definition_is_refused() {
        let temporary = tempfile::tempdir().unwrap();
        let one = connect_at(DemoMachine::Workshop, temporary.path()).unwrap();
        let other = connect_at(DemoMachine::Workshop, temporary.path()).unwrap();
        let id = one.find("win11").unwrap().id;
        let before = one.definition(&id).unwrap();
        let after = other.define(&id, &before.hash(), &titled(&before, "other")).unwrap();
        let refused = one.define(&id, &before.hash(), &titled(&before, "mine")).unwrap_err();
        assert_eq!(refused.kind, HypervisorErrorKind::Changed);
        assert_eq!(one.definition(&id).unwrap(), after);
    }

    #[test]
    fn a_rejected_definition_changes_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let demo = connect_at(DemoMachine::Workshop, temporary.path()).unwrap();
        let id = demo.find("win11").unwrap().id;
        let before = demo.definition(&id).unwrap();
        let broken = before.text().replacen("<vcpu placement='static'>8", "<vcpu placement='static'>many", 1);
        let refused = demo.define(&id, &before.hash(), &broken).unwrap_err();
        assert_eq!(refused.kind, HypervisorErrorKind::Rejected);
        assert_eq!(demo.definition(&id).unwrap(), before);
    }

    #[test]
    fn removing_the_state_begins_anew() {
        let temporary = tempfile::tempdir().unwrap();
        let demo = connect_at(DemoMachine::Traveller, temporary.path()).unwrap();
        let id = demo.find("win11").unwrap().id;
        let before = demo.definition(&id).unwrap();
        demo.define(&id, &before.hash(), &titled(&before, "new")).unwrap();
        std::fs::remove_file(temporary.path().join("node.xml")).unwrap();
        assert_eq!(demo.definition(&id).unwrap(), before);
    }

    #[test]
    fn the_host_has_its_devices_in_libvirt_too() {
        let temporary = tempfile::tempdir().unwrap();
        let demo = connect_at(DemoMachine::Workshop, temporary.path()).unwrap();
        let host = Host::scan(&crate::target::demo_source(DemoMachine::Workshop).unwrap());
        let devices = demo.node_devices().unwrap();
        let found: Vec<_> = devices.iter().map(|device| (device.address, device.group)).collect();
        let expected: Vec<_> = host
            .functions
            .iter()
            .map(|function| (function.address, function.group.known().copied()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn any_folder_can_be_in_an_address() {
        assert_eq!(address_of(Path::new("/a b/ü%/node.xml")), "test:///a%20b/%C3%BC%25/node.xml");
    }
}
