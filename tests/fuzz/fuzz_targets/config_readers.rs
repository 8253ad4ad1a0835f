//! Any bytes as what generators made: readers that answer or refuse, and never panic.
#![no_main]

use gangway_core::config::grub_cfg::{GrubConfig, MenuKind, environment};
use gangway_core::config::initramfs_list::FileList;
use gangway_core::config::unified_image::UnifiedImage;
use gangway_core::config::{efi_variable, mkinitcpio};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = efi_variable::text(bytes);
    if let Ok(image) = UnifiedImage::parse(bytes) {
        assert!(image.cmdline.is_none_or(|text| text.len() <= bytes.len()));
    }
    let mut block = b"# GRUB Environment Block\n".to_vec();
    block.extend(bytes);
    block.resize(1024, b'#');
    let values = environment(&block).expect("a block of the right size");
    assert!(values.keys().all(|name| !name.contains('=')));

    let Ok(text) = gangway_core::config::text(bytes) else { return };
    if let Ok(config) = GrubConfig::parse(text) {
        for (path, item) in config.paths() {
            assert!(path.ends_with(item.name()));
            if let MenuKind::Entry { linux, .. } = &item.kind {
                assert!(linux.iter().flatten().all(|word| word.len() <= text.len()));
            }
        }
    }
    let list = FileList::parse(text);
    assert!(!list.is_empty() || !list.has_module("vfio_pci"));
    let _ = mkinitcpio::presets(text);
    let _ = mkinitcpio::configuration(&[text, text]);
});
