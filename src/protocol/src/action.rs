//! The actions that polkit is asked about: one for each kind of risk. `data/org.gangway.helper.policy` declares them, and a
//! test compares the two.

use gangway_core::plan::{Plan, Risk};
use serde::{Deserialize, Serialize};

/// An action of polkit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Reading what only root may read.
    Read,
    /// Changing the running system.
    ChangeSystem,
    /// Giving the calling user rights.
    GiveRights,
    /// Changing how the computer starts.
    ChangeBoot,
    /// Undoing what was done.
    Undo,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Read, Self::ChangeSystem, Self::GiveRights, Self::ChangeBoot, Self::Undo];

    /// Its id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Read => "org.gangway.helper.read",
            Self::ChangeSystem => "org.gangway.helper.change-system",
            Self::GiveRights => "org.gangway.helper.give-rights",
            Self::ChangeBoot => "org.gangway.helper.change-boot",
            Self::Undo => "org.gangway.helper.undo",
        }
    }

    /// The action of an id.
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.id() == id)
    }

    /// Whether polkit may remember the answer for some minutes. It remembers the action and not what it was asked for, so
    /// only for what changes nothing.
    pub const fn is_kept(self) -> bool {
        matches!(self, Self::Read)
    }

    /// What must be authorised before a plan is carried out, so that nobody is asked twice for one thing: who may change
    /// how the computer starts may change it while it runs, too. Rights of users are always a question of their own.
    pub fn of_plan(plan: &Plan) -> Vec<Self> {
        let risks = plan.risks();
        let mut actions = Vec::new();
        if risks.contains(&Risk::Boot) {
            actions.push(Self::ChangeBoot);
        } else if risks.contains(&Risk::System) {
            actions.push(Self::ChangeSystem);
        }
        if risks.contains(&Risk::Rights) {
            actions.push(Self::GiveRights);
        }
        actions
    }
}

#[cfg(test)]
mod tests {
    use gangway_core::plan::{Caller, Effect, GroupChange, Intent, ModuleLoad, Step, Tool, ToolRun};

    use super::*;

    fn plan(steps: Vec<Step>) -> Plan {
        let intent = Intent::GiveBack { device: "0000:01:00.0".parse().unwrap() };
        let caller = Some(Caller { uid: 1000, name: "ada".to_owned() });
        Plan { intent, caller, steps, effect: Effect::Now }
    }

    #[test]
    fn every_kind_of_risk_is_asked_for_once() {
        let load = Step::Load(ModuleLoad { module: "vfio-pci".to_owned() });
        let run = Step::Run(ToolRun {
            tool: Tool::UpdateGrub,
            rewrites: Vec::new(),
            rebuilds: Vec::new(),
            expects: Vec::new(),
        });
        let group =
            Step::Group(GroupChange { group: "libvirt".to_owned(), uid: 1000, user: "ada".to_owned() });
        let of = |steps: &[&Step]| Action::of_plan(&plan(steps.iter().copied().cloned().collect()));
        assert_eq!(of(&[]), []);
        assert_eq!(of(&[&load, &load]), [Action::ChangeSystem]);
        assert_eq!(of(&[&load, &run]), [Action::ChangeBoot]);
        assert_eq!(of(&[&group]), [Action::GiveRights]);
        assert_eq!(of(&[&load, &group, &run]), [Action::ChangeBoot, Action::GiveRights]);
    }

    #[test]
    fn ids_are_told_apart() {
        for action in Action::ALL {
            assert_eq!(Action::of_id(action.id()), Some(action));
        }
        assert_eq!(Action::of_id("org.gangway.helper"), None);
    }
}
