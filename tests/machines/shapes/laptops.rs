//! Laptops: a second card without outputs that sleeps, a card in a box at the end of a cable, Wi-Fi as the only way out.

use gangway_core::checks::{CheckId, Verdict};

use super::Shape;
use crate::checks::Trip;
use crate::machines::boards;
use crate::machines::computer::Computer;
use crate::machines::distributions::Distribution;
use crate::machines::parts::{self, DARK, NVME, PLAIN};
use crate::machines::system::System;

pub(super) fn all() -> Vec<Shape> {
    vec![optimus(), external_card(), wireless_only()]
}

/// Hybrid graphics without a switch: NVIDIA's card renders, has no outputs, and sleeps without power.
fn optimus() -> Shape {
    let mut pc = Computer::new("AMD laptop with hybrid graphics, whose card sleeps", "17aa");
    pc.asleep(&["00:01.1", "01:00.0", "01:00.1"]);
    pc.functions(boards::REMBRANDT);
    pc.functions(
        "
        01:00.0 00:01.1 030200 10de:28e0 a1 15 nvidia        17aa:3ac1
        01:00.1 00:01.1 040300 10de:22be a1 15 snd_hda_intel 17aa:3ac1
        02:00.0 00:02.1 010802 144d:a80c 00 16 nvme          144d:a801
        03:00.0 00:02.2 028000 14c3:0608 00 17 mt7921e       1a3b:4680
    ",
    );
    pc.attributes(
        "
        01:00.0 reset_method=bus max_link_speed=16.0,GT/s,PCIe
        02:00.0 reset_method=flr,bus
        35:00.0 boot_vga=1 reset_method=pm
    ",
    );
    pc.screens("01:00.0", 0, &[]);
    pc.screens("35:00.0", 1, &[("eDP-1", Some(parts::panel())), ("HDMI-A-1", None), ("DP-1", None)]);
    pc.disk("02:00.0", NVME, 259, &PLAIN);
    pc.default_route("03:00.0", "wlp3s0");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.laptop_inputs("00:14.0");
    pc.usb("35:00.3", 1, (5, 2), &[]);
    pc.sound("35:00.6", "HD-Audio Generic", &[(0, "ALC287 Analog")]);
    pc.sound("01:00.1", "HDA NVidia", &[(3, "HDMI 0")]);
    pc.system(
        "IVRS",
        parts::amd("AMD Ryzen 7 7735HS with Radeon Graphics"),
        "6.17.4-76061704-generic",
        "initrd=\\EFI\\Pop_OS-1\\initrd.img root=UUID=00000000-0000-4000-8000-000000000001 ro quiet splash",
    );
    pc.identity("LENOVO", "LNVNB161216", 10);
    pc.installed(&System {
        distribution: Distribution::Pop,
        release: "6.17.4-76061704-generic",
        amd: true,
        threads: 16,
        memory: 16,
        secure_boot: false,
    });
    Shape::new("optimus-laptop", pc.finish())
        .card("01:00.0", Verdict::Ready)
        .card("35:00.0", Verdict::NotPossible)
        .says(CheckId::GraphicsD3cold, Trip::ToDo, "01:00.0")
        .says(CheckId::GraphicsOutputs, Trip::ToDo, "01:00.0")
        .says(CheckId::GraphicsResizableBar, Trip::CouldNotTell, "01:00.0")
        .says(CheckId::GraphicsLinkWidth, Trip::CouldNotTell, "01:00.0")
        .says(CheckId::GraphicsOnly, Trip::NotPossible, "35:00.0")
        .says(CheckId::NetworkWireless, Trip::ToDo, "")
}

/// A card behind Thunderbolt: two bridges of the box, and the host's own ports above them.
fn external_card() -> Shape {
    let mut pc = Computer::new("Intel laptop with a graphics card in a Thunderbolt box", "1028");
    pc.functions(
        "
        00:00.0 -       060000 8086:9a14 01 0
        00:02.0 -       030000 8086:9a49 01 1  i915
        00:06.0 -       060400 8086:9a09 01 2  pcieport
        00:07.0 -       060400 8086:9a23 01 3  pcieport
        00:0d.0 -       0c0330 8086:9a13 01 4  xhci_hcd
        00:0d.2 -       0c0340 8086:9a1b 01 4  thunderbolt
        00:14.0 -       0c0330 8086:a0ed 20 5  xhci_hcd
        00:14.2 -       050000 8086:a0ef 20 5
        00:14.3 -       028000 8086:a0f0 20 6  iwlwifi       8086:0074
        00:15.0 -       0c8000 8086:a0e8 20 7  intel-lpss
        00:16.0 -       078000 8086:a0e0 20 8  mei_me
        00:1f.0 -       060100 8086:a082 20 9
        00:1f.3 -       040100 8086:a0c8 20 9  sof-audio-pci-intel-tgl
        00:1f.4 -       0c0500 8086:a0a3 20 9  i801_smbus
        00:1f.5 -       0c8000 8086:a0a4 20 9  intel-spi
        01:00.0 00:06.0 010802 15b7:5006 00 10 nvme          15b7:5006
        2c:00.0 00:07.0 060400 8086:15ea 06 11 pcieport
        2d:01.0 2c:00.0 060400 8086:15ea 06 12 pcieport
        2e:00.0 2d:01.0 060400 1002:1478 c1 13 pcieport
        2f:00.0 2e:00.0 060400 1002:1479 00 14 pcieport
        30:00.0 2f:00.0 030000 1002:73bf c1 15 amdgpu        1849:5203
        30:00.1 2f:00.0 040300 1002:ab28 00 16 snd_hda_intel 1849:5203
    ",
    );
    pc.attributes(
        "
        00:02.0 boot_vga=1 reset_method=flr
        01:00.0 reset_method=flr,bus
        30:00.0 boot_vga=0 reset_method=bus
    ",
    );
    pc.link("30:00.0", "2f:00.0", (4, 16), (4, 16), (4, 16));
    pc.screens("00:02.0", 0, &[("eDP-1", Some(parts::panel())), ("DP-1", None)]);
    pc.screens("30:00.0", 1, &DARK);
    pc.disk("01:00.0", NVME, 259, &PLAIN);
    pc.default_route("00:14.3", "wlp0s20f3");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    pc.laptop_inputs("00:15.0");
    pc.usb("00:14.0", 3, (12, 4), &[]);
    pc.usb("00:0d.0", 1, (1, 4), &[]);
    pc.sound("00:1f.3", "sof-hda-dsp", &[(0, "HDA Analog")]);
    pc.sound("30:00.1", "HDA ATI HDMI", &[(3, "HDMI 0")]);
    pc.system(
        "DMAR",
        parts::intel("11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz"),
        "6.17.8-300.fc43.x86_64",
        "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-6.17.8-300.fc43.x86_64 root=UUID=00000000-0000-4000-8000-000000000001 ro rhgb quiet intel_iommu=on",
    );
    pc.identity("Dell Inc.", "0GG9PT", 10);
    pc.installed(&System {
        distribution: Distribution::Fedora,
        release: "6.17.8-300.fc43.x86_64",
        amd: false,
        threads: 8,
        memory: 16,
        secure_boot: true,
    });
    Shape::new("external-card", pc.finish())
        .card("00:02.0", Verdict::ToDo)
        .card("30:00.0", Verdict::Ready)
        .says(CheckId::GraphicsIntegrated, Trip::ToDo, "00:02.0")
}

/// No card to give, one network card, and it is Wi-Fi; libvirt is there as a daemon for each part.
fn wireless_only() -> Shape {
    let mut pc = Computer::new("Intel laptop that reaches its network through Wi-Fi alone", "17aa");
    pc.functions(
        "
        00:00.0 -       060000 8086:9a14 01 0
        00:02.0 -       030000 8086:9a49 01 1  i915
        00:06.0 -       060400 8086:9a09 01 2  pcieport
        00:14.0 -       0c0330 8086:a0ed 20 5  xhci_hcd
        00:14.2 -       050000 8086:a0ef 20 5
        00:14.3 -       028000 8086:a0f0 20 6  iwlwifi       8086:0074
        00:15.0 -       0c8000 8086:a0e8 20 7  intel-lpss
        00:1f.0 -       060100 8086:a082 20 9
        00:1f.3 -       040300 8086:a0c8 20 9  snd_hda_intel
        01:00.0 00:06.0 010802 144d:a808 00 10 nvme          144d:a801
    ",
    );
    pc.attributes(
        "00:02.0 boot_vga=1 reset_method=flr\n 01:00.0 reset_method=flr,bus\n 00:14.3 reset_method=flr",
    );
    pc.screens("00:02.0", 0, &[("eDP-1", Some(parts::panel())), ("HDMI-A-1", None)]);
    pc.disk("01:00.0", NVME, 259, &[("nvme0n1p1", 1, "vfat", "/boot/efi"), ("nvme0n1p2", 2, "btrfs", "")]);
    for (root, place) in [("/@/.snapshots/1/snapshot", "/"), ("/@/home", "/home"), ("/@/var", "/var")] {
        pc.mounted("0:30", root, place, "btrfs", "/dev/nvme0n1p2");
    }
    pc.default_route("00:14.3", "wlp0s20f3");
    pc.interface("/sys/devices/virtual", "virbr0", "bridge", "up");
    pc.laptop_inputs("00:15.0");
    pc.usb("00:14.0", 3, (12, 4), &[]);
    pc.sound("00:1f.3", "HDA Intel PCH", &[(0, "ALC257 Analog")]);
    pc.system(
        "DMAR",
        parts::intel("11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz"),
        "6.17.8-1-default",
        "root=UUID=00000000-0000-4000-8000-000000000001 quiet intel_iommu=on",
    );
    pc.identity("LENOVO", "20XK0015GE", 10);
    pc.installed(&System {
        distribution: Distribution::Aeon,
        release: "6.17.8-1-default",
        amd: false,
        threads: 8,
        memory: 16,
        secure_boot: true,
    });
    Shape::new("wireless-only", pc.finish())
        .card("00:02.0", Verdict::NotPossible)
        .says(CheckId::NetworkWireless, Trip::ToDo, "")
        .says(CheckId::NetworkWayOut, Trip::ToDo, "00:14.3")
        .says(CheckId::ImmutableSystem, Trip::ToDo, "")
        .passes(&[CheckId::NetworkDefault, CheckId::LibvirtRunning, CheckId::LibvirtCompanions])
}
