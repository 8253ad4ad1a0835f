//! What goes to standard output: collected first and written in one go. A reader that has gone away is no
//! failure: nothing more is wanted then. Or to a new file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use gangway_client::text::fill;
use gangway_core::checks::Verdict;
use gettextrs::gettext;
use serde::Serialize;

use crate::failure::failure;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It did what was asked.
    Done,
    /// Nobody reads its output any more.
    Unread,
    /// It looked at the machine, and found that something can be handed over or not.
    Found(Verdict),
}

impl Ending {
    /// The exit status.
    pub(crate) fn status(self) -> u8 {
        match self {
            Self::Done | Self::Unread | Self::Found(Verdict::Ready) => 0,
            Self::Found(Verdict::ToDo) => 3,
            Self::Found(Verdict::NotPossible) => 4,
            Self::Found(Verdict::CouldNotTell) => 5,
        }
    }
}

/// Writes to standard output, all of it.
pub(crate) fn write(text: &[u8]) -> anyhow::Result<Ending> {
    let mut output = io::stdout().lock();
    match output.write_all(text).and_then(|()| output.flush()) {
        Ok(()) => Ok(Ending::Done),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Ending::Unread),
        Err(error) => {
            let template =
                gettext("Standard output cannot be written ({reason}): make room there, then try again.");
            Err(failure(fill(&template, &[("reason", &error.to_string())])))
        }
    }
}

/// Writes JSON and a line end.
pub(crate) fn write_json(value: &impl Serialize) -> anyhow::Result<Ending> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    write(&text)
}

/// Writes to standard output, where no file is named or `-`, or into a new file.
pub(crate) fn put(file: Option<&Path>, text: &[u8]) -> anyhow::Result<Ending> {
    match file.filter(|path| *path != Path::new("-")) {
        None => write(text),
        Some(path) => create(path, text),
    }
}

/// Makes a new file with all of the text, or none. A file that is there is never replaced.
fn create(path: &Path, text: &[u8]) -> anyhow::Result<Ending> {
    create_new(path, text).map_err(|error| refused(path, &error))?;
    Ok(Ending::Done)
}

fn create_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a file is of no use, and it is ours: it was not there before.
        let _ = fs::remove_file(path);
    }
    written
}

fn refused(path: &Path, error: &io::Error) -> anyhow::Error {
    let path = path.display().to_string();
    failure(if error.kind() == io::ErrorKind::AlreadyExists {
        fill(&gettext("“{path}” exists already and is not replaced: name another file."), &[("path", &path)])
    } else {
        let template = gettext("“{path}” cannot be written ({reason}): name another file.");
        fill(&template, &[("path", &path), ("reason", &error.to_string())])
    })
}
