//! The thin reader of the system's places: entries of the list in, readings out. No meaning.

use super::list::{Entry, Keep};
use crate::host::{attribute, kernel};
use crate::packed;
use crate::reading::{Reading, TroubleDetail};
use crate::source::{Folder, Source, SourceError, SourceErrorKind};

/// Whether something is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Presence {
    /// It is, at this path.
    There(String),
    /// A folder above its place is there, and it is not.
    Missing,
    /// Not even such a folder is there: a sandbox, a folder or an old captured machine does not show them.
    #[default]
    Unknown,
}

impl Presence {
    /// Whether it is there for sure.
    pub const fn is_there(&self) -> bool {
        matches!(self, Self::There(_))
    }

    /// Whether it is missing for sure.
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// The path at which it is.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::There(path) => Some(path),
            Self::Missing | Self::Unknown => None,
        }
    }
}

/// Reads entries of a source.
pub(crate) struct Reader<'a> {
    source: &'a Source,
    release: Option<String>,
    /// The folder of the running kernel's modules.
    modules: Option<String>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        let release = source.read_text(crate::host::iommu::RELEASE).ok();
        let release = release.map(|text| text.trim().to_owned());
        // What is no name of a folder is not put into a path.
        let release = release.filter(|name| !name.is_empty() && !name.contains('/') && name != "..");
        // NixOS keeps the modules of the running kernel beside the system.
        let folders = ["/lib/modules", "/run/booted-system/kernel-modules/lib/modules"];
        let modules = release.as_ref().and_then(|release| {
            let mut folders = folders.into_iter().map(|folder| format!("{folder}/{release}"));
            folders.clone().find(|folder| source.exists(folder)).or_else(|| folders.next())
        });
        Self { source, release, modules }
    }

    /// A path with the kernel's release and the folder of its modules put in, where they are known.
    pub(crate) fn resolved(&self, path: &str) -> String {
        match (&self.release, &self.modules) {
            (Some(release), Some(modules)) => {
                path.replace("{release}", release).replace("{modules}", modules)
            }
            _ => path.to_owned(),
        }
    }

    /// The lines of the kernel's log that are wanted.
    pub(super) fn log(&self, entry: &Entry) -> Reading<Vec<String>> {
        let wanted = |line: &&str| matches!(entry.keep, Keep::Log(wanted) if wanted(line));
        match self.source.kernel_log() {
            Ok(log) => Reading::Known(log.lines().filter(wanted).map(str::to_owned).collect()),
            Err(error) if error.kind.is_absent() => Reading::Absent,
            Err(error) => Reading::unreadable(error.path, error.kind),
        }
    }

    /// Something made of the text of an entry; a text of which nothing can be made is nonsense.
    pub(super) fn parse<T>(&self, entry: &Entry, parse: impl FnOnce(&str) -> Option<T>) -> Reading<T> {
        match self.text(entry) {
            Reading::Known(text) => match parse(text.trim()) {
                Some(value) => Reading::Known(value),
                None => Reading::nonsense(self.resolved(entry.path), text.trim()),
            },
            Reading::Absent => Reading::Absent,
            Reading::Unreadable(trouble) => Reading::Unreadable(trouble),
            Reading::Nonsense(trouble) => Reading::Nonsense(trouble),
        }
    }

    /// The paths that an entry stands for: one, or as many as its star meets, in order of their names.
    pub(crate) fn paths(&self, entry: &Entry) -> Vec<String> {
        let path = self.resolved(entry.path);
        if path.contains('{') {
            return Vec::new();
        }
        let Some((folder, ends)) = self.met(&path) else { return vec![path] };
        let paths = ends.unwrap_or_default().into_iter();
        paths.map(|end| format!("{}/{end}", folder.trim_end_matches('/'))).collect()
    }

    /// The folder of the name with a star in a path, and what the path can mean below that folder, in order of the
    /// names that the star meets. None where the path has no star.
    fn met<'p>(&self, path: &'p str) -> Option<(&'p str, Result<Vec<String>, SourceError>)> {
        let (before, after) = path.split_once('*')?;
        let (folder, prefix) = before.rsplit_once('/').unwrap_or_default();
        let folder = if folder.is_empty() { "/" } else { folder };
        let (suffix, rest) =
            after.split_once('/').map_or((after, None), |(suffix, rest)| (suffix, Some(rest)));
        let fits = |name: &String| {
            name.len() >= prefix.len() + suffix.len() && name.starts_with(prefix) && name.ends_with(suffix)
        };
        let end = |name: String| match rest {
            Some(rest) => format!("{name}/{rest}"),
            None => name,
        };
        let ends = self.source.list(folder).map(|names| {
            names.into_iter().filter_map(|name| name.into_string().ok()).filter(fits).map(end).collect()
        });
        Some((folder, ends))
    }

    /// The text of an entry without a star.
    pub(super) fn text(&self, entry: &Entry) -> Reading<String> {
        let text = |path: &String| match entry.keep {
            Keep::Packed(_) => reading(self.source.read(path).and_then(|bytes| packed::text(path, bytes))),
            _ => self.text_at(path),
        };
        self.paths(entry).first().map_or(Reading::Absent, text)
    }

    /// The texts of all paths of an entry with a star. A folder that may not be looked into is one of them, which cannot be read.
    pub(super) fn texts(&self, entry: &Entry) -> Vec<(String, Reading<String>)> {
        let path = self.resolved(entry.path);
        if path.contains('{') {
            return Vec::new();
        }
        let Some((folder, ends)) = self.met(&path) else { return vec![(path.clone(), self.text_at(&path))] };
        // Of thousands of groups each has one: the folder above is walked to once, and not for every one of them.
        let (open, ends) = match ends.and_then(|ends| Ok((self.source.open(folder)?, ends))) {
            Ok(found) => found,
            Err(error) if error.kind.is_absent() => return Vec::new(),
            Err(error) => return vec![(folder.to_owned(), Reading::unreadable(error.path, error.kind))],
        };
        let text = |end: String| (open.path_of(&end), drop_in(self.text_in(&open, &end)));
        ends.into_iter().map(text).collect()
    }

    fn text_in(&self, folder: &Folder<'_>, name: &str) -> Reading<String> {
        let mut room = [0; attribute::ROOM];
        match folder.read_into(name, &mut room).map(str::from_utf8) {
            Ok(Ok(text)) => Reading::Known(text.to_owned()),
            Err(SourceErrorKind::Absent) => Reading::Absent,
            // What does not fit, and whatever is wrong with it, is told by the common way.
            Ok(Err(_)) | Err(_) => self.text_at(&folder.path_of(name)),
        }
    }

    fn text_at(&self, path: &str) -> Reading<String> {
        reading(self.source.read_text(path))
    }

    /// The bytes of an entry without a star.
    pub(super) fn bytes(&self, entry: &Entry) -> Reading<Vec<u8>> {
        match self.source.read(entry.path) {
            Ok(bytes) => Reading::Known(bytes),
            Err(error) if error.kind.is_absent() => Reading::Absent,
            Err(error) => Reading::unreadable(error.path, error.kind),
        }
    }

    /// The first of these entries that is there.
    pub(super) fn there(&self, entries: &[&Entry]) -> Presence {
        let paths: Vec<String> = entries.iter().flat_map(|entry| self.paths(entry)).collect();
        if let Some(path) = paths.iter().find(|path| self.source.exists(path)) {
            return Presence::There(path.clone());
        }
        let shown = |entry: &&Entry| {
            let path = self.resolved(entry.path);
            let before_star = path.split('*').next().unwrap_or_default();
            let folders = before_star.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
            folders.rev().any(|at| before_star.get(..at).is_some_and(|folder| self.source.exists(folder)))
        };
        if entries.iter().any(shown) { Presence::Missing } else { Presence::Unknown }
    }

    /// Whether the user may use a device node or a socket.
    pub(super) fn usable(&self, entry: &Entry) -> Reading<()> {
        match self.source.may_use(entry.path) {
            Ok(()) => Reading::Known(()),
            Err(error) if error.kind.is_absent() => Reading::Absent,
            Err(error) => Reading::unreadable(error.path, error.kind),
        }
    }

    /// The kernel's arguments.
    pub(super) fn command_line(&self) -> Reading<kernel::KernelCommandLine> {
        kernel::read(self.source)
    }
}

/// What an outcome of reading a text means.
fn reading(outcome: Result<String, SourceError>) -> Reading<String> {
    match outcome {
        Ok(text) => Reading::Known(text),
        Err(error) => match error.kind {
            SourceErrorKind::Absent => Reading::Absent,
            SourceErrorKind::NotText => Reading::nonsense(error.path, error.kind),
            kind => Reading::unreadable(error.path, kind),
        },
    }
}

/// A link to `/dev/null` in a folder of drop-ins masks what another folder has under that name, and one that leads nowhere
/// is passed over. Source: modprobe.d(5), modules-load.d(5), QEMU's docs/interop/firmware.json.
fn drop_in(text: Reading<String>) -> Reading<String> {
    use SourceErrorKind::{Dangling, NotAFile};
    match text.trouble().map(|trouble| &trouble.detail) {
        Some(TroubleDetail::Source(Dangling | NotAFile)) => Reading::Absent,
        _ => text,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "makes the tree that is read, in a temporary folder")]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    const ENTRY: Entry = Entry { path: "/etc/dracut.conf.d/*.conf", keep: Keep::Text };

    #[test]
    fn what_a_star_meets_is_read_as_if_it_were_named() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("etc/dracut.conf.d");
        fs::create_dir_all(folder.join("folder.conf")).unwrap();
        fs::write(folder.join("small.conf"), "a\n").unwrap();
        fs::write(folder.join("large.conf"), "b".repeat(3 * attribute::ROOM)).unwrap();
        fs::write(folder.join("bytes.conf"), [0xff, 0xfe]).unwrap();
        fs::write(folder.join("other.txt"), "not met").unwrap();
        symlink("/etc/dracut.conf.d/small.conf", folder.join("link.conf")).unwrap();
        symlink("nothing", folder.join("dangling.conf")).unwrap();
        let source = Source::folder(root.path()).unwrap();
        let reader = Reader::new(&source);
        let texts = reader.texts(&ENTRY);
        assert_eq!(texts.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), reader.paths(&ENTRY));
        assert_eq!(texts.len(), 6);
        for (path, text) in texts {
            assert_eq!(text, drop_in(reader.text_at(&path)), "{path}");
        }
        assert_eq!(reader.texts(&Entry { path: "/etc/nothing.d/*.conf", keep: Keep::Text }), []);
    }
}
