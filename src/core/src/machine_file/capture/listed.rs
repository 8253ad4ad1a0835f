//! What the system's readers read, kept entry by entry of their list, so that a capture forgets none.

use super::super::ENTRY_LIMIT;
use super::super::redact::Redactor;
use super::Capture;
use crate::packed;
use crate::source::SourceErrorKind;
use crate::system::Reader;
use crate::system::list::{ALL, Entry, Keep};

impl Capture<'_> {
    /// Keeps everything that the list names.
    pub(super) fn listed(&mut self) {
        let reader = Reader::new(self.source);
        for entry in ALL {
            for path in reader.paths(entry) {
                self.entry(entry, &path);
            }
            self.folder_of(&reader, entry);
        }
    }

    fn entry(&mut self, entry: &Entry, path: &str) {
        match entry.keep {
            Keep::Text => self.whole(path, Redactor::text),
            Keep::CommandLine => self.whole(path, Redactor::command_line),
            Keep::Lines(wanted) => self.whole(path, |redactor, text| redactor.text(&lines(text, wanted))),
            Keep::Made(make) => self.whole(path, |redactor, text| redactor.text(&make(text))),
            Keep::Log(wanted) => match self.source.kernel_log() {
                Ok(log) => {
                    let kept = self.redactor.text(&lines(&log, wanted));
                    self.builder.file(path, kept);
                }
                Err(error) if error.kind.is_absent() => {}
                Err(error) => self.builder.unreadable(path, error.kind),
            },
            Keep::Packed(wanted) => {
                match self.source.read(path).and_then(|bytes| packed::text(path, bytes)) {
                    Ok(text) => self.builder.file(path, lines(&text, wanted)),
                    Err(error) if error.kind.is_absent() => {}
                    Err(error) => self.builder.unreadable(path, error.kind),
                }
            }
            Keep::Bytes => match self.source.read_up_to(path, ENTRY_LIMIT) {
                Ok(bytes) => self.builder.file(path, bytes),
                Err(error) if error.kind.is_absent() => {}
                Err(error) => self.builder.unreadable(path, error.kind),
            },
            Keep::Presence if self.source.open(path).is_ok() => self.builder.folder(path),
            Keep::Presence if self.source.exists(path) => self.builder.file(path, ""),
            Keep::Presence => {}
            Keep::Access => match self.source.may_use(path) {
                Ok(()) => self.builder.file(path, ""),
                Err(error) if error.kind.is_absent() => {}
                Err(error) => self.builder.unreadable(path, error.kind),
            },
        }
    }

    /// The nearest folder above that is there: it tells what is missing from what was not looked at.
    fn folder_of(&mut self, reader: &Reader<'_>, entry: &Entry) {
        let path = reader.resolved(entry.path);
        let before_star = path.split('*').next().unwrap_or_default();
        for (at, _) in before_star.rmatch_indices('/').filter(|(at, _)| *at > 0) {
            let folder = before_star.get(..at).unwrap_or_default();
            match self.source.open(folder) {
                Ok(_) => return self.builder.folder(folder),
                Err(error) if error.kind == SourceErrorKind::NoPermission => {
                    return self.builder.unreadable(folder, error.kind);
                }
                Err(_) => {}
            }
        }
    }
}

/// The lines that are wanted.
fn lines(text: &str, wanted: impl Fn(&str) -> bool) -> String {
    text.split_inclusive('\n').filter(|line| wanted(line.trim_end())).collect()
}
