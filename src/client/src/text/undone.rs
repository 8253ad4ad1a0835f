//! Sentences of what undo will do with the steps of a plan that is not carried out yet. What it would do with one that was
//! stands in `plan`: the service looks at the machine for that.

use gangway_core::plan::{FileChange, Step};
use gangway_protocol::wire::{FileFate, StepView};
use gettextrs::gettext;

use super::plan::{huge_page, service, taken_back};
use super::{DeviceNames, fill};

/// What undo will do with a step, if nobody changes anything until then.
pub fn undo_of(step: &StepView, names: &DeviceNames<'_>) -> String {
    match step {
        StepView::Withheld(withheld) => taken_back(&withheld.path, back(withheld.fate), true),
        StepView::Whole(step) => undo_of_step(step, names),
    }
}

fn undo_of_step(step: &Step, names: &DeviceNames<'_>) -> String {
    match step {
        Step::File(change) => undo_of_file(change),
        Step::Keep(kept) => fill(&gettext("The copy “{path}” is removed."), &[("path", &kept.copy)]),
        Step::Run(run) => fill(
            &gettext("What “{tool}” made is replaced by what was there before."),
            &[("tool", &run.tool.command().join(" "))],
        ),
        Step::Load(load) => fill(
            &gettext("The kernel module “{module}” stays loaded, since others may use it by then."),
            &[("module", &load.module)],
        ),
        Step::Bind(change) => match &change.driver {
            Some(driver) => fill(
                &gettext("{device} goes back to its driver “{driver}”."),
                &[("device", &names.of(change.address())), ("driver", driver)],
            ),
            None => fill(
                &gettext("{device} goes back to having no driver."),
                &[("device", &names.of(change.address()))],
            ),
        },
        Step::GiveBack(change) => {
            fill(&gettext("{device} goes to “vfio-pci” again."), &[("device", &names.of(change.address()))])
        }
        Step::Service(change) => {
            fill(&gettext("The service “{service}” becomes what it was."), &[("service", service(change))])
        }
        Step::Group(change) => fill(
            &gettext("The user “{user}” leaves the group “{group}”, unless it was in it before."),
            &[("user", &change.user), ("group", &change.group)],
        ),
        Step::Image(made) => taken_back(&made.path, FileFate::Removed, true),
        Step::Environment(made) => taken_back(&made.path, FileFate::Removed, true),
        Step::Arm(_) => gettext("The request for one start is taken back, where it is still there."),
        Step::Confirm(_) => {
            gettext("What every start is asked for becomes what it was; the reservation itself stays.")
        }
        Step::HugePages(change) => fill(
            &gettext("{number} huge pages of {size} stay reserved, as before."),
            &[("number", &change.before.to_string()), ("size", huge_page(change.size))],
        ),
    }
}

fn undo_of_file(change: &FileChange) -> String {
    let fate = FileFate::of(change);
    if change.edit.is_some() && fate == FileFate::Changed {
        return fill(
            &gettext("What is ours is taken out of “{path}”; what others change in it until then stays."),
            &[("path", &change.path)],
        );
    }
    taken_back(&change.path, back(fate), true)
}

/// What becomes of a file when that is taken back.
fn back(fate: FileFate) -> FileFate {
    match fate {
        FileFate::Made => FileFate::Removed,
        FileFate::Changed => FileFate::Changed,
        FileFate::Removed => FileFate::Made,
    }
}

#[cfg(test)]
mod tests {
    use gangway_core::plan::{ArgumentEdit, ArgumentFormat, FileRole};

    use super::*;

    fn file(before: Option<&str>, after: Option<&str>, edited: bool) -> String {
        let edit = ArgumentEdit { format: ArgumentFormat::Plain, added: vec!["iommu=pt".to_owned()] };
        let change = FileChange {
            path: "/etc/x".to_owned(),
            role: FileRole::KernelArguments,
            before: before.map(Into::into),
            after: after.map(Into::into),
            edit: edited.then_some(edit),
        };
        undo_of(&StepView::Whole(Box::new(Step::File(change))), &DeviceNames::addresses())
    }

    #[test]
    fn a_file_goes_the_way_back() {
        assert_eq!(file(None, Some("a"), false), "“/etc/x” is removed.");
        assert_eq!(file(Some("a"), Some("b"), false), "“/etc/x” becomes what it was.");
        assert_eq!(file(Some("a"), None, false), "“/etc/x” becomes what it was.");
        assert!(file(Some("a"), Some("b"), true).starts_with("What is ours is taken out of “/etc/x”;"));
    }
}
