//! What goes to standard output: collected first and written in one go. A reader that has gone away is no
//! failure: nothing more is wanted then.

use std::io::{self, Write as _};

use gangway_client::text::fill;
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
