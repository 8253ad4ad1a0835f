//! A laptop with hybrid graphics: the panel hangs on the processor's graphics, a second card has no outputs.

use gangway_core::machine_file::MachineFile;

use super::computer::Computer;
use super::distributions::Distribution;
use super::edid::{Mode, Screen};
use super::hanging::Plugged;
use super::system::System;

const FUNCTIONS: &str = "
    00:00.0 -       060000 8086:4641 02 1  igen6_edac
    00:01.0 -       060400 8086:460d 02 2  pcieport
    00:02.0 -       030000 8086:46a6 0c 0  i915
    00:04.0 -       118000 8086:461d 02 3  proc_thermal_pci
    00:06.0 -       060400 8086:464d 02 4  pcieport
    00:07.0 -       060400 8086:466e 02 5  pcieport
    00:07.1 -       060400 8086:463f 02 6  pcieport
    00:08.0 -       088000 8086:464f 02 7
    00:0d.0 -       0c0330 8086:461e 02 8  xhci_hcd
    00:0d.2 -       0c0340 8086:463e 02 8  thunderbolt
    00:0d.3 -       0c0340 8086:466d 02 8  thunderbolt
    00:14.0 -       0c0330 8086:51ed 01 9  xhci_hcd
    00:14.2 -       050000 8086:51ef 01 9
    00:14.3 -       028000 8086:51f0 01 10 iwlwifi        8086:0094
    00:15.0 -       0c8000 8086:51e8 01 11 intel-lpss
    00:15.1 -       0c8000 8086:51e9 01 11 intel-lpss
    00:16.0 -       078000 8086:51e0 01 12 mei_me
    00:1f.0 -       060100 8086:5182 01 13
    00:1f.3 -       040100 8086:51c8 01 13 sof-audio-pci-intel-tgl
    00:1f.4 -       0c0500 8086:51a3 01 13 i801_smbus
    00:1f.5 -       0c8000 8086:51a4 01 13 intel-spi
    01:00.0 00:01.0 030200 10de:25a2 a1 14 nouveau        17aa:3a9c
    02:00.0 00:06.0 010802 144d:a80a 00 15 nvme           144d:a801
";

/// What is built into the laptop.
const LAPTOP_USB: [Plugged; 2] = [
    Plugged {
        port: "3-6",
        id: "04f2:b725",
        maker: "Chicony Electronics",
        product: "Integrated Camera",
        speed: "480",
        interfaces: &["14/1/0 uvcvideo"],
    },
    Plugged {
        port: "3-10",
        id: "8087:0033",
        maker: "",
        product: "AX211 Bluetooth",
        speed: "12",
        interfaces: &["224/1/1 btusb"],
    },
];

/// A machine whose second graphics card renders only.
pub(super) fn machine() -> MachineFile {
    let mut computer = Computer::new("Laptop with hybrid graphics", "17aa");
    computer.asleep(&["00:01.0", "01:00.0"]);
    computer.functions(FUNCTIONS);
    computer.attribute("00:02.0", "boot_vga", "1");
    for at in ["00:02.0", "02:00.0", "00:14.3"] {
        computer.attribute(at, "reset_method", "flr");
    }
    computer.attribute("01:00.0", "reset_method", "bus");
    computer.attribute("01:00.0", "max_link_speed", "16.0 GT/s PCIe");
    computer.link("02:00.0", "00:06.0", (4, 4), (4, 4), (4, 4));
    let panel = Screen {
        maker: b"LEN",
        product: 0x40b6,
        name: "Panel 14 QHD",
        size: (30, 19),
        mode: Mode { across: (2240, 160), down: (1400, 40), clock: 20_736 },
    };
    let connectors = [("eDP-1", Some(panel.edid())), ("DP-1", None), ("DP-2", None), ("HDMI-A-1", None)];
    computer.screens("00:02.0", 1, &connectors);
    computer.screens("01:00.0", 0, &[]);
    computer.disk(
        "02:00.0",
        "nvme/nvme0/nvme0n1",
        259,
        &[("nvme0n1p1", 1, "vfat", "/boot/efi"), ("nvme0n1p2", 2, "ext4", "/"), ("nvme0n1p3", 3, "swap", "")],
    );
    computer.default_route("00:14.3", "wlp0s20f3");
    computer.usb("00:14.0", 3, (12, 4), &LAPTOP_USB);
    computer.usb("00:0d.0", 1, (1, 4), &[]);
    computer.laptop_inputs("00:15.0");
    computer.sound("00:1f.3", "sof-hda-dsp", &[(0, "HDA Analog"), (3, "HDMI1")]);
    let line = "initrd=\\initramfs-linux.img root=UUID=00000000-0000-4000-8000-000000000001 rw quiet";
    let processor =
        ("12th Gen Intel(R) Core(TM) i7-1260P", "fpu vme sse sse2 ht syscall nx lm vmx avx avx2 pdpe1gb");
    computer.system("DMAR", processor, "6.17.8-arch1-1", line);
    computer.identity("LENOVO", "LNVNB161216", 10);
    computer.installed(&System {
        distribution: Distribution::Arch,
        release: "6.17.8-arch1-1",
        amd: false,
        threads: 16,
        memory: 16,
        secure_boot: false,
    });
    computer.finish()
}
