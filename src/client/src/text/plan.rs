//! Sentences of a plan of the host: what each step does, when it takes effect, and what undo does. Why nothing is planned
//! is in `plan_refusal`.

use gangway_core::plan::{
    Back, Effect, FileRole, HugePageSize, Intent, ServiceChange, Step, StopReason, UndoStop, Unneeded,
};
use gangway_protocol::wire::{FileFate, StepView, UndoActionView};
use gettextrs::gettext;

use super::{DeviceNames, fill};

/// What is wanted, as a title.
pub fn intent(intent: &Intent, names: &DeviceNames<'_>) -> String {
    match intent {
        Intent::Bind { device, whole_group: false } => {
            fill(&gettext("Keep {device} for virtual machines"), &[("device", &names.of(*device))])
        }
        Intent::Bind { device, whole_group: true } => fill(
            &gettext("Keep {device} and its whole IOMMU group for virtual machines"),
            &[("device", &names.of(*device))],
        ),
        Intent::GiveBack { device } => {
            fill(&gettext("Give {device} back to the host"), &[("device", &names.of(*device))])
        }
        Intent::Reserve { device, whole_group: false } => fill(
            &gettext("Keep {device} for virtual machines from the start on, once to try it"),
            &[("device", &names.of(*device))],
        ),
        Intent::Reserve { device, whole_group: true } => fill(
            &gettext(
                "Keep {device} and its whole IOMMU group for virtual machines from the start on, once to try it",
            ),
            &[("device", &names.of(*device))],
        ),
        Intent::Confirm => gettext("Keep the reservation that is on trial"),
        Intent::MakeReady => gettext("Make this computer ready for virtual machines"),
        Intent::TurnOnIommu => gettext("Turn on the IOMMU"),
        Intent::LoadVfioEarly => gettext("Load vfio-pci before other drivers"),
        Intent::SetHugePages { count: 0, size } => {
            fill(&gettext("Reserve no huge pages of {size}"), &[("size", huge_page(*size))])
        }
        Intent::SetHugePages { count, size } => fill(
            &gettext("Reserve {number} huge pages of {size}"),
            &[("number", &count.to_string()), ("size", huge_page(*size))],
        ),
    }
}

/// The command that shows the plan of an intent in a terminal, as `gangwayctl` takes it.
pub fn plan_command(intent: &Intent) -> String {
    let wish = match intent {
        Intent::Bind { device, whole_group: false } => format!("bind {device}"),
        Intent::Bind { device, whole_group: true } => format!("bind --whole-group {device}"),
        Intent::GiveBack { device } => format!("give-back {device}"),
        Intent::Reserve { device, whole_group: false } => format!("reserve {device}"),
        Intent::Reserve { device, whole_group: true } => format!("reserve --whole-group {device}"),
        Intent::Confirm => "confirm".to_owned(),
        Intent::MakeReady => "make-ready".to_owned(),
        Intent::TurnOnIommu => "turn-on-iommu".to_owned(),
        Intent::LoadVfioEarly => "load-vfio-early".to_owned(),
        Intent::SetHugePages { size: HugePageSize::TwoMiB, count } => format!("huge-pages {count}"),
        Intent::SetHugePages { size: HugePageSize::OneGiB, count } => format!("huge-pages --size 1G {count}"),
    };
    format!("gangwayctl host plan {wish}")
}

/// What a step does.
pub fn plan_step(step: &Step, names: &DeviceNames<'_>) -> String {
    match step {
        Step::File(change) => file(&change.path, FileFate::of(change), change.role),
        Step::Keep(kept) => fill(
            &gettext("A copy of “{path}” is kept as “{copy}”."),
            &[("path", &kept.path), ("copy", &kept.copy)],
        ),
        Step::Run(run) if run.tool.keeps_account() => fill(
            &gettext(
                "“{tool}” makes a new version of the system, which waits for the next start; the one that runs now stays as the second entry.",
            ),
            &[("tool", &run.tool.command().join(" "))],
        ),
        Step::Run(run) => {
            let tool = run.tool.command().join(" ");
            let made: Vec<String> = run.rewrites.iter().chain(&run.rebuilds).cloned().collect();
            let template = if made.is_empty() {
                gettext("“{tool}” runs.")
            } else {
                gettext("“{tool}” makes {paths} anew.")
            };
            fill(&template, &[("tool", &tool), ("paths", &super::join(&made))])
        }
        Step::Load(load) => {
            fill(&gettext("The kernel module “{module}” is loaded."), &[("module", &load.module)])
        }
        Step::Bind(change) => match &change.driver {
            Some(driver) => fill(
                &gettext("{device} goes from its driver “{driver}” to “vfio-pci”."),
                &[("device", &names.of(change.address())), ("driver", driver)],
            ),
            None => fill(
                &gettext("{device}, which has no driver now, goes to “vfio-pci”."),
                &[("device", &names.of(change.address()))],
            ),
        },
        Step::GiveBack(change) => fill(
            &gettext("{device} goes from “vfio-pci” to the driver that the kernel finds for it."),
            &[("device", &names.of(change.address()))],
        ),
        Step::Service(change) => fill(
            &gettext("The service “{service}” is switched on for every start, and started."),
            &[("service", service(change))],
        ),
        Step::Group(change) => fill(
            &gettext("The user “{user}” comes into the group “{group}”."),
            &[("user", &change.user), ("group", &change.group)],
        ),
        Step::Image(made) => fill(
            &gettext(
                "“{tool}” makes a second initramfs, “{path}”, beside the one that the computer starts with by itself.",
            ),
            &[("tool", &made.command().join(" ")), ("path", &made.path)],
        ),
        Step::Environment(made) => fill(
            &gettext("“{path}” is made, in which the boot loader looks for what it is asked to start once."),
            &[("path", &made.path)],
        ),
        Step::Arm(arming) => fill(
            &gettext(
                "The next start is asked for with the entry “{entry}”, once: every start after it is as before, until you keep it.",
            ),
            &[("entry", arming.promise.entry_name())],
        ),
        Step::Confirm(step) => {
            let template = match &step.before {
                None => gettext(
                    "Every start is asked for with the entry “{entry}”; one word in “{path}” says so.",
                ),
                Some(_) => gettext(
                    "Every start is asked for with the entry “{entry}” instead of “{before}”; one word in “{path}” says so.",
                ),
            };
            let before = step.before.as_deref().unwrap_or_default();
            let path = step.pointer.path();
            fill(&template, &[("entry", &step.after), ("before", before), ("path", &path)])
        }
        Step::HugePages(change) => fill(
            &gettext("{number} huge pages of {size} are reserved; now there are {before}."),
            &[
                ("number", &change.after.to_string()),
                ("size", huge_page(change.size)),
                ("before", &change.before.to_string()),
            ],
        ),
    }
}

/// What a step does, as far as may be told.
pub fn step_view(step: &StepView, names: &DeviceNames<'_>) -> String {
    match step {
        StepView::Whole(step) => plan_step(step, names),
        StepView::Withheld(withheld) => file(&withheld.path, withheld.fate, withheld.role),
    }
}

/// When a plan takes effect; nothing where that is at once.
pub fn effect(effect: Effect) -> Option<String> {
    match effect {
        Effect::Now => None,
        Effect::NextLogin => Some(gettext("It takes effect when the user logs in again.")),
        Effect::NextStart => Some(gettext("It takes effect when the computer is restarted.")),
    }
}

/// What an action of undo does.
pub fn undo_action(action: &UndoActionView, names: &DeviceNames<'_>) -> String {
    match action {
        UndoActionView::Withheld(withheld) => taken_back(&withheld.path, withheld.fate, withheld.whole),
        UndoActionView::Whole(action) => back(&action.back, names),
    }
}

/// What stands in the way of undo.
pub fn undo_stop(stop: &UndoStop) -> String {
    let values = [("what", stop.what.as_str())];
    match &stop.why {
        StopReason::Changed => fill(
            &gettext(
                "“{what}” was changed by somebody else, and what is ours in it cannot be told apart: put it back by hand, then undo the rest.",
            ),
            &values,
        ),
        StopReason::Unreadable { reason } => super::with_reason(
            &gettext("“{what}” could not be looked at{reason}: see to that, then try again."),
            reason,
            &values,
        ),
        StopReason::NeedsRestart => fill(
            &gettext("“{what}” can be undone only after a restart: restart the computer first."),
            &values,
        ),
        StopReason::Kept { record } => fill(
            &gettext(
                "“{what}” is what the computer starts with by itself since the change {record}: undo that one first.",
            ),
            &[("what", &stop.what), ("record", record)],
        ),
        StopReason::InUse { by } => {
            super::with_reason(&gettext("“{what}” is in use{reason}: end that, then try again."), by, &values)
        }
    }
}

fn back(back: &Back, names: &DeviceNames<'_>) -> String {
    let named =
        |address: &str| address.parse().map_or_else(|_| address.to_owned(), |address| names.of(address));
    match back {
        Back::File { path, from, to, whole } => {
            taken_back(path, FileFate::between(from.as_ref(), to.as_ref()), *whole)
        }
        Back::Artefacts { paths } => fill(
            &gettext("What a tool made is replaced by what was there before: {paths}."),
            &[("paths", &super::join(paths))],
        ),
        Back::RunAgain { tool, paths } => {
            // One that changes what it finds is told to take ours out.
            let run = tool.reverse().unwrap_or_else(|| tool.command()).join(" ");
            let template = if paths.is_empty() {
                gettext("“{tool}” runs.")
            } else {
                gettext("“{tool}” makes {paths} anew.")
            };
            fill(&template, &[("tool", &run), ("paths", &super::join(paths))])
        }
        Back::RemoveCopy { path } => fill(&gettext("The copy “{path}” is removed."), &[("path", path)]),
        Back::Rebind { address, driver: Some(driver) } => fill(
            &gettext("{device} goes back to its driver “{driver}”."),
            &[("device", &named(address)), ("driver", driver)],
        ),
        Back::Rebind { address, driver: None } => {
            fill(&gettext("{device} goes back to having no driver."), &[("device", &named(address))])
        }
        Back::Service { service, disable, stop } => {
            let template = match (disable, stop) {
                (true, true) => gettext("The service “{service}” is switched off and stopped."),
                (true, false) => gettext("The service “{service}” is switched off for later starts."),
                (false, _) => gettext("The service “{service}” is stopped."),
            };
            fill(&template, &[("service", service)])
        }
        Back::LeaveGroup { group, user } => fill(
            &gettext("The user “{user}” leaves the group “{group}”."),
            &[("user", user), ("group", group)],
        ),
        Back::HugePages { pages } => {
            fill(&gettext("{number} huge pages stay reserved."), &[("number", &pages.to_string())])
        }
        Back::RemoveMade { path } => {
            fill(&gettext("“{path}”, which was made for this change alone, is removed."), &[("path", path)])
        }
        Back::RemoveDamaged { path } => fill(
            &gettext(
                "“{path}”, which was made for this change alone and is not as it was made any more, is removed.",
            ),
            &[("path", path)],
        ),
        Back::Disarm { entry, running: false } => {
            fill(&gettext("No start with the entry “{entry}” is asked for any more."), &[("entry", entry)])
        }
        Back::Disarm { entry, running: true } => fill(
            &gettext(
                "No start with the entry “{entry}” is asked for any more; the computer runs with it now, so its devices stay for virtual machines until it is restarted.",
            ),
            &[("entry", entry)],
        ),
        Back::Release { entry, to, moved: true } => {
            let template = match to {
                None => gettext("Every start is as it was before the entry “{entry}” was kept."),
                Some(_) => {
                    gettext("Every start is asked for with “{before}” again, instead of the entry “{entry}”.")
                }
            };
            fill(&template, &[("entry", entry), ("before", to.as_deref().unwrap_or_default())])
        }
        Back::Release { entry, moved: false, .. } => fill(
            &gettext(
                "Somebody else decided meanwhile what the computer starts with, and that stays; the entry “{entry}” is not kept any more.",
            ),
            &[("entry", entry)],
        ),
        Back::Nothing { why: Unneeded::AlreadyBack } => gettext("One step is as it was before already."),
        Back::Nothing { why: Unneeded::Restarted } => gettext("One step ended with a restart."),
        Back::Nothing { why: Unneeded::NotOurs } => gettext("One step found what it wanted, and leaves it."),
        Back::Nothing { why: Unneeded::ModuleStays } => {
            gettext("A kernel module stays loaded, since others may use it by now.")
        }
    }
}

pub(super) fn taken_back(path: &str, fate: FileFate, whole: bool) -> String {
    let template = match (fate, whole) {
        (FileFate::Removed, _) => gettext("“{path}” is removed."),
        (_, true) => gettext("“{path}” becomes what it was."),
        (_, false) => gettext("What is ours is taken out of “{path}”, which somebody else changed, too."),
    };
    fill(&template, &[("path", path)])
}

fn file(path: &str, fate: FileFate, role: FileRole) -> String {
    let role = self::role(role);
    let template = match fate {
        FileFate::Made => gettext("“{path}” is made: {role}."),
        FileFate::Changed => gettext("“{path}” is changed: {role}."),
        FileFate::Removed => gettext("“{path}” is removed: {role}."),
    };
    fill(&template, &[("path", path), ("role", &role)])
}

/// What a file is for.
fn role(role: FileRole) -> String {
    match role {
        FileRole::KernelArguments => gettext("arguments of the kernel"),
        FileRole::BootEntry => gettext("an entry of the boot menu"),
        FileRole::FormerEntry => gettext("an entry that starts the former configuration"),
        FileRole::TrialEntry => {
            gettext("an entry that starts with the reservation, and only when it is asked for or kept")
        }
        FileRole::ModuleOptions => gettext("options of kernel modules"),
        FileRole::ModuleList => gettext("kernel modules that are loaded at the start"),
        FileRole::Initramfs => gettext("what belongs into the initramfs"),
        FileRole::KernelSetting => gettext("a setting of the kernel"),
    }
}

pub(super) fn service(change: &ServiceChange) -> &str {
    match change {
        ServiceChange::Systemd { unit } => unit,
        ServiceChange::OpenRc { service } => service,
        ServiceChange::Runit { link, .. } => link,
    }
}

pub(super) fn huge_page(size: HugePageSize) -> &'static str {
    match size {
        HugePageSize::TwoMiB => "2 MiB",
        HugePageSize::OneGiB => "1 GiB",
    }
}
