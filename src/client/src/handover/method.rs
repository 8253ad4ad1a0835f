//! How the host lets go of devices: the choice between leaving it to libvirt when the virtual machine starts (*managed*) and
//! keeping the host's drivers away from the next start on (*reserved*). The method that changes least and is safe here is
//! recommended, and what speaks against the others is told. Pure: what the planner says of a reservation is handed in.

use gangway_core::checks::{self, CheckId, Outcome, Weight};
use gangway_core::host::{Function, Host};
use gangway_core::leaving::{Cost, Going};
use gangway_core::model::Model;
use gangway_core::pci::{DeviceKind, PciAddress};
use gangway_core::plan;
use gangway_protocol::wire::PlanAnswer;

use crate::helper::HelperError;
use crate::target::{HostChoice, Target};

/// How the host lets go of devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// libvirt takes them when the virtual machine starts, and gives them back when it stops.
    Managed,
    /// From the next start of the computer on, no driver of the host comes to them.
    Reserved,
}

/// Something that speaks against *managed*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// The driver holds the device open, and taking it away can hang the kernel. Source: NVIDIA's module counts its users
    /// (`NVRM: Attempting to remove device … with non-zero usage count!`), and what waits for it cannot be ended.
    Holds {
        /// The function.
        address: PciAddress,
        /// Its driver.
        driver: String,
    },
    /// A file system or swap space on it is in use, and would be lost.
    Storage {
        /// The controller.
        address: PciAddress,
    },
    /// A graphics driver, which a running desktop may be using, and which may not let go then.
    Desktop {
        /// The function.
        address: PciAddress,
        /// Its driver.
        driver: String,
    },
    /// The host uses it now.
    InUse {
        /// The function.
        address: PciAddress,
    },
    /// Its driver could not be read.
    DriverUnknown {
        /// The function.
        address: PciAddress,
    },
}

/// Why nothing can be reserved from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReserved {
    /// The planner has reasons against it.
    Refused(Vec<plan::Refusal>),
    /// The root service, which alone could do it, cannot be had.
    NoService(HelperError),
    /// The files are another computer's.
    Elsewhere,
    /// Several devices were named, and one is reserved at a time.
    Several,
}

/// What the user has to take in so many words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Danger {
    /// Of the method.
    Method(Against),
    /// The card is known not to come back from a reset, and nothing here helps it.
    NoReset {
        /// The graphics function.
        address: PciAddress,
    },
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods {
    /// What speaks against *managed*.
    pub managed: Vec<Against>,
    /// Why *reserved* is not possible; none where it is.
    pub reserved: Result<(), NotReserved>,
    /// Whether vfio-pci has all of them already, so that nothing has to let go.
    pub free: bool,
}

/// Something that speaks for a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Another graphics card keeps the desktop.
    Keeps {
        /// Its graphics function.
        address: PciAddress,
    },
    /// The devices are known by address and ids at every start.
    ByAddress {
        /// The main function.
        address: PciAddress,
        /// How many others have its ids.
        twins: usize,
    },
    /// The IOMMU is on.
    IommuOn,
    /// One restart, as a trial.
    Restart,
    /// Their drivers let go of them.
    LetsGo,
    /// vfio-pci has them already.
    Free,
    /// The host is not changed.
    HostUnchanged,
}

impl Against {
    /// Whether it makes *managed* a danger to what runs, and not only less sure.
    pub const fn is_danger(&self) -> bool {
        matches!(self, Self::Holds { .. } | Self::Storage { .. })
    }
}

impl Methods {
    /// What there is for these devices, with what the planner says of reserving them.
    pub fn of(host: &Host, going: &Going, reserved: Result<(), NotReserved>) -> Self {
        let known = || going.functions.iter().filter_map(|address| host.function(*address));
        let mut managed: Vec<Against> =
            known().filter(|function| !function.has_vfio()).filter_map(driver).collect();
        for cost in &going.costs {
            let against = match cost {
                Cost::Mounted { address, .. } | Cost::Swap { address } => {
                    Against::Storage { address: *address }
                }
                other => Against::InUse { address: other.address() },
            };
            if !managed.contains(&against) {
                managed.push(against);
            }
        }
        managed.sort_by_key(|against| !against.is_danger());
        let free = !going.functions.is_empty() && known().all(Function::has_vfio);
        Self { managed, reserved, free }
    }

    /// The one that changes least and is safe here; none where no method is.
    pub fn recommended(&self) -> Option<Method> {
        let danger = self.managed.iter().any(Against::is_danger);
        if self.managed.is_empty() {
            Some(Method::Managed)
        } else if self.reserved.is_ok() {
            Some(Method::Reserved)
        } else {
            (!danger && !self.draws()).then_some(Method::Managed)
        }
    }

    /// Whether the host draws on one of the cards now: its driver is not known to let go then.
    fn draws(&self) -> bool {
        let used = |address: &PciAddress| self.managed.contains(&Against::InUse { address: *address });
        self.managed
            .iter()
            .any(|against| matches!(against, Against::Desktop { address, .. } if used(address)))
    }

    /// Whether it can be chosen. Where nothing else is possible, a danger is the user's own to take, in so many words.
    pub fn is_possible(&self, method: Method) -> bool {
        match method {
            Method::Managed => self.reserved.is_err() || !self.managed.iter().any(Against::is_danger),
            Method::Reserved => self.reserved.is_ok(),
        }
    }

    /// What the user has to take in so many words before this method is carried out.
    pub fn dangers(&self, method: Method) -> Vec<Danger> {
        match method {
            Method::Managed => {
                let dangers = self.managed.iter().filter(|against| against.is_danger());
                dangers.cloned().map(Danger::Method).collect()
            }
            Method::Reserved => Vec::new(),
        }
    }

    /// What speaks for a method on this host.
    pub fn reasons(&self, method: Method, host: &Host, going: &Going) -> Vec<Reason> {
        match method {
            Method::Managed => {
                let drivers = if self.free {
                    Some(Reason::Free)
                } else {
                    self.managed.is_empty().then_some(Reason::LetsGo)
                };
                drivers.into_iter().chain([Reason::HostUnchanged]).collect()
            }
            Method::Reserved => {
                let mut reasons: Vec<Reason> = keeps(host, going).into_iter().collect();
                reasons.extend(by_address(host, going));
                reasons.extend([Reason::IommuOn, Reason::Restart]);
                reasons
            }
        }
    }
}

/// Whether the root service of this machine could reserve a card. May take as long as a program takes to start.
///
/// # Errors
/// Why it could not.
pub fn reservable(target: &Target, devices: &[PciAddress], whole_group: bool) -> Result<(), NotReserved> {
    let [device] = devices else { return Err(NotReserved::Several) };
    if matches!(target.host, HostChoice::Folder(_) | HostChoice::Machine(_)) {
        return Err(NotReserved::Elsewhere);
    }
    let service = target.helper().map_err(NotReserved::NoService)?;
    let intent = plan::Intent::Reserve { device: *device, whole_group };
    match service.plan(&intent, false).map_err(NotReserved::NoService)? {
        PlanAnswer::Plan(_) => Ok(()),
        PlanAnswer::Refused { refusals } => Err(NotReserved::Refused(refusals)),
    }
}

/// Those of these functions that are known not to come back from a reset.
pub fn without_reset(model: &Model, functions: &[PciAddress]) -> Vec<Danger> {
    let bad = |finding: &checks::Finding| {
        finding.check == CheckId::ResetKnownBad
            && finding.outcome == Outcome::ToDo
            && finding.weight == Weight::Important
    };
    let found = checks::run(model);
    let found = found.iter().filter(|finding| bad(finding));
    let addresses = found.flat_map(|finding| finding.about.iter().copied());
    addresses
        .filter(|address| functions.contains(address))
        .map(|address| Danger::NoReset { address })
        .collect()
}

/// What speaks against taking a function from its driver while the host runs.
fn driver(function: &Function) -> Option<Against> {
    let address = function.address;
    if function.driver.is_absent() {
        return None;
    }
    let Some(driver) = function.driver.known() else { return Some(Against::DriverUnknown { address }) };
    let driver = driver.as_str().to_owned();
    if driver == "nvidia" {
        return Some(Against::Holds { address, driver });
    }
    (function.kind() == DeviceKind::Graphics).then_some(Against::Desktop { address, driver })
}

/// The graphics card that the host keeps.
fn keeps(host: &Host, going: &Going) -> Option<Reason> {
    if !going.functions.iter().filter_map(|address| host.function(*address)).any(is_graphics) {
        return None;
    }
    let stays = host.functions.iter().filter(|function| is_graphics(function));
    let stays = stays.map(|function| function.address).find(|address| !going.functions.contains(address));
    stays.map(|address| Reason::Keeps { address })
}

fn is_graphics(function: &Function) -> bool {
    function.kind() == DeviceKind::Graphics
}

fn by_address(host: &Host, going: &Going) -> Option<Reason> {
    let main = host.function(*going.functions.first()?)?;
    let same = |other: &&Function| {
        main.vendor.is_known()
            && other.vendor == main.vendor
            && other.device == main.device
            && !going.functions.contains(&other.address)
    };
    let twins = host.functions.iter().filter(same).count();
    Some(Reason::ByAddress { address: main.address, twins })
}

#[cfg(test)]
mod tests {
    use gangway_core::host::ConnectorStatus;
    use gangway_core::leaving::going;
    use gangway_core::reading::Reading;

    use super::super::tests::{AUDIO, Machine, NETWORK, NVME, VGA, at};
    use super::*;

    fn machine(driver: &str) -> Machine {
        Machine::new()
            .function("01:00.0", VGA, 14, driver)
            .function("01:00.1", AUDIO, 14, "snd_hda_intel")
            .function("02:00.0", VGA, 15, "amdgpu")
            .function("03:00.0", NVME, 16, "nvme")
            .function("04:00.0", NETWORK, 17, "igb")
            .screen("02:00.0", "DP-1", Reading::Known(ConnectorStatus::Connected))
    }

    fn methods(machine: Machine, device: &str, possible: bool) -> (Methods, Host, Going) {
        let host = machine.build();
        let going = going(&host, &[at(device)], false).unwrap();
        let reserved = if possible { Ok(()) } else { Err(NotReserved::Elsewhere) };
        (Methods::of(&host, &going, reserved), host, going)
    }

    fn recommended(machine: Machine, device: &str, possible: bool) -> Option<Method> {
        methods(machine, device, possible).0.recommended()
    }

    #[test]
    fn what_lets_go_stays_with_libvirt_and_what_holds_on_is_reserved() {
        assert_eq!(recommended(machine("nvidia"), "04:00.0", true), Some(Method::Managed));
        assert_eq!(recommended(machine("nvidia"), "03:00.0", true), Some(Method::Managed));
        assert_eq!(recommended(machine(""), "01:00.0", true), Some(Method::Managed));
        assert_eq!(recommended(machine("vfio-pci"), "01:00.0", true), Some(Method::Managed));
        for driver in ["nvidia", "nouveau", "amdgpu"] {
            assert_eq!(recommended(machine(driver), "01:00.0", true), Some(Method::Reserved), "{driver}");
        }
    }

    #[test]
    fn where_nothing_can_be_reserved_only_what_is_no_danger_is_recommended() {
        assert_eq!(recommended(machine("nouveau"), "01:00.0", false), Some(Method::Managed));
        let (methods, ..) = methods(machine("nvidia"), "01:00.0", false);
        assert_eq!(methods.recommended(), None);
        assert!(methods.is_possible(Method::Managed) && !methods.is_possible(Method::Reserved));
        assert_eq!(methods.dangers(Method::Managed).len(), 1);
    }

    #[test]
    fn a_card_that_the_host_draws_on_is_not_recommended_to_be_taken_while_it_runs() {
        let shown = || {
            let lit = Reading::Known(ConnectorStatus::Connected);
            machine("amdgpu").screen("01:00.0", "DP-2", lit)
        };
        assert_eq!(recommended(shown(), "01:00.0", false), None);
        assert_eq!(recommended(shown(), "01:00.0", true), Some(Method::Reserved));
    }

    #[test]
    fn a_danger_cannot_be_chosen_where_there_is_another_way() {
        let (methods, host, going) = methods(machine("nvidia"), "01:00.0", true);
        assert!(!methods.is_possible(Method::Managed) && methods.is_possible(Method::Reserved));
        assert!(methods.dangers(Method::Reserved).is_empty());
        let reasons = methods.reasons(Method::Reserved, &host, &going);
        assert_eq!(reasons.first(), Some(&Reason::Keeps { address: at("02:00.0") }));
        // All functions of these hosts have the same ids.
        assert_eq!(reasons.get(1), Some(&Reason::ByAddress { address: at("01:00.0"), twins: 3 }));
        assert_eq!(reasons.last(), Some(&Reason::Restart));
    }

    #[test]
    fn what_the_host_uses_is_not_left_to_libvirt() {
        let used = |address: &str| Machine::claim(machine("nouveau"), address, mounted());
        let (methods, ..) = methods(used("03:00.0"), "03:00.0", true);
        assert_eq!(methods.managed, [Against::Storage { address: at("03:00.0") }]);
        assert_eq!(methods.recommended(), Some(Method::Reserved));
    }

    fn mounted() -> gangway_core::host::ClaimKind {
        gangway_core::host::ClaimKind::Mounted { path: "/srv".into() }
    }
}
