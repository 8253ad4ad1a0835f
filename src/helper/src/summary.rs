//! What a plan is about in one line of names, for polkit's question: devices, files, tools, groups. No sentence and no
//! word of a language, since the question around it is translated by polkit.

use gangway_core::plan::{HugePageSize, Plan, Risk, ServiceChange, Step};
use gangway_protocol::Action;

/// The names of what an action allows. Rights of users come first, then all in the order of the steps: a question has not
/// room for everything.
pub(crate) fn summary(plan: &Plan, action: Action) -> String {
    let rights = |step: &&Step| step.risk() == Risk::Rights;
    let (given, changed): (Vec<&Step>, Vec<&Step>) = plan.steps.iter().partition(rights);
    let steps = match action {
        Action::GiveRights => given,
        Action::Undo => [given, changed].concat(),
        Action::Read | Action::ChangeSystem | Action::ChangeBoot => changed,
    };
    let mut names: Vec<String> = Vec::new();
    for name in steps.into_iter().map(name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn name(step: &Step) -> String {
    match step {
        Step::File(file) => file.path.clone(),
        Step::Keep(kept) => format!("{} → {}", kept.path, kept.copy),
        Step::Run(run) => run.tool.command().first().map_or_else(String::new, |tool| (*tool).to_owned()),
        Step::Load(load) => load.module.clone(),
        Step::Bind(change) => format!("{} → vfio-pci", change.address()),
        Step::GiveBack(change) => format!("{} ← vfio-pci", change.address()),
        Step::Service(ServiceChange::Systemd { unit }) => unit.clone(),
        Step::Service(ServiceChange::OpenRc { service }) => service.clone(),
        Step::Service(ServiceChange::Runit { link, .. }) => link.clone(),
        Step::Group(change) => format!("{} → {}", change.user, change.group),
        Step::Image(made) => made.path.clone(),
        Step::Environment(made) => made.path.clone(),
        Step::Arm(arming) => arming.promise.entry_name().to_owned(),
        Step::Confirm(step) => format!("→ {}", step.after),
        Step::HugePages(change) => {
            let size = match change.size {
                HugePageSize::TwoMiB => "2 MiB",
                HugePageSize::OneGiB => "1 GiB",
            };
            format!("{} × {size}", change.after)
        }
    }
}

#[cfg(test)]
mod tests {
    use gangway_core::plan::{Effect, GroupChange, Intent, ModuleLoad};

    use super::*;

    #[test]
    fn names_are_told_once_in_order_and_where_they_are_asked_about() {
        let load = || Step::Load(ModuleLoad { module: "vfio-pci".to_owned() });
        let group =
            Step::Group(GroupChange { group: "libvirt".to_owned(), uid: 1000, user: "ada".to_owned() });
        let intent = Intent::GiveBack { device: "0000:01:00.0".parse().unwrap() };
        let plan = Plan { intent, caller: None, steps: vec![load(), group, load()], effect: Effect::Now };
        assert_eq!(summary(&plan, Action::ChangeSystem), "vfio-pci");
        assert_eq!(summary(&plan, Action::GiveRights), "ada → libvirt");
        assert_eq!(summary(&plan, Action::Undo), "ada → libvirt, vfio-pci");
    }
}
