//! The names of the checks, each with its question.
//!
//! Append a check in the part of its owner: the system's first, the devices' below. A name never changes its meaning:
//! scripts know it from `gangwayctl check --json`.

use std::str::FromStr;

/// Makes the enum of a catalogue's checks, their names and their questions out of one table: `check_ids! { enum Id; /// Question?
/// Check = "its-name", }`. A question is documentation, so that it is read where the check is named.
#[macro_export]
macro_rules! check_ids {
    (enum $Id:ident; $($(#[doc = $question:literal])+ $id:ident = $name:literal,)+) => {
        /// Which check it is. Its documentation is its question.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Id {
            $($(#[doc = $question])+ $id,)+
        }

        impl $Id {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$id,)+];

            /// Its stable name, as `gangwayctl check --json` prints it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$id => $name,)+
                }
            }

            /// Its question, in English, for developers.
            pub const fn question(self) -> &'static str {
                match self {
                    $(Self::$id => concat!($($question),+),)+
                }
            }
        }

        impl ::std::fmt::Display for $Id {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

check_ids! {
    enum CheckId;

    // The system.
    /// Is the processor's virtualization switched off in the firmware?
    VirtualizationSwitchedOff = "virtualization-switched-off",
    /// Can the processor run virtual machines at all?
    VirtualizationNotSupported = "virtualization-not-supported",
    /// Is this computer itself a virtual machine without an IOMMU?
    InsideVirtualMachine = "inside-virtual-machine",
    /// Does Xen own the hardware?
    Xen = "xen",
    /// Are there enough threads to share with a virtual machine?
    FewProcessors = "few-processors",
    /// Can a virtual machine run virtual machines, as WSL 2 and Hyper-V want it?
    NestedVirtualization = "nested-virtualization",
    /// Is a self-built module kept out by Secure Boot?
    SelfBuiltModuleSigned = "self-built-module-signed",
    /// Are the kernel's arguments part of a signed image?
    SignedCommandLine = "signed-command-line",
    /// Did the kernel complain about the firmware's IOMMU tables?
    FirmwareBug = "firmware-bug",
    /// Does an argument of the kernel switch the IOMMU off?
    IommuArgumentOff = "iommu-argument-off",
    /// Does this kernel wait for `intel_iommu=on`?
    IommuArgumentMissing = "iommu-argument-missing",
    /// Does the firmware offer an IOMMU?
    IommuNotOffered = "iommu-not-offered",
    /// Was the kernel built with a driver for this IOMMU?
    IommuKernelSupport = "iommu-kernel-support",
    /// Did the kernel start the IOMMU that the firmware offers?
    IommuNotStarted = "iommu-not-started",
    /// Are interrupts of devices remapped?
    InterruptRemapping = "interrupt-remapping",
    /// Is VFIO told to go on without interrupt remapping?
    UnsafeInterrupts = "unsafe-interrupts",
    /// Do the groups lie, because isolation is claimed by an argument?
    AcsOverride = "acs-override",
    /// Does an argument take isolation between devices away?
    AcsWeakened = "acs-weakened",
    /// Is `amd_iommu=on` given, which no kernel knows?
    UselessAmdIommuOn = "useless-amd-iommu-on",
    /// Does the IOMMU translate for Intel's built-in graphics?
    IntelGraphicsTranslated = "intel-graphics-translated",
    /// Is the kernel new enough to choose how devices are reset?
    KernelVersion = "kernel-version",
    /// Are ids for vfio-pci given more than once, of which only the last count?
    RepeatedVfioIds = "repeated-vfio-ids",
    /// Is `video=efifb:off` given to a kernel that has no efifb?
    UselessEfifbOff = "useless-efifb-off",
    /// Is a module that virtualization needs blocked by configuration?
    ModuleBlocked = "module-blocked",
    /// Are the modules of the running kernel still there?
    ModulesOfRunningKernel = "modules-of-running-kernel",
    /// Does the kernel have vfio-pci?
    VfioSupport = "vfio-support",
    /// Can VFIO use the IOMMU?
    VfioIommuSupport = "vfio-iommu-support",
    /// Does the kernel have KVM for this processor?
    KvmSupport = "kvm-support",
    /// Does the kernel have vhost-net?
    VhostNetSupport = "vhost-net-support",
    /// Is `vfio_virqfd` asked for, which is no module since Linux 6.2?
    UselessVirqfd = "useless-virqfd",
    /// Did a device that is reserved for vfio-pci go to another driver?
    ReservationFailed = "reservation-failed",
    /// Is there enough memory to share with a virtual machine?
    MemorySmall = "memory-small",
    /// Do huge pages take most of the memory?
    HugePagesTooMany = "huge-pages-too-many",
    /// Did the kernel get all huge pages that it was asked for?
    HugePagesShort = "huge-pages-short",
    /// Are pages of 1 GiB reserved, and smaller ones the default?
    HugePagesDefaultSize = "huge-pages-default-size",
    /// Are pages of 1 GiB asked for on a processor that has none?
    HugePagesUnsupported = "huge-pages-unsupported",
    /// Is it known which boot loader is in use?
    BootLoader = "boot-loader",
    /// Are arguments configured that the running kernel was not given?
    ArgumentsWaiting = "arguments-waiting",
    /// Do the system's files come from an image?
    ImmutableSystem = "immutable-system",
    /// Is it known what makes the initramfs?
    InitramfsGenerator = "initramfs-generator",
    /// Does the initramfs load vfio-pci where devices are reserved?
    InitramfsEarly = "initramfs-early",
    /// Does mkinitcpio put modprobe's settings into the initramfs?
    InitramfsModconf = "initramfs-modconf",
    /// Does no reservation with a boot entry of its own wait for a person?
    ReservationOpen = "reservation-open",
    /// Does all hold that the reservation promised?
    ReservationAsPromised = "reservation-as-promised",
    /// Does the argument of a reservation come from a change of ours?
    ReservationOwn = "reservation-own",
    /// Is libvirt installed?
    LibvirtInstalled = "libvirt-installed",
    /// Can libvirt be reached?
    LibvirtRunning = "libvirt-running",
    /// Is only one layout of libvirt's daemons enabled?
    LibvirtOneLayout = "libvirt-one-layout",
    /// Are the daemons there that belong to libvirt's daemon for QEMU?
    LibvirtCompanions = "libvirt-companions",
    /// Do virtual machines run as a user of their own?
    QemuUser = "qemu-user",
    /// Is QEMU installed?
    QemuInstalled = "qemu-installed",
    /// Is there UEFI firmware for virtual machines?
    GuestFirmware = "guest-firmware",
    /// Is there firmware with Secure Boot for virtual machines?
    GuestSecureBoot = "guest-secure-boot",
    /// Is there a TPM for virtual machines?
    GuestTpm = "guest-tpm",
    /// Is `/dev/kvm` there?
    KvmDevice = "kvm-device",
    /// May the user use KVM?
    KvmAccess = "kvm-access",
    /// Is there a device node of VFIO?
    VfioNode = "vfio-node",
    /// May the user talk to libvirt?
    LibvirtAccess = "libvirt-access",
    /// Is the user in libvirt's group?
    LibvirtGroup = "libvirt-group",
    /// Is the user in a group that counts only after the next login?
    GroupAfterLogin = "group-after-login",
    /// Is the user in the group `input`, which nothing needs?
    InputGroup = "input-group",
    /// Is polkit installed?
    PolkitInstalled = "polkit-installed",
    /// Is dnsmasq installed for libvirt's networks?
    DnsmasqInstalled = "dnsmasq-installed",
    /// Does the kernel have bridges?
    BridgeSupport = "bridge-support",
    /// Does the kernel have network interfaces for virtual machines?
    TunSupport = "tun-support",

    // The devices.
    /// Does the host keep a graphics card that can show its desktop?
    GraphicsOnly = "graphics-only",
    /// Does the firmware show its picture on another card?
    GraphicsBootDisplay = "graphics-boot-display",
    /// Does the host keep a screen that is connected?
    GraphicsScreens = "graphics-screens",
    /// Is the card's memory free of the firmware's picture?
    GraphicsFirmwarePicture = "graphics-firmware-picture",
    /// Do its ids tell it from the other graphics cards?
    GraphicsTwin = "graphics-twin",
    /// Is it free of programs that hold it open?
    GraphicsPrograms = "graphics-programs",
    /// Would NVIDIA's driver let go of it?
    GraphicsNvidiaInUse = "graphics-nvidia-in-use",
    /// Would the driver of the desktop let go of it?
    GraphicsDesktopDriver = "graphics-desktop-driver",
    /// Is its sound output quiet?
    GraphicsSound = "graphics-sound",
    /// Is it a card of its own, and no part of the processor?
    GraphicsIntegrated = "graphics-integrated",
    /// Has it outputs of its own?
    GraphicsOutputs = "graphics-outputs",
    /// Is its memory window as large as it can be?
    GraphicsResizableBar = "graphics-resizable-bar",
    /// Can a guest use the card's own ROM?
    GraphicsRom = "graphics-rom",
    /// Does its slot give it all the lanes that it can use?
    GraphicsLinkWidth = "graphics-link-width",
    /// Is it awake, and not asleep without power?
    GraphicsD3cold = "graphics-d3cold",
    /// Are its virtual functions off?
    GraphicsVirtualFunctions = "graphics-virtual-functions",
    /// Can the whole group leave the host as one card?
    GroupViable = "group-viable",
    /// Is each graphics card in a group?
    GroupMissing = "group-missing",
    /// Is the group free of memory that the firmware wants mapped one to one?
    GroupMapping = "group-mapping",
    /// Do the bridges above the card keep devices apart?
    GroupAcs = "group-acs",
    /// Can the card be reset between two runs of a guest?
    ResetAbility = "reset-ability",
    /// Is it none of the cards that are known not to come back from a reset?
    ResetKnownBad = "reset-known-bad",
    /// Does the device answer?
    ResetPowerState = "reset-power-state",
    /// Can the disk be reset by itself?
    ResetDisk = "reset-disk",
    /// Does the host keep a keyboard without this controller?
    UsbKeyboard = "usb-keyboard",
    /// Does the host keep Bluetooth without this controller?
    UsbBluetooth = "usb-bluetooth",
    /// Do their ids tell the USB devices apart?
    UsbTwins = "usb-twins",
    /// Does the host run without this disk controller?
    StorageSystem = "storage-system",
    /// Is nothing of the user's mounted from it?
    StorageData = "storage-data",
    /// Is no swap space in use on it?
    StorageSwap = "storage-swap",
    /// Are no volumes open on it?
    StorageVolumes = "storage-volumes",
    /// Does the host keep a way out without this network card?
    NetworkWayOut = "network-way-out",
    /// Can guests be put into the host's network?
    NetworkWireless = "network-wireless",
    /// Does libvirt's own network run?
    NetworkDefault = "network-default",
    /// Can the bridge's ports carry what guests send?
    NetworkBridge = "network-bridge",
    /// Are the network card's virtual functions off?
    NetworkVirtualFunctions = "network-virtual-functions",
}

/// A name that no check has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no check is called {0:?}")]
pub struct UnknownCheck(pub String);

impl FromStr for CheckId {
    type Err = UnknownCheck;

    fn from_str(name: &str) -> Result<Self, UnknownCheck> {
        let known = Self::ALL.iter().copied().find(|id| id.name() == name);
        known.ok_or_else(|| UnknownCheck(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_lead_back() {
        for id in CheckId::ALL {
            assert_eq!(id.name().parse(), Ok(*id));
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(id.name().bytes().all(plain), "{id}");
            assert!(id.question().trim().ends_with('?'), "{id}: {}", id.question());
        }
        assert!("no-such-check".parse::<CheckId>().is_err());
    }
}
