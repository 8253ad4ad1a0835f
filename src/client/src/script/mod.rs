//! A plan of the host as a script that a person can read and run, and as a page to read: for a computer without the root
//! service. It is made of the same steps; it looks before it changes something and stops at the first surprise, but it
//! keeps no journal and undoes nothing.

mod quote;
mod shell;

use gangway_core::difference::Difference;
use gangway_core::plan::{Content, FileChange, Plan, Step};
use gettextrs::gettext;

use crate::text::{self, DeviceNames, fill};

/// The plan as a shell script, for root to run.
pub fn script(plan: &Plan, names: &DeviceNames<'_>) -> String {
    let mut lines = vec!["#!/bin/sh".to_owned()];
    comment(&mut lines, &format!("{}.", text::intent(&plan.intent, names)));
    comment(
        &mut lines,
        &gettext("Made by Gangway for one computer as it was then; read it before you run it, as root."),
    );
    comment(
        &mut lines,
        &gettext("It stops at the first thing that is not as expected, and it undoes nothing."),
    );
    // What stands between single quotes is meant as it stands; not every script uses every function.
    lines.push("# shellcheck disable=SC2016,SC2317,SC2329".to_owned());
    lines.push("set -eu".to_owned());
    lines.extend(shell::PREPARE.lines().map(str::to_owned));
    for (number, step) in plan.steps.iter().enumerate() {
        lines.push(String::new());
        comment(&mut lines, &format!("{}. {}", number + 1, text::plan_step(step, names)));
        lines.extend(shell::step(step));
    }
    lines.push(String::new());
    match text::effect(plan.effect) {
        _ if plan.steps.is_empty() => comment(&mut lines, &nothing()),
        Some(effect) => comment(&mut lines, &effect),
        None => {}
    }
    lines.push(String::new());
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// The plan as a page of Markdown: what happens, and each difference and command.
pub fn markdown(plan: &Plan, names: &DeviceNames<'_>) -> String {
    let mut page = format!("# {}\n", text::intent(&plan.intent, names));
    for (number, step) in plan.steps.iter().enumerate() {
        page += &format!("\n{}. {}\n", number + 1, text::plan_step(step, names));
        match step {
            Step::File(change) => page += &block("diff", &difference(change)),
            _ => page += &block("sh", &shell::step(step).join("\n")),
        }
    }
    match text::effect(plan.effect) {
        _ if plan.steps.is_empty() => page += &format!("\n{}\n", nothing()),
        Some(effect) => page += &format!("\n{effect}\n"),
        None => {}
    }
    page
}

fn nothing() -> String {
    gettext("All is as wanted already, so there is nothing to do.")
}

/// What changes in a file, as a unified difference with the names of the file; a sentence where it is no text.
pub fn difference(change: &FileChange) -> String {
    between(&change.path, change.before.as_ref(), change.after.as_ref())
}

/// What changes between two contents of a file; none is no file.
pub fn between(path: &str, before: Option<&Content>, after: Option<&Content>) -> String {
    let text = |content: Option<&Content>| content.map_or(Some(""), Content::text).map(str::to_owned);
    let (Some(old), Some(new)) = (text(before), text(after)) else {
        return fill(&gettext("“{path}” is no text."), &[("path", path)]) + "\n";
    };
    let name = |there: bool| if there { path } else { "/dev/null" };
    format!(
        "--- {}\n+++ {}\n{}",
        name(before.is_some()),
        name(after.is_some()),
        Difference::between(&old, &new)
    )
}

/// A block of code, in a fence that is longer than any in it, moved in as a part of the item above.
fn block(language: &str, code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    let mut block = format!("\n   {fence}{language}\n");
    for line in code.lines() {
        block += &format!("   {line}\n");
    }
    block + &format!("   {fence}\n")
}

/// A comment; nothing in it can end the line.
fn comment(lines: &mut Vec<String>, sentence: &str) {
    let plain: String = sentence.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    lines.push(format!("# {plain}"));
}

#[cfg(test)]
mod tests;
