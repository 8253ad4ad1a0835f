//! What tools that keep kernel arguments themselves print or store: kernelstub, rpm-ostree; and a text for NixOS.
//!
//! Nothing here is edited: changes go through the tools, and NixOS's configuration is its owner's. Source: kernelstub,
//! `config.py`; rpm-ostree(1), kargs; NixOS manual, `boot.kernelParams`.

use super::argument::{OwnArgument, word_ranges};
use super::error::{ConfigError, Refusal};
use super::module_list::ModuleName;

/// The options in `/etc/kernelstub/configuration`: the user's, or the default ones where there are none.
///
/// # Errors
///
/// Refuses a text that is not JSON, or has no options where kernelstub keeps them.
pub fn kernelstub_options(text: &str) -> Result<Vec<String>, ConfigError> {
    let json: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| ConfigError { line: error.line().max(1), refusal: Refusal::Malformed })?;
    let options = ["user", "default"].into_iter().find_map(|part| json.get(part)?.get("kernel_options"));
    let missing = || Refusal::Missing("kernel_options".to_owned()).at(text, 0);
    match options.ok_or_else(missing)? {
        // Older files have one text.
        serde_json::Value::String(line) => Ok(words(line)),
        serde_json::Value::Array(list) => {
            let word = |value: &serde_json::Value| value.as_str().map(str::to_owned);
            list.iter().map(word).collect::<Option<_>>().ok_or_else(missing)
        }
        _ => Err(missing()),
    }
}

/// Whether kernelstub is told to write systemd-boot's entries, and to leave the firmware's variables alone.
pub fn kernelstub_manages_entries(text: &str) -> bool {
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let is_set = |name: &str| {
        let set = |part: &str| json.as_ref()?.get(part)?.get(name)?.as_bool();
        set("user").or_else(|| set("default")) == Some(true)
    };
    is_set("manage_mode") && is_set("setup_loader")
}

/// The arguments that `rpm-ostree kargs` prints.
pub fn rpm_ostree_arguments(text: &str) -> Vec<String> {
    words(text)
}

fn words(line: &str) -> Vec<String> {
    word_ranges(line).0.into_iter().filter_map(|range| line.get(range)).map(str::to_owned).collect()
}

/// Lines for the configuration of NixOS, to be pasted by its owner.
pub fn nixos_snippet(arguments: &[OwnArgument], early_modules: &[ModuleName]) -> String {
    let list = |words: &mut dyn Iterator<Item = String>| -> String {
        words.flat_map(|word| [String::from("\""), word, String::from("\" ")]).collect()
    };
    let mut text = String::new();
    if !arguments.is_empty() {
        let mut words = arguments
            .iter()
            .flat_map(|argument| argument.to_string().split(' ').map(str::to_owned).collect::<Vec<_>>());
        text.push_str(&format!("boot.kernelParams = [ {}];\n", list(&mut words)));
    }
    if !early_modules.is_empty() {
        let mut names = early_modules.iter().map(ToString::to_string);
        text.push_str(&format!("boot.initrd.kernelModules = [ {}];\n", list(&mut names)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_kernelstub() {
        let text = r#"{"default": {"kernel_options": ["quiet", "splash"], "esp_path": "/boot/efi"},
                       "user": {"kernel_options": ["quiet", "iommu=pt"], "manage_mode": true}}"#;
        assert_eq!(kernelstub_options(text).unwrap(), ["quiet", "iommu=pt"]);
        let old = r#"{"default": {"kernel_options": "quiet  splash"}}"#;
        assert_eq!(kernelstub_options(old).unwrap(), ["quiet", "splash"]);
        for bad in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"user": {"kernel_options": [1]}}"#,
            r#"{"user": {"kernel_options": 1}}"#,
        ] {
            assert!(kernelstub_options(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_rpm_ostree_prints() {
        assert_eq!(
            rpm_ostree_arguments("rhgb quiet root=UUID=1 ostree=\"a b\"\n"),
            ["rhgb", "quiet", "root=UUID=1", "ostree=\"a b\""]
        );
    }

    #[test]
    fn a_text_for_nixos() {
        let pages = OwnArgument::huge_pages(crate::config::HugePageSize::OneGiB, 8).unwrap();
        let modules = [ModuleName::new("vfio_pci").unwrap()];
        assert_eq!(
            nixos_snippet(&[OwnArgument::IommuPassthrough, pages], &modules),
            "boot.kernelParams = [ \"iommu=pt\" \"hugepagesz=1G\" \"hugepages=8\" ];\nboot.initrd.kernelModules = [ \"vfio_pci\" ];\n"
        );
        assert_eq!(nixos_snippet(&[], &[]), "");
    }
}
