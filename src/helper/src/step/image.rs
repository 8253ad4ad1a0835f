//! A second initramfs beside the one that starts by itself: made by the system's generator beside its place, looked into,
//! and given its name only then.

use std::time::Duration;

use gangway_core::plan::{Back, Builder, SecondImage, StopReason, Unneeded};

use super::environment::missing;
use super::{Context, StepError, expect, unreadable};
use crate::command::{Call, CommandError};
use crate::journal::{Former, Left};
use crate::write::WriteErrorKind;

/// How long a generator may take.
const LIMIT: Duration = Duration::from_secs(20 * 60);
/// How long unpacking and removing may take.
const SHORT: Duration = Duration::from_secs(180);
/// What an image is asked to leave free besides twice its size, in bytes: an image of today may be larger than the one of
/// yesterday.
const SPARE: u64 = 10 << 20;
/// How much larger than itself an image may be when it is unpacked.
const UNPACKED: u64 = 8;
/// The most that is read of the order of scripts.
const ORDER: u64 = 1 << 20;

/// Paths of ours that it reads or makes besides.
pub(super) fn own(made: &SecondImage) -> Vec<&String> {
    match &made.builder {
        Builder::InitramfsTools { own, copy, .. } => vec![own, copy],
        Builder::Dracut { includes, .. } => includes.iter().map(|(file, _)| file).collect(),
        Builder::Mkinitcpio { configuration, hooks } => vec![configuration, hooks],
    }
}

pub(super) fn capture(context: &mut Context<'_>, made: &SecondImage) -> Result<Former, StepError> {
    let call = call(made)?;
    let unpacker = matches!(made.builder, Builder::InitramfsTools { .. }).then_some("unmkinitramfs");
    for tool in [Some(call.name()), unpacker].into_iter().flatten() {
        if !context.tools.has(tool) {
            return Err(CommandError::NotFound(tool.to_owned()).into());
        }
    }
    expect::check_lister(context)?;
    if context.root.measure(&made.path)?.is_some() {
        return Err(WriteErrorKind::Occupied.at(&made.path).into());
    }
    let like = context.root.measure(&made.like)?.ok_or_else(|| StepError::Missing(made.like.clone()))?;
    let missing = context.root.missing_folders(&made.path)?;
    let needed = like.size.saturating_mul(11) / 5;
    context.root.need(missing.first().unwrap_or(&made.path), needed.saturating_add(SPARE))?;
    Ok(Former::Made { missing })
}

fn call(made: &SecondImage) -> Result<Call, StepError> {
    let words = made.command();
    let Some((program, arguments)) = words.split_first() else {
        return Err(StepError::BadName(String::new()));
    };
    Ok(Call::tool(program, arguments.iter().map(String::as_str), LIMIT))
}

pub(super) fn carry_out(
    context: &mut Context<'_>,
    made: &SecondImage,
    former: &Former,
) -> Result<Left, StepError> {
    for folder in missing(former, &made.path)? {
        context.root.make_folder(folder, false)?;
    }
    let beside = made.beside();
    if let Builder::InitramfsTools { configuration, own, copy, .. } = &made.builder {
        clear(context, copy)?;
        context.root.copy_tree(configuration, copy)?;
        context.root.copy_tree(own, copy)?;
        context.root.gap("configuration-copied", copy);
    }
    let call = call(made)?;
    context.root.gap("run-begin", call.name());
    call.succeed(context.tools, context.line)?;
    context.root.gap("run-done", call.name());
    context.root.sync_around(&beside)?;
    let files: Vec<String> = made.files.clone();
    expect::verify_image(context, call.name(), &beside, &made.modules, &files)?;
    if let Builder::InitramfsTools { own, copy, first, .. } = &made.builder {
        verify_first(context, made, own, copy, first)?;
        clear(context, copy)?;
    }
    context.root.rename_made(&beside, &made.path)?;
    Ok(Left::Made { files: vec![context.root.measure(&made.path)?] })
}

/// Whether our script is in the image as it was written, and run before all others: what decides that is made with the image.
fn verify_first(
    context: &mut Context<'_>,
    made: &SecondImage,
    own: &str,
    copy: &str,
    first: &str,
) -> Result<(), StepError> {
    let beside = made.beside();
    let lacks = |lack: &str| Err(expect::lacks("mkinitramfs", &beside, lack));
    let opened = opened(copy);
    remove(context, &opened)?;
    let size = context.root.measure(&beside)?.map_or(0, |image| image.size);
    context.root.need(&opened, size.saturating_mul(UNPACKED))?;
    let call = Call::tool("unmkinitramfs", [beside.as_str(), &opened], SHORT);
    call.succeed(context.tools, &mut |_| {})?;
    context.root.gap("image-opened", &opened);
    let (folder, name) = first.rsplit_once('/').unwrap_or(("", first));
    let mut found = None;
    // With microcode before it, the image itself is unpacked into a folder of its own.
    for part in ["", "/main", "/main2", "/main3"] {
        let order = format!("{opened}{part}/{folder}/ORDER");
        if let Some(order) = context.root.look_up_to(&order, ORDER)? {
            let script = context.root.look_up_to(&format!("{opened}{part}/{first}"), ORDER)?;
            found = Some((String::from_utf8_lossy(&order).into_owned(), script));
        }
    }
    let written = context.root.look_up_to(&format!("{own}/{first}"), ORDER)?;
    remove(context, &opened)?;
    let Some((order, script)) = found else { return lacks("it has no order of its first scripts") };
    let runs = order.lines().find(|line| line.starts_with('/'));
    let is_ours = |line: &str| line.split_whitespace().next() == Some(&format!("/{first}"));
    if !runs.is_some_and(is_ours) {
        return lacks(&format!("{name} is not the first of its scripts"));
    }
    if script.is_none() || script != written {
        return lacks(&format!("{name} is another one in it"));
    }
    Ok(())
}

/// Where an image is unpacked for a look.
fn opened(copy: &str) -> String {
    format!("{copy}-opened")
}

/// What is in an image has modes of its own, so it is removed by the system's tool.
fn remove(context: &mut Context<'_>, path: &str) -> Result<(), StepError> {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    if context.root.names_in(folder)?.iter().any(|there| there == name) {
        let call = Call::tool("rm", ["-rf", "--one-file-system", "--", path], SHORT);
        call.succeed(context.tools, &mut |_| {})?;
    }
    Ok(())
}

/// Removes what is only there while the image is made.
fn clear(context: &mut Context<'_>, copy: &str) -> Result<(), StepError> {
    remove(context, &opened(copy))?;
    Ok(context.root.remove_tree(copy)?)
}

/// Once it was looked into, it is enough that it is the same still.
pub(super) fn verify(
    context: &mut Context<'_>,
    made: &SecondImage,
    left: Option<&Left>,
) -> Result<(), StepError> {
    let present = context.root.measure(&made.path)?;
    let present = present.ok_or_else(|| StepError::Missing(made.path.clone()))?;
    match left {
        Some(Left::Made { files }) => match files.first() {
            Some(Some(left)) if left.same_bytes(&present) => Ok(()),
            _ => Err(StepError::Changed(made.path.clone())),
        },
        // It got its name just now, after it was looked into.
        _ => Ok(()),
    }
}

/// Removes it, and whatever of it was being made; also how undo does it.
pub(super) fn roll_back(
    context: &mut Context<'_>,
    made: &SecondImage,
    former: &Former,
) -> Result<(), StepError> {
    if let Builder::InitramfsTools { copy, .. } = &made.builder {
        clear(context, copy)?;
    }
    for path in [made.beside(), made.path.clone()] {
        context.root.tidy(&path)?;
        context.root.remove_made(&path)?;
    }
    for folder in missing(former, &made.path)?.iter().rev() {
        context.root.remove_folder(folder)?;
    }
    Ok(())
}

pub(super) fn look_back(
    context: &mut Context<'_>,
    made: &SecondImage,
    left: Option<&Left>,
) -> Result<Back, StopReason> {
    let Some(present) = context.root.measure(&made.path).map_err(unreadable)? else {
        return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
    };
    let path = made.path.clone();
    match left {
        Some(Left::Made { files }) => match files.first() {
            Some(Some(left)) if left.same_bytes(&present) => Ok(Back::RemoveMade { path }),
            _ => Ok(Back::RemoveDamaged { path }),
        },
        _ => Err(unreadable("the record does not tell what the tool made")),
    }
}
