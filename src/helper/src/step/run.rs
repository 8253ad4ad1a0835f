//! A tool of the system that makes files anew: what it makes is kept before, and looked into afterwards.

use std::time::Duration;

use gangway_core::plan::{Back, Expectation, StopReason, ToolRun, Unneeded};

use super::{Context, Known, StepError, Taken, expect, is_restarted, unreadable};
use crate::command::{Call, CommandError};
use crate::journal::{COPY, Former, KeptCopy, Left};
use crate::write::{Keeping, Large, WriteError};

/// How long a tool may take: images of many kernels take minutes each on a slow disk.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// The seconds after which what is made is certainly made by somebody else: the tool's time, and some more for slow clocks.
const AFTER: i64 = 30 * 60;

/// The files that it makes: the small ones, then the large ones.
fn artefacts(run: &ToolRun) -> impl Iterator<Item = &String> {
    run.rewrites.iter().chain(&run.rebuilds)
}

pub(super) fn capture(context: &mut Context<'_>, index: usize, run: &ToolRun) -> Result<Former, StepError> {
    let call = call(run)?;
    if !context.tools.has(call.name()) {
        return Err(CommandError::NotFound(call.name().to_owned()).into());
    }
    expect::check(context, run)?;
    if run.tool.keeps_account() {
        refuse_waiting(context, run)?;
    }
    let rewrites = run.rewrites.iter().map(|path| context.root.look(path)).collect::<Result<_, _>>()?;
    let mut rebuilds = Vec::new();
    let mut needed = 0;
    for (number, path) in run.rebuilds.iter().enumerate() {
        rebuilds.push(match context.root.measure(path)? {
            None => None,
            Some(original) => {
                let name = format!("{COPY}{index}-{number}");
                let copy = format!("{}/{name}", context.folder);
                context.root.need(&copy, original.size)?;
                needed += original.size;
                // Files of one tool are on one file system nearly always; where not, this asks for too much.
                context.root.need(path, needed)?;
                let copied = context.root.copy(path, &copy, true)?;
                if !copied.same_bytes(&original) {
                    return Err(StepError::Changed(path.clone()));
                }
                Some(KeptCopy { name, original })
            }
        });
    }
    Ok(Former::Run { rewrites, rebuilds })
}

/// Refuses where something of somebody else's waits for the next start already: the tool would add ours to it.
fn refuse_waiting(context: &Context<'_>, run: &ToolRun) -> Result<(), StepError> {
    for expectation in &run.expects {
        if let Expectation::Arguments { path, .. } = expectation
            && context.root.measure(path)?.is_some()
        {
            return Err(StepError::Changed(path.clone()));
        }
    }
    Ok(())
}

fn call(run: &ToolRun) -> Result<Call, StepError> {
    of_words(&run.tool.command())
}

fn of_words(words: &[String]) -> Result<Call, StepError> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(StepError::BadName(String::new()));
    };
    Ok(Call::tool(program, arguments.iter().map(String::as_str), LIMIT))
}

pub(super) fn carry_out(context: &mut Context<'_>, run: &ToolRun) -> Result<Left, StepError> {
    let call = call(run)?;
    make(context, run, &call)
}

fn make(context: &mut Context<'_>, run: &ToolRun, call: &Call) -> Result<Left, StepError> {
    context.root.gap("run-begin", call.name());
    call.succeed(context.tools, context.line)?;
    context.root.gap("run-done", call.name());
    for path in artefacts(run) {
        context.root.sync_around(path)?;
    }
    Ok(Left::Made { files: measure(context, run)? })
}

fn measure(context: &Context<'_>, run: &ToolRun) -> Result<Vec<Option<Large>>, StepError> {
    Ok(artefacts(run).map(|path| context.root.measure(path)).collect::<Result<_, _>>()?)
}

/// Looks into what it made. Once that was seen, it is enough that the files are the same still.
pub(super) fn verify(context: &mut Context<'_>, run: &ToolRun, left: Option<&Left>) -> Result<(), StepError> {
    match left {
        Some(Left::Made { files }) if same_files(files, &measure(context, run)?) => Ok(()),
        _ => expect::verify(context, run),
    }
}

fn same_files(left: &[Option<Large>], present: &[Option<Large>]) -> bool {
    let same = |(left, present): (&Option<Large>, &Option<Large>)| match (left, present) {
        (Some(left), Some(present)) => left.same_bytes(present),
        (left, present) => left.is_none() && present.is_none(),
    };
    left.len() == present.len() && left.iter().zip(present).all(same)
}

/// Takes back what the tool made, if nobody else made it anew since; also how undo does it.
///
/// Files that a package made anew may name kernels that the former ones do not know, so those are not put back: the tool
/// has to run again, after the configuration is what it was.
pub(super) fn roll_back(
    context: &mut Context<'_>,
    run: &ToolRun,
    known: Known<'_>,
) -> Result<Taken, StepError> {
    if run.tool.keeps_account() {
        return Ok(if expect::is_gone(context, run)? { Taken::Whole } else { Taken::RunAgain });
    }
    if is_made_anew(context, run, known)? {
        return Ok(Taken::RunAgain);
    }
    put_back(context, run, known.former)?;
    Ok(Taken::Whole)
}

/// Whether somebody else made one of the files since.
fn is_made_anew(context: &Context<'_>, run: &ToolRun, known: Known<'_>) -> Result<bool, StepError> {
    let Former::Run { rewrites, rebuilds } = known.former else {
        return Err(StepError::Changed(run.tool.command().join(" ")));
    };
    let present = measure(context, run)?;
    let small = run.rewrites.iter().zip(rewrites).map(|(path, found)| {
        // A small file is measured by its bytes here.
        Ok(context.root.look(path)?.map(|now| now.content)
            == found.as_ref().map(|found| found.content.clone()))
    });
    let small: Vec<bool> = small.collect::<Result<_, WriteError>>()?;
    let large =
        rebuilds.iter().zip(present.iter().skip(rewrites.len())).map(|(kept, now)| match (kept, now) {
            (Some(kept), Some(now)) => kept.original.same_bytes(now),
            (kept, now) => kept.is_none() && now.is_none(),
        });
    let former: Vec<bool> = small.into_iter().chain(large).collect();
    let booted = is_restarted(known.record, context.boot).then(|| context.booted_at()).flatten();
    let other = present.iter().zip(former).enumerate().any(|(index, (now, is_former))| {
        let Some(now) = now else { return false };
        match known.left {
            _ if is_former => false,
            Some(Left::Made { files }) => {
                !files.get(index).and_then(Option::as_ref).is_some_and(|left| left.same_bytes(now))
            }
            // The tool was interrupted: nobody knows what it made, but what is newer than this start, or than the time that
            // the tool has, is not of it. Recovery may come late: without a unit that asks for it, or with a backup.
            _ => {
                let made = now.meta.modified.0;
                booted.is_some_and(|booted| made > booted)
                    || known.begun.is_some_and(|begun| made > begun.saturating_add(AFTER))
            }
        }
    });
    Ok(other)
}

/// Puts every file back that is not what it was.
fn put_back(context: &mut Context<'_>, run: &ToolRun, former: &Former) -> Result<(), StepError> {
    let Former::Run { rewrites, rebuilds } = former else {
        return Err(StepError::Changed(run.tool.command().join(" ")));
    };
    for (path, kept) in run.rebuilds.iter().zip(rebuilds) {
        context.root.tidy(path)?;
        let present = context.root.measure(path)?;
        match kept {
            Some(kept) if present.as_ref().is_some_and(|present| *present == kept.original) => {}
            Some(kept) => {
                let copy = format!("{}/{}", context.folder, kept.name);
                context.root.restore(&copy, path, &kept.original)?;
            }
            None => context.root.remove_made(path)?,
        }
    }
    for (path, found) in run.rewrites.iter().zip(rewrites) {
        context.root.tidy(path)?;
        let present = context.root.look(path)?;
        match found {
            Some(found) if present.as_ref() == Some(found) => {}
            Some(found) => {
                let present = present.as_ref().map(|present| present.content.bytes());
                context.root.put(path, present, found.content.bytes(), Keeping::Exactly(&found.meta))?;
            }
            None => context.root.remove_made(path)?,
        }
    }
    Ok(())
}

pub(super) fn look_back(
    context: &mut Context<'_>,
    run: &ToolRun,
    known: Known<'_>,
) -> Result<Back, StopReason> {
    let paths: Vec<String> = artefacts(run).cloned().collect();
    if run.tool.keeps_account() {
        return Ok(match expect::is_gone(context, run).map_err(unreadable)? {
            true => Back::Nothing { why: Unneeded::AlreadyBack },
            false => Back::RunAgain { tool: run.tool.clone(), paths },
        });
    }
    let present = measure(context, run).map_err(unreadable)?;
    let Some(Left::Made { files }) = known.left else {
        return Err(unreadable("the record does not tell what the tool made"));
    };
    if same_files(files, &present) {
        return Ok(Back::Artefacts { paths });
    }
    // What is gone with its kernel needs no tool; one that changes what it finds would find nothing.
    if run.tool.reverse().is_some() && present.iter().all(Option::is_none) {
        return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
    }
    let call = call(run).map_err(unreadable)?;
    if !context.tools.has(call.name()) {
        return Err(unreadable(CommandError::NotFound(call.name().to_owned())));
    }
    Ok(Back::RunAgain { tool: run.tool.clone(), paths })
}

/// Runs the tool once more, after the configuration was taken back, and sees that nothing of ours is left in what it made. A
/// tool that changes what it finds is told to take ours out.
pub(super) fn again(context: &mut Context<'_>, run: &ToolRun) -> Result<(), StepError> {
    let back = run.tool.reverse().map(|words| of_words(&words)).transpose()?;
    make(context, run, &back.map_or_else(|| call(run), Ok)?)?;
    expect::verify_gone(context, run)
}
