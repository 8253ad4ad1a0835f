//! A service that is switched on, by the init system's own tools; with runit, by a link.

use std::collections::BTreeMap;
use std::time::Duration;

use gangway_core::plan::{Back, ServiceChange, StopReason, Unneeded};

use super::{Context, Known, StepError, unreadable};
use crate::command::{Call, CommandError};
use crate::journal::{Former, Left};
use crate::places;

const LIMIT: Duration = Duration::from_secs(120);
/// The seconds after which a link is certainly made by somebody else: the tool's time, and some more for slow clocks.
const AFTER: i64 = 10 * 60;
const UNITS: &str = "/etc/systemd/system";
const RUNLEVEL: &str = "/etc/runlevels/default";

/// Its name.
pub(super) fn name(change: &ServiceChange) -> &str {
    match change {
        ServiceChange::Systemd { unit } => unit,
        ServiceChange::OpenRc { service } => service,
        ServiceChange::Runit { link, .. } => link,
    }
}

struct Now {
    enabled: bool,
    active: bool,
    /// Whether it cannot be switched on.
    never: bool,
    /// In the tool's words.
    shown: String,
}

fn now(context: &mut Context<'_>, change: &ServiceChange) -> Result<Now, StepError> {
    match change {
        ServiceChange::Systemd { unit } => {
            let enabled = ask(context, "systemctl", &["is-enabled", "--", unit])?;
            let active = ask(context, "systemctl", &["is-active", "--", unit])?;
            // What cannot be switched on, because something else starts it, counts as switched on.
            let words = ["enabled", "static", "indirect", "alias", "generated"];
            let off = ["disabled", "enabled-runtime", "linked", "linked-runtime", "transient"];
            Ok(Now {
                enabled: words.contains(&enabled.1.as_str()),
                active: active.1 == "active",
                never: !words.iter().chain(&off).any(|word| *word == enabled.1),
                shown: format!("{}, {}", enabled.1, active.1),
            })
        }
        ServiceChange::OpenRc { service } => {
            let enabled = context.root.names_in(RUNLEVEL)?.contains(service);
            let active = ask(context, "rc-service", &[service, "status"])?.0;
            Ok(Now {
                enabled,
                active,
                never: false,
                shown: format!("in the default runlevel: {enabled}, started: {active}"),
            })
        }
        ServiceChange::Runit { folder, link } => {
            let there = context.root.link(link)?.is_some_and(|target| target == *folder);
            Ok(Now { enabled: there, active: there, never: false, shown: format!("linked: {there}") })
        }
    }
}

/// Asks a tool something: whether it said yes, and its first line.
fn ask(context: &mut Context<'_>, tool: &str, arguments: &[&str]) -> Result<(bool, String), StepError> {
    // What it says is an answer, no news.
    let finished = context.tools.run(&Call::tool(tool, arguments.iter().copied(), LIMIT), &mut |_| {})?;
    let first = finished.output.lines().next().unwrap_or_default().trim().to_owned();
    Ok((finished.status == Some(0), first))
}

fn run(context: &mut Context<'_>, tool: &str, arguments: &[&str]) -> Result<(), StepError> {
    Call::tool(tool, arguments.iter().copied(), LIMIT).succeed(context.tools, context.line)?;
    Ok(())
}

pub(super) fn capture(context: &mut Context<'_>, change: &ServiceChange) -> Result<Former, StepError> {
    let tools: &[&str] = match change {
        ServiceChange::Systemd { .. } => &["systemctl"],
        ServiceChange::OpenRc { .. } => &["rc-update", "rc-service"],
        ServiceChange::Runit { link, folder } => {
            if !context.root.names_in(folder)?.iter().any(|name| name == "run") {
                return Err(StepError::Missing(format!("{folder}/run")));
            }
            if context.root.link(link)?.is_some_and(|target| target != *folder) {
                return Err(StepError::Changed(link.clone()));
            }
            &[]
        }
    };
    if let Some(missing) = tools.iter().find(|tool| !context.tools.has(tool)) {
        return Err(CommandError::NotFound((*missing).to_owned()).into());
    }
    let now = now(context, change)?;
    // What systemd does not know, or was told never to start, is not switched on by us.
    if now.never {
        return Err(StepError::Service { service: name(change).to_owned(), found: now.shown });
    }
    let links = match change {
        ServiceChange::Systemd { .. } => enablement(context)?.into_keys().collect(),
        ServiceChange::OpenRc { .. } | ServiceChange::Runit { .. } => Vec::new(),
    };
    Ok(Former::Service { enabled: now.enabled, active: now.active, links })
}

pub(super) fn carry_out(
    context: &mut Context<'_>,
    change: &ServiceChange,
    former: &Former,
) -> Result<Left, StepError> {
    switch_on(context, change)?;
    // Init systems do not sync the links that they make.
    context.root.sync_around("/etc/group")?;
    match change {
        ServiceChange::Systemd { .. } => Ok(Left::Linked { links: made(context, former)? }),
        ServiceChange::OpenRc { .. } | ServiceChange::Runit { .. } => Ok(Left::AsPlanned),
    }
}

/// The links by which systemd starts units, and where they lead; and the folders that they are in, which lead nowhere.
/// Source: systemctl(1), `enable`.
fn enablement(context: &Context<'_>) -> Result<BTreeMap<String, String>, StepError> {
    let mut found = BTreeMap::new();
    let mut folders = vec![UNITS.to_owned()];
    while let Some(folder) = folders.pop() {
        for name in context.root.names_in(&folder)? {
            let path = format!("{folder}/{name}");
            match context.root.link(&path) {
                Ok(Some(target)) => drop(found.insert(path, target)),
                Ok(None) => {}
                Err(_) if [".wants", ".requires", ".upholds"].iter().any(|end| name.ends_with(end)) => {
                    found.insert(path.clone(), String::new());
                    folders.push(path);
                }
                // A unit of the administrator's own.
                Err(_) => {}
            }
        }
    }
    Ok(found)
}

/// What of these was not there before.
fn made(context: &Context<'_>, former: &Former) -> Result<Vec<(String, String)>, StepError> {
    let Former::Service { links, .. } = former else { return Ok(Vec::new()) };
    Ok(enablement(context)?.into_iter().filter(|(path, _)| !links.contains(path)).collect())
}

/// Removes exactly the links that were made: `systemctl disable` would remove those of other units, too, that the unit
/// names as coming along, and that may have been switched on before.
fn unlink(context: &mut Context<'_>, links: &[(String, String)]) -> Result<(), StepError> {
    for (path, target) in links.iter().filter(|(_, target)| !target.is_empty()) {
        // One that leads elsewhere by now is somebody else's.
        if places::is_writable(path) && context.root.link(path)?.is_some_and(|now| now == *target) {
            context.root.remove_link(path, target)?;
        }
    }
    for (folder, _) in links.iter().filter(|(path, target)| target.is_empty() && places::is_writable(path)) {
        context.root.remove_folder(folder)?;
    }
    run(context, "systemctl", &["daemon-reload"])
}

fn switch_on(context: &mut Context<'_>, change: &ServiceChange) -> Result<(), StepError> {
    match change {
        ServiceChange::Systemd { unit } => run(context, "systemctl", &["enable", "--now", "--", unit]),
        ServiceChange::OpenRc { service } => {
            if !context.root.names_in(RUNLEVEL)?.contains(service) {
                run(context, "rc-update", &["add", service, "default"])?;
            }
            if ask(context, "rc-service", &[service, "status"])?.0 {
                return Ok(());
            }
            run(context, "rc-service", &[service, "start"])
        }
        ServiceChange::Runit { folder, link } => Ok(context.root.make_link(link, folder)?),
    }
}

pub(super) fn verify(context: &mut Context<'_>, change: &ServiceChange) -> Result<(), StepError> {
    let now = now(context, change)?;
    if now.enabled && now.active {
        return Ok(());
    }
    Err(StepError::Service { service: name(change).to_owned(), found: now.shown })
}

/// Switches it off, as far as it was off.
pub(super) fn switch_off(
    context: &mut Context<'_>,
    change: &ServiceChange,
    known: Known<'_>,
    disable: bool,
    stop: bool,
) -> Result<(), StepError> {
    match change {
        ServiceChange::Systemd { unit } => {
            match known.left {
                _ if !disable => {}
                Some(Left::Linked { links }) => unlink(context, links)?,
                // It was interrupted, so what came into being at that time is of it; what came later is somebody else's.
                None => {
                    let latest = known.begun.unwrap_or_default().saturating_add(AFTER);
                    let mut ours = Vec::new();
                    for (path, target) in made(context, known.former)? {
                        // A folder goes only when it is empty.
                        if target.is_empty()
                            || context.root.made_at(&path)?.is_some_and(|made| made <= latest)
                        {
                            ours.push((path, target));
                        }
                    }
                    unlink(context, &ours)?;
                }
                Some(_) => run(context, "systemctl", &["disable", "--", unit])?,
            }
            if stop {
                run(context, "systemctl", &["stop", "--", unit])?;
            }
            Ok(())
        }
        ServiceChange::OpenRc { service } => {
            if disable && context.root.names_in(RUNLEVEL)?.contains(service) {
                run(context, "rc-update", &["del", service, "default"])?;
            }
            if stop && ask(context, "rc-service", &[service, "status"])?.0 {
                run(context, "rc-service", &[service, "stop"])?;
            }
            Ok(())
        }
        ServiceChange::Runit { folder, link } if disable => Ok(context.root.remove_link(link, folder)?),
        ServiceChange::Runit { .. } => Ok(()),
    }
}

pub(super) fn roll_back(
    context: &mut Context<'_>,
    change: &ServiceChange,
    known: Known<'_>,
    restarted: bool,
) -> Result<(), StepError> {
    let Former::Service { enabled, active, .. } = known.former else {
        return Err(StepError::Changed(name(change).to_owned()));
    };
    let now = now(context, change)?;
    // After a restart the init system has started what is switched on; what it was then is gone.
    let stop = now.active && !(*active || restarted && *enabled);
    switch_off(context, change, known, !enabled, stop)
}

pub(super) fn look_back(
    context: &mut Context<'_>,
    change: &ServiceChange,
    former: &Former,
) -> Result<Back, StopReason> {
    let Former::Service { enabled, active, .. } = former else { return Err(StopReason::Changed) };
    if *enabled && *active {
        return Ok(Back::Nothing { why: Unneeded::NotOurs });
    }
    let now = now(context, change).map_err(unreadable)?;
    let (disable, stop) = (now.enabled && !enabled, now.active && !active);
    if !disable && !stop {
        return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
    }
    Ok(Back::Service { service: name(change).to_owned(), disable, stop })
}
