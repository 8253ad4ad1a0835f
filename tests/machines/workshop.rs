//! A desktop with two graphics cards: one to hand over, alone in its group, and one that drives the screen.

use gangway_core::machine_file::{MachineBuilder, MachineFile};

use super::computer::Computer;
use super::distributions::Distribution;
use super::edid::{Mode, Screen};
use super::hanging::Plugged;
use super::system::System;
use crate::systems::debian::GRUB_MKCONFIG;
use crate::systems::grub::Grub;
use crate::systems::shape::{ROOT, kernel};

const FUNCTIONS: &str = "
    00:00.0 -       060000 1022:1480 00 -
    00:00.2 -       080600 1022:1481 00 -
    00:01.0 -       060000 1022:1482 00 0
    00:01.1 -       060400 1022:1483 00 1  pcieport
    00:01.2 -       060400 1022:1483 00 2  pcieport
    00:01.3 -       060400 1022:1483 00 3  pcieport
    00:02.0 -       060000 1022:1482 00 4
    00:03.0 -       060000 1022:1482 00 5
    00:03.1 -       060400 1022:1483 00 6  pcieport
    00:03.2 -       060400 1022:1483 00 7  pcieport
    00:04.0 -       060000 1022:1482 00 8
    00:05.0 -       060000 1022:1482 00 9
    00:07.0 -       060000 1022:1482 00 10
    00:07.1 -       060400 1022:1484 00 10 pcieport
    00:08.0 -       060000 1022:1482 00 11
    00:08.1 -       060400 1022:1484 00 11 pcieport
    00:14.0 -       0c0500 1022:790b 61 12 piix4_smbus
    00:14.3 -       060100 1022:790e 51 12
    00:18.0 -       060000 1022:1440 00 13
    00:18.1 -       060000 1022:1441 00 13
    00:18.2 -       060000 1022:1442 00 13
    00:18.3 -       060000 1022:1443 00 13 k10temp
    00:18.4 -       060000 1022:1444 00 13
    00:18.5 -       060000 1022:1445 00 13
    00:18.6 -       060000 1022:1446 00 13
    00:18.7 -       060000 1022:1447 00 13
    01:00.0 00:01.1 030000 10de:2484 a1 14 nvidia        1458:404c
    01:00.1 00:01.1 040300 10de:228b a1 14 snd_hda_intel 1458:404c
    01:00.2 00:01.1 0c0330 10de:1ad8 a1 14 xhci_hcd      1458:404c
    01:00.3 00:01.1 0c8000 10de:1ad9 a1 14 nvidia-gpu    1458:404c
    02:00.0 00:01.2 0c0330 1022:43d5 01 15 xhci_hcd      1b21:1142
    02:00.1 00:01.2 010601 1022:43c8 01 15 ahci          1b21:1062
    02:00.2 00:01.2 060400 1022:43c6 01 15 pcieport
    03:00.0 02:00.2 060400 1022:43c7 01 15 pcieport
    03:01.0 02:00.2 060400 1022:43c7 01 15 pcieport
    03:04.0 02:00.2 060400 1022:43c7 01 15 pcieport
    03:05.0 02:00.2 060400 1022:43c7 01 15 pcieport
    03:06.0 02:00.2 060400 1022:43c7 01 15 pcieport
    03:07.0 02:00.2 060400 1022:43c7 01 15 pcieport
    04:00.0 03:00.0 020000 8086:1539 03 15 igb           1043:85f0
    05:00.0 00:01.3 010802 144d:a80a 00 16 nvme          144d:a801
    06:00.0 00:03.1 060400 1002:1478 c7 19 pcieport
    07:00.0 06:00.0 060400 1002:1479 00 20 pcieport
    08:00.0 07:00.0 030000 1002:743f c7 17 amdgpu        148c:2414
    08:00.1 07:00.0 040300 1002:ab28 00 17 snd_hda_intel 148c:ab28
    09:00.0 00:03.2 028000 8086:2723 1a 18 iwlwifi       8086:0084
    0a:00.0 00:07.1 130000 1022:148a 00 22
    0b:00.0 00:08.1 130000 1022:1485 00 23
    0b:00.1 00:08.1 108000 1022:1486 00 24 ccp
    0b:00.3 00:08.1 0c0330 1022:149c 00 21 xhci_hcd
    0b:00.4 00:08.1 040300 1022:1487 00 25 snd_hda_intel
";

/// On the chipset's controller.
const BOARD_USB: [Plugged; 2] = [
    Plugged {
        port: "1-4",
        id: "046d:0825",
        maker: "",
        product: "Webcam C270",
        speed: "480",
        interfaces: &["14/1/0 uvcvideo", "1/1/0 snd-usb-audio"],
    },
    Plugged {
        port: "1-10",
        id: "8087:0029",
        maker: "",
        product: "AX200 Bluetooth",
        speed: "12",
        interfaces: &["224/1/1 btusb"],
    },
];
/// On the processor's controller.
const PROCESSOR_USB: [Plugged; 2] = [
    Plugged {
        port: "3-1",
        id: "046a:0011",
        maker: "Cherry GmbH",
        product: "Cherry Keyboard",
        speed: "1.5",
        interfaces: &["3/1/1 usbhid"],
    },
    Plugged {
        port: "3-2",
        id: "046d:c077",
        maker: "Logitech",
        product: "USB Optical Mouse",
        speed: "1.5",
        interfaces: &["3/1/2 usbhid"],
    },
];

const RELEASE: &str = "6.12.43+deb13-amd64";

/// What the modules of its kernel declare, as far as it speaks of its devices.
const ALIASES: &str = "alias pci:v*d*sv*sd*bc01sc06i01* ahci\n\
    alias pci:v*d*sv*sd*bc01sc08i02* nvme\n\
    alias pci:v*d*sv*sd*bc0Csc03i30* xhci_pci\n\
    alias pci:v00008086d00001539sv*sd*bc*sc*i* igb\n\
    alias pci:v000010DEd*sv*sd*bc0Csc80i00* i2c_nvidia_gpu\n\
    alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\n\
    alias pci:v000010DEd*sv*sd*bc03sc00i00* nvidia\n\
    alias pci:v000010DEd*sv*sd*bc04sc03i00* snd_hda_intel\n";

/// What starts it, as far as a reservation is planned by it: a capture holds names alone, and the demo goes through with one.
fn startable(builder: &mut MachineBuilder) {
    let kernel = kernel(RELEASE, "initrd.img-*");
    let grub = Grub {
        distributor: "Debian GNU/Linux",
        config: "/boot/grub/grub.cfg",
        drop_ins: true,
        prefix: "/boot",
        screen: false,
        uuid: "00000000-0000-4000-8000-000000000001",
        entry_files: false,
    };
    builder.file(&format!("/boot/{}", kernel.file), format!("The kernel {RELEASE} of the demo.\n"));
    builder.file(
        &format!("/boot/initrd.img-{RELEASE}"),
        format!("usr/bin/init\nusr/lib/modules/{RELEASE}/kernel/drivers/nvme/host/nvme.ko.xz\n"),
    );
    builder.file(grub.config, grub.text(&[kernel], ROOT, "", "quiet"));
    builder.file("/usr/sbin/grub-mkconfig", GRUB_MKCONFIG);
    builder.file("/etc/initramfs-tools/initramfs.conf", "MODULES=most\nCOMPRESS=zstd\n");
    for tool in [
        "/usr/bin/grub-script-check",
        "/usr/bin/lsinitramfs",
        "/usr/bin/unmkinitramfs",
        "/usr/sbin/update-initramfs",
    ] {
        builder.file(tool, "");
    }
    builder.file(&format!("/lib/modules/{RELEASE}/modules.alias"), ALIASES);
    let modules = ["vfio/pci/vfio-pci", "vfio/pci/vfio-pci-core", "vfio/vfio", "vfio/vfio_iommu_type1"];
    let list: String = modules.iter().map(|name| format!("kernel/drivers/{name}.ko.xz:\n")).collect();
    builder.file(&format!("/lib/modules/{RELEASE}/modules.dep"), list);
}

/// The machine of the pictures.
pub(super) fn machine() -> MachineFile {
    let mut computer = Computer::new("Desktop with two graphics cards", "1043");
    computer.functions(FUNCTIONS);
    computer.attribute("01:00.0", "boot_vga", "0");
    computer.attribute("08:00.0", "boot_vga", "1");
    for at in ["04:00.0", "05:00.0", "09:00.0"] {
        computer.attribute(at, "reset_method", "flr bus");
    }
    computer.attribute("0b:00.3", "reset_method", "pm");
    computer.link("01:00.0", "00:01.1", (3, 8), (4, 16), (4, 16));
    computer.link("02:00.0", "00:01.2", (3, 4), (3, 4), (4, 4));
    computer.link("04:00.0", "03:00.0", (1, 1), (1, 1), (2, 1));
    computer.link("05:00.0", "00:01.3", (3, 4), (4, 4), (3, 4));
    computer.link("06:00.0", "00:03.1", (3, 4), (4, 4), (4, 8));
    computer.link("08:00.0", "07:00.0", (4, 16), (4, 16), (4, 16));
    computer.link("09:00.0", "00:03.2", (2, 1), (2, 1), (4, 1));
    let screen = Screen {
        maker: b"DEL",
        product: 0x41e9,
        name: "Dell U2720Q",
        size: (60, 34),
        mode: Mode { across: (3840, 160), down: (2160, 62), clock: 53_325 },
    };
    computer.screens("01:00.0", 0, &[("DP-1", None), ("DP-2", None), ("DP-3", None), ("HDMI-A-1", None)]);
    computer.screens("08:00.0", 1, &[("DP-1", Some(screen.edid())), ("HDMI-A-1", None)]);
    computer.disk(
        "05:00.0",
        "nvme/nvme0/nvme0n1",
        259,
        &[("nvme0n1p1", 1, "vfat", "/boot/efi"), ("nvme0n1p2", 2, "ext4", "/"), ("nvme0n1p3", 3, "swap", "")],
    );
    computer.disk("02:00.1", "ata1/host0/target0:0:0/0:0:0:0/block/sda", 8, &[("sda1", 1, "ext4", "/home")]);
    computer.default_route("04:00.0", "enp4s0");
    computer.usb("02:00.0", 1, (10, 4), &BOARD_USB);
    computer.usb("0b:00.3", 3, (4, 4), &PROCESSOR_USB);
    computer.usb("01:00.2", 5, (2, 4), &[]);
    computer.sound("01:00.1", "HDA NVidia", &[(3, "HDMI 0"), (7, "HDMI 1")]);
    computer.sound("08:00.1", "HDA ATI HDMI", &[(3, "HDMI 0"), (7, "HDMI 1")]);
    computer.sound("0b:00.4", "HD-Audio Generic", &[(0, "ALC887-VD Analog")]);
    computer.interface("/sys/devices/virtual", "virbr0", "bridge", "down");
    let wireless = computer.place("09:00.0");
    computer.interface(&wireless, "wlp9s0", "wlan", "down");
    startable(computer.builder());
    let line = format!("BOOT_IMAGE=/boot/vmlinuz-{RELEASE} {ROOT} ro quiet");
    let processor =
        ("AMD Ryzen 7 3700X 8-Core Processor", "fpu vme sse sse2 ht syscall nx lm svm avx avx2 pdpe1gb");
    computer.system("IVRS", processor, RELEASE, &line);
    computer.identity("ASUSTeK COMPUTER INC.", "TUF B450-PLUS GAMING", 3);
    computer.installed(&System {
        distribution: Distribution::Debian,
        release: RELEASE,
        amd: true,
        threads: 16,
        memory: 32,
        secure_boot: false,
    });
    computer.finish()
}
