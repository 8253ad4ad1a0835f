//! `report`: the captured machine with the findings and what virtual machines have above it, for a bug report.

use std::path::Path;

use gangway_client::asked::Question;
use gangway_client::report::report;
use gangway_client::target::Target;
use gangway_client::text;

use crate::failure::failure;
use crate::output::{Ending, put};
use crate::seen::answered;

pub(super) fn run(target: &Target, file: Option<&Path>) -> anyhow::Result<Ending> {
    let source = target.source().map_err(|error| failure(text::target_error(&error)))?;
    let asked = answered(Question::ask(target));
    put(file, report(&source, &asked).as_bytes())
}
