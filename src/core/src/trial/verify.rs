//! What was promised of a reservation, compared with the machine, part by part: on trial, before it may be kept; and once it
//! is confirmed, to see whether the machine is still as it was left.
//!
//! Pure functions of what was read. A part holds, does not, or could not be told; why it does not is told as what is there
//! instead, and as the check that knows more, where there is one.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Early, Found, Pointer, Request, Standing, State};
use crate::checks::{CheckId, Need};
use crate::devices::Comparison;
use crate::host::Function;
use crate::model::Model;
use crate::pci::{DriverName, PciAddress};
use crate::reading::{Reading, Trouble, TroubleDetail};
use crate::source::SourceErrorKind;
use crate::system::{Module, Support};

/// A part of what was promised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The kernel was started with the argument.
    Argument,
    /// The early script took all of the functions.
    Early,
    /// The device is the one that was chosen.
    Device(PciAddress),
    /// vfio-pci has the function.
    Driver(PciAddress),
    /// No driver of the host's has a member of the function's group, of which this is the first that is reserved.
    Group(PciAddress),
    /// VFIO is there.
    Modules,
    /// Another card with the same ids has the driver that it had.
    Twin(PciAddress),
    /// The running kernel is the one that it was made for.
    Running,
    /// That kernel is installed.
    Kernel,
    /// The image is the one that was made.
    Image,
    /// Our entry is there.
    Entry,
    /// The former system's entry is there.
    Former,
    /// The request for one start was erased.
    Request,
    /// Every start is asked for with it.
    Default,
    /// No newer kernel is installed, which would not be started.
    Newest,
}

impl Part {
    /// The word for programs and developers.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Argument => "argument",
            Self::Early => "early",
            Self::Device(_) => "device",
            Self::Driver(_) => "driver",
            Self::Group(_) => "group",
            Self::Modules => "modules",
            Self::Twin(_) => "twin",
            Self::Running => "running",
            Self::Kernel => "kernel",
            Self::Image => "image",
            Self::Entry => "entry",
            Self::Former => "former",
            Self::Request => "request",
            Self::Default => "default",
            Self::Newest => "newest",
        }
    }

    /// The device that it is about.
    pub const fn address(&self) -> Option<PciAddress> {
        match self {
            Self::Device(address) | Self::Driver(address) | Self::Group(address) | Self::Twin(address) => {
                Some(*address)
            }
            _ => None,
        }
    }
}

/// A part with what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Promised {
    /// The part.
    pub part: Part,
    /// What came of it.
    pub verified: Verified,
}

/// What came of a part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Verified {
    /// It is so.
    Holds,
    /// It is not.
    Broken {
        /// What is there instead.
        instead: Broken,
        /// The check that is likely to know why.
        cause: Option<CheckId>,
    },
    /// What was read does not tell.
    Unknown(Need),
}

/// What is there instead of what was promised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Broken {
    /// Nothing.
    Missing,
    /// This.
    Instead(String),
    /// The device is at another address now.
    Moved(PciAddress),
    /// Another device is at the address.
    Replaced,
    /// Several devices could be it.
    Unclear(Vec<PciAddress>),
    /// The early script did this.
    Early(Early),
    /// Drivers of the host have members of the group.
    Held(Vec<(PciAddress, String)>),
    /// It was made anew, or damaged.
    Changed,
    /// A kernel of this release is installed, which is newer.
    Newer(String),
}

/// Compares what was promised with the machine. The image is what [`super::measure`] says of it; absent where nobody
/// measured it, which is not said then.
pub fn verify(state: &State, model: &Model, image: Option<&Reading<String>>) -> Vec<Promised> {
    let trial = &model.system.trial;
    let look = Look { state, model, found: &trial.found };
    let here = match &trial.standing {
        Standing::OnTrial { early } | Standing::Confirmed { early } => Some(early),
        _ => None,
    };
    let mut parts = Vec::new();
    let mut add = |part, verified| parts.push(Promised { part, verified });
    if let Some(early) = here {
        add(Part::Argument, Verified::Holds);
        add(Part::Early, look.early(early));
        add(Part::Running, look.running());
    }
    for device in &state.promise.devices {
        add(Part::Device(device.address), look.device(device));
    }
    if here.is_some() {
        for device in &state.promise.devices {
            add(Part::Driver(device.address), look.driver(device.address));
        }
        for (first, verified) in look.groups() {
            add(Part::Group(first), verified);
        }
        add(Part::Modules, look.modules());
    }
    let confirmed = matches!(trial.standing, Standing::Confirmed { .. } | Standing::Without);
    // Once it is confirmed, another card may be with a virtual machine like any other.
    for twin in state.promise.twins.iter().filter(|_| here.is_some() && !confirmed) {
        if let Some(verified) = look.twin(twin.address, twin.driver.as_deref()) {
            add(Part::Twin(twin.address), verified);
        }
    }
    add(Part::Kernel, look.kernel());
    if let Some(image) = image {
        add(Part::Image, look.image(image));
    } else if !look.found.image.is_known() {
        add(Part::Image, there(&look.found.image, &state.promise.image, None));
    }
    add(Part::Entry, look.entry());
    add(Part::Former, look.former());
    if state.promise.request == Request::Loader && here.is_some() {
        add(Part::Request, look.request());
    }
    if confirmed {
        add(Part::Default, look.default());
        add(Part::Newest, look.newest());
    }
    parts
}

/// Whether all of it holds.
pub fn is_kept(parts: &[Promised]) -> bool {
    parts.iter().all(|part| part.verified == Verified::Holds)
}

struct Look<'a> {
    state: &'a State,
    model: &'a Model,
    found: &'a Found,
}

impl Look<'_> {
    fn early(&self, early: &Early) -> Verified {
        let cause = match early {
            Early::Reserved(reserved) if *reserved == self.state.promise.reserve => return Verified::Holds,
            Early::Reserved(_) | Early::Unclear(_) => None,
            Early::DidNotRun => None,
            Early::Refused(_) if self.without_group() => Some(CheckId::GroupMissing),
            Early::Refused(_) => None,
            Early::Failed(_) => match self.model.system.kernel.support(Module::VfioPci) {
                Support::Missing(_) => Some(CheckId::VfioSupport),
                _ => Some(CheckId::ModuleBlocked),
            },
        };
        broken(Broken::Early(early.clone()), cause)
    }

    fn without_group(&self) -> bool {
        let functions = self.state.promise.devices.iter();
        functions
            .filter_map(|device| self.model.host.function(device.address))
            .any(|function| function.group.is_absent())
    }

    fn running(&self) -> Verified {
        let release = &self.model.system.kernel.release;
        match release {
            Reading::Known(release) if *release == self.state.promise.release => Verified::Holds,
            Reading::Known(release) => broken(Broken::Instead(release.clone()), None),
            other => unknown(other, "/proc/sys/kernel/osrelease"),
        }
    }

    fn device(&self, device: &crate::devices::Identity) -> Verified {
        match device.compare(&self.model.host, Some(&self.model.devices)) {
            Comparison::Same => Verified::Holds,
            Comparison::Moved { to } => broken(Broken::Moved(to), None),
            Comparison::Replaced => broken(Broken::Replaced, None),
            Comparison::Gone => broken(Broken::Missing, None),
            Comparison::Unclear { candidates } => broken(Broken::Unclear(candidates), None),
            Comparison::Unknown => {
                Verified::Unknown(Need::Path(format!("/sys/bus/pci/devices/{}", device.address)))
            }
        }
    }

    fn driver(&self, address: PciAddress) -> Verified {
        let path = format!("/sys/bus/pci/devices/{address}/driver");
        let Some(function) = self.model.host.function(address) else {
            return broken(Broken::Missing, None);
        };
        match &function.driver {
            Reading::Known(driver) if driver.is_vfio() => Verified::Holds,
            Reading::Known(driver) => {
                broken(Broken::Instead(driver.to_string()), Some(CheckId::ReservationFailed))
            }
            Reading::Absent => broken(Broken::Missing, None),
            other => unknown(other, &path),
        }
    }

    /// Each group of a reserved function once. A driver of VFIO's, and a bridge's, do not stand in the way. Source: kernel,
    /// `driver_managed_dma` in `drivers/vfio/pci/vfio_pci.c` and `drivers/pci/pcie/portdrv.c`.
    fn groups(&self) -> Vec<(PciAddress, Verified)> {
        let host = &self.model.host;
        let mut seen = Vec::new();
        let mut groups = Vec::new();
        for device in &self.state.promise.devices {
            // A function that is not there is told of by itself.
            let Some(function) = host.function(device.address) else { continue };
            let group = match &function.group {
                Reading::Known(group) => *group,
                Reading::Absent => {
                    groups.push((device.address, broken(Broken::Missing, Some(CheckId::GroupMissing))));
                    continue;
                }
                other => {
                    let path = format!("/sys/bus/pci/devices/{}/iommu_group", device.address);
                    groups.push((device.address, unknown(other, &path)));
                    continue;
                }
            };
            if seen.contains(&group) {
                continue;
            }
            seen.push(group);
            let holds = |member: &&Function| {
                member.group.known() == Some(&group)
                    && !member.is_bridge()
                    && member.driver.known().is_some_and(|driver| !driver.is_vfio())
            };
            let held: Vec<(PciAddress, String)> = host
                .functions
                .iter()
                .filter(holds)
                .map(|member| {
                    (member.address, member.driver.known().map(DriverName::to_string).unwrap_or_default())
                })
                .collect();
            let verified = match held.is_empty() {
                true => Verified::Holds,
                false => broken(Broken::Held(held), Some(CheckId::GroupViable)),
            };
            groups.push((device.address, verified));
        }
        groups
    }

    fn modules(&self) -> Verified {
        let kernel = &self.model.system.kernel;
        let ready = |module| matches!(kernel.support(module), Support::Loaded | Support::BuiltIn(_));
        let missing = |module| matches!(kernel.support(module), Support::Missing(_));
        if !ready(Module::VfioPci) {
            return match kernel.loaded {
                Reading::Known(_) => broken(Broken::Missing, Some(CheckId::VfioSupport)),
                ref other => unknown(other, "/proc/modules"),
            };
        }
        // The way to the IOMMU is loaded when it is first asked for.
        match missing(Module::VfioType1) && missing(Module::Iommufd) {
            true => broken(Broken::Missing, Some(CheckId::VfioIommuSupport)),
            false => Verified::Holds,
        }
    }

    /// No answer where the card is not there any more: nothing was taken from it.
    fn twin(&self, address: PciAddress, driver: Option<&str>) -> Option<Verified> {
        let now = &self.model.host.function(address)?.driver;
        Some(match (now, driver) {
            (Reading::Known(now), Some(driver)) if now.as_str() == driver => Verified::Holds,
            (Reading::Absent, None) => Verified::Holds,
            (Reading::Known(now), _) => broken(Broken::Instead(now.to_string()), None),
            (Reading::Absent, Some(_)) => broken(Broken::Missing, None),
            (other, _) => unknown(other, &format!("/sys/bus/pci/devices/{address}/driver")),
        })
    }

    fn kernel(&self) -> Verified {
        let promise = &self.state.promise;
        match there(&self.found.kernel, &promise.kernel, None) {
            Verified::Holds => there(
                &self.found.modules,
                &format!("/lib/modules/{}", promise.release),
                Some(CheckId::ModulesOfRunningKernel),
            ),
            other => other,
        }
    }

    fn image(&self, image: &Reading<String>) -> Verified {
        match image {
            Reading::Known(digest) if *digest == self.state.image_sha256 => Verified::Holds,
            Reading::Known(_) => broken(Broken::Changed, None),
            Reading::Absent => broken(Broken::Missing, None),
            other => unknown(other, &self.state.promise.image),
        }
    }

    fn entry(&self) -> Verified {
        flag(&self.found.entry, self.state.promise.entry_file())
    }

    fn former(&self) -> Verified {
        flag(&self.found.former, self.state.promise.former_file())
    }

    fn request(&self) -> Verified {
        let path = self.state.promise.request_pointer().map(|pointer| pointer.path()).unwrap_or_default();
        match &self.found.request {
            Reading::Known(None) => Verified::Holds,
            Reading::Known(Some(value)) => broken(Broken::Instead(value.clone()), None),
            Reading::Absent => broken(Broken::Missing, None),
            other => unknown(other, &path),
        }
    }

    fn default(&self) -> Verified {
        let pointer: Pointer = self.state.promise.default_pointer();
        match &self.found.default {
            Reading::Known(Some(value)) if value == self.state.promise.entry_name() => Verified::Holds,
            Reading::Known(Some(value)) => broken(Broken::Instead(value.clone()), None),
            Reading::Known(None) | Reading::Absent => broken(Broken::Missing, None),
            other => unknown(other, &pointer.path()),
        }
    }

    fn newest(&self) -> Verified {
        let releases = match &self.found.releases {
            Reading::Known(releases) => releases,
            other => return unknown(other, "/lib/modules"),
        };
        let own = &self.state.promise.release;
        let newer = releases.iter().filter(|release| compare(release, own) == Ordering::Greater);
        match newer.max_by(|one, other| compare(one, other)) {
            Some(newest) => broken(Broken::Newer(newest.clone()), None),
            None => Verified::Holds,
        }
    }
}

const fn broken(instead: Broken, cause: Option<CheckId>) -> Verified {
    Verified::Broken { instead, cause }
}

fn there(reading: &Reading<()>, path: &str, cause: Option<CheckId>) -> Verified {
    match reading {
        Reading::Known(()) => Verified::Holds,
        Reading::Absent => broken(Broken::Missing, cause),
        other => unknown(other, path),
    }
}

fn flag(reading: &Reading<bool>, path: &str) -> Verified {
    match reading {
        Reading::Known(true) => Verified::Holds,
        Reading::Known(false) | Reading::Absent => broken(Broken::Missing, None),
        other => unknown(other, path),
    }
}

fn unknown<T>(reading: &Reading<T>, path: &str) -> Verified {
    Verified::Unknown(match reading.trouble() {
        Some(Trouble { path, detail: TroubleDetail::Source(SourceErrorKind::Absent) }) => {
            Need::Path(path.clone())
        }
        _ => Need::of(reading, path),
    })
}

/// Which of two releases is newer: runs of digits count as numbers, all else as text.
fn compare(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let (left, right) = (run(&mut one), run(&mut other));
        let number = |text: &str| text.parse::<u64>().ok();
        let order = match (number(left), number(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => left.cmp(right),
        };
        if order != Ordering::Equal || left.is_empty() && right.is_empty() {
            return order;
        }
    }
}

/// Takes the first run of digits, or of other signs.
fn run<'a>(text: &mut &'a str) -> &'a str {
    let digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    *text = rest;
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_people_do() {
        let order = |one, other| compare(one, other);
        assert_eq!(order("6.12.9-amd64", "6.12.43-amd64"), Ordering::Less);
        assert_eq!(order("6.12.43+deb13-amd64", "6.12.43+deb13-amd64"), Ordering::Equal);
        assert_eq!(order("6.12.43+deb13-amd64", "6.12.43+deb12-amd64"), Ordering::Greater);
        assert_eq!(order("6.13", "6.12.43"), Ordering::Greater);
        assert_eq!(order("6.12", "6.12.1"), Ordering::Less);
        assert_eq!(order("", ""), Ordering::Equal);
    }
}
