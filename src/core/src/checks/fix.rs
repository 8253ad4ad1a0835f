//! What to do about a finding, fitting this machine: its firmware, its distribution, its boot loader.
//!
//! Values only. A command is for a person to read and run; nothing here is run by us.

use super::package::install;
use super::{DeviceFix, Package};
use crate::system::{ArgumentWay, Family, Generator, Image, Init, Layout, System};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Fix {
    /// Switch something in the firmware setup.
    Firmware {
        /// What it is usually called there, by the maker of this mainboard.
        setting: FirmwareSetting,
        /// The usual name of the switch.
        name: &'static str,
        /// The mainboard or computer, where it says its name.
        board: Option<String>,
    },
    /// Add an argument for the kernel, and restart.
    AddArgument {
        /// The argument, such as `intel_iommu=on`.
        argument: String,
        /// How this machine keeps the kernel's arguments.
        way: ArgumentWay,
    },
    /// Remove an argument for the kernel, and restart.
    RemoveArgument {
        /// The argument as given.
        argument: String,
        /// How this machine keeps the kernel's arguments.
        way: ArgumentWay,
    },
    /// Do something about a device.
    Device(DeviceFix),
    /// Remove an argument and get isolation in another way: another slot, the firmware's ACS and AER options, or the
    /// whole group.
    IsolateOtherwise {
        /// The argument as given.
        argument: String,
        /// How this machine keeps the kernel's arguments.
        way: ArgumentWay,
    },
    /// Install newer firmware for this computer.
    UpdateFirmware {
        /// The mainboard or computer, where it says its name.
        board: Option<String>,
    },
    /// Start a kernel that has this option.
    OtherKernel {
        /// The option of the kernel's configuration, or the version that is needed.
        wanted: String,
    },
    /// Look into the kernel's log, then try newer firmware or another kernel.
    ReadLog,
    /// Start Linux without Xen.
    StartWithoutXen,
    /// Restart the computer.
    Restart,
    /// Keep the reservation that is on trial.
    KeepReservation,
    /// Undo a reservation, the last of its changes first.
    UndoReservation,
    /// Undo a reservation, and ask for it anew: with the kernel and the devices of today.
    RenewReservation,
    /// Make the configured arguments count, and restart.
    ApplyArguments {
        /// The command that does it, where one is needed.
        command: Option<&'static str>,
    },
    /// Set an option of a module.
    SetModuleOption {
        /// The module.
        module: &'static str,
        /// The option with its value.
        option: &'static str,
    },
    /// Load a module.
    LoadModule {
        /// The module.
        module: &'static str,
    },
    /// Sign a self-built module, and let the firmware know the key.
    SignModule {
        /// Its file.
        path: String,
    },
    /// Build and sign the image anew for each change of the arguments.
    RebuildImage,
    /// Take a word out of a file.
    RemoveFrom {
        /// The file.
        path: String,
        /// The word or line.
        word: String,
        /// The command that makes it count, where one is needed.
        then: Option<&'static str>,
    },
    /// Put a word into a list in a file.
    AddTo {
        /// The file.
        path: String,
        /// The list in it.
        list: &'static str,
        /// The word.
        word: &'static str,
        /// The command that makes it count.
        then: &'static str,
    },
    /// Let the initramfs load vfio-pci before the graphics drivers.
    LoadVfioEarly {
        /// What makes the initramfs; none where that is not known.
        generator: Option<Generator>,
    },
    /// Reserve fewer huge pages.
    FewerHugePages,
    /// Change the system in the way of its image.
    UseImage {
        /// The kind of image.
        image: Image,
    },
    /// Install something.
    Install {
        /// What.
        package: Package,
        /// Where.
        family: Family,
        /// The kind of image that the system is.
        image: Image,
    },
    /// Start a service, now and with each start.
    Start {
        /// How libvirt is laid out.
        layout: Layout,
        /// The init system.
        init: Init,
    },
    /// Disable one of two layouts of libvirt's daemons.
    DisableLibvirtd,
    /// Join a group, and log in anew.
    JoinGroup {
        /// The group.
        group: String,
    },
    /// Leave a group, and log in anew.
    LeaveGroup {
        /// The group.
        group: String,
    },
    /// Log out and in.
    LogInAgain,
}

/// A switch of the firmware setup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FirmwareSetting {
    /// The processor's virtualization: VT-x, SVM.
    Virtualization,
    /// The IOMMU: VT-d, AMD-Vi.
    Iommu,
}

impl Fix {
    /// To add an argument on this machine.
    pub fn add_argument(system: &System, argument: impl Into<String>) -> Self {
        Self::AddArgument { argument: argument.into(), way: system.argument_way() }
    }

    /// To remove an argument on this machine.
    pub fn remove_argument(system: &System, argument: impl Into<String>) -> Self {
        Self::RemoveArgument { argument: argument.into(), way: system.argument_way() }
    }

    /// The command that does it, where one command does.
    pub fn command(&self) -> Option<String> {
        match self {
            Self::Device(fix) => fix.command(),
            Self::AddArgument { argument, way } => way.command_to_add(argument),
            Self::RemoveArgument { argument, way } | Self::IsolateOtherwise { argument, way } => {
                way.command_to_remove(argument)
            }
            Self::Restart => Some("systemctl reboot".to_owned()),
            Self::KeepReservation => Some("gangwayctl confirm".to_owned()),
            Self::UndoReservation | Self::RenewReservation => Some("gangwayctl status".to_owned()),
            Self::ApplyArguments { command } => command.map(|command| format!("sudo {command}")),
            Self::LoadModule { module } => Some(format!("sudo modprobe {module}")),
            Self::RemoveFrom { then, .. } => then.map(str::to_owned),
            Self::AddTo { then, .. } => Some((*then).to_owned()),
            Self::LoadVfioEarly { generator } => generator.map(|generator| generator.command().to_owned()),
            Self::Install { package, family, image } => install(package.name(*family), *family, *image),
            Self::Start { layout, init } => start(*layout, *init),
            Self::DisableLibvirtd => {
                Some("sudo systemctl disable --now libvirtd.socket libvirtd.service".to_owned())
            }
            Self::JoinGroup { group } => Some(format!("sudo usermod --append --groups {group} \"$USER\"")),
            Self::LeaveGroup { group } => Some(format!("sudo gpasswd --delete \"$USER\" {group}")),
            Self::Firmware { .. }
            | Self::UpdateFirmware { .. }
            | Self::OtherKernel { .. }
            | Self::StartWithoutXen
            | Self::SetModuleOption { .. }
            | Self::SignModule { .. }
            | Self::RebuildImage
            | Self::FewerHugePages
            | Self::UseImage { .. }
            | Self::LogInAgain => None,
            Self::ReadLog => Some("sudo dmesg | grep -e DMAR -e AMD-Vi -e IOMMU".to_owned()),
        }
    }

    /// To install something on this machine.
    pub fn install(system: &System, package: Package) -> Self {
        Self::Install { package, family: system.distribution.family(), image: system.distribution.image }
    }
}

/// The command that starts libvirt. Source: libvirt, docs/daemons.rst.
fn start(layout: Layout, init: Init) -> Option<String> {
    let command = match (init, layout) {
        (Init::Systemd, Layout::One) => "sudo systemctl enable --now libvirtd.socket",
        (Init::Systemd, Layout::Parts) => {
            "sudo systemctl enable --now virtqemud.socket virtnetworkd.socket virtnodedevd.socket virtstoraged.socket"
        }
        (Init::OpenRc, Layout::One) => {
            "sudo rc-update add libvirtd default && sudo rc-service libvirtd start"
        }
        (Init::Runit, Layout::One) => "sudo ln -s /etc/sv/libvirtd /etc/sv/virtlogd /var/service/",
        (Init::OpenRc | Init::Runit, Layout::Parts) | (Init::Other, _) => return None,
    };
    Some(command.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_fit_the_machine() {
        let install = |family, image| Fix::Install { package: Package::Firmware, family, image }.command();
        assert_eq!(install(Family::Debian, Image::No).as_deref(), Some("sudo apt install ovmf"));
        assert_eq!(install(Family::Fedora, Image::Ostree).as_deref(), Some("rpm-ostree install edk2-ovmf"));
        assert_eq!(install(Family::NixOs, Image::NixOs), None);
        assert_eq!(Fix::Start { layout: Layout::One, init: Init::Other }.command(), None);
        let remove = |way| Fix::RemoveArgument { argument: "amd_iommu=off".to_owned(), way }.command();
        assert_eq!(remove(ArgumentWay::Unknown), None);
        assert!(
            remove(ArgumentWay::Grubby)
                .is_some_and(|command| command.contains("--remove-args=\"amd_iommu=off\""))
        );
    }
}
