//! Hosts that are virtual machines themselves, without an IOMMU and with one.

use gangway_core::checks::{CheckId, Verdict};

use super::Shape;
use crate::checks::Trip;
use crate::machines::boards;
use crate::machines::computer::Computer;
use crate::machines::distributions::Distribution;
use crate::machines::parts;
use crate::machines::system::System;

pub(super) fn all() -> Vec<Shape> {
    vec![without_iommu(), with_iommu()]
}

const DEVICES: &str = "
    00:01.0 -       030000 1af4:1050 01 3 virtio-pci 1af4:1100
    01:00.0 00:02.0 020000 1af4:1041 01 1 virtio-pci 1af4:1100
    02:00.0 00:02.1 010000 1af4:1042 01 1 virtio-pci 1af4:1100
    03:00.0 00:02.2 0c0330 1b36:000d 01 1 xhci_hcd   1af4:1100
    04:00.0 00:02.3 00ff00 1af4:1045 01 1 virtio-pci 1af4:1100
";
const FLAGS: &str = "fpu vme sse sse2 ht syscall nx lm vmx hypervisor avx avx2";

/// A guest of QEMU with devices of virtio.
fn guest(title: &str, iommu: bool) -> Computer {
    let mut pc = Computer::new(title, "1af4");
    if !iommu {
        pc.without_groups();
    }
    pc.functions(boards::Q35);
    pc.functions(DEVICES);
    pc.attributes("00:01.0 boot_vga=1\n 03:00.0 reset_method=flr");
    pc.screens("00:01.0", 0, &[("Virtual-1", Some(parts::screen()))]);
    pc.disk(
        "02:00.0",
        "virtio2/block/vda",
        254,
        &[("vda1", 1, "vfat", "/boot/efi"), ("vda2", 2, "ext4", "/")],
    );
    pc.default_route("01:00.0", "enp1s0");
    pc.usb("03:00.0", 1, (8, 8), &[]);
    pc.laptop_inputs("00:1f.0");
    for (name, text) in
        [("sys_vendor", "QEMU"), ("product_name", "Standard PC (Q35 + ICH9, 2009)"), ("chassis_type", "1")]
    {
        pc.text(&format!("/sys/class/dmi/id/{name}"), &format!("{text}\n"));
    }
    pc
}

fn without_iommu() -> Shape {
    let mut pc = guest("Virtual machine without an IOMMU", false);
    pc.system(
        "",
        ("Intel Core Processor (Skylake, IBRS)", FLAGS),
        "6.12.43+deb13-amd64",
        "BOOT_IMAGE=/boot/vmlinuz-6.12.43+deb13-amd64 root=UUID=00000000-0000-4000-8000-000000000001 ro quiet",
    );
    pc.installed(&System {
        distribution: Distribution::Debian,
        release: "6.12.43+deb13-amd64",
        amd: false,
        threads: 4,
        memory: 8,
        secure_boot: false,
    });
    Shape::new("guest-without-iommu", pc.finish()).card("00:01.0", Verdict::NotPossible).says(
        CheckId::InsideVirtualMachine,
        Trip::NotPossible,
        "",
    )
}

fn with_iommu() -> Shape {
    let mut pc = guest("Virtual machine with an IOMMU", true);
    pc.functions("05:00.0 - 030200 10de:2330 a1 5 nvidia 10de:16c1");
    pc.attributes("05:00.0 reset_method=flr,bus");
    pc.screens("05:00.0", 1, &[]);
    pc.system(
        "DMAR",
        ("Intel Xeon Processor (Cascadelake)", FLAGS),
        "6.12.43+deb13-amd64",
        "BOOT_IMAGE=/boot/vmlinuz-6.12.43+deb13-amd64 root=UUID=00000000-0000-4000-8000-000000000001 ro quiet intel_iommu=on",
    );
    pc.installed(&System {
        distribution: Distribution::Debian,
        release: "6.12.43+deb13-amd64",
        amd: false,
        threads: 16,
        memory: 64,
        secure_boot: false,
    });
    Shape::new("guest-with-iommu", pc.finish())
        .card("00:01.0", Verdict::NotPossible)
        .card("05:00.0", Verdict::Ready)
        .says(CheckId::GraphicsOutputs, Trip::ToDo, "05:00.0")
        .passes(&[CheckId::InsideVirtualMachine])
}
