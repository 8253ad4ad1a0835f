//! Whether the IOMMU is on, and the evidence of why it is not.
//!
//! A decision over what was read; the advice that follows from it is written elsewhere.

/// Whether the kernel isolates devices.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The path inside the source, beginning with `/`.
    pub path: String,
    /// What it says; none where it is not there.
    pub value: Option<String>,
}
