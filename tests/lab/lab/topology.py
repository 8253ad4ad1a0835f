"""The guest's hardware, as a table: every device has a name that scenarios use, and says what it stands for.

Addresses, ids, drivers and groups are what the guest's kernel makes of the QEMU devices beside them (Debian 13, q35, Intel
IOMMU); the scenario `list` compares the table with the running kernel, so it cannot go stale. How the machine is started
with them is `qemu`'s business.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Function:
    """One PCI function that scenarios speak of."""

    name: str
    address: str
    ids: str
    driver: str
    #: What the host's tools know of it under software emulation, or what it stands for.
    what: str


@dataclass(frozen=True)
class Part:
    """Devices that make one situation: what QEMU is asked for, and what the guest sees."""

    name: str
    functions: tuple
    arguments: tuple
    #: Other functions of the same group: bridges and ports, which need not be handed over.
    bridges: tuple = ()
    #: The functions share one IOMMU group; else each function has its own.
    shared: bool = True
    #: QEMU cannot save a machine that has it: present in cold boots only.
    cold_only: bool = False


def port(name, slot, chassis, *options):
    """A PCI Express root port; it has access control services unless the options take them away."""
    return "-device", ",".join(
        ["pcie-root-port", f"id={name}", "bus=pcie.0", f"addr={slot}", f"chassis={chassis}", f"slot={chassis}", *options]
    )


PARTS = (
    Part(
        "boot display",
        (Function("boot display", "0000:00:02.0", "1234:1111", "bochs-drm", "the card that the firmware shows its text on"),),
        ("-device", "VGA,id=boot,bus=pcie.0,addr=0x2"),
    ),
    Part(
        "isolated card",
        (
            Function("card", "0000:01:00.0", "1013:00b8", "cirrus", "a graphics card behind a port of its own"),
            Function("card's sound", "0000:01:00.1", "8086:2668", "snd_hda_intel", "its second function"),
        ),
        (
            *port("card-port", "0x5", 1),
            "-device", "cirrus-vga,id=card,bus=card-port,addr=0x0.0,multifunction=on",
            "-device", "intel-hda,id=card-sound,bus=card-port,addr=0x0.1",
            "-device", "hda-output,bus=card-sound.0,audiodev=silence",
        ),
    ),
    Part(
        "no ACS",
        (
            Function("sharing card", "0000:02:00.0", "1234:1111", "bochs-drm", "a graphics card that shares its group"),
            Function("sharing network", "0000:03:00.0", "8086:10d3", "e1000e", "the network card that it shares with"),
        ),
        (
            *port("sharing-port-0", "0x6.0", 2, "multifunction=on", "disable-acs=on"),
            *port("sharing-port-1", "0x6.1", 3, "disable-acs=on"),
            "-device", "bochs-display,id=sharing-card,bus=sharing-port-0",
            "-device", "e1000e,id=sharing-network,bus=sharing-port-1,mac=52:54:00:6c:ab:03",
        ),
        bridges=("0000:00:06.0", "0000:00:06.1"),
    ),
    Part(
        "conventional bridge",
        (
            Function("old card", "0000:05:01.0", "1002:5046", "", "a conventional PCI card"),
            Function("old sound", "0000:05:02.0", "8086:2415", "snd_intel8x0", "another one, behind the same bridge"),
        ),
        (
            *port("old-port", "0x7", 4),
            "-device", "pcie-pci-bridge,id=old-bridge,bus=old-port",
            "-device", "ati-vga,id=old-card,bus=old-bridge,addr=0x1",
            "-device", "AC97,id=old-sound,bus=old-bridge,addr=0x2,audiodev=silence",
        ),
        bridges=("0000:04:00.0",),
    ),
    Part(
        "switch",
        (Function("usb", "0000:08:00.0", "1b36:000d", "xhci_hcd", "a USB controller with keyboard, tablet and stick"),),
        (
            *port("switch-port", "0x8", 5),
            "-device", "x3130-upstream,id=switch,bus=switch-port",
            "-device", "xio3130-downstream,id=switch-0,bus=switch,chassis=6,slot=6",
            "-device", "xio3130-downstream,id=switch-1,bus=switch,chassis=7,slot=7",
            "-device", "qemu-xhci,id=usb,bus=switch-0",
            "-device", "usb-kbd,bus=usb.0,port=1",
            "-device", "usb-tablet,bus=usb.0,port=2",
            "-drive", "if=none,id=stick,file.driver=null-co,file.size=64M,format=raw,readonly=on",
            "-device", "usb-storage,bus=usb.0,port=3,drive=stick,serial=STICKSERIAL7731",
        ),
        bridges=("0000:07:00.0",),
    ),
    Part(
        "nvme",
        (Function("nvme", "0000:09:00.0", "1b36:0010", "nvme", "a disk behind the switch"),),
        (
            "-drive", "if=none,id=nvme-disk,file.driver=null-co,file.size=256M,format=raw",
            "-device", "nvme,id=nvme,bus=switch-1,serial=NVMESERIAL5519,drive=nvme-disk",
        ),
        bridges=("0000:07:01.0",),
        cold_only=True,
    ),
    Part(
        "second usb",
        (Function("second usb", "0000:00:09.0", "1b36:000d", "xhci_hcd", "a USB controller of the root complex, with nothing in it"),),
        ("-device", "qemu-xhci,id=second-usb,bus=pcie.0,addr=0x9"),
    ),
    Part(
        "sr-iov",
        (Function("sr-iov", "0000:0a:00.0", "8086:10c9", "igb", "a network card that can split itself"),),
        (
            *port("sriov-port", "0xa", 8),
            "-device", "igb,id=sriov,bus=sriov-port,mac=52:54:00:6c:ab:0a",
        ),
    ),
    Part(
        "twins",
        (
            Function("first twin", "0000:0b:00.0", "1234:1111", "bochs-drm", "a card with the same ids as the next"),
            Function("second twin", "0000:0c:00.0", "1234:1111", "bochs-drm", "a card with the same ids as the one before"),
        ),
        (
            *port("twin-port-1", "0xb", 9),
            *port("twin-port-2", "0xc", 10),
            "-device", "bochs-display,id=twin-1,bus=twin-port-1",
            "-device", "bochs-display,id=twin-2,bus=twin-port-2",
        ),
        shared=False,
    ),
    Part("spare slot", (), port("spare-port", "0xd", 11)),
)


@dataclass(frozen=True)
class Variant:
    """An IOMMU, or none, and what the kernel is told about it."""

    name: str
    arguments: tuple = ()
    kernel: str = ""
    #: Whether the kernel makes groups.
    groups: bool = True


INTEL = ("-device", "intel-iommu,intremap=on,caching-mode=on,device-iotlb=on")
VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("intel", INTEL),
        Variant("virtio", ("-device", "virtio-iommu-pci,bus=pcie.0,addr=0x1e")),
        Variant("none", groups=False),
        Variant("off", INTEL, kernel="intel_iommu=off", groups=False),
    )
}


@dataclass(frozen=True)
class Topology:
    """The whole table, and how to find a row of it."""

    parts: tuple = PARTS
    names: dict = field(default_factory=dict)

    def __post_init__(self):
        for part in self.parts:
            for function in part.functions:
                assert function.name not in self.names, f"two functions are called “{function.name}”"
                self.names[function.name] = function

    def __getitem__(self, name):
        assert name in self.names, f"the topology has no “{name}”; it has: {', '.join(self.names)}"
        return self.names[name]

    def functions(self, saved):
        """Every function with its part, in a machine that was saved or in one that was started."""
        return [(part, function) for part in self.parts for function in part.functions if not (saved and part.cold_only)]

    def arguments(self, saved):
        """What QEMU is asked for. The sound cards play to nobody."""
        parts = [part for part in self.parts if not (saved and part.cold_only)]
        return ["-audiodev", "none,id=silence", *(word for part in parts for word in part.arguments)]


TOPOLOGY = Topology()
