//! What `hand-over`, `take-back` and `definitions restore` share: show the planned change, ask, apply, and tell what came of it.
//! Nothing is defined before the difference was shown and somebody, or `--yes`, agreed.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use gangway_client::handover::{Danger, VmChange, apply};
use gangway_client::hypervisor::Hypervisor;
use gangway_client::store::Store;
use gangway_client::text::{self, DeviceNames, fill};
use gettextrs::gettext;
use serde::Serialize;

use crate::failure::{failure, line_of, visible};
use crate::output::{Ending, write, write_json};

/// How the change is agreed to and told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// Whether `--yes` agreed already.
    pub(super) yes: bool,
    /// Whether to print JSON.
    pub(super) json: bool,
}

/// What `--json` prints of a change.
#[derive(Debug, Serialize)]
pub(super) struct ChangeJson {
    virtual_machine: String,
    uuid: String,
    added: Vec<String>,
    removed: Vec<String>,
    costs: Vec<String>,
    warnings: Vec<String>,
    steps: Vec<String>,
    difference: String,
    defined: bool,
    former_definition: Option<String>,
    lost: Vec<String>,
    /// Whether it is agreed to by the virtual machine's name.
    #[serde(skip)]
    in_words: bool,
    /// Whether somebody agreed to it.
    #[serde(skip)]
    agreed: bool,
}

/// Shows a change, asks for it, and applies it.
pub(super) fn carry_out(
    change: &VmChange,
    hypervisor: &dyn Hypervisor,
    store: &Store,
    names: &DeviceNames<'_>,
    manner: Manner,
) -> anyhow::Result<Ending> {
    carry_out_knowing(change, hypervisor, store, names, &[], manner)
}

/// The same with dangers that are said, and that the user takes in so many words.
pub(super) fn carry_out_knowing(
    change: &VmChange,
    hypervisor: &dyn Hypervisor,
    store: &Store,
    names: &DeviceNames<'_>,
    dangers: &[Danger],
    manner: Manner,
) -> anyhow::Result<Ending> {
    let mut report = ChangeJson::of(change, names);
    report.warnings.extend(dangers.iter().map(|danger| text::danger(danger, names)));
    report.in_words = !dangers.is_empty();
    let done = carry_out_into(&mut report, change, hypervisor, store, names, manner);
    if manner.json && (done.is_ok() || !report.agreed) {
        write_json(&report)?;
    }
    done.map(|()| Ending::Done)
}

/// The same, with what came of it in `report` instead of as JSON on standard output.
pub(super) fn carry_out_into(
    report: &mut ChangeJson,
    change: &VmChange,
    hypervisor: &dyn Hypervisor,
    store: &Store,
    names: &DeviceNames<'_>,
    manner: Manner,
) -> anyhow::Result<()> {
    if !manner.json {
        show(&report.text())?;
    }
    if report.in_words {
        let question = fill(&gettext("Type “{vm}” to take the risk:"), &[("vm", &change.vm.name)]);
        answered(manner.yes, &line_of(&question), |answer| answer == change.vm.name)?;
    } else {
        agreed(manner.yes, &gettext("Define this? [y/N]"))?;
    }
    report.agreed = true;
    let applied =
        apply(hypervisor, store, change).map_err(|error| failure(text::apply_error(&error, names)))?;
    report.defined = true;
    report.former_definition = Some(applied.kept.display().to_string());
    report.lost = applied.lost.iter().map(text::lost).collect();
    if !manner.json {
        write(report.result().as_bytes())?;
    }
    Ok(())
}

/// Prints what is to be agreed to.
pub(super) fn show(text: &str) -> anyhow::Result<()> {
    if write(text.as_bytes())? == Ending::Unread {
        // Nobody has seen the difference, so nobody agreed to it.
        return Err(failure(gettext("The difference could not be shown, so nothing was changed.")));
    }
    Ok(())
}

/// Whether the change may be made: `--yes`, or an answer to a question on the terminal.
pub(super) fn agreed(yes: bool, question: &str) -> anyhow::Result<()> {
    answered(yes, question, is_yes)
}

/// The same, by an answer of another kind.
fn answered(yes: bool, question: &str, agrees: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(failure(gettext(
            "Nothing was changed, since there is no terminal to ask on: read the difference, then use --yes.",
        )));
    }
    let mut errors = io::stderr().lock();
    let asked = write!(errors, "{question} ").and_then(|()| errors.flush());
    let mut answer = String::new();
    let answered = asked.is_ok() && io::stdin().lock().read_line(&mut answer).is_ok();
    if answered && agrees(answer.trim_end_matches(['\n', '\r'])) {
        return Ok(());
    }
    if !answer.ends_with('\n') {
        // Without an answer, what is said next would stand behind the question.
        let _ = writeln!(errors);
    }
    Err(failure(gettext("Nothing was changed.")))
}

/// Whether an answer agrees, in English or in the user's language.
fn is_yes(answer: &str) -> bool {
    let answer = answer.trim().to_lowercase();
    // The letter and the word that agree to “Define this? [y/N]”.
    ["y".to_owned(), "yes".to_owned(), gettext("y"), gettext("yes")].contains(&answer)
}

impl ChangeJson {
    pub(super) fn of(change: &VmChange, names: &DeviceNames<'_>) -> Self {
        let addresses = |addresses: &[_]| addresses.iter().map(ToString::to_string).collect();
        Self {
            virtual_machine: change.vm.name.clone(),
            uuid: change.vm.id.to_string(),
            added: addresses(&change.added),
            removed: addresses(&change.removed),
            costs: change.costs.iter().map(|cost| text::cost(cost, names)).collect(),
            warnings: change.warnings.iter().map(|warning| text::warning(warning, names)).collect(),
            steps: change.steps.iter().map(|step| text::step(step, names)).collect(),
            difference: change.difference.to_string(),
            defined: false,
            former_definition: None,
            lost: Vec::new(),
            in_words: false,
            agreed: false,
        }
    }

    /// Costs and warnings, the steps, and the difference.
    pub(super) fn text(&self) -> String {
        let mut lines: Vec<String> =
            self.costs.iter().chain(&self.warnings).map(|line| line_of(line)).collect();
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(
            self.steps.iter().enumerate().map(|(index, step)| format!("{}. {}", index + 1, line_of(step))),
        );
        lines.push(String::new());
        let mut text = lines.join("\n");
        text.push('\n');
        let shown = |c| if matches!(c, '\n' | '\t') { c } else { visible(c) };
        text.extend(self.difference.chars().map(shown));
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// What came of it.
    fn result(&self) -> String {
        let mut lines = vec![String::new()];
        lines.extend(self.lost.iter().map(|line| line_of(line)));
        let template = gettext("The new definition of “{vm}” is in place; the former one is in “{path}”.");
        let path = self.former_definition.as_deref().unwrap_or_default();
        lines.push(line_of(&fill(&template, &[("vm", &self.virtual_machine), ("path", path)])));
        lines.push(String::new());
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_agrees() {
        for yes in ["y", "Y\n", " yes \n"] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "\n", "n", "yep", "yes please", "ja?"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
