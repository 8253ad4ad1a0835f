//! What a check is good for: one sentence for the user, whatever came of it.

use gangway_core::checks::CheckId;
use gettextrs::gettext;

/// Why it matters.
pub fn meaning(check: CheckId) -> String {
    match check {
        CheckId::VirtualizationSwitchedOff | CheckId::VirtualizationNotSupported | CheckId::KvmDevice => {
            gettext(
                "A virtual machine runs on the processor itself only where this is so, and without it none can have a device.",
            )
        }
        CheckId::InsideVirtualMachine => gettext(
            "A device can be handed over only by the computer that it is in, or by a virtual machine with an IOMMU of its own.",
        ),
        CheckId::Xen => {
            gettext("QEMU and libvirt’s way of handing devices over need the hardware that Xen has taken.")
        }
        CheckId::FewProcessors => gettext(
            "The host and a virtual machine share the processor, and both get slow where there is too little of it.",
        ),
        CheckId::NestedVirtualization => {
            gettext("Windows uses it for WSL 2, Hyper-V and its core isolation; nothing else needs it.")
        }
        CheckId::ReservationOpen => gettext(
            "A reservation is tried in one start, and only a person who sees that all works makes it the way this computer starts.",
        ),
        CheckId::ReservationAsPromised => gettext(
            "A reservation takes devices at their addresses with one kernel and one initramfs, so a moved card or a newer kernel changes what it does.",
        ),
        CheckId::ReservationOwn => gettext(
            "Gangway keeps and undoes only what it did itself, and leaves everybody else’s reservations alone.",
        ),
        CheckId::SelfBuiltModuleSigned => gettext(
            "Some graphics cards need a self-built module to be reset, and Secure Boot lets only signed modules in.",
        ),
        CheckId::SignedCommandLine => gettext(
            "Some of what prepares a computer is an argument of the kernel, and such an image has to be built and signed for each change.",
        ),
        CheckId::FirmwareBug => gettext(
            "Such errors cost isolation or the remapping of interrupts, and newer firmware often corrects them.",
        ),
        CheckId::IommuArgumentOff
        | CheckId::IommuArgumentMissing
        | CheckId::IommuNotOffered
        | CheckId::IommuKernelSupport
        | CheckId::IommuNotStarted => gettext(
            "Only an IOMMU keeps a device of a virtual machine away from the memory of the host, so without one nothing can be handed over.",
        ),
        CheckId::InterruptRemapping | CheckId::UnsafeInterrupts => gettext(
            "Without remapping, a virtual machine with a device could send the host interrupts of any kind.",
        ),
        CheckId::AcsOverride => gettext(
            "Devices of such groups can still write to each other past the IOMMU, so a virtual machine could damage the host; Gangway never switches this on.",
        ),
        CheckId::AcsWeakened => gettext(
            "Devices that may talk to each other directly share a group and can leave the host only together.",
        ),
        CheckId::UselessAmdIommuOn | CheckId::UselessEfifbOff => {
            gettext("It does no harm, but it hides what really decides.")
        }
        CheckId::IntelGraphicsTranslated => gettext(
            "Some kernels leave the built-in graphics out of the IOMMU, because old ones had trouble with it.",
        ),
        CheckId::KernelVersion => {
            gettext("Newer kernels know more graphics cards and more ways to reset them.")
        }
        CheckId::RepeatedVfioIds => gettext("Devices of the earlier lists go to their usual drivers."),
        CheckId::ModuleBlocked | CheckId::VfioSupport | CheckId::VfioIommuSupport | CheckId::KvmSupport => {
            gettext("Virtual machines with devices need KVM and VFIO of the kernel.")
        }
        CheckId::ModulesOfRunningKernel => gettext(
            "Until the next start the kernel can load no module that it has not loaded yet, and so none of VFIO.",
        ),
        CheckId::VhostNetSupport
        | CheckId::DnsmasqInstalled
        | CheckId::BridgeSupport
        | CheckId::TunSupport => {
            gettext("A virtual machine can have a device without it, but its network needs this.")
        }
        CheckId::UselessVirqfd => gettext(
            "Tools that make an initramfs warn about such a name or stop, and the start of the computer can suffer.",
        ),
        CheckId::ReservationFailed | CheckId::InitramfsEarly | CheckId::InitramfsModconf => gettext(
            "A device that is reserved goes to vfio-pci only where that is loaded before the device’s usual driver.",
        ),
        CheckId::MemorySmall => gettext(
            "The whole memory of a virtual machine with a device is taken from the host while it runs.",
        ),
        CheckId::HugePagesTooMany
        | CheckId::HugePagesShort
        | CheckId::HugePagesDefaultSize
        | CheckId::HugePagesUnsupported => gettext(
            "Huge pages make virtual machines faster, but what is reserved for them is lost to the host even while none runs.",
        ),
        CheckId::BootLoader => {
            gettext("Arguments of the kernel are kept in another place by each boot loader.")
        }
        CheckId::ArgumentsWaiting => gettext(
            "The running kernel keeps the arguments that it was started with, so what was changed since counts only after the next start.",
        ),
        CheckId::ImmutableSystem => gettext(
            "Packages, arguments of the kernel and the initramfs are not changed there as guides for other systems describe it.",
        ),
        CheckId::InitramfsGenerator => {
            gettext("A device that is reserved from the start on has to be known to the initramfs.")
        }
        CheckId::LibvirtInstalled
        | CheckId::LibvirtRunning
        | CheckId::LibvirtOneLayout
        | CheckId::QemuInstalled => {
            gettext("Gangway hands devices over through libvirt, which runs virtual machines with QEMU.")
        }
        CheckId::LibvirtCompanions => {
            gettext("libvirt’s daemon for QEMU leaves networks, devices and storage to other daemons.")
        }
        CheckId::QemuUser => {
            gettext("A virtual machine that is broken into can then do whatever that user can.")
        }
        CheckId::GuestFirmware => {
            gettext("A graphics card works best in a virtual machine that starts with UEFI.")
        }
        CheckId::GuestSecureBoot | CheckId::GuestTpm => {
            gettext("Windows 11 wants Secure Boot and a TPM; other systems do without.")
        }
        CheckId::KvmAccess => {
            gettext("Virtual machines of the system do not need it; those of the user’s own session do.")
        }
        CheckId::VfioNode => gettext("It appears as soon as VFIO is loaded, which libvirt does by itself."),
        CheckId::LibvirtAccess => gettext("Without libvirt no virtual machine can be seen or changed."),
        CheckId::LibvirtGroup => gettext(
            "Who is in this group can do on this computer what its administrator can, so join only where you are one anyway.",
        ),
        CheckId::GroupAfterLogin => gettext("A session keeps the groups that it had when it began."),
        CheckId::InputGroup => gettext(
            "Neither Gangway nor libvirt needs it: libvirt itself gives a virtual machine its keyboard.",
        ),
        CheckId::PolkitInstalled => {
            gettext("polkit decides who may manage virtual machines, and asks for the password.")
        }
        CheckId::GraphicsOnly | CheckId::GraphicsScreens => gettext(
            "Without a card and a screen of its own the host has no desktop any more, and can only be reached over the network.",
        ),
        CheckId::GraphicsBootDisplay | CheckId::GraphicsFirmwarePicture | CheckId::GraphicsRom => gettext(
            "A card that shows the firmware’s picture is harder to hand over: its memory and its ROM have been in use before any driver.",
        ),
        CheckId::GraphicsTwin | CheckId::UsbTwins => {
            gettext("Ids name a model and not a device, so two of a kind need another way to be told apart.")
        }
        CheckId::GraphicsPrograms
        | CheckId::GraphicsNvidiaInUse
        | CheckId::GraphicsDesktopDriver
        | CheckId::GraphicsSound => gettext(
            "A driver can only let go of a card that nothing uses; otherwise programs end, or the computer hangs.",
        ),
        CheckId::GraphicsIntegrated | CheckId::GraphicsOutputs => {
            gettext("What a card is built like decides whether a guest can show its picture on a screen.")
        }
        CheckId::GraphicsResizableBar | CheckId::GraphicsLinkWidth => {
            gettext("It works without this as well, only slower than it could.")
        }
        CheckId::GraphicsD3cold | CheckId::ResetPowerState => {
            gettext("A device that does not wake up cannot be started in a virtual machine.")
        }
        CheckId::GraphicsVirtualFunctions | CheckId::NetworkVirtualFunctions => {
            gettext("A device with virtual functions can hand over those or itself, and not both.")
        }
        CheckId::GroupViable | CheckId::GroupMissing | CheckId::GroupMapping | CheckId::GroupAcs => gettext(
            "The IOMMU keeps groups apart and not single devices, so all of a group leaves the host together or not at all.",
        ),
        CheckId::ResetAbility | CheckId::ResetKnownBad | CheckId::ResetDisk => {
            gettext("A device that cannot be reset works for the first guest, and often for none after it.")
        }
        CheckId::UsbKeyboard | CheckId::UsbBluetooth => {
            gettext("With a USB controller everything goes that is plugged into it, also later.")
        }
        CheckId::StorageSystem | CheckId::StorageData | CheckId::StorageSwap | CheckId::StorageVolumes => {
            gettext("A disk that host and guest write to at the same time loses its data.")
        }
        CheckId::NetworkWayOut => {
            gettext("Without a way out this computer has no network until the card comes back.")
        }
        CheckId::NetworkWireless | CheckId::NetworkBridge => gettext(
            "A bridge puts guests into the host’s own network; Wi-Fi carries only what comes from the card’s own address.",
        ),
        CheckId::NetworkDefault => {
            gettext("Guests that are made with the usual tools use this network to reach others.")
        }
    }
}
