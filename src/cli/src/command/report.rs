//! `report`: the captured machine with the findings above it, for a bug report.

use std::path::Path;

use gangway_client::report::report;
use gangway_client::target::Target;
use gangway_client::text;

use super::capture::put;
use crate::failure::failure;
use crate::output::Ending;

pub(super) fn run(target: &Target, file: Option<&Path>) -> anyhow::Result<Ending> {
    let source = target.source().map_err(|error| failure(text::target_error(&error)))?;
    put(file, &report(&source))
}
