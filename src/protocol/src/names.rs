//! The names on the system bus. They are the service's contract: a change of what stands behind them is a new interface.

/// The name that the service owns.
pub const SERVICE: &str = "org.gangway.Helper1";

/// Its one object.
pub const PATH: &str = "/org/gangway/Helper1";

/// The interface of that object.
pub const INTERFACE: &str = "org.gangway.Helper1";

/// The version of what is spoken over the interface. Programs and service of one release have the same.
pub const PROTOCOL: u32 = 1;

/// The program, as it is installed.
pub const PROGRAM: &str = "gangway-helper";

/// The unit of systemd that is started for the name.
pub const UNIT: &str = "gangway-helper.service";

/// The unit that brings interrupted work to an end when the computer starts.
pub const RECOVERY_UNIT: &str = "gangway-recover.service";

/// The unit that notes a start with a reservation on trial.
pub const TRIAL_UNIT: &str = "gangway-trial.service";

/// The unit that ends a trial which nobody keeps, and the timer that starts it.
pub const TRIAL_END_UNIT: &str = "gangway-trial-end.service";

/// The timer of [`TRIAL_END_UNIT`].
pub const TRIAL_END_TIMER: &str = "gangway-trial-end.timer";

/// The interface as introspection tells it: every method and signal with its types.
pub const INTROSPECTION: &str = include_str!("../../../data/org.gangway.Helper1.xml");

/// A method of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The version of the protocol, and that of the program.
    Version,
    /// The machine as root sees it, as a captured machine with personal data replaced.
    Describe,
    /// What would be done for an intent.
    Plan,
    /// Doing what was reviewed.
    Apply,
    /// What undoing a record would do now.
    PlanUndo,
    /// Undoing a record as was reviewed.
    Undo,
    /// The records of what was done.
    Records,
    /// The plan of a record, as it was carried out.
    Record,
    /// How far a job is.
    Job,
}

/// The number that stands for the last job that was begun, by whomever: for programs that come when one works already.
pub const LAST_JOB: u32 = 0;

/// A signal of the interface; sent to the caller of a job alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// How far the job is.
    Progress,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Version,
        Self::Describe,
        Self::Plan,
        Self::Apply,
        Self::PlanUndo,
        Self::Undo,
        Self::Records,
        Self::Record,
        Self::Job,
    ];

    /// Its name on the bus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "Version",
            Self::Describe => "Describe",
            Self::Plan => "Plan",
            Self::Apply => "Apply",
            Self::PlanUndo => "PlanUndo",
            Self::Undo => "Undo",
            Self::Records => "Records",
            Self::Record => "Record",
            Self::Job => "Job",
        }
    }

    /// The method of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The types of its arguments.
    pub const fn arguments(self) -> &'static str {
        match self {
            Self::Version | Self::Describe | Self::Records => "",
            Self::Plan => "(sa{sv})b",
            Self::Apply => "(sa{sv})s",
            Self::PlanUndo | Self::Record => "sb",
            Self::Undo => "ss",
            Self::Job => "u",
        }
    }
}

impl Signal {
    /// Its name on the bus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Progress => "Progress",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introspection_tells_every_method_and_signal_and_no_other() {
        let names = |what: &str| -> Vec<&str> {
            let opening = format!("<{what} name=\"");
            INTROSPECTION
                .lines()
                .filter_map(|line| line.trim().strip_prefix(opening.as_str())?.split_once('"'))
                .map(|(name, _)| name)
                .collect()
        };
        assert_eq!(names("interface"), [INTERFACE]);
        assert_eq!(names("method"), Method::ALL.map(Method::name));
        assert_eq!(names("signal"), [Signal::Progress.name()]);
        for method in Method::ALL {
            assert_eq!(Method::of_name(method.name()), Some(method));
            let (_, told) = INTROSPECTION.split_once(&format!("<method name=\"{}\"", method.name())).unwrap();
            let told = told.split_once("</method>").unwrap().0;
            let arguments: String = told
                .lines()
                .filter(|line| line.contains("direction=\"in\""))
                .filter_map(|line| Some(line.split_once("type=\"")?.1.split_once('"')?.0))
                .collect();
            assert_eq!(arguments, method.arguments(), "{}", method.name());
        }
    }
}
