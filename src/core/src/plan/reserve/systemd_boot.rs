//! systemd-boot: an entry of our own, asked for by the firmware's variable for one start, which the loader erases before it
//! starts anything.
//!
//! The entry has no sort key, and counts as none that could start by itself only where the one that does is named, or has
//! a sort key. Source: systemd, `boot.c` (`config_select_default_entry`, `boot_entry_compare`),
//! `docs/BOOT_LOADER_INTERFACE.md` (`LoaderEntryOneShot`, bit 3 of `LoaderFeatures`); UAPI.1.

use super::{FOLDER, Start, TITLE, Wanted};
use crate::config::{bls, efi_variable};
use crate::plan::{Content, FileChange, FileRole, Ground, KeptFile, NoTrial, Refusal, WayBack, boot};
use crate::reading::Reading;
use crate::trial::{self, EFI_REQUEST, EFI_VENDOR, SYSTEMD_BOOT_ENTRY};

/// The bit of `LoaderFeatures` that says that one start can be asked for.
const ONE_SHOT: u8 = 1 << 3;

/// What systemd-boot starts with the reservation.
pub(super) fn start(ground: &Ground, wanted: &Wanted) -> Result<Start, Vec<Refusal>> {
    let alone = |refusal| vec![refusal];
    can_be_asked(ground).map_err(alone)?;
    let origin = boot::entry_origin(ground).map_err(alone)?;
    let root = origin.root;
    let no = |why| vec![Refusal::NoWayBack { path: origin.path.clone(), why }];
    if boot::could_be_default(ground, root, &origin, SYSTEMD_BOOT_ENTRY).map_err(alone)? {
        let path = format!("{root}/loader/loader.conf");
        return Err(vec![Refusal::NoTrial { why: NoTrial::NoDefault { path } }]);
    }
    if origin.is_made {
        super::refuse_copied(ground, &origin.entry.options)?;
    }
    let linux = origin.entry.linux.as_deref().unwrap_or_default();
    let kernel =
        linux.rsplit('/').next().filter(|name| !name.is_empty()).ok_or_else(|| no(WayBack::NoEntry))?;
    let mut initrd = origin.entry.initrd.clone();
    let last = initrd.last_mut().ok_or_else(|| no(WayBack::NoImage))?;
    let like = format!("{root}{last}");
    let image = last.rsplit('/').next().unwrap_or_default().to_owned();
    let folder = format!("/{FOLDER}");
    *last = format!("{folder}/{image}");
    let arguments = super::arguments(&origin.entry.options, wanted);
    let release = ground.model.system.kernel.release.known().cloned().unwrap_or_default();
    let text = bls::make(TITLE, &release, &format!("{folder}/{kernel}"), &initrd, &arguments)
        .ok()
        // A variable would be another's to fill in.
        .filter(|text| !text.contains('$'))
        .ok_or_else(|| no(WayBack::NotCopied))?;
    let file = format!("{root}/loader/entries/{SYSTEMD_BOOT_ENTRY}");
    if !ground.file(&file).is_absent() {
        return Err(vec![Refusal::Occupied { path: file }]);
    }
    Ok(Start {
        entry: trial::Entry::SystemdBoot {
            id: SYSTEMD_BOOT_ENTRY.to_owned(),
            file: file.clone(),
            former: origin.path.clone(),
        },
        change: FileChange {
            path: file,
            role: FileRole::TrialEntry,
            before: None,
            after: Some(Content::from(text)),
            edit: None,
        },
        kernel: KeptFile { path: format!("{root}{linux}"), copy: format!("{root}{folder}/{kernel}") },
        like,
        image: format!("{root}{folder}/{image}"),
        environment: None,
    })
}

/// Whether the loader takes a request for one start, and nobody else made one.
fn can_be_asked(ground: &Ground) -> Result<(), Refusal> {
    let variable = |name: &str| format!("/sys/firmware/efi/efivars/{name}-{EFI_VENDOR}");
    let no = |why| Err(Refusal::NoTrial { why });
    let told = ground.model.system.boot.told.is_known();
    if !told || !ground.model.system.firmware.uefi.is_there() {
        return no(NoTrial::NoVariables);
    }
    if let Reading::Known(features) = ground.file(&variable("LoaderFeatures"))
        && features.bytes().get(4).is_none_or(|bits| bits & ONE_SHOT == 0)
    {
        return no(NoTrial::Loader { name: "systemd-boot".to_owned() });
    }
    match ground.file(&variable(EFI_REQUEST)) {
        Reading::Absent => Ok(()),
        Reading::Known(asked) => {
            no(NoTrial::Asked { entry: efi_variable::text(asked.bytes()).unwrap_or_default() })
        }
        Reading::Unreadable(_) | Reading::Nonsense(_) => no(NoTrial::NoVariables),
    }
}
