//! Whether the IOMMU is on, and the evidence of why it is not.
//!
//! A decision over what was read; the advice that follows from it is written elsewhere. Source: kernel,
//! `drivers/iommu/intel/iommu.c`, `drivers/iommu/amd/init.c`, `Documentation/ABI/testing/sysfs-class-iommu`.

use serde::{Deserialize, Serialize};

use super::group::{GROUPS, Group};
use super::kernel::{self, KernelCommandLine};
use crate::packed;
use crate::reading::Reading;
use crate::source::Source;

pub(crate) const TABLES: &str = "/sys/firmware/acpi/tables";
/// The signatures of ACPI tables that describe an IOMMU: Intel, AMD, Arm, virtual machines.
pub(crate) const TABLE_NAMES: [&str; 4] = ["DMAR", "IVRS", "IORT", "VIOT"];
pub(crate) const PROCESSORS: &str = "/proc/cpuinfo";
pub(crate) const HYPERVISOR: &str = "/sys/hypervisor/type";
pub(crate) const RELEASE: &str = "/proc/sys/kernel/osrelease";

/// Whether the kernel isolates devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "iommu", rename_all = "kebab-case")]
pub enum IommuState {
    /// There are groups.
    On {
        /// How many, those without PCI functions included.
        groups: usize,
    },
    /// There are none.
    Off {
        /// The most likely reason.
        why: IommuOff,
        /// What that was decided on.
        evidence: Vec<Evidence>,
    },
}

impl Default for IommuState {
    fn default() -> Self {
        Self::Off { why: IommuOff::NotTold, evidence: Vec::new() }
    }
}

/// Why there are no IOMMU groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "off", rename_all = "kebab-case")]
pub enum IommuOff {
    /// A kernel argument switches it off.
    ByArgument {
        /// The argument as given, such as `intel_iommu=off`.
        argument: String,
    },
    /// Intel: the firmware offers it, and this kernel wants to be asked with `intel_iommu=on`.
    ArgumentMissing,
    /// The firmware offers it, and the kernel did not take it: built without it, or its start failed.
    NotStarted,
    /// The firmware offers none: switched off there, or the hardware has none.
    NotOffered,
    /// The processor's virtualization is switched off in the firmware, or missing.
    NoVirtualization,
    /// This is a virtual machine without a virtual IOMMU.
    InsideVirtualMachine,
    /// Xen owns the IOMMU.
    Xen,
    /// What was read does not tell.
    NotTold,
}

/// A fact on which a decision rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The path inside the source, beginning with `/`.
    pub path: String,
    /// What it says; none where it is not there.
    pub value: Option<String>,
}

/// What is read only when there are no groups.
#[derive(Debug, Default)]
struct Facts {
    xen: bool,
    /// The firmware's table that describes an IOMMU, by its ACPI signature.
    table: Option<&'static str>,
    /// Whether the firmware's tables can be looked at here at all.
    tables_seen: bool,
    /// The flags of the first processor, where they could be read.
    flags: Option<String>,
    /// Whether the kernel switches an Intel IOMMU on by itself.
    intel_default_on: Option<bool>,
}

/// Decides whether the IOMMU is on.
pub(super) fn decide(source: &Source, groups: &[Group], line: &Reading<KernelCommandLine>) -> IommuState {
    let listed = source.list(GROUPS).map_or(0, |names| names.iter().filter(|name| is_number(name)).count());
    let count = listed.max(groups.len());
    if count > 0 {
        return IommuState::On { groups: count };
    }
    let mut evidence =
        vec![Evidence { path: GROUPS.to_owned(), value: source.exists(GROUPS).then(String::new) }];
    let facts = gather(source, &mut evidence);
    let line = line.known();
    let why = judge(&facts, line);
    let value = match &why {
        IommuOff::ByArgument { argument } => Some(argument.clone()),
        _ => line.map(|line| arguments_about_it(line).join(" ")),
    };
    evidence.push(Evidence { path: kernel::PATH.to_owned(), value });
    IommuState::Off { why, evidence }
}

fn is_number(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().iter().all(u8::is_ascii_digit)
}

fn gather(source: &Source, evidence: &mut Vec<Evidence>) -> Facts {
    let mut facts = Facts::default();
    if let Ok(hypervisor) = source.read_text(HYPERVISOR) {
        facts.xen = hypervisor.trim() == "xen";
        evidence.push(Evidence { path: HYPERVISOR.to_owned(), value: Some(hypervisor.trim().to_owned()) });
    }
    facts.tables_seen = source.exists(TABLES);
    facts.table = TABLE_NAMES.into_iter().find(|table| source.exists(format!("{TABLES}/{table}")));
    let mut saw =
        |path: String, value: Option<&str>| evidence.push(Evidence { path, value: value.map(str::to_owned) });
    match facts.table {
        Some(table) => saw(format!("{TABLES}/{table}"), Some("")),
        None if facts.tables_seen => {
            for table in ["DMAR", "IVRS"] {
                saw(format!("{TABLES}/{table}"), None);
            }
        }
        None => saw(TABLES.to_owned(), None),
    }
    facts.flags = source.read_text(PROCESSORS).ok().and_then(|text| processor_flags(&text));
    if let Some(flags) = &facts.flags {
        let told: Vec<&str> =
            flags.split_whitespace().filter(|flag| matches!(*flag, "vmx" | "svm" | "hypervisor")).collect();
        evidence.push(Evidence { path: PROCESSORS.to_owned(), value: Some(told.join(" ")) });
    }
    if facts.table == Some("DMAR") {
        facts.intel_default_on = intel_default(source, evidence);
    }
    facts
}

/// The decision itself.
fn judge(facts: &Facts, line: Option<&KernelCommandLine>) -> IommuOff {
    if facts.xen {
        return IommuOff::Xen;
    }
    if let Some(argument) = line.and_then(|line| switched_off(line, facts.table)) {
        return IommuOff::ByArgument { argument };
    }
    let has =
        |flag: &str| facts.flags.as_ref().map(|flags| flags.split_whitespace().any(|word| word == flag));
    match facts.table {
        Some("DMAR") if facts.intel_default_on != Some(true) && !line.is_some_and(intel_switched_on) => {
            IommuOff::ArgumentMissing
        }
        Some(_) => IommuOff::NotStarted,
        None if has("hypervisor") == Some(true) => IommuOff::InsideVirtualMachine,
        None if has("vmx") == Some(false) && has("svm") == Some(false) => IommuOff::NoVirtualization,
        None if facts.tables_seen && facts.flags.is_some() => IommuOff::NotOffered,
        None => IommuOff::NotTold,
    }
}

/// The argument that switches the IOMMU of this firmware table off.
fn switched_off(line: &KernelCommandLine, table: Option<&str>) -> Option<String> {
    let off = |name: &str| {
        let value = line.values(name).rfind(|value| list_has(value, "off") || list_has(value, "on"))?;
        list_has(value, "off").then(|| format!("{name}={value}"))
    };
    let own = match table {
        Some("DMAR") => off("intel_iommu"),
        Some("IVRS") => off("amd_iommu"),
        _ => None,
    };
    own.or_else(|| table.and(off("iommu")))
}

fn intel_switched_on(line: &KernelCommandLine) -> bool {
    line.values("intel_iommu").any(|value| list_has(value, "on"))
}

fn list_has(list: &str, word: &str) -> bool {
    list.split(',').any(|item| item == word)
}

/// The arguments that concern the IOMMU, as given.
fn arguments_about_it(line: &KernelCommandLine) -> Vec<String> {
    let about = |name: &str| line.values(name).map(|value| format!("{name}={value}")).collect::<Vec<_>>();
    ["intel_iommu", "amd_iommu", "iommu"].into_iter().flat_map(about).collect()
}

/// The flags of the first processor that tells any (x86).
fn processor_flags(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("flags"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Where distributions keep the configuration of a kernel.
pub(crate) fn kernel_configs(release: &str) -> [String; 2] {
    [format!("/boot/config-{release}"), format!("/usr/lib/modules/{release}/config")]
}

/// What the running kernel says of itself, where it was built to (`CONFIG_IKCONFIG_PROC`).
const RUNNING_CONFIG: &str = "/proc/config.gz";

/// Whether this kernel was built to switch an Intel IOMMU on by itself. Source: kernel, `drivers/iommu/intel/Kconfig`.
fn intel_default(source: &Source, evidence: &mut Vec<Evidence>) -> Option<bool> {
    let release = source.read_text(RELEASE).ok()?;
    let places = kernel_configs(release.trim());
    let running = || {
        let text = source.read(RUNNING_CONFIG).and_then(|bytes| packed::text(RUNNING_CONFIG, bytes)).ok()?;
        Some((text, RUNNING_CONFIG.to_owned()))
    };
    let (config, path) =
        places.into_iter().find_map(|path| Some((source.read_text(&path).ok()?, path))).or_else(running)?;
    let on = config.lines().find(|line| {
        matches!(*line, "CONFIG_INTEL_IOMMU_DEFAULT_ON=y" | "CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=y")
    });
    evidence.push(Evidence { path, value: Some(on.unwrap_or_default().to_owned()) });
    Some(on.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off(table: Option<&'static str>, flags: &str, line: &str) -> IommuOff {
        let facts = Facts { table, tables_seen: true, flags: Some(flags.to_owned()), ..Facts::default() };
        judge(&facts, Some(&KernelCommandLine::parse(line)))
    }

    fn by(argument: &str) -> IommuOff {
        IommuOff::ByArgument { argument: argument.to_owned() }
    }

    #[test]
    fn switched_off_by_an_argument() {
        assert_eq!(off(Some("DMAR"), "vmx", "quiet intel_iommu=off"), by("intel_iommu=off"));
        assert_eq!(off(Some("DMAR"), "vmx", "intel_iommu=sm_on,off"), by("intel_iommu=sm_on,off"));
        assert_eq!(off(Some("IVRS"), "svm", "amd_iommu=off"), by("amd_iommu=off"));
        assert_eq!(off(Some("IVRS"), "svm", "iommu=off"), by("iommu=off"));
        // The last word counts, and another vendor's argument means nothing.
        assert_eq!(off(Some("DMAR"), "vmx", "intel_iommu=off intel_iommu=on"), IommuOff::NotStarted);
        assert_eq!(off(Some("IVRS"), "svm", "intel_iommu=off"), IommuOff::NotStarted);
    }

    #[test]
    fn intel_wants_to_be_asked() {
        assert_eq!(off(Some("DMAR"), "vmx", "quiet"), IommuOff::ArgumentMissing);
        assert_eq!(off(Some("DMAR"), "vmx", "intel_iommu=on"), IommuOff::NotStarted);
        let facts = Facts { table: Some("DMAR"), intel_default_on: Some(true), ..Facts::default() };
        assert_eq!(judge(&facts, None), IommuOff::NotStarted);
    }

    #[test]
    fn the_firmware_offers_none() {
        assert_eq!(off(None, "fpu vmx", ""), IommuOff::NotOffered);
        assert_eq!(off(None, "fpu svm", ""), IommuOff::NotOffered);
        assert_eq!(off(None, "fpu sse", ""), IommuOff::NoVirtualization);
        assert_eq!(off(None, "fpu vmx hypervisor", ""), IommuOff::InsideVirtualMachine);
    }

    #[test]
    fn what_is_not_told_is_not_guessed() {
        assert_eq!(judge(&Facts::default(), None), IommuOff::NotTold);
        let hidden = Facts { flags: Some("vmx".to_owned()), ..Facts::default() };
        assert_eq!(judge(&hidden, None), IommuOff::NotTold);
        assert_eq!(judge(&Facts { xen: true, ..Facts::default() }, None), IommuOff::Xen);
    }

    #[test]
    fn flags_of_the_first_processor() {
        let text =
            "processor\t: 0\nflags\t\t: fpu vmx\nvmx flags\t: vnmi\n\nprocessor\t: 1\nflags\t\t: none\n";
        assert_eq!(processor_flags(text).as_deref(), Some("fpu vmx"));
        assert_eq!(processor_flags("processor : 0\nFeatures : fp asimd\n"), None);
    }
}
