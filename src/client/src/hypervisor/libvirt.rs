//! The hypervisor over libvirt's own library (`virt` crate). Opening, listing, reading and defining; what
//! the crate lacks (callbacks) is in `events`. Nothing the user typed reaches a C string unchecked: the
//! crate would panic on a zero byte.

use std::sync::Arc;

use virt::connect::Connect;
use virt::domain::Domain;
use virt::enumutil::Enum;
use virt::error::{Error, ErrorNumber};
use virt::sys;

use super::error::{During, from_libvirt};
use super::events::{Callbacks, Listeners, last_errno, start_loop};
use super::machine::{Definition, VirtualMachine, VmId, VmState};
use super::{
    DefinitionHash, Event, Hypervisor, HypervisorError, HypervisorErrorKind, Network, NetworkChange,
    NodeDevice, Subscription, library, node_device,
};

/// Seconds between two signs of life, and how many may be missed: a remote host that vanishes is noticed
/// after some 15 seconds, since TCP alone would take hours.
const KEEP_ALIVE: (i32, u32) = (5, 3);

/// One open connection.
pub(super) struct Libvirt {
    // Before `connection`, so that the callbacks go first.
    callbacks: Result<Callbacks, HypervisorError>,
    pub(super) connection: Connect,
    listeners: Arc<Listeners>,
    uri: String,
}

impl Libvirt {
    pub(super) fn open(uri: &str) -> Result<Self, HypervisorError> {
        let connection = opened(uri, Connect::open)?;
        let listeners = Arc::new(Listeners::default());
        let callbacks = Callbacks::register(&connection, &listeners)
            .map_err(|error| from_libvirt(&error, last_errno(), During::Call, true, uri));
        let uri = connection.uri().unwrap_or_else(|_| uri.to_owned());
        Ok(Self { callbacks, connection, listeners, uri })
    }

    pub(super) fn open_read_only(uri: &str) -> Result<Self, HypervisorError> {
        let connection = opened(uri, Connect::open_read_only)?;
        let callbacks = Err(HypervisorError::new(HypervisorErrorKind::Unsupported, uri, "read-only"));
        let uri = connection.uri().unwrap_or_else(|_| uri.to_owned());
        Ok(Self { callbacks, connection, listeners: Arc::default(), uri })
    }

    /// Turns libvirt's error into ours: about `subject`, or about the connection where that is at fault.
    pub(super) fn error(&self, during: During, subject: &str) -> impl Fn(Error) -> HypervisorError {
        move |error| {
            // First, since asking whether the connection lives clears the number.
            let errno = last_errno();
            let ours = from_libvirt(&error, errno, during, self.is_alive(), subject);
            if ours.kind.is_about_connection() {
                return HypervisorError { subject: self.uri.clone(), ..ours };
            }
            ours
        }
    }

    fn lookup(&self, id: &VmId) -> Result<Domain, HypervisorError> {
        check_text(id.as_str(), id.as_str())?;
        self.connection
            .lookup_domain_by_uuid_string(id.as_str())
            .map_err(self.error(During::Call, id.as_str()))
    }

    /// `None` where the machine went while it was looked at.
    fn describe(&self, domain: &Domain) -> Result<Option<VirtualMachine>, HypervisorError> {
        match self.describe_present(domain) {
            Err(error) if error.kind == HypervisorErrorKind::NoSuchMachine => Ok(None),
            other => other.map(Some),
        }
    }

    fn describe_present(&self, domain: &Domain) -> Result<VirtualMachine, HypervisorError> {
        let id = VmId::new(domain.uuid_string().map_err(self.error(During::Call, &self.uri))?);
        let name = domain.name().map_err(self.error(During::Call, id.as_str()))?;
        // Not `Domain::state`, which hides that the machine is gone.
        let info = domain.info().map_err(self.error(During::Call, &name))?;
        let persistent = domain.is_persistent().map_err(self.error(During::Call, &name))?;
        let machine = VirtualMachine::new(id, name, state_of(info.state.to_raw()), persistent);
        let machine = self.with_attached(machine, domain)?;
        match domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE) {
            Ok(text) => Ok(machine.with_definition(&text)),
            Err(error) => {
                let error = self.error(During::Call, &machine.name)(error);
                match error.kind {
                    HypervisorErrorKind::NoSuchMachine | HypervisorErrorKind::Lost => Err(error),
                    _ => Ok(VirtualMachine { trouble: Some(error.message), ..machine }),
                }
            }
        }
    }

    /// With what it has while it runs. Where libvirt does not tell, what is saved is taken for it.
    fn with_attached(
        &self,
        machine: VirtualMachine,
        domain: &Domain,
    ) -> Result<VirtualMachine, HypervisorError> {
        if !machine.state.is_active() {
            return Ok(machine);
        }
        match domain.xml_desc(0).map_err(self.error(During::Call, &machine.name)) {
            Ok(text) => Ok(machine.with_live_definition(&text)),
            Err(error) if error.kind == HypervisorErrorKind::Lost => Err(error),
            Err(_) => Ok(machine),
        }
    }

    fn read(&self, domain: &Domain, subject: &str) -> Result<Definition, HypervisorError> {
        domain
            .xml_desc(sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE)
            .map(Definition::new)
            .map_err(self.error(During::Call, subject))
    }

    /// Whether libvirt's schema takes the definition that libvirt itself has. There is no call that only
    /// checks; defining the same text again changes nothing.
    fn is_valid(&self, present: &Definition) -> bool {
        self.connection.define_domain_xml_flags(present.text(), sys::VIR_DOMAIN_DEFINE_VALIDATE).is_ok()
    }
}

impl Hypervisor for Libvirt {
    fn uri(&self) -> String {
        self.uri.clone()
    }

    fn list(&self) -> Result<Vec<VirtualMachine>, HypervisorError> {
        let domains = self.connection.list_all_domains(0).map_err(self.error(During::Call, &self.uri))?;
        let mut machines = Vec::with_capacity(domains.len());
        for domain in &domains {
            machines.extend(self.describe(domain)?);
        }
        machines.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        Ok(machines)
    }

    fn find(&self, name_or_uuid: &str) -> Result<VirtualMachine, HypervisorError> {
        check_text(name_or_uuid, name_or_uuid)?;
        let domain = match self.connection.lookup_domain_by_name(name_or_uuid) {
            Ok(domain) => domain,
            Err(error) if is(&error, ErrorNumber::NoDomain) && looks_like_uuid(name_or_uuid) => self
                .connection
                .lookup_domain_by_uuid_string(name_or_uuid)
                .map_err(self.error(During::Call, name_or_uuid))?,
            Err(error) => return Err(self.error(During::Call, name_or_uuid)(error)),
        };
        self.describe_present(&domain)
    }

    fn definition(&self, id: &VmId) -> Result<Definition, HypervisorError> {
        self.read(&self.lookup(id)?, id.as_str())
    }

    fn define(&self, id: &VmId, expected: &DefinitionHash, xml: &str) -> Result<Definition, HypervisorError> {
        check_text(xml, id.as_str())?;
        let domain = self.lookup(id)?;
        let name = domain.name().map_err(self.error(During::Call, id.as_str()))?;
        let present = self.read(&domain, &name)?;
        if present.hash() != *expected {
            return Err(HypervisorError::new(HypervisorErrorKind::Changed, name, ""));
        }
        check_identity(id, &name, xml)?;
        let validated = self.connection.define_domain_xml_flags(xml, sys::VIR_DOMAIN_DEFINE_VALIDATE);
        let defined = match validated {
            Err(error) if is(&error, ErrorNumber::XmlInvalidSchema) && !self.is_valid(&present) => {
                self.connection.define_domain_xml_flags(xml, 0)
            }
            other => other,
        };
        defined.map_err(self.error(During::Define, &name))?;
        self.read(&domain, &name)
    }

    fn start(&self, id: &VmId) -> Result<(), HypervisorError> {
        let domain = self.lookup(id)?;
        let name = domain.name().map_err(self.error(During::Call, id.as_str()))?;
        let info = domain.info().map_err(self.error(During::Call, &name))?;
        if state_of(info.state.to_raw()).is_active() {
            return Ok(());
        }
        domain.create().map(|_| ()).map_err(self.error(During::Call, &name))
    }

    fn node_devices(&self) -> Result<Vec<NodeDevice>, HypervisorError> {
        let devices = self
            .connection
            .list_all_node_devices(sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV)
            .map_err(self.error(During::Call, &self.uri))?;
        let mut found: Vec<NodeDevice> =
            devices.iter().filter_map(|device| node_device::parse(&device.xml_desc(0).ok()?)).collect();
        found.sort_by_key(|device| device.address);
        Ok(found)
    }

    fn network(&self, name: &str) -> Result<Option<Network>, HypervisorError> {
        self.look_at_network(name)
    }

    fn change_network(&self, name: &str, change: &NetworkChange) -> Result<(), HypervisorError> {
        self.do_to_network(name, change)
    }

    fn subscribe(&self, callback: Box<dyn Fn(Event) + Send + Sync>) -> Result<Subscription, HypervisorError> {
        match &self.callbacks {
            Ok(_) => Ok(self.listeners.add(callback)),
            Err(error) => Err(error.clone()),
        }
    }

    fn is_alive(&self) -> bool {
        self.connection.is_alive().unwrap_or(false)
    }
}

/// Opens a connection in one of libvirt's ways, with signs of life.
fn opened(
    uri: &str,
    open: impl FnOnce(Option<&str>) -> Result<Connect, Error>,
) -> Result<Connect, HypervisorError> {
    check_address(uri)?;
    check_test_file(uri)?;
    library::load()
        .and_then(|()| start_loop())
        .map_err(|words| HypervisorError::new(HypervisorErrorKind::NotReachable, uri, words))?;
    let connection =
        open(Some(uri)).map_err(|error| from_libvirt(&error, last_errno(), During::Open, false, uri))?;
    // The test driver has no keep-alive, and needs none.
    let _unsupported = connection.set_keep_alive(KEEP_ALIVE.0, KEEP_ALIVE.1);
    Ok(connection)
}

/// libvirt's drivers that are not for us, by the scheme's part before `+` (<https://libvirt.org/drivers.html>).
const OTHER_DRIVERS: [&str; 13] = [
    "xen",
    "lxc",
    "vbox",
    "openvz",
    "vz",
    "bhyve",
    "esx",
    "gsx",
    "vpx",
    "vmwareplayer",
    "vmwarews",
    "hyperv",
    "ch",
];

fn check_address(uri: &str) -> Result<(), HypervisorError> {
    check_text(uri, &uri.replace('\0', "\u{fffd}"))?;
    let refuse = |kind| Err(HypervisorError::new(kind, uri, ""));
    let Some((scheme, _)) = uri.split_once(':') else { return refuse(HypervisorErrorKind::BadAddress) };
    let driver = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
    match driver.as_str() {
        "qemu" | "test" | "remote" => Ok(()),
        other if OTHER_DRIVERS.contains(&other) => refuse(HypervisorErrorKind::OtherDriver),
        _ => refuse(HypervisorErrorKind::BadAddress),
    }
}

/// The test driver's file must be one: libvirt's XML library would wait for a pipe, and writes straight to standard
/// error where there is nothing.
fn check_test_file(uri: &str) -> Result<(), HypervisorError> {
    let path = uri.strip_prefix("test://").and_then(|path| path.split('?').next()).unwrap_or_default();
    // Names that are written with escapes are left to libvirt.
    if !path.starts_with('/') || path == "/default" || path.contains('%') {
        return Ok(());
    }
    let reason = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => return Ok(()),
        Ok(_) => "not a regular file".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(HypervisorError::new(HypervisorErrorKind::BadAddress, uri, reason))
}

pub(super) fn check_text(text: &str, subject: &str) -> Result<(), HypervisorError> {
    if text.contains('\0') {
        let subject = subject.replace('\0', "\u{fffd}");
        return Err(HypervisorError::new(HypervisorErrorKind::ZeroByte, subject, ""));
    }
    Ok(())
}

/// A definition with another name or UUID would make a second machine instead of changing this one.
fn check_identity(id: &VmId, name: &str, xml: &str) -> Result<(), HypervisorError> {
    let rejected = |message: String| HypervisorError::new(HypervisorErrorKind::Rejected, name, message);
    let document = gangway_domain::Document::parse(xml).map_err(|error| rejected(error.to_string()))?;
    let same_id = document.uuid().is_some_and(|uuid| VmId::new(uuid) == *id);
    if !same_id || document.name().as_deref() != Some(name) {
        return Err(rejected("the new definition has another name or UUID".into()));
    }
    Ok(())
}

pub(super) fn is(error: &Error, code: ErrorNumber) -> bool {
    matches!(error.code(), Enum::Known(known) if known == code)
}

/// Whether libvirt would read `text` as a UUID: 32 hexadecimal digits, hyphens anywhere.
fn looks_like_uuid(text: &str) -> bool {
    text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
        && text.chars().filter(char::is_ascii_hexdigit).count() == 32
}

fn state_of(raw: sys::virDomainState) -> VmState {
    match raw {
        sys::VIR_DOMAIN_RUNNING | sys::VIR_DOMAIN_BLOCKED => VmState::Running,
        sys::VIR_DOMAIN_PAUSED | sys::VIR_DOMAIN_PMSUSPENDED => VmState::Paused,
        sys::VIR_DOMAIN_SHUTOFF => VmState::Off,
        sys::VIR_DOMAIN_CRASHED => VmState::Crashed,
        _ => VmState::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(uri: &str) -> Option<HypervisorErrorKind> {
        check_address(uri).err().map(|error| error.kind)
    }

    #[test]
    fn only_qemu_and_the_test_driver_are_opened() {
        for uri in ["qemu:///system", "qemu+ssh://alex@tower/system", "test:///default", "QEMU:///session"] {
            assert_eq!(kind(uri), None, "{uri}");
        }
        for uri in ["xen:///system", "lxc:///", "vbox:///session", "esx://host/", "xen+ssh://host/"] {
            assert_eq!(kind(uri), Some(HypervisorErrorKind::OtherDriver), "{uri}");
        }
        for uri in ["", "tower", "http://x/", "/run/libvirt/libvirt-sock"] {
            assert_eq!(kind(uri), Some(HypervisorErrorKind::BadAddress), "{uri:?}");
        }
    }

    #[test]
    fn a_file_for_the_test_driver_must_be_one() {
        let folder = tempfile::tempdir().unwrap();
        let uri = |path: &std::path::Path| format!("test://{}", path.display());
        let file = folder.path().join("node.xml");
        for wrong in [folder.path(), &file] {
            let kind = check_test_file(&uri(wrong)).map_err(|error| error.kind);
            assert_eq!(kind, Err(HypervisorErrorKind::BadAddress));
        }
        std::fs::File::create(&file).unwrap();
        for right in [uri(&file), "test:///default".to_owned(), "qemu:///system".to_owned()] {
            assert_eq!(check_test_file(&right), Ok(()), "{right}");
        }
    }

    #[test]
    fn a_zero_byte_never_reaches_the_library() {
        assert_eq!(kind("qemu:///sys\0tem"), Some(HypervisorErrorKind::ZeroByte));
        let error = check_text("win\0", "win\0").unwrap_err();
        assert_eq!(error.kind, HypervisorErrorKind::ZeroByte);
        assert!(!error.subject.contains('\0'));
    }

    #[test]
    fn a_definition_of_another_machine_is_refused() {
        let id = VmId::new("4DEA22B3-1d52-d8f3-2516-782e98ab3fa0");
        let xml = |name: &str, uuid: &str| {
            format!("<domain type='test'><name>{name}</name><uuid>{uuid}</uuid><devices/></domain>")
        };
        let own = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";
        assert!(check_identity(&id, "a", &xml("a", own)).is_ok());
        assert!(check_identity(&id, "a", &xml("b", own)).is_err());
        assert!(check_identity(&id, "a", &xml("a", "11111111-1d52-d8f3-2516-782e98ab3fa0")).is_err());
        assert!(check_identity(&id, "a", "<domain>").is_err());
    }

    #[test]
    fn a_uuid_is_told_from_a_name() {
        assert!(looks_like_uuid("4dea22b3-1d52-d8f3-2516-782e98ab3fa0"));
        assert!(!looks_like_uuid("win11"));
        assert!(!looks_like_uuid("4dea22b3-1d52-d8f3-2516-782e98ab3fa"));
    }
}
