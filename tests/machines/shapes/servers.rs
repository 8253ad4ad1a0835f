//! Servers: network cards with virtual functions, and a large one with several nodes, domains and hundreds of functions.

use std::fmt::Write as _;

use gangway_core::checks::{CheckId, Verdict};
use gangway_core::machine_file::MachineFile;

use super::Shape;
use crate::checks::Trip;
use crate::machines::computer::Computer;
use crate::machines::distributions::Distribution;
use crate::machines::parts::{self, DESK};
use crate::machines::system::System;

pub(super) fn all() -> Vec<Shape> {
    vec![virtual_functions()]
}

/// A server with a management processor's graphics and a network card of which four virtual functions are on.
fn virtual_functions() -> Shape {
    let mut pc = Computer::new("Server with a network card whose virtual functions are on", "15d9");
    pc.functions(
        "
        00:00.0 -       060000 8086:6f00 05 0
        00:02.0 -       060400 8086:6f02 05 1  pcieport
        00:1c.0 -       060400 8086:8d10 d5 2  pcieport
        00:14.0 -       0c0330 8086:8d31 05 3  xhci_hcd
        00:1f.0 -       060100 8086:8d44 05 4  lpc_ich
        00:1f.2 -       010601 8086:8d02 05 4  ahci
        00:1f.3 -       0c0500 8086:8d22 05 4  i801_smbus
        03:00.0 00:02.0 020000 8086:1572 02 5  i40e         15d9:0000
        03:00.1 00:02.0 020000 8086:1572 02 6  i40e         15d9:0000
        03:02.0 00:02.0 020000 8086:154c 02 20 iavf         15d9:0000
        03:02.1 00:02.0 020000 8086:154c 02 21 iavf         15d9:0000
        03:02.2 00:02.0 020000 8086:154c 02 22 vfio-pci     15d9:0000
        03:02.3 00:02.0 020000 8086:154c 02 23 vfio-pci     15d9:0000
        05:00.0 00:1c.0 060400 1a03:1150 03 7
        06:00.0 05:00.0 030000 1a03:2000 30 7  ast
    ",
    );
    pc.virtual_functions("03:00.0", 64, &["03:02.0", "03:02.1", "03:02.2", "03:02.3"]);
    pc.virtual_functions("03:00.1", 64, &[]);
    pc.attributes(
        "
        03:00.0 reset_method=flr,bus
        03:02.0 reset_method=flr
        06:00.0 boot_vga=1
    ",
    );
    pc.screens("06:00.0", 0, &[("VGA-1", None)]);
    pc.disk("00:1f.2", parts::SATA, 8, &[("sda1", 1, "vfat", "/boot/efi"), ("sda2", 2, "", "")]);
    pc.content("253:0", "xfs", "");
    pc.mapping(0, "rl-root", "LVM", &["sda2"]);
    pc.mounted("253:0", "/", "/", "xfs", "/dev/mapper/rl-root");
    pc.default_route("03:00.1", "eno2");
    for (at, name) in [("03:00.0", "eno1"), ("03:02.0", "eno1v0"), ("03:02.1", "eno1v1")] {
        let place = pc.place(at);
        pc.interface(&place, name, "", "up");
    }
    pc.usb("00:14.0", 1, (14, 6), &DESK);
    pc.system(
        "DMAR",
        parts::intel("Intel(R) Xeon(R) CPU D-1541 @ 2.10GHz"),
        "5.14.0-570.el9.x86_64",
        "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14.0-570.el9.x86_64 root=/dev/mapper/rl-root ro crashkernel=1G-4G:192M intel_iommu=on iommu=pt",
    );
    pc.identity("Supermicro", "X10SDV-TLN4F", 23);
    pc.installed(&System {
        distribution: Distribution::Rocky,
        release: "5.14.0-570.el9.x86_64",
        amd: false,
        threads: 16,
        memory: 128,
        secure_boot: false,
    });
    Shape::new("virtual-functions", pc.finish())
        .card("06:00.0", Verdict::NotPossible)
        .says(CheckId::NetworkVirtualFunctions, Trip::ToDo, "03:00.0")
        .says(CheckId::NetworkWayOut, Trip::ToDo, "03:00.1")
        .says(CheckId::GraphicsOnly, Trip::NotPossible, "06:00.0")
        .says(CheckId::StorageSystem, Trip::NotPossible, "00:1f.2")
}

/// A large server: `sockets` processors with eight root buses each, in as many domains, and two H100 cards, two network
/// cards with sixteen virtual functions, and four disks on each processor. The first disk is the system's.
pub fn large(sockets: u32) -> MachineFile {
    let mut pc = Computer::new("Large server with several processors and domains", "15d9");
    let mut lines = String::new();
    let mut group = 0;
    let mut own = Vec::new();
    for domain in 0..sockets {
        for root in 0..8 {
            let bus = root * 0x20;
            group += 1;
            let _ = writeln!(lines, "{domain:04x}:{bus:02x}:00.0 - 060000 1022:14a4 01 {group}");
            let _ = writeln!(lines, "{domain:04x}:{bus:02x}:00.2 - 080600 1022:149e 01 -");
            let _ = writeln!(lines, "{domain:04x}:{bus:02x}:01.0 - 060000 1022:149f 01 {group}");
            let _ = writeln!(lines, "{domain:04x}:{bus:02x}:01.1 - 060400 1022:14ab 01 {group} pcieport");
            let (port, below) = (format!("{domain:04x}:{bus:02x}:01.1"), bus + 1);
            group += 1;
            let (class, id, driver) = match root {
                0 | 1 => ("030200", "10de:2330", "nvidia"),
                2 | 3 => ("020000", "15b3:1021", "mlx5_core"),
                _ => ("010802", "144d:a824", "nvme"),
            };
            let at = format!("{domain:04x}:{below:02x}:00.0");
            let _ = writeln!(lines, "{at} {port} {class} {id} a1 {group} {driver}");
            if class != "020000" {
                continue;
            }
            let mut virtual_ones = Vec::new();
            for number in 1..=16 {
                group += 1;
                let virtual_one = format!("{domain:04x}:{below:02x}:{:02x}.{}", number / 8, number % 8);
                let _ = writeln!(lines, "{virtual_one} {port} 020000 15b3:101e 00 {group} mlx5_core");
                virtual_ones.push(virtual_one);
            }
            own.push((at, virtual_ones));
        }
    }
    pc.functions(&lines);
    for (physical, virtual_ones) in &own {
        let names: Vec<&str> = virtual_ones.iter().map(String::as_str).collect();
        pc.virtual_functions(physical, 16, &names);
    }
    pc.disk("0000:81:00.0", parts::NVME, 259, &parts::PLAIN);
    pc.default_route("0000:41:00.0", "enp65s0");
    pc.system(
        "IVRS",
        parts::amd("AMD EPYC 9654 96-Core Processor"),
        "6.12.43+deb13-amd64",
        "BOOT_IMAGE=/boot/vmlinuz-6.12.43+deb13-amd64 root=UUID=00000000-0000-4000-8000-000000000001 ro quiet iommu=pt",
    );
    pc.identity("Supermicro", "H13DSG-O-CPU", 23);
    pc.installed(&System {
        distribution: Distribution::Debian,
        release: "6.12.43+deb13-amd64",
        amd: true,
        threads: 192 * sockets,
        memory: 1536,
        secure_boot: false,
    });
    pc.finish()
}
