//! The machine type: which chipset the virtual machine has, and so how PCI devices are placed in it.

use crate::document::{Document, child};

/// The chipset that a machine type stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachineType {
    /// x86 with PCI Express: devices sit behind root ports.
    Q35,
    /// x86 with plain PCI: devices sit in slots of bus 0.
    I440fx,
    /// Any other type, as it stands.
    Other(String),
    /// No type given: libvirt chooses one.
    Unspecified,
}

impl Document {
    /// The machine type.
    ///
    /// The names are those that libvirt takes for these chipsets (`src/qemu/qemu_domain.c`,
    /// `qemuDomainMachineIsQ35` and `qemuDomainMachineIsI440FX`), on x86 only.
    pub fn machine(&self) -> MachineType {
        let kind = child(self.root(), "os").and_then(|os| child(os, "type"));
        let Some(machine) = kind.and_then(|kind| kind.attribute("machine")) else {
            return MachineType::Unspecified;
        };
        let x86 = self.architecture().is_none_or(|arch| matches!(arch, "x86_64" | "i686"));
        if x86 && (machine == "q35" || machine.starts_with("pc-q35")) {
            MachineType::Q35
        } else if x86 && is_i440fx(machine) {
            MachineType::I440fx
        } else {
            MachineType::Other(machine.to_owned())
        }
    }

    /// The processor architecture: `x86_64`, `aarch64`, …
    pub fn architecture(&self) -> Option<&str> {
        child(child(self.root(), "os")?, "type")?.attribute("arch")
    }
}

fn is_i440fx(machine: &str) -> bool {
    machine == "pc" || ["pc-0.", "pc-1.", "pc-i440", "rhel"].iter().any(|prefix| machine.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_types_are_told_apart() {
        use MachineType::{I440fx, Other, Q35, Unspecified};
        for (os, machine) in [
            ("<type arch='x86_64' machine='q35'>hvm</type>", Q35),
            ("<type machine='pc-q35-9.2'>hvm</type>", Q35),
            ("<type arch='i686' machine='pc'>hvm</type>", I440fx),
            ("<type arch='x86_64' machine='pc-i440fx-noble'>hvm</type>", I440fx),
            ("<type arch='x86_64' machine='pc-0.13'>hvm</type>", I440fx),
            ("<type arch='x86_64' machine='microvm'>hvm</type>", Other("microvm".into())),
            ("<type arch='x86_64' machine='isapc'>hvm</type>", Other("isapc".into())),
            ("<type arch='aarch64' machine='virt'>hvm</type>", Other("virt".into())),
            ("<type arch='aarch64' machine='q35'>hvm</type>", Other("q35".into())),
            ("<type arch='x86_64'>hvm</type>", Unspecified),
            ("", Unspecified),
        ] {
            let document = Document::parse(format!("<domain><os>{os}</os></domain>")).unwrap();
            assert_eq!(document.machine(), machine, "{os}");
        }
        assert_eq!(Document::parse("<domain/>").unwrap().machine(), Unspecified);
    }

    #[test]
    fn the_architecture_is_as_it_stands() {
        let document = Document::parse("<domain><os><type arch='riscv64'/></os></domain>").unwrap();
        assert_eq!(document.architecture(), Some("riscv64"));
    }
}
