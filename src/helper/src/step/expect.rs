//! What must be seen in what a tool made. A tool that succeeds and changed nothing has failed.

use gangway_core::plan::{ArtefactKind, Expectation, ToolRun};

use super::{Context, StepError};

/// Refuses, before anything is written, what could not be looked at afterwards.
pub(super) fn check(run: &ToolRun) -> Result<(), StepError> {
    if run.expects.is_empty() {
        return Err(not_made(run, "-", "nothing tells how to see that it did"));
    }
    for expectation in &run.expects {
        match expectation {
            Expectation::Arguments { kind: ArtefactKind::Unified, path, .. }
            | Expectation::Image { path, .. } => {
                return Err(not_made(run, path, "this kind of file cannot be looked into"));
            }
            Expectation::Arguments { .. } => {}
        }
    }
    Ok(())
}

pub(super) fn verify(context: &mut Context<'_>, run: &ToolRun) -> Result<(), StepError> {
    for expectation in &run.expects {
        match expectation {
            Expectation::Arguments { kind, path, present, absent } => {
                let entries = entries(context, run, *kind, path)?;
                let first = entries.first().map(Vec::as_slice).unwrap_or_default();
                if let Some(missing) = present.iter().find(|argument| !first.contains(argument)) {
                    return Err(not_made(run, path, &format!("{missing} is not in it")));
                }
                refuse_any(run, path, &entries, absent)?;
            }
            Expectation::Image { path, .. } => {
                return Err(not_made(run, path, "this kind of file cannot be looked into"));
            }
        }
    }
    Ok(())
}

/// Whether nothing of what the tool was to put there is left, after it ran again without it.
pub(super) fn verify_gone(context: &mut Context<'_>, run: &ToolRun) -> Result<(), StepError> {
    for expectation in &run.expects {
        if let Expectation::Arguments { kind, path, present, .. } = expectation {
            let entries = entries(context, run, *kind, path)?;
            refuse_any(run, path, &entries, present)?;
        }
    }
    Ok(())
}

fn refuse_any(
    run: &ToolRun,
    path: &str,
    entries: &[Vec<String>],
    absent: &[String],
) -> Result<(), StepError> {
    match absent.iter().find(|argument| entries.iter().any(|entry| entry.contains(argument))) {
        Some(left) => Err(not_made(run, path, &format!("{left} is still in it"))),
        None => Ok(()),
    }
}

/// The arguments of each entry that an artefact starts a kernel with.
fn entries(
    context: &Context<'_>,
    run: &ToolRun,
    kind: ArtefactKind,
    path: &str,
) -> Result<Vec<Vec<String>>, StepError> {
    let found = context.root.look(path)?.ok_or_else(|| StepError::Missing(path.to_owned()))?;
    let text = found.content.text().ok_or_else(|| not_made(run, path, "it is no text"))?;
    let entries = arguments(kind, text);
    if entries.is_empty() { Err(not_made(run, path, "no entry of it starts a kernel")) } else { Ok(entries) }
}

/// Source: GRUB manual, `linux`; Boot Loader Specification, `options`; limine, `CONFIG.md`.
fn arguments(kind: ArtefactKind, text: &str) -> Vec<Vec<String>> {
    let owned = |words: std::str::SplitWhitespace<'_>| words.map(str::to_owned).collect();
    match kind {
        ArtefactKind::GrubConfig => text
            .lines()
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                matches!(words.next(), Some("linux" | "linux16" | "linuxefi")).then(|| owned(words))
            })
            .collect(),
        ArtefactKind::Entry => {
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix("options"));
            let words: Vec<String> = lines
                .filter(|rest| rest.starts_with([' ', '\t']))
                .flat_map(|rest| rest.split_whitespace().map(str::to_owned))
                .collect();
            vec![words]
        }
        ArtefactKind::Limine => text
            .lines()
            .filter_map(|line| line.trim().split_once(':'))
            .filter(|(key, _)| {
                ["cmdline", "kernel_cmdline"].iter().any(|name| key.eq_ignore_ascii_case(name))
            })
            .map(|(_, rest)| owned(rest.split_whitespace()))
            .collect(),
        ArtefactKind::Unified => Vec::new(),
    }
}

fn not_made(run: &ToolRun, path: &str, lack: &str) -> StepError {
    let tool = run.tool.command().first().map(ToString::to_string).unwrap_or_default();
    StepError::NotMade { path: path.to_owned(), tool, lack: lack.to_owned() }
}
