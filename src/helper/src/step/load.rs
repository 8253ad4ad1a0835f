//! A kernel module that is loaded. It is never unloaded again: others may use it by then.

use std::time::Duration;

use gangway_core::plan::ModuleLoad;

use super::{Context, StepError};
use crate::command::Call;

const LIMIT: Duration = Duration::from_secs(60);

pub(super) fn carry_out(context: &mut Context<'_>, load: &ModuleLoad) -> Result<(), StepError> {
    let call = Call::tool("modprobe", ["--", load.module.as_str()], LIMIT);
    call.succeed(context.tools, context.line)?;
    Ok(())
}

/// A module that is loaded, or built in with parameters, is in `/sys/module`, with underscores.
pub(super) fn verify(context: &mut Context<'_>, load: &ModuleLoad) -> Result<(), StepError> {
    let name = load.module.replace('-', "_");
    let loaded = context.root.names_in("/sys/module")?.contains(&name);
    if loaded { Ok(()) } else { Err(StepError::NotLoaded(load.module.clone())) }
}
