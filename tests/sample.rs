//! A small machine and small definitions of our own, for tests that need a host and a virtual machine at once.
//!
//! Two graphics cards, the first of two functions and in a group of its own, a network card that shares its group with
//! a USB controller, and a disk.

use gangway_core::host::Host;
use gangway_core::machine_file::MachineFile;
use gangway_core::pci::PciAddress;
use gangway_core::source::Source;

/// Address, class, ids, driver, IOMMU group.
const FUNCTIONS: [(&str, &str, &str, &str, u32); 6] = [
    ("0000:01:00.0", "30000", "10DE:2484", "nvidia", 14),
    ("0000:01:00.1", "40300", "10DE:228B", "snd_hda_intel", 14),
    ("0000:02:00.0", "20000", "10EC:8168", "r8169", 15),
    ("0000:03:00.0", "C0330", "1022:149C", "xhci_hcd", 15),
    ("0000:06:00.0", "30000", "1002:743F", "amdgpu", 17),
    ("0000:07:00.0", "10802", "144D:A80A", "nvme", 18),
];

/// The host, read through the same scan as any other.
///
/// # Panics
/// When the bundled text is not a captured machine.
#[expect(clippy::expect_used, reason = "called by tests only")]
pub fn host() -> Host {
    let mut entries: Vec<String> = Vec::new();
    for (address, class, id, driver, group) in FUNCTIONS {
        let folder = format!("/sys/devices/pci0000:00/{address}");
        let uevent = format!(
            "DRIVER={driver}\n\tPCI_CLASS={class}\n\tPCI_ID={id}\n\tPCI_SUBSYS_ID=0000:0000\n\tPCI_SLOT_NAME={address}"
        );
        entries.push(format!("/sys/bus/pci/devices/{address} link ../../../devices/pci0000:00/{address}"));
        entries.push(format!("{folder}/uevent file\n\t{uevent}"));
        entries.push(format!("{folder}/iommu_group link ../../../kernel/iommu_groups/{group}"));
        entries.push(format!(
            "/sys/kernel/iommu_groups/{group}/devices/{address} link ../../../../devices/pci0000:00/{address}"
        ));
    }
    let text = format!("gangway-host 1\n#Sample\n{}\nend {}\n", entries.join("\n"), entries.len());
    let machine = MachineFile::parse(text.as_bytes()).expect("the sample is a captured machine");
    Host::scan(&Source::machine(&machine))
}

/// An address, for a test to be read easily.
///
/// # Panics
/// When it is none.
#[expect(clippy::expect_used, reason = "called by tests only")]
pub fn at(address: &str) -> PciAddress {
    address.parse().expect("an address")
}

/// A q35 machine with a placed controller and a password in its definition; `name` is put in as it stands, so it must be
/// XML text.
pub fn definition(kind: &str, name: &str, uuid: &str) -> String {
    format!(
        "<domain type='{kind}'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <memory unit='KiB'>262144</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <features>
    <acpi/>
  </features>
  <devices>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'>
      <model name='pcie-root-port'/>
      <target chassis='1' port='0x10'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x02' function='0x0'/>
    </controller>
    <controller type='usb' index='0' model='qemu-xhci'>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </controller>
    <graphics type='vnc' port='-1' autoport='yes' passwd='hunter2'/>
  </devices>
</domain>
"
    )
}
