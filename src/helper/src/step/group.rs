//! The calling user, who comes into a group. Only the system's own tools change the account files.

use std::time::Duration;

use gangway_core::plan::{Back, GroupChange, StopReason, Unneeded};

use super::{Context, StepError, unreadable};
use crate::command::{Call, CommandError};
use crate::journal::Former;

const LIMIT: Duration = Duration::from_secs(60);
const GROUPS: &str = "/etc/group";
const USERS: &str = "/etc/passwd";

/// The fields of the line of a name in an account file.
fn line(context: &Context<'_>, path: &str, name: &str) -> Result<Vec<String>, StepError> {
    let found = context.root.look(path)?.ok_or_else(|| StepError::Missing(path.to_owned()))?;
    let text = found.content.text().ok_or_else(|| StepError::Changed(path.to_owned()))?;
    let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    text.lines()
        .map(fields)
        .find(|fields| fields.first().is_some_and(|first| first == name))
        .ok_or_else(|| StepError::Missing(format!("{path}: {name}")))
}

fn is_member(context: &Context<'_>, change: &GroupChange) -> Result<bool, StepError> {
    let fields = line(context, GROUPS, &change.group)?;
    Ok(fields.get(3).is_some_and(|members| members.split(',').any(|member| member == change.user)))
}

pub(super) fn capture(context: &mut Context<'_>, change: &GroupChange) -> Result<Former, StepError> {
    let user = line(context, USERS, &change.user)?;
    if user.get(2).and_then(|uid| uid.parse().ok()) != Some(change.uid) {
        return Err(StepError::Changed(format!("{USERS}: {}", change.user)));
    }
    Ok(Former::Group { member: is_member(context, change)? })
}

pub(super) fn carry_out(context: &mut Context<'_>, change: &GroupChange) -> Result<(), StepError> {
    let (group, user) = (change.group.as_str(), change.user.as_str());
    let ways = [
        ("usermod", vec!["-aG", group, "--", user]),
        ("gpasswd", vec!["-a", user, group]),
        ("addgroup", vec![user, group]),
    ];
    run(context, ways)
}

pub(super) fn leave(context: &mut Context<'_>, change: &GroupChange) -> Result<(), StepError> {
    let (group, user) = (change.group.as_str(), change.user.as_str());
    if is_member(context, change)? {
        run(context, [("gpasswd", vec!["-d", user, group]), ("delgroup", vec![user, group])])?;
    }
    verify(context, change, false)
}

/// Runs the first of the tools that is installed.
fn run<'a>(
    context: &mut Context<'_>,
    ways: impl IntoIterator<Item = (&'static str, Vec<&'a str>)>,
) -> Result<(), StepError> {
    let mut missing = "";
    for (tool, arguments) in ways {
        if context.tools.has(tool) {
            Call::tool(tool, arguments, LIMIT).succeed(context.tools, context.line)?;
            return Ok(());
        }
        missing = tool;
    }
    Err(CommandError::NotFound(missing.to_owned()).into())
}

pub(super) fn verify(context: &mut Context<'_>, change: &GroupChange, wanted: bool) -> Result<(), StepError> {
    if is_member(context, change)? == wanted {
        return Ok(());
    }
    Err(StepError::Membership { user: change.user.clone(), group: change.group.clone() })
}

pub(super) fn roll_back(
    context: &mut Context<'_>,
    change: &GroupChange,
    former: &Former,
) -> Result<(), StepError> {
    if *former == (Former::Group { member: true }) { Ok(()) } else { leave(context, change) }
}

pub(super) fn look_back(
    context: &mut Context<'_>,
    change: &GroupChange,
    former: &Former,
) -> Result<Back, StopReason> {
    if *former == (Former::Group { member: true }) {
        return Ok(Back::Nothing { why: Unneeded::NotOurs });
    }
    if !is_member(context, change).map_err(unreadable)? {
        return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
    }
    Ok(Back::LeaveGroup { group: change.group.clone(), user: change.user.clone() })
}
