//! The service on the system bus, for this computer.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use gangway_protocol::names::SERVICE;
use zbus::connection::Builder;

use crate::authority::Authority;
use crate::engine::Engine;
use crate::log::log;
use crate::service::Service;
use crate::sessions::somebody_is_there;
use crate::trial::TrialEnd;
use crate::work::Work;

/// How long polkit has for an answer: a password is looked for meanwhile.
const QUESTION: Duration = Duration::from_secs(300);

/// How long logind has for an answer.
const ANSWER: Duration = Duration::from_secs(20);

/// How many messages wait to be taken.
const QUEUED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(15);

/// Serves until nobody needs it.
///
/// # Errors
/// The bus cannot be reached, or the name is taken.
pub fn serve(idle: Duration) -> Result<()> {
    serve_on(Builder::system(), Path::new("/"), Engine::live()?, idle)
}

/// Serves on a bus, for the machine that an engine has below a root folder.
///
/// # Errors
/// As [`serve`].
pub fn serve_on(bus: Builder<'_>, root: &Path, engine: Engine, idle: Duration) -> Result<()> {
    let builder = bus.method_timeout(QUESTION).max_queued(QUEUED);
    let messages = zbus::block_on(builder.build_message_stream()).context("the bus cannot be reached")?;
    let connection = zbus::Connection::from(&messages);
    let work = Work::on(root, engine, Authority::polkit(connection.clone()))?;
    // Before anybody can ask for more. Where that is not possible (the unit that does it at the start of the computer is at
    // it, or the disk is full), plans are still shown; nothing is changed before it succeeded.
    if let Err(error) = work.recover() {
        log(format_args!("Interrupted changes could not be brought to an end: {error}"));
    }
    let service = Service::new(connection.clone(), work);
    zbus::block_on(connection.request_name(SERVICE)).context("the name on the bus cannot be taken")?;
    Ok(service.run(messages, idle)?)
}

/// Brings interrupted work to an end: back to what was before, or on to what was wanted.
///
/// # Errors
/// The journal cannot be used.
pub fn recover() -> Result<()> {
    Ok(Work::on(Path::new("/"), Engine::live()?, Authority::Private)?.recover()?)
}

/// Waits until no change is being made any more, so that the computer is not switched off in the middle of one. Whoever asks
/// bounds the time.
///
/// # Errors
/// The journal cannot be used.
pub fn wait() -> Result<()> {
    Ok(Engine::live()?.wait()?)
}

/// Notes how a reservation stands in this start, and clears what the loader left over of it.
///
/// # Errors
/// Something of it cannot be read or written.
pub fn note_trial() -> Result<()> {
    if let Some(noted) = Engine::live()?.note_trial()? {
        crate::trial::tell(&noted);
    }
    Ok(())
}

/// Ends a trial that nobody kept in time, unless somebody is logged in.
///
/// # Errors
/// Something of it cannot be read or written, or the restart is refused.
pub fn end_trial() -> Result<()> {
    let engine = Engine::live()?;
    let ended = engine.end_trial(|| {
        let connected = zbus::block_on(async { Builder::system().method_timeout(ANSWER).build().await });
        somebody_is_there(connected)
    })?;
    match ended {
        TrialEnd::NotOnTrial => {}
        TrialEnd::LeftToUser => log("The trial of a reservation is left to who is logged in"),
        TrialEnd::Restarted => log("Nobody kept the reservation on trial: the computer is restarted"),
    }
    Ok(())
}
