//! The former configuration where entries are files of their own: an entry that is copied beside the one it is made of.
//!
//! Its name is that entry's between [`FIRST`] and [`MARK`], and it has no sort key. So systemd-boot sorts it behind: entries
//! with a sort key come first, those without by their names from the last to the first, where the line is skipped and the
//! dash is less than what a name begins with. In names with other characters than these, letters, digits, `.`, `+` and `@`,
//! bootctl sees no entry. Source: systemd 252 and newer, `boot.c` (`boot_entry_compare`), `strverscmp_improved`,
//! `efi_loader_entry_name_valid`; loader.conf(5).

use crate::config::{bls, kernel_cmdline};
use crate::plan::{Content, FileChange, FileRole, Ground, Refusal, WayBack};
use crate::reading::Reading;

/// What the name of a former entry or image begins with.
const FIRST: &str = "_-";
/// What it ends with, before its ending.
const MARK: &str = "-gangway-former";
/// What menus show.
pub(super) const TITLE: &str = "Former configuration (kept by Gangway)";
/// Keys of an entry that are copied, or change nothing of what it starts.
const KEYS: [&str; 10] = [
    "title",
    "version",
    "sort-key",
    "machine-id",
    "linux",
    "initrd",
    "options",
    "architecture",
    "id",
    "grub_class",
];

/// An entry file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryFile<'a> {
    /// Its path.
    pub(super) path: String,
    /// What it says.
    pub(super) text: &'a str,
    /// What that means.
    pub(super) entry: bls::Entry,
}

impl EntryFile<'_> {
    /// Whether it is for when something went wrong; such an entry stays as it is.
    pub(super) fn is_recovery(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let parts = [Some(name), self.entry.title.as_deref()].into_iter().flatten();
        let parts = parts.chain(self.entry.initrd.iter().map(String::as_str));
        let words = ["fallback", "rescue", "recovery", "gangway-former"];
        parts.map(str::to_lowercase).any(|part| words.iter().any(|word| part.contains(word)))
    }
}

/// The entries of a folder that start a kernel, in the order of names.
///
/// # Errors
/// One cannot be read, or is not understood.
pub(super) fn entries<'a>(ground: &'a Ground, folder: &str) -> Result<Vec<EntryFile<'a>>, Refusal> {
    let names: Vec<String> = ground
        .folder(folder)
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.ends_with(".conf"))
        .collect();
    let mut entries = Vec::new();
    for name in names {
        let path = format!("{folder}/{name}");
        let Some(text) = ground.text(&path)? else { continue };
        let entry = bls::Entry::parse(text).map_err(|error| Refusal::not_understood(&path, &error))?;
        if entry.linux.is_some() {
            entries.push(EntryFile { path, text, entry });
        }
    }
    Ok(entries)
}

/// Arguments that differ between entries of one system: what loaders add, and what we add, which may wait for a restart.
const DIFFER: [&str; 10] = [
    "BOOT_IMAGE",
    "initrd",
    "systemd.machine_id",
    "intel_iommu",
    "iommu",
    "default_hugepagesz",
    "hugepagesz",
    "hugepages",
    "panic",
    "gangway.reserve",
];

/// Words by which a system is known again.
pub(super) fn essence(words: &[String]) -> Vec<&str> {
    let name = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
    words.iter().map(String::as_str).filter(|word| !DIFFER.contains(&name(word).as_str())).collect()
}

/// The words that the running kernel was started with. They only tell which entry it was, and are never copied.
///
/// # Errors
/// They cannot be read.
pub(super) fn running(ground: &Ground) -> Result<Vec<String>, Refusal> {
    let path = "/proc/cmdline";
    let text = ground.text(path)?.unwrap_or_default();
    kernel_cmdline::arguments(text).map_err(|error| Refusal::not_understood(path, &error))
}

/// The entry that started the running kernel: the one whose options are the running ones.
///
/// # Errors
/// There is none.
pub(super) fn origin<'a, 'b>(
    ground: &Ground,
    folder: &str,
    entries: &'b [EntryFile<'a>],
) -> Result<&'b EntryFile<'a>, Refusal> {
    let running = running(ground)?;
    let release = ground.model.system.kernel.release.known();
    let fits =
        |file: &&EntryFile<'_>| essence(&file.entry.options) == essence(&running) && !file.is_recovery();
    let of_release = |file: &&&EntryFile<'_>| {
        let named = [file.entry.version.as_ref(), file.entry.linux.as_ref(), Some(&file.path)];
        release.is_some_and(|release| named.into_iter().flatten().any(|text| text.contains(release.as_str())))
    };
    let all: Vec<&EntryFile<'a>> = entries.iter().filter(fits).collect();
    let found = all.iter().find(of_release).or(all.first()).copied();
    found.ok_or_else(|| Refusal::NoWayBack { path: folder.to_owned(), why: WayBack::NoEntry })
}

/// The change that keeps the entry; none where it is kept already.
///
/// # Errors
/// It has parts that cannot be copied, or could start by itself.
pub(super) fn keep(
    ground: &Ground,
    loader_conf: &str,
    origin: &EntryFile<'_>,
    initrd: &[String],
) -> Result<Option<FileChange>, Refusal> {
    let no = |why| Refusal::NoWayBack { path: origin.path.clone(), why };
    let known = |key: &str| KEYS.contains(&key) || key.starts_with("grub_");
    if bls::loader_settings(origin.text).iter().any(|(key, _)| !known(key)) {
        return Err(no(WayBack::NotCopied));
    }
    let path = name(&origin.path, ".conf").ok_or_else(|| no(WayBack::NotCopied))?;
    not_default(ground, loader_conf, &origin.path, &path)?;
    let entry = &origin.entry;
    let release = ground.model.system.kernel.release.known();
    let version = entry.version.as_ref().or(release).map_or("former", String::as_str);
    let linux = entry.linux.as_deref().unwrap_or_default();
    let text =
        bls::make(TITLE, version, linux, initrd, &entry.options).map_err(|_| no(WayBack::NotCopied))?;
    if text.contains('$') {
        return Err(no(WayBack::NotCopied));
    }
    let before = match ground.file(&path) {
        Reading::Absent => None,
        Reading::Known(content) if content.text().is_some_and(|text| text.contains(TITLE)) => {
            Some(content.clone())
        }
        _ => return Err(Refusal::Occupied { path }),
    };
    let after = Content::from(text);
    let change = FileChange { path, role: FileRole::FormerEntry, before, after: Some(after), edit: None };
    Ok((change.before != change.after).then_some(change))
}

/// The path of what is kept, for a path with this ending; the counter of tries is left out of the name.
pub(super) fn name(path: &str, ending: &str) -> Option<String> {
    let stem = path.strip_suffix(ending)?;
    let (folder, stem) = stem.rsplit_once('/')?;
    let stem = stem.rsplit_once('+').filter(|(_, tries)| is_counter(tries)).map_or(stem, |(name, _)| name);
    Some(format!("{folder}/{FIRST}{stem}{MARK}{ending}"))
}

/// Whether this is a counter of tries: those that are left, and those that were made. What else follows a plus belongs to
/// the name, as in the releases of Debian's kernels. Source: systemd, Automatic Boot Assessment.
fn is_counter(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').map_or_else(|| number(text), |(left, done)| number(left) && number(done))
}

/// Whether what is kept cannot start by itself: a default that is named must mean the origin as well, which sorts first.
pub(super) fn not_default(
    ground: &Ground,
    loader_conf: &str,
    origin: &str,
    kept: &str,
) -> Result<(), Refusal> {
    let text = ground.text(loader_conf)?.unwrap_or_default();
    let mut defaults = bls::loader_settings(text).into_iter().filter(|(key, _)| *key == "default");
    let Some((_, pattern)) = defaults.next_back() else { return Ok(()) };
    let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    if matches(pattern, &file(kept)) != Some(false) && matches(pattern, &file(origin)) != Some(true) {
        return Err(Refusal::NoWayBack { path: loader_conf.to_owned(), why: WayBack::NoDefault });
    }
    Ok(())
}

/// Whether a pattern of `default` means a name; none where it is more than a name with one `*` at its end.
pub(super) fn matches(pattern: &str, name: &str) -> Option<bool> {
    let plain = pattern.strip_suffix('*').unwrap_or(pattern);
    if pattern == "@saved" {
        // The entry that a person chose last.
        return Some(false);
    }
    if plain.contains(['*', '?', '[']) {
        return None;
    }
    let whole = pattern == plain;
    Some(if whole {
        name == plain || name.strip_suffix(".conf") == Some(plain)
    } else {
        name.starts_with(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_what_is_kept() {
        assert_eq!(
            name("/boot/loader/entries/arch.conf", ".conf").as_deref(),
            Some("/boot/loader/entries/_-arch-gangway-former.conf")
        );
        assert_eq!(
            name("/efi/EFI/Linux/a-6.12+3-0.efi", ".efi").as_deref(),
            Some("/efi/EFI/Linux/_-a-6.12-gangway-former.efi")
        );
        assert_eq!(
            name("/efi/loader/entries/0a-6.12.107+deb13-amd64.conf", ".conf").as_deref(),
            Some("/efi/loader/entries/_-0a-6.12.107+deb13-amd64-gangway-former.conf")
        );
        assert_eq!(
            name("/efi/loader/entries/0a-6.12.107+deb13-amd64+2.conf", ".conf").as_deref(),
            Some("/efi/loader/entries/_-0a-6.12.107+deb13-amd64-gangway-former.conf")
        );
        assert_eq!(name("/boot/x.txt", ".conf"), None);
    }

    #[test]
    fn patterns_of_the_default() {
        assert_eq!(matches("arch.conf", "arch.conf"), Some(true));
        assert_eq!(matches("Pop_OS-current", "Pop_OS-current.conf"), Some(true));
        assert_eq!(matches("arch*", "arch-lts.conf"), Some(true));
        assert_eq!(matches("arch*", "_-arch-gangway-former.conf"), Some(false));
        assert_eq!(matches("arch.conf", "_-arch-gangway-former.conf"), Some(false));
        assert_eq!(matches("*former*", "_-arch-gangway-former.conf"), None);
    }
}
