//! mkinitcpio's configuration as it counts: modules, hooks, and what the presets build.
//!
//! Reading only; lists are edited through [`super::shell`]. Source: mkinitcpio.conf(5), drop-ins after the main file;
//! mkinitcpio(8), "About Presets": for each name in `PRESETS`, `NAME_image` or `NAME_uki`.

use super::error::ConfigError;
use super::shell::Settings;

/// What the configuration says; a part that is not known for certain says so itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// `MODULES`, in order; none where it is not set.
    pub modules: Result<Option<Vec<String>>, ConfigError>,
    /// `HOOKS`, in order; none where it is not set.
    pub hooks: Result<Option<Vec<String>>, ConfigError>,
}

/// Reads the main file and its drop-ins, in the order in which they are sourced.
///
/// # Errors
///
/// A file that is not understood, with its index.
pub fn configuration(texts: &[&str]) -> Result<Configuration, (usize, ConfigError)> {
    let mut settings = Settings::default();
    for (index, text) in texts.iter().enumerate() {
        settings.source(text).map_err(|error| (index, error))?;
    }
    let list = |name: &str| settings.elements(name).map(|list| list.map(<[String]>::to_vec));
    Ok(Configuration { modules: list("MODULES"), hooks: list("HOOKS") })
}

/// One image that a preset builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Its name, such as `default` or `fallback`.
    pub name: String,
    /// The initramfs; none where it builds none.
    pub image: Option<String>,
    /// The unified image; none where it builds none.
    pub uki: Option<String>,
}

/// What a preset file builds, in order.
///
/// # Errors
///
/// Refuses a file that is not understood, and one whose presets or paths are computed.
pub fn presets(text: &str) -> Result<Vec<Preset>, ConfigError> {
    let mut settings = Settings::default();
    settings.source(text)?;
    let names = settings.elements("PRESETS")?.unwrap_or_default();
    let value = |name: &str, kind: &str| -> Result<Option<String>, ConfigError> {
        let (own, all) = (format!("{name}_{kind}"), format!("ALL_{kind}"));
        let value = settings.text(&own)?.or(settings.text(&all)?);
        Ok(value.filter(|value| !value.is_empty()).map(str::to_owned))
    };
    let preset = |name: &String| -> Result<Preset, ConfigError> {
        Ok(Preset { name: name.clone(), image: value(name, "image")?, uki: value(name, "uki")? })
    };
    names.iter().map(preset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_of_a_chain() {
        let main = "MODULES=()\nHOOKS=(base udev autodetect microcode modconf kms block filesystems fsck)\n";
        let drop_in = "MODULES=(vfio_pci vfio \"${MODULES[@]}\")\n";
        let read = configuration(&[main, drop_in]).unwrap();
        assert_eq!(read.modules, Ok(Some(vec!["vfio_pci".to_owned(), "vfio".to_owned()])));
        assert_eq!(read.hooks.unwrap().unwrap().get(1).map(String::as_str), Some("udev"));
        let read = configuration(&[main, "[[ -e /x ]] && HOOKS+=(sd-encrypt)\n"]).unwrap();
        assert!(read.hooks.is_err() && read.modules.is_ok());
        assert_eq!(configuration(&[main, "HOOKS=(\n"]).unwrap_err().0, 1);
    }

    #[test]
    fn what_a_preset_builds() {
        let text = "# mkinitcpio preset file for the 'linux' package\n\n#ALL_config=\"/etc/mkinitcpio.conf\"\nALL_kver=\"/boot/vmlinuz-linux\"\n\n\
            PRESETS=('default' 'fallback')\n\ndefault_image=\"/boot/initramfs-linux.img\"\n#default_uki=\"/efi/EFI/Linux/arch-linux.efi\"\n\
            #default_image=\"x\"\nfallback_uki=\"/efi/EFI/Linux/arch-linux-fallback.efi\"\nfallback_options=\"-S autodetect\"\n";
        let read = presets(text).unwrap();
        let names: Vec<&str> = read.iter().map(|preset| preset.name.as_str()).collect();
        assert_eq!(names, ["default", "fallback"]);
        assert_eq!(
            (read[0].image.as_deref(), read[0].uki.as_deref()),
            (Some("/boot/initramfs-linux.img"), None)
        );
        assert_eq!(read[1].uki.as_deref(), Some("/efi/EFI/Linux/arch-linux-fallback.efi"));
        assert_eq!(presets("").unwrap(), []);
        assert!(presets("PRESETS=($(ls))\n").is_err());
        assert!(presets("PRESETS=(a)\na_uki=\"$(uname -r)\"\n").is_err());
    }
}
