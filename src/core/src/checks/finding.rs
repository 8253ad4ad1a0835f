//! What comes of a check: the outcome, what it is about, the evidence, and what to do.
//!
//! Values and ids only; `gangway_client::text::checks` makes the sentences.

use super::{Check, CheckId, Fix};
use crate::devices::Use;
use crate::host::{self, GroupId};
use crate::model::Model;
use crate::pci::PciAddress;
use crate::plan::Intent;
use crate::reading::{Reading, Trouble, TroubleDetail};
use crate::source::SourceErrorKind;
use crate::trial::Promised;

/// What a check is about. The order is the one in which a person goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Switches and facts of the firmware.
    Firmware,
    /// The processor.
    Cpu,
    /// The IOMMU and its interrupts.
    Iommu,
    /// The kernel, its configuration and its arguments.
    Kernel,
    /// Modules of the kernel.
    Modules,
    /// A graphics card.
    GraphicsCard,
    /// An IOMMU group.
    Group,
    /// How a device is reset.
    Reset,
    /// USB controllers and devices.
    Usb,
    /// Disks and what is on them.
    Storage,
    /// The host's memory.
    Memory,
    /// Boot loader and configuration of the start.
    Boot,
    /// What the kernel starts with before its disks.
    Initramfs,
    /// libvirt and its daemons.
    Libvirt,
    /// The emulator.
    Qemu,
    /// Firmware and TPM for virtual machines.
    FirmwareImages,
    /// What the user may do.
    Permissions,
    /// Networks and bridges.
    Network,
    /// A virtual machine.
    Guest,
}

impl Subject {
    /// The word for programs and developers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Firmware => "firmware",
            Self::Cpu => "cpu",
            Self::Iommu => "iommu",
            Self::Kernel => "kernel",
            Self::Modules => "modules",
            Self::GraphicsCard => "graphics-card",
            Self::Group => "group",
            Self::Reset => "reset",
            Self::Usb => "usb",
            Self::Storage => "storage",
            Self::Memory => "memory",
            Self::Boot => "boot",
            Self::Initramfs => "initramfs",
            Self::Libvirt => "libvirt",
            Self::Qemu => "qemu",
            Self::FirmwareImages => "firmware-images",
            Self::Permissions => "permissions",
            Self::Network => "network",
            Self::Guest => "guest",
        }
    }
}

/// How much a check matters; the heaviest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Without it nothing can be handed over.
    Essential,
    /// A hand-over is likely to fail, to surprise or to lose something.
    Important,
    /// Good to know, or better otherwise; a verdict does not depend on it.
    Advice,
}

impl Weight {
    /// The word for programs and developers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Essential => "essential",
            Self::Important => "important",
            Self::Advice => "advice",
        }
    }
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// In order.
    Ok,
    /// Something can be done, and should be.
    ToDo,
    /// In the way, and nothing helps on this computer.
    NotPossible,
    /// What was read does not tell; with what would.
    CouldNotTell(Need),
}

impl Outcome {
    /// The word for programs and developers.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ToDo => "to-do",
            Self::NotPossible => "not-possible",
            Self::CouldNotTell(_) => "could-not-tell",
        }
    }
}

/// What would be needed to know.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Need {
    /// The right to read this path.
    Permission(String),
    /// A path that is there and makes no sense, or could not be read for another reason.
    Trouble(Trouble),
    /// This path, which is not in what was looked at: a sandbox, a folder or a captured machine may lack it.
    Path(String),
    /// The device, which sleeps and is not woken to be asked.
    Awake,
    /// The kernel's log, which this user may not read or which begins too late.
    KernelLog,
    /// The configuration that the kernel was built with.
    KernelConfiguration,
    /// Which of these is in use; several are there.
    OneOf(Vec<&'static str>),
}

impl Need {
    /// The word for programs and developers.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Permission(_) => "permission",
            Self::Trouble(_) => "trouble",
            Self::Path(_) => "path",
            Self::Awake => "awake",
            Self::KernelLog => "kernel-log",
            Self::KernelConfiguration => "kernel-configuration",
            Self::OneOf(_) => "one-of",
        }
    }

    /// What is needed where a reading has no value; `path` is where it would stand.
    pub fn of<T>(reading: &Reading<T>, path: &str) -> Self {
        match reading {
            Reading::Unreadable(trouble) | Reading::Nonsense(trouble) => Self::of_trouble(trouble),
            Reading::Known(_) | Reading::Absent => Self::Path(path.to_owned()),
        }
    }

    /// What is needed where something could not be read.
    pub fn of_trouble(trouble: &Trouble) -> Self {
        match trouble.detail {
            TroubleDetail::Source(SourceErrorKind::NoPermission) => Self::Permission(trouble.path.clone()),
            _ => Self::Trouble(trouble.clone()),
        }
    }
}

/// A fact on which a finding rests: a place of the machine, and what stood there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Evidence {
    /// The path inside the source, beginning with `/`.
    pub path: String,
    /// What it says.
    pub said: Said,
}

/// What a place of the machine says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Said {
    /// This, or the part of it that matters; empty where being there says it all.
    Value(String),
    /// Nothing: it is not there.
    Absent,
    /// It could not be read, for this reason.
    Unreadable(TroubleDetail),
}

impl Evidence {
    /// A place that says this.
    pub fn value(path: impl Into<String>, value: impl Into<String>) -> Self {
        Self { path: path.into(), said: Said::Value(value.into()) }
    }

    /// A place where nothing is.
    pub fn absent(path: impl Into<String>) -> Self {
        Self { path: path.into(), said: Said::Absent }
    }

    /// A place that could not be read.
    pub fn trouble(trouble: &Trouble) -> Self {
        Self { path: trouble.path.clone(), said: Said::Unreadable(trouble.detail.clone()) }
    }

    /// What a reading says, or why it says nothing.
    pub fn reading<T>(path: &str, reading: &Reading<T>, show: impl FnOnce(&T) -> String) -> Self {
        match reading {
            Reading::Known(value) => Self::value(path, show(value)),
            Reading::Absent => Self::absent(path),
            Reading::Unreadable(trouble) => Self::trouble(trouble),
            Reading::Nonsense(trouble) => Self::value(trouble.path.clone(), trouble.detail.to_string()),
        }
    }
}

impl From<&host::Evidence> for Evidence {
    fn from(evidence: &host::Evidence) -> Self {
        let said = evidence.value.clone().map_or(Said::Absent, Said::Value);
        Self { path: evidence.path.clone(), said }
    }
}

/// A value for a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// A word of the machine, which is never translated.
    Text(String),
    /// Several of them.
    List(Vec<String>),
    /// A count.
    Number(u64),
    /// A size in bytes.
    Bytes(u64),
    /// Devices, which a sentence calls by their names.
    Devices(Vec<PciAddress>),
    /// A group.
    Group(GroupId),
    /// What the host uses devices for, and would lose with them.
    Uses(Vec<Use>),
    /// A part of what a reservation promised, with what came of it: a sentence by itself.
    Promised(Box<Promised>),
}

/// One answer of a check, before it knows whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    outcome: Outcome,
    weight: Option<Weight>,
    about: Vec<PciAddress>,
    values: Vec<(&'static str, Value)>,
    evidence: Vec<Evidence>,
    fix: Option<Fix>,
}

impl Answer {
    fn new(outcome: Outcome) -> Self {
        Self { outcome, weight: None, about: Vec::new(), values: Vec::new(), evidence: Vec::new(), fix: None }
    }

    /// In order.
    pub fn ok() -> Self {
        Self::new(Outcome::Ok)
    }

    /// Something can be done: this.
    pub fn to_do(fix: Fix) -> Self {
        Self { fix: Some(fix), ..Self::new(Outcome::ToDo) }
    }

    /// In the way for good.
    pub fn not_possible() -> Self {
        Self::new(Outcome::NotPossible)
    }

    /// What was read does not tell.
    pub fn could_not_tell(need: Need) -> Self {
        Self::new(Outcome::CouldNotTell(need))
    }

    /// What could be tried although it could not be told whether it is needed.
    #[must_use]
    pub fn try_this(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Weighs otherwise than the check does in general.
    #[must_use]
    pub const fn weighing(mut self, weight: Weight) -> Self {
        self.weight = Some(weight);
        self
    }

    /// Is about these devices, and not about the whole machine.
    #[must_use]
    pub fn about(mut self, devices: impl IntoIterator<Item = PciAddress>) -> Self {
        self.about.extend(devices);
        self
    }

    /// A value that the sentence calls by this name.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.values.push((name, value));
        self
    }

    /// A text that the sentence calls by this name.
    #[must_use]
    pub fn saying(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Value::Text(text.into()))
    }

    /// A fact that it rests on.
    #[must_use]
    pub fn saw(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// More facts that it rests on.
    #[must_use]
    pub fn saw_all(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// The finding of this check on this machine.
    pub(super) fn of(self, check: &Check, model: &Model) -> Finding {
        let Self { outcome, weight, about, values, evidence, fix } = self;
        let intent = fix.as_ref().and_then(|fix| fix.intent(model));
        let (subject, weight) = (check.subject, weight.unwrap_or(check.weight));
        Finding { check: check.id, subject, weight, outcome, about, values, evidence, fix, intent }
    }
}

/// What came of one check for the machine or for some of its devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: CheckId,
    /// What the check is about.
    pub subject: Subject,
    /// How much it matters.
    pub weight: Weight,
    /// What came of it.
    pub outcome: Outcome,
    /// The devices that it is about; none where it is the whole machine.
    pub about: Vec<PciAddress>,
    /// The values of its sentence, by name.
    pub values: Vec<(&'static str, Value)>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What to do, where something helps.
    pub fix: Option<Fix>,
    /// What can be wanted of the host so that it is done for the user, with a review; see [`Fix::intent`].
    pub intent: Option<Intent>,
}

impl Finding {
    /// Whether it concerns this device: it is about it, or about the whole machine.
    pub fn concerns(&self, device: PciAddress) -> bool {
        self.about.is_empty() || self.about.contains(&device)
    }
}
