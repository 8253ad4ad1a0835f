//! Any text as the other configuration formats: nothing to do gives the same bytes, and what is added goes again to
//! the same bytes, with everything else as it was in between.
#![no_main]

use gangway_core::config::module_list::{self, ModuleName};
use gangway_core::config::own_file::{self, Ownership};
use gangway_core::config::{
    ConfigError, Edit, KernelArgument, OwnArgument, bls, booster, kernel_cmdline, limine, modprobe, refind,
    tools,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = own_file::ownership(bytes);
    let Ok(text) = gangway_core::config::text(bytes) else { return };

    round(
        text,
        |text, new| kernel_cmdline::add_arguments(text, new),
        |text, old| kernel_cmdline::remove_arguments(text, old),
    );
    round(text, |text, new| bls::add_arguments(text, new), |text, old| bls::remove_arguments(text, old));
    if let (Ok(before), Ok(added)) = (bls::Entry::parse(text), bls::add_arguments(text, &both())) {
        let after = bls::Entry::parse(&added.text).expect("read back");
        assert_eq!((before.title, before.linux, before.initrd), (after.title, after.linux, after.initrd));
        assert_eq!(before.options.len() + added.added.len(), after.options.len());
    }
    for choice in refind::choices(text).unwrap_or_default() {
        let title = &choice.title;
        round(
            text,
            |text, new| refind::add_arguments(text, title, new),
            |text, old| refind::remove_arguments(text, title, old),
        );
    }
    for entry in limine::entries(text).unwrap_or_default() {
        let path = &entry.path;
        round(
            text,
            |text, new| limine::add_arguments(text, path, new),
            |text, old| limine::remove_arguments(text, path, old),
        );
    }

    let module = ModuleName::new("vfio_pci").expect("a name");
    let added = module_list::add(text, &module).expect("every text is a list");
    if !added.is_empty() {
        assert_eq!(module_list::parse(&added.text).len(), module_list::parse(text).len() + 1);
        assert_eq!(module_list::remove(&added.text, &module).expect("added").text, text);
    }
    for list in [booster::List::Modules, booster::List::ForceLoad] {
        let Ok(added) = booster::add(text, list, &module) else { continue };
        if !added.is_empty() {
            assert_eq!(booster::remove(&added.text, list, &module).expect("added").text, text);
        }
    }

    let ours = own_file::make(text);
    assert_eq!(own_file::ownership(ours.as_bytes()), Ownership::Ours);
    assert_eq!(own_file::content(&ours).as_deref(), Some(text));
    let statements = modprobe::parse(text);
    assert!(statements.windows(2).all(|pair| pair[0].line < pair[1].line));
    let _ = tools::kernelstub_options(text);
    let _ = tools::rpm_ostree_arguments(text);
    let _ = bls::loader_settings(text);
});

fn both() -> [OwnArgument; 2] {
    [OwnArgument::IntelIommuOn, OwnArgument::IommuPassthrough]
}

fn round(
    text: &str,
    add: impl Fn(&str, &[OwnArgument]) -> Result<Edit, ConfigError>,
    remove: impl Fn(&str, &[KernelArgument]) -> Result<Edit, ConfigError>,
) {
    if let Ok(nothing) = add(text, &[]) {
        assert!(nothing.is_empty() && nothing.text == text);
    }
    let Ok(added) = add(text, &both()) else { return };
    assert!(add(&added.text, &both()).expect("already so").is_empty());
    let gone: Vec<KernelArgument> = added.added.iter().map(|one| one.parse().expect("ours")).collect();
    assert_eq!(remove(&added.text, &gone).expect("added, so removable").text, text);
}
