//! The virtual processor, as far as hiding and passing it through goes.

use super::Switch;
use crate::document::{Document, child, children};

/// How the guest's processor is made: `<cpu mode>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CpuMode {
    /// The host's processor as it is.
    HostPassthrough,
    /// A named model close to the host's.
    HostModel,
    /// The named model, and what else is listed.
    Custom,
    /// Another mode (`maximum`, …), as it stands.
    Other(String),
}

impl Document {
    /// The processor mode, `None` where there is no `<cpu>`.
    pub fn cpu_mode(&self) -> Option<CpuMode> {
        Some(match child(self.root(), "cpu")?.attribute("mode").unwrap_or("custom") {
            "host-passthrough" => CpuMode::HostPassthrough,
            "host-model" => CpuMode::HostModel,
            "custom" => CpuMode::Custom,
            other => CpuMode::Other(other.to_owned()),
        })
    }

    /// Whether the processor's "hypervisor" bit is set by the definition: `<feature name='hypervisor' policy='…'/>`.
    ///
    /// Switching it off also switches off what makes a guest fast under KVM.
    pub fn cpu_hypervisor_bit(&self) -> Option<Switch> {
        let cpu = child(self.root(), "cpu")?;
        let bit = children(cpu, "feature").find(|feature| feature.attribute("name") == Some("hypervisor"))?;
        Some(match bit.attribute("policy") {
            Some("force" | "require") | None => Switch::On,
            Some("disable" | "forbid") => Switch::Off,
            Some(other) => Switch::Other(other.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cpu: &str) -> Document {
        Document::parse(format!("<domain>{cpu}</domain>")).unwrap()
    }

    #[test]
    fn every_mode() {
        for (cpu, mode) in [
            ("<cpu mode='host-passthrough'/>", Some(CpuMode::HostPassthrough)),
            ("<cpu mode='host-model'/>", Some(CpuMode::HostModel)),
            ("<cpu match='exact'/>", Some(CpuMode::Custom)),
            ("<cpu mode='maximum'/>", Some(CpuMode::Other("maximum".into()))),
            ("", None),
        ] {
            assert_eq!(of(cpu).cpu_mode(), mode, "{cpu}");
        }
    }

    #[test]
    fn the_hypervisor_bit() {
        let bit =
            |policy| of(&format!("<cpu><feature{policy} name='hypervisor'/></cpu>")).cpu_hypervisor_bit();
        assert_eq!(bit(" policy='disable'"), Some(Switch::Off));
        assert_eq!(bit(" policy='require'"), Some(Switch::On));
        assert_eq!(bit(""), Some(Switch::On));
        assert_eq!(bit(" policy='optional'"), Some(Switch::Other("optional".into())));
        assert_eq!(of("<cpu><feature policy='disable' name='svm'/></cpu>").cpu_hypervisor_bit(), None);
    }
}
