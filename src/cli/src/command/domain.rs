//! `domain add` and `domain remove`: domain XML in, changed domain XML out. Text alone: no machine is read,
//! no libvirt is connected to, and bytes that are not edited are the same.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use gangway_client::text::{self, DeviceNames, fill};
use gangway_domain::document::MAX_BYTES;
use gangway_domain::{AddDevices, Document};
use gettextrs::gettext;
use rustix::fs::OFlags;

use crate::arguments::DomainEdit;
use crate::failure::failure;
use crate::output::{Ending, write};

pub(super) fn run(edit: &DomainEdit) -> anyhow::Result<Ending> {
    let name = name_of(&edit.file);
    let bytes = read(&edit.file).map_err(|error| unreadable(&name, &error))?;
    if bytes.len() > MAX_BYTES {
        let template =
            gettext("“{name}” is larger than {limit} MiB, more than any definition: choose another file.");
        let limit = (MAX_BYTES >> 20).to_string();
        return Err(failure(fill(&template, &[("name", &name), ("limit", &limit)])));
    }
    let document = Document::parse(bytes).map_err(|error| failure(text::parse_error(&name, &error)))?;
    let edited = if edit.add {
        gangway_domain::add(
            &document,
            &AddDevices { functions: edit.devices.clone(), ..AddDevices::default() },
        )
    } else {
        gangway_domain::remove(&document, &edit.devices)
    };
    let edited =
        edited.map_err(|error| failure(text::edit_error(&name, &error, &DeviceNames::addresses())))?;
    write(edited.document.bytes())
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn name_of(path: &Path) -> String {
    if is_standard_input(path) { gettext("standard input") } else { path.display().to_string() }
}

/// The whole text, or a byte more than any definition has.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if is_standard_input(path) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Opens a file, or a pipe that somebody writes to; one that nobody writes to is empty, and not waited for.
fn open(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    rustix::fs::fcntl_setfl(&file, OFlags::empty())?;
    Ok(file)
}

fn unreadable(name: &str, error: &io::Error) -> anyhow::Error {
    let template = gettext("“{name}” cannot be read ({reason}): choose a file with domain XML.");
    failure(fill(&template, &[("name", name), ("reason", &error.to_string())]))
}
