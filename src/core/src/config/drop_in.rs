//! The contents of files of our own, in the folders that the tools read besides their main file.
//!
//! Made of checked values only, so nothing has to be quoted; [`super::own_file::make`] puts the header above. Each
//! reads back through the parser of its format. Source: GRUB manual and Debian's `grub-mkconfig`; dracut.conf(5);
//! mkinitcpio.conf(5); modprobe.d(5); modules-load.d(5); limine-entry-tool's README.

use super::argument::OwnArgument;
use super::grub_default::Variable;
use super::module_list::ModuleName;

/// For `/etc/default/grub.d`: adds arguments to what the files before it say.
pub fn grub_arguments(variable: Variable, arguments: &[OwnArgument]) -> String {
    let name = variable.name();
    format!("{name}=\"${name} {}\"\n", words(arguments))
}

/// For `/etc/default/grub.d`: what starts by default is what the environment block says.
pub fn grub_saved_default() -> String {
    "GRUB_DEFAULT=saved\n".to_owned()
}

/// For `/etc/limine-entry-tool.d`: adds arguments to those of every entry.
pub fn limine_arguments(arguments: &[OwnArgument]) -> String {
    format!("KERNEL_CMDLINE[default]+=\" {}\"\n", words(arguments))
}

/// For `/etc/cmdline.d`: arguments on a line.
pub fn cmdline_arguments(arguments: &[OwnArgument]) -> String {
    format!("{}\n", words(arguments))
}

/// For `/etc/dracut.conf.d`: modules that are put into the image and loaded early.
pub fn dracut_modules(modules: &[ModuleName]) -> String {
    format!("force_drivers+=\" {} \"\n", words(modules))
}

/// For `/etc/mkinitcpio.conf.d`: modules that are loaded before those that the files before it name.
pub fn mkinitcpio_modules(modules: &[ModuleName]) -> String {
    format!("MODULES=({} \"${{MODULES[@]}}\")\n", words(modules))
}

/// For `/etc/modprobe.d`: vfio-pci is loaded before each of these drivers.
pub fn vfio_before(drivers: &[ModuleName]) -> String {
    drivers.iter().map(|driver| format!("softdep {driver} pre: vfio-pci\n")).collect()
}

/// For `/etc/modules-load.d`: modules that are loaded at the start.
pub fn modules_load(modules: &[ModuleName]) -> String {
    modules.iter().map(|module| format!("{module}\n")).collect()
}

fn words<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::{kernel_cmdline, modprobe, module_list, own_file, shell::Settings};
    use super::*;

    fn modules() -> Vec<ModuleName> {
        ["vfio_pci", "vfio"].iter().map(|name| ModuleName::new(name).unwrap()).collect()
    }

    #[test]
    fn every_text_reads_back_with_its_header() {
        let arguments = [OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough];
        let mut settings = Settings::default();
        settings.source("GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT='quiet'\nMODULES=(amdgpu)\n").unwrap();
        for content in [
            grub_arguments(Variable::CmdlineLinuxDefault, &arguments),
            grub_saved_default(),
            limine_arguments(&arguments),
            dracut_modules(&modules()),
            mkinitcpio_modules(&modules()),
        ] {
            settings.source(&own_file::make(&content)).unwrap();
        }
        let text = |name: &str| settings.text(name).unwrap().unwrap_or_default().to_owned();
        assert_eq!(text("GRUB_CMDLINE_LINUX_DEFAULT"), "quiet intel_iommu=on iommu=pt");
        assert_eq!(text("GRUB_DEFAULT"), "saved");
        assert_eq!(text("KERNEL_CMDLINE[default]"), " intel_iommu=on iommu=pt");
        assert_eq!(text("force_drivers"), " vfio_pci vfio ");
        assert_eq!(settings.elements("MODULES").unwrap().unwrap(), ["vfio_pci", "vfio", "amdgpu"]);

        let cmdline = own_file::make(&cmdline_arguments(&arguments));
        assert_eq!(kernel_cmdline::arguments(&cmdline).unwrap(), ["intel_iommu=on", "iommu=pt"]);
        let load = own_file::make(&modules_load(&modules()));
        let names: Vec<&str> = module_list::parse(&load).iter().map(|listed| listed.name).collect();
        assert_eq!(names, ["vfio_pci", "vfio"]);
    }

    #[test]
    fn softdeps_read_back() {
        let drivers = ["nouveau", "i2c_nvidia_gpu"].map(|name| ModuleName::new(name).unwrap());
        let statements = modprobe::parse(&own_file::make(&vfio_before(&drivers)));
        let expected = drivers.map(|driver| modprobe::Command::Softdep {
            module: driver.to_string(),
            before: vec!["vfio-pci".to_owned()],
            after: Vec::new(),
        });
        assert!(statements.iter().map(|statement| &statement.command).eq(&expected));
    }
}
