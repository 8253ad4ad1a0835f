//! What came of a check, as a sentence.

use gangway_core::checks::{CheckId, Finding, Need, Outcome, Value};
use gettextrs::gettext;

use super::super::{DeviceNames, fill, join, trouble_detail};
use super::{title, value};

/// What came of it.
pub fn sentence(finding: &Finding, names: &DeviceNames<'_>) -> String {
    match &finding.outcome {
        Outcome::Ok => fill(&gettext("{check}: in order."), &[("check", &title(finding.check))]),
        Outcome::CouldNotTell(missing) => fill(
            &gettext("{check}: this could not be told, because {reason}."),
            &[("check", &title(finding.check)), ("reason", &need(missing))],
        ),
        Outcome::ToDo | Outcome::NotPossible => {
            let values: Vec<(&str, String)> =
                finding.values.iter().map(|(name, said)| (*name, value(said, names))).collect();
            // A card is called by its first function.
            let mut cards = finding.about.clone();
            cards.dedup_by(|one, first| one.same_slot(*first));
            let devices = names.all(&cards);
            let mut pairs: Vec<(&str, &str)> = vec![("devices", &devices)];
            pairs.extend(values.iter().map(|(name, said)| (*name, said.as_str())));
            let template = match (&finding.outcome, finding.check) {
                (Outcome::NotPossible, CheckId::GroupViable) if says(finding, "system") => gettext(
                    "Group {group} also holds {system}, from which this computer runs, so nothing of it can leave the host.",
                ),
                (Outcome::NotPossible, CheckId::GroupViable) => gettext(
                    "Group {group} holds {bridge}, which the host needs and drives with “{driver}”, so nothing of it can leave the host.",
                ),
                (Outcome::NotPossible, CheckId::GraphicsIntegrated) => gettext(
                    "{devices} belongs to the management processor of this computer, which shows its picture over the network: it stays with the host.",
                ),
                (Outcome::ToDo, CheckId::GroupViable) if says(finding, "along") => gettext(
                    "Group {group} is shared by several devices, which can leave the host only together: {cards}. With them the host loses {along}.",
                ),
                (_, CheckId::ReservationOpen) => waiting(finding),
                (_, check) => problem(check),
            };
            fill(&template, &pairs)
        }
    }
}

/// Which way a reservation waits for a person.
fn waiting(finding: &Finding) -> String {
    let standing = finding.values.iter().find_map(|(name, said)| match said {
        Value::Text(word) if *name == "standing" => Some(word.as_str()),
        _ => None,
    });
    match standing {
        Some("waiting") => {
            gettext("The reservation of {cards} waits for a restart, in which it is tried once.")
        }
        Some("on-trial") => gettext(
            "This start is the trial of the reservation of {cards}: keep it, or the next start is as before.",
        ),
        Some("without") => gettext("The reservation of {cards} is kept, and this start runs without it."),
        _ => gettext("The trial of the reservation of {cards} is over, and this is the system as before."),
    }
}

/// Whether a value of this name was found: there may be more to say than the check says in general.
fn says(finding: &Finding, value: &str) -> bool {
    finding.values.iter().any(|(name, _)| *name == value)
}

/// Why it could not be told, as the part of a sentence that follows “because”; with what would be needed.
pub fn need(need: &Need) -> String {
    match need {
        Need::Permission(path) => {
            fill(&gettext("“{path}” may only be read with more rights"), &[("path", path)])
        }
        Need::Trouble(trouble) => fill(
            &gettext("“{path}” could not be used ({detail})"),
            &[("path", &trouble.path), ("detail", &trouble_detail(trouble))],
        ),
        Need::Path(path) => fill(
            &gettext("“{path}” is not shown here and would have to be looked at on the computer itself"),
            &[("path", path)],
        ),
        Need::Awake => gettext("the device sleeps and is not woken to be asked"),
        Need::KernelLog => gettext("the kernel’s log would have to be read, which needs more rights"),
        Need::KernelConfiguration => gettext("the configuration of this kernel would be needed"),
        Need::OneOf(names) => {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            fill(
                &gettext("several are installed ({names}) and none says that it is in use"),
                &[("names", &join(&names))],
            )
        }
    }
}

/// What is wrong.
fn problem(check: CheckId) -> String {
    match check {
        CheckId::ReservationOpen => String::new(),
        CheckId::ReservationAsPromised => "{broken}".to_owned(),
        CheckId::ReservationOwn => gettext(
            "The kernel was started with “{argument}”, which belongs to no reservation that is there now: where that was undone, a restart ends it; otherwise it is left alone.",
        ),
        CheckId::IommuArgumentOff => {
            gettext("The IOMMU is off because “{argument}” on the kernel command line switches it off.")
        }
        CheckId::IommuArgumentMissing => gettext(
            "The IOMMU is off because this kernel starts Intel’s only when it is asked with “intel_iommu=on”.",
        ),
        CheckId::IommuNotOffered => gettext(
            "The IOMMU is off because the firmware does not offer one: it is switched off there, or this computer has none.",
        ),
        CheckId::VirtualizationSwitchedOff => gettext(
            "The processor’s virtualization is switched off in the firmware; the kernel’s log says so.",
        ),
        CheckId::VirtualizationNotSupported => {
            gettext("The processor of this computer ({processor}) cannot run virtual machines.")
        }
        CheckId::InsideVirtualMachine => {
            gettext("This computer is itself a virtual machine, and has no IOMMU.")
        }
        CheckId::Xen => gettext("Linux runs on Xen here, which keeps the IOMMU to itself."),
        CheckId::FewProcessors => gettext(
            "The processor has only {number} threads for the host and for a virtual machine together.",
        ),
        CheckId::NestedVirtualization => gettext("Nested virtualization is switched off in “{module}”."),
        CheckId::SelfBuiltModuleSigned => gettext(
            "The self-built module “{module}” is installed, and the locked kernel loads only signed ones.",
        ),
        CheckId::SignedCommandLine => gettext(
            "The kernel was started from a signed image that carries its arguments, so they change only with a new image.",
        ),
        CheckId::FirmwareBug => {
            gettext("The kernel complains about the firmware’s description of the IOMMU.")
        }
        CheckId::IommuKernelSupport => {
            gettext("The IOMMU is off because this kernel was built without a driver for it.")
        }
        CheckId::IommuNotStarted => {
            gettext("The IOMMU is off: the firmware offers it, and the kernel did not start it.")
        }
        CheckId::InterruptRemapping => {
            gettext("Interrupts of devices are not remapped, so VFIO refuses to hand devices over.")
        }
        CheckId::UnsafeInterrupts => {
            gettext("VFIO is told to go on without interrupt remapping (allow_unsafe_interrupts).")
        }
        CheckId::AcsOverride => gettext("“{argument}” is given, so groups may look isolated that are not."),
        CheckId::AcsWeakened => {
            gettext("“{argument}” takes isolation between devices away, which makes groups larger.")
        }
        CheckId::UselessAmdIommuOn => gettext(
            "“{argument}” does nothing: no kernel knows this value, and AMD’s IOMMU is on wherever the firmware offers it.",
        ),
        CheckId::IntelGraphicsTranslated => {
            gettext("The IOMMU leaves out {devices}, so it cannot be handed over.")
        }
        CheckId::KernelVersion => {
            gettext("The kernel is old ({release}): one cannot choose how it resets a device.")
        }
        CheckId::RepeatedVfioIds => {
            gettext("“vfio-pci.ids” is given more than once, and only the last one counts ({counts}).")
        }
        CheckId::UselessEfifbOff => gettext(
            "“{argument}” does nothing, because this kernel shows the firmware’s picture with simpledrm.",
        ),
        CheckId::ModuleBlocked => gettext("The module “{module}” is blocked by configuration."),
        CheckId::ModulesOfRunningKernel => gettext(
            "The modules of the running kernel ({release}) are gone, as after an update without a restart.",
        ),
        CheckId::VfioSupport => gettext("This kernel was built without vfio-pci ({option})."),
        CheckId::VfioIommuSupport => {
            gettext("This kernel was built without a way for VFIO to use the IOMMU ({option}).")
        }
        CheckId::KvmSupport => gettext("This kernel was built without KVM for this processor ({option})."),
        CheckId::VhostNetSupport => gettext(
            "This kernel was built without vhost-net ({option}), so the network of virtual machines is slower.",
        ),
        CheckId::UselessVirqfd => {
            gettext("{path} asks for “vfio_virqfd”, which is no module of this kernel any more.")
        }
        CheckId::ReservationFailed => {
            gettext("{devices} should be reserved for vfio-pci, but “{driver}” was there first.")
        }
        CheckId::MemorySmall => {
            gettext("This computer has {memory} of memory for the host and for a virtual machine together.")
        }
        CheckId::HugePagesTooMany => {
            gettext("Huge pages take {reserved} of {memory} of memory away from everything else.")
        }
        CheckId::HugePagesShort => {
            gettext("Of {asked} huge pages of {size} that were asked for, the kernel got only {got}.")
        }
        CheckId::HugePagesDefaultSize => gettext(
            "Pages of 1 GiB are reserved, but a virtual machine that names no size uses those of {size}.",
        ),
        CheckId::HugePagesUnsupported => {
            gettext("“{argument}” asks for pages that this processor does not have.")
        }
        CheckId::ArgumentsWaiting => gettext("{arguments}: configured, but not given to the running kernel."),
        CheckId::ImmutableSystem => gettext(
            "The files of this system ({distribution}) come from an image and are changed in its own way.",
        ),
        CheckId::InitramfsEarly => {
            gettext("Devices are reserved for vfio-pci, but nothing loads it before the graphics drivers.")
        }
        CheckId::InitramfsModconf => gettext(
            "mkinitcpio’s hook “modconf” is missing, so the initramfs does not know which devices are reserved.",
        ),
        CheckId::LibvirtInstalled => gettext("libvirt is not installed."),
        CheckId::LibvirtRunning => gettext("libvirt is installed, but its daemon does not listen."),
        CheckId::LibvirtOneLayout => {
            gettext("Both libvirtd and virtqemud are enabled, and they get in each other’s way.")
        }
        CheckId::LibvirtCompanions => gettext("Daemons of libvirt do not listen: {daemons}."),
        CheckId::QemuUser => {
            gettext("Virtual machines run as the user “{user}”, with all that this user may do.")
        }
        CheckId::QemuInstalled => gettext("QEMU is not installed."),
        CheckId::GuestFirmware => gettext("There is no UEFI firmware for virtual machines."),
        CheckId::GuestSecureBoot => gettext("There is no firmware with Secure Boot for virtual machines."),
        CheckId::GuestTpm => gettext("There is no TPM for virtual machines (swtpm)."),
        CheckId::KvmDevice => {
            gettext("/dev/kvm is missing, so virtual machines would run without the processor’s help.")
        }
        CheckId::KvmAccess => gettext("The user may not use /dev/kvm."),
        CheckId::VfioNode => gettext("Neither /dev/vfio/vfio nor /dev/iommu is there yet."),
        CheckId::LibvirtAccess => gettext("The user may not talk to libvirt."),
        CheckId::LibvirtGroup => {
            gettext("The user is not in the group “{group}”, so libvirt asks for a password each time.")
        }
        CheckId::GroupAfterLogin => {
            gettext("The account is in {groups}, but this session does not have that yet.")
        }
        CheckId::InputGroup => {
            gettext("The user is in the group “input”, so every program of the user can read every key.")
        }
        CheckId::PolkitInstalled => gettext("polkit is not installed."),
        CheckId::DnsmasqInstalled => {
            gettext("dnsmasq is not installed, so libvirt’s own networks cannot start.")
        }
        CheckId::BridgeSupport => gettext("This kernel was built without bridges ({option})."),
        CheckId::TunSupport => {
            gettext("This kernel was built without network interfaces for virtual machines ({option}).")
        }
        // Nothing of theirs is ever to do.
        CheckId::BootLoader | CheckId::InitramfsGenerator => String::new(),
        CheckId::GraphicsOnly => {
            gettext("{devices} is the only graphics card that can show the desktop of this computer.")
        }
        CheckId::GraphicsBootDisplay => gettext(
            "The firmware shows its picture on {devices}, so its ROM may be a changed copy and the console goes dark when it leaves.",
        ),
        CheckId::GraphicsScreens => {
            gettext("The only screens that are connected hang on {devices}: {screens}.")
        }
        CheckId::GraphicsFirmwarePicture => gettext(
            "“{holder}” holds memory of {devices} for the firmware’s picture, so a virtual machine may get the card without its memory.",
        ),
        CheckId::GraphicsTwin => {
            gettext("{devices} has the same ids as {twins}, so whatever goes by ids takes both.")
        }
        CheckId::GraphicsPrograms => gettext("Programs hold {devices} open: {programs}."),
        CheckId::GraphicsNvidiaInUse => gettext(
            "NVIDIA’s driver draws with {devices} now, and taking the card from it while it is in use can hang until the next restart.",
        ),
        CheckId::GraphicsDesktopDriver => gettext(
            "The desktop draws with {devices} through “{driver}” now, and would lose the card without warning.",
        ),
        CheckId::GraphicsSound => gettext("Sound plays through “{sound}” of {devices} now."),
        CheckId::GraphicsIntegrated => gettext(
            "{devices} is part of the processor: it has no ROM of its own, and a guest sees nothing before its driver draws.",
        ),
        CheckId::GraphicsOutputs => gettext(
            "{devices} has no outputs of its own, as many in laptops and servers: it renders, and another card shows the picture.",
        ),
        CheckId::GraphicsResizableBar => gettext(
            "A window to the memory of {devices} is {now} now and could be {best}; a guest cannot change that.",
        ),
        CheckId::GraphicsRom => gettext(
            "The firmware has used the ROM of {devices} and may have left a changed copy of it, with which NVIDIA’s driver in a guest may refuse to start.",
        ),
        CheckId::GraphicsLinkWidth => gettext("{devices} uses {now} of the {best} lanes that it could use."),
        CheckId::GraphicsD3cold => gettext(
            "{devices} sleeps without power, and some cards do not wake up again in a virtual machine.",
        ),
        CheckId::GraphicsVirtualFunctions => gettext(
            "{devices} has {number} of {most} virtual functions on, and cannot be handed over itself as long as it has.",
        ),
        // The other state has a sentence of its own.
        CheckId::GroupViable => gettext(
            "Group {group} is shared by several devices, which can leave the host only together: {cards}.",
        ),
        CheckId::GroupMissing => gettext(
            "{devices} is in no IOMMU group although the IOMMU is on, so nothing would keep a guest from the memory of the host.",
        ),
        CheckId::GroupMapping => gettext(
            "The firmware demands memory for {devices} in group {group} that stays mapped one to one, and the kernel refuses such devices to virtual machines.",
        ),
        CheckId::GroupAcs => gettext(
            "{bridges} above {devices} lets devices below reach each other past the IOMMU, which is why groups grow there.",
        ),
        CheckId::ResetAbility => gettext(
            "The kernel knows no way to reset {devices}, so a second start of a guest may find it as the first one left it.",
        ),
        CheckId::ResetKnownBad => gettext(
            "{devices} is a {chip}, of which it is known that it does not come back when a guest stops.",
        ),
        CheckId::ResetPowerState => gettext(
            "{devices} does not answer any more: the kernel reads nothing but errors of its power state.",
        ),
        CheckId::ResetDisk => {
            gettext("{devices} cannot be reset by itself, so a guest that starts again may not find it.")
        }
        CheckId::UsbKeyboard => {
            gettext("The only keyboard of this computer hangs on {devices}: {keyboards}.")
        }
        CheckId::UsbBluetooth => gettext(
            "The only Bluetooth adapter hangs on {devices}, and everything that is connected through it would be gone.",
        ),
        CheckId::UsbTwins => gettext(
            "Several USB devices are called “{device}” and have the same ids, at {ports}, so a virtual machine cannot ask for one by its ids.",
        ),
        CheckId::StorageSystem => gettext("This computer runs from a disk on {devices}: {paths}."),
        CheckId::StorageData => gettext("File systems on {devices} are mounted: {paths}."),
        CheckId::StorageSwap => gettext(
            "Swap space on {devices} is in use, and programs of the host would lose their memory with it.",
        ),
        CheckId::StorageVolumes => {
            gettext("Volumes on {devices} are open although nothing is mounted from them: {volumes}.")
        }
        CheckId::NetworkWayOut => gettext(
            "The only way of this computer into other networks, “{interface}”, goes through {devices}.",
        ),
        CheckId::NetworkWireless => gettext(
            "This computer reaches its network through Wi-Fi (“{interface}”), which cannot be a port of a bridge.",
        ),
        CheckId::NetworkDefault => {
            gettext("libvirt’s network “default” does not run, so guests that use it do not start.")
        }
        CheckId::NetworkBridge => gettext(
            "The Wi-Fi interface “{interface}” is a port of the bridge “{bridge}”, and access points drop what guests send through it.",
        ),
        CheckId::NetworkVirtualFunctions => gettext(
            "{devices} has {number} of {most} virtual functions on, and cannot be handed over itself as long as it has.",
        ),
    }
}
