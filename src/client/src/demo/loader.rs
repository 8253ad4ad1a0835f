//! What the boot loader of the demo's computer starts: GRUB, as far as its menu, our entry and our request go. The request
//! for one start is erased before that start, as the gate in `custom.cfg` does; what runs in it is not decided here.

use std::path::Path;

use gangway_core::config::grub_cfg::{self, GrubConfig, MenuItem, MenuKind};
use gangway_core::config::grub_env;
use gangway_core::source::Source;
use gangway_core::trial::{GRUB_DEFAULT, GRUB_ENTRY, GRUB_REQUEST};

use super::folder::FolderError;
use super::root;

const MENU: &str = "/boot/grub/grub.cfg";
const CUSTOM: &str = "/boot/grub/custom.cfg";
const MEMORY: &str = "/boot/gangway/env";

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Chosen {
    /// The kernel's command line.
    pub(super) line: String,
    /// The content of the initramfs.
    pub(super) image: String,
}

/// Chooses what is started, and erases the request for it; none where there is no menu that could be read.
///
/// # Errors
/// The request cannot be erased: then it is not followed on a real computer, and the demo stays as it is.
pub(super) fn choose(folder: &Path) -> Result<Option<Chosen>, FolderError> {
    let Ok(source) = Source::folder(folder) else { return Ok(None) };
    let memory = source.read(MEMORY).unwrap_or_default();
    let names = grub_cfg::environment(&memory).unwrap_or_default();
    let asks = |name: &str| names.get(name).is_some_and(|entry| entry == GRUB_ENTRY);
    if asks(GRUB_REQUEST)
        && let Ok(erased) = grub_env::set(&memory, GRUB_REQUEST, "")
    {
        root::overwrite(folder, MEMORY, &erased)?;
    }
    let wanted = asks(GRUB_REQUEST) || asks(GRUB_DEFAULT);
    let ours =
        wanted.then(|| entry(&source, CUSTOM, |item| item.id.as_deref() == Some(GRUB_ENTRY))).flatten();
    Ok(ours.or_else(|| entry(&source, MENU, |_| true)))
}

/// The first entry of a menu that fits, if its files are there.
fn entry(source: &Source, path: &str, fits: impl Fn(&MenuItem) -> bool) -> Option<Chosen> {
    let config = GrubConfig::parse(&source.read_text(path).ok()?).ok()?;
    let items = config.paths();
    let starts = |item: &MenuItem| matches!(item.kind, MenuKind::Entry { .. });
    let (_, item) = items.iter().find(|(_, item)| starts(item) && fits(item))?;
    let MenuKind::Entry { linux, initrd, .. } = &item.kind else { return None };
    let words = linux.first()?;
    let kernel = words.first()?;
    let image = initrd.first().and_then(|images| images.last())?;
    source.kind(kernel).ok()?;
    Some(Chosen { line: format!("BOOT_IMAGE={}", words.join(" ")), image: source.read_text(image).ok()? })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "files of a temporary folder")]
mod tests {
    use std::fs;

    use super::*;

    fn computer(next: &str, default: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let entry = |name: &str, id: &str, argument: &str| {
            format!(
                "menuentry '{name}' --id {id} {{\n\tlinux /boot/{id} root=/dev/a {argument}\n\tinitrd /boot/i-{id}\n}}\n"
            )
        };
        write(MENU, entry("Debian", "debian", "quiet").as_bytes());
        let gate = "if [ -s (${gw_memory})/boot/gangway/env ]; then\n\tload_env -f (${gw_memory})/boot/gangway/env gw_next\nfi\n";
        write(CUSTOM, (gate.to_owned() + &entry("Reserved", GRUB_ENTRY, "gangway.reserve=x")).as_bytes());
        for name in ["debian", "i-debian", "gangway-trial", "i-gangway-trial"] {
            write(&format!("/boot/{name}"), name.as_bytes());
        }
        let memory = grub_env::set(&grub_env::empty(), GRUB_REQUEST, next).unwrap();
        write(MEMORY, &grub_env::set(&memory, GRUB_DEFAULT, default).unwrap());
        folder
    }

    fn started(folder: &Path) -> String {
        choose(folder).unwrap().unwrap().image
    }

    #[test]
    fn a_request_is_for_one_start_and_the_default_for_every_one() {
        let folder = computer(GRUB_ENTRY, "");
        let line = choose(folder.path()).unwrap().unwrap().line;
        assert_eq!(line, "BOOT_IMAGE=/boot/gangway-trial root=/dev/a gangway.reserve=x");
        assert_eq!(started(folder.path()), "i-debian", "it was erased");
        let folder = computer("", GRUB_ENTRY);
        assert_eq!(started(folder.path()), "i-gangway-trial");
        assert_eq!(started(folder.path()), "i-gangway-trial");
    }

    #[test]
    fn what_is_not_there_is_not_started() {
        let folder = computer(GRUB_ENTRY, "");
        fs::remove_file(folder.path().join("boot/i-gangway-trial")).unwrap();
        assert_eq!(started(folder.path()), "i-debian");
        assert_eq!(choose(tempfile::tempdir().unwrap().path()).unwrap(), None);
    }
}
