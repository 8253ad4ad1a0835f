//! `capture`: the machine as one text, on standard output or as a new file. An existing file is never
//! replaced: a captured machine is often the only one of its kind.

use std::path::Path;

use gangway_client::target::Target;
use gangway_client::text;
use gangway_core::machine_file::MachineFile;

use crate::failure::failure;
use crate::output::{Ending, put};

pub(super) fn run(target: &Target, file: Option<&Path>) -> anyhow::Result<Ending> {
    let source = target.source().map_err(|error| failure(text::target_error(&error)))?;
    put(file, MachineFile::capture(&source).write().as_bytes())
}
