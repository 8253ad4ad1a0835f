//! `capture`: the machine as one text, on standard output or as a new file. An existing file is never
//! replaced: a captured machine is often the only one of its kind.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use gangway_client::target::Target;
use gangway_client::text::{self, fill};
use gangway_core::machine_file::MachineFile;
use gettextrs::gettext;

use crate::failure::failure;
use crate::output::{Ending, write};

pub(super) fn run(target: &Target, file: Option<&Path>) -> anyhow::Result<Ending> {
    let source = target.source().map_err(|error| failure(text::target_error(&error)))?;
    let text = MachineFile::capture(&source).write();
    match file {
        None => write(text.as_bytes()),
        Some(path) => {
            create(path, text.as_bytes()).map_err(|error| refused(path, &error))?;
            Ok(Ending::Done)
        }
    }
}

/// Makes a new file with all of the text, or none.
fn create(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a captured machine is of no use, and it is ours: it was not there before.
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
