//! Properties of all editors over generated files: what is added goes again to the same bytes, and nothing to do is no
//! edit.

use proptest::prelude::*;

use super::argument::{KernelArgument, OwnArgument};
use super::module_list::{self, ModuleName};
use super::{
    ConfigError, Edit, bls, booster, grub_cfg, initramfs_list, kernel_cmdline, limine, refind, unified_image,
};

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        6 => "[a-z_.-]{1,6}(=[a-z0-9:,/]{0,5})?",
        1 => Just("$tuned_params".to_owned()),
        1 => Just("dyndbg=\"file a +p\"".to_owned()),
        1 => Just("--".to_owned()),
        1 => Just("iommu=pt".to_owned()),
    ];
    (proptest::collection::vec(word, 0..4), prop_oneof![Just(" "), Just("  "), Just("\t")])
        .prop_map(|(words, gap)| words.join(gap))
}

/// Lines joined, with one of the line ends and with or without the last one.
fn file(line: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (proptest::collection::vec(line, 0..6), prop_oneof![Just("\n"), Just("\r\n")], any::<bool>())
        .prop_map(|(lines, end, ended)| lines.join(end) + if ended { end } else { "" })
}

fn round(
    text: &str,
    add: impl Fn(&str, &[OwnArgument]) -> Result<Edit, ConfigError>,
    remove: impl Fn(&str, &[KernelArgument]) -> Result<Edit, ConfigError>,
) -> Result<(), TestCaseError> {
    if let Ok(nothing) = add(text, &[]) {
        prop_assert_eq!(nothing, Edit::unchanged(text));
    }
    let both = [OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough];
    let Ok(added) = add(text, &both) else { return Ok(()) };
    prop_assert!(add(&added.text, &both).is_ok_and(|again| again.is_empty()));
    let gone: Vec<KernelArgument> = added.added.iter().filter_map(|one| one.parse().ok()).collect();
    let back = remove(&added.text, &gone).map(|edit| edit.text);
    prop_assert_eq!(back.as_deref(), Ok(text));
    Ok(())
}

proptest! {
    #[test]
    fn kernel_command_lines(text in file(prop_oneof![words(), words(), "#[ -~]{0,9}"])) {
        round(&text, kernel_cmdline::add_arguments, kernel_cmdline::remove_arguments)?;
    }

    #[test]
    fn entries(lines in file(prop_oneof![
        words().prop_map(|words| format!("options {words}")),
        words().prop_map(|words| format!("options\t {words} ")),
        "title [ -~]{0,9}",
        "#[ -~]{0,9}",
        "[ \t]{0,2}",
    ])) {
        round(&format!("linux /vmlinuz\n{lines}"), bls::add_arguments, bls::remove_arguments)?;
    }

    #[test]
    fn refind_lines(text in file(prop_oneof![
        ("[a-z ]{1,4}", words()).prop_map(|(title, words)| format!("\"{title}\"  \"{}\"", words.replace('"', "\"\""))),
        "#[ -~]{0,9}",
        "[ \t]{0,2}",
    ])) {
        for choice in refind::choices(&text).unwrap_or_default() {
            let title = &choice.title;
            round(&text, |text, new| refind::add_arguments(text, title, new), |text, old| {
                refind::remove_arguments(text, title, old)
            })?;
        }
    }

    #[test]
    fn limine_entries(text in file(prop_oneof![
        "/\\+?[a-z]{1,3}",
        "//[a-z]{1,3}",
        Just("  protocol: linux".to_owned()),
        ("//?[a-z]{1,2}", words()).prop_map(|(entry, words)| {
            format!("{entry}\nprotocol: linux\n    cmdline: {words}")
        }),
        words().prop_map(|words| format!("    cmdline: {words}")),
        words().prop_map(|words| format!("kernel_cmdline:{words} ")),
        "#[ -~]{0,9}",
    ])) {
        for entry in limine::entries(&text).unwrap_or_default() {
            let path = &entry.path;
            round(&text, |text, new| limine::add_arguments(text, path, new), |text, old| {
                limine::remove_arguments(text, path, old)
            })?;
        }
    }

    #[test]
    fn lists_of_modules(
        list in file(prop_oneof!["[a-z_-]{1,5}", "[a-z]{1,3} [a-z=]{0,4}", "[#;][ -~]{0,9}", "[ \t]{0,2}"]),
        yaml in file(prop_oneof![
            "modules(_force_load)?: {1,2}-?[a-z*_]{1,4}(,[a-z/]{1,3}){0,2} {0,1}",
            "[a-z]{1,5}: [ -~]{0,9}",
            "  [a-z]{1,3}: on",
            "#[ -~]{0,9}",
        ]),
    ) {
        let Some(module) = ModuleName::new("vfio_pci") else { return Ok(()) };
        let added = module_list::add(&list, &module).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let back = module_list::remove(&added.text, &module).map(|edit| edit.text);
        prop_assert_eq!(back.as_deref(), Ok(list.as_str()));
        for which in [booster::List::Modules, booster::List::ForceLoad] {
            let Ok(added) = booster::add(&yaml, which, &module) else { continue };
            let back = booster::remove(&added.text, which, &module).map(|edit| edit.text);
            prop_assert_eq!(back.as_deref(), Ok(yaml.as_str()));
        }
    }

    #[test]
    fn readers_take_anything(text in "[ -~\n{}'\"$\\\\#]{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = grub_cfg::GrubConfig::parse(&text).map(|config| config.paths().len());
        let _ = initramfs_list::FileList::parse(&text);
        let _ = unified_image::UnifiedImage::parse(&[b"MZ", bytes.as_slice()].concat());
        let _ = grub_cfg::environment(&[b"# GRUB Environment Block\n", bytes.as_slice()].concat());
    }
}
