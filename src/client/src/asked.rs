//! The virtual machines of the computer that is looked at, for those who do well without them: asked while its files are
//! read, over a connection that only reads, and with an end to the wait. Who changes a definition connects instead.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use gangway_core::devices::{Usb, VmClaim};

use crate::claims::claims;
use crate::hypervisor::{HypervisorError, HypervisorErrorKind, VirtualMachine};
use crate::target::Target;

/// How long is waited for an answer, unless the user named the connection: ssh may ask for a password there.
const PATIENCE: Duration = Duration::from_secs(3);

/// What asking for the virtual machines came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// These are there.
    Machines(Vec<VirtualMachine>),
    /// It is not known which there are.
    Not(NotAsked),
}

/// Why virtual machines were not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAsked {
    /// The files are another computer's, and no connection was named that leads to its libvirt.
    OtherComputer,
    /// libvirt cannot be reached, or failed.
    Failed(HypervisorError),
    /// libvirt did not answer within so many seconds.
    NoAnswer {
        /// How long was waited.
        seconds: u64,
    },
}

impl Asked {
    /// The machines, or none where they are not known.
    pub fn machines(&self) -> &[VirtualMachine] {
        match self {
            Self::Machines(machines) => machines,
            Self::Not(_) => &[],
        }
    }

    /// Whether the machines are known.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Machines(_))
    }

    /// What they claim of the host.
    pub fn claims(&self, usb: &Usb) -> Vec<VmClaim> {
        claims(self.machines(), usb)
    }
}

/// A question that is under way.
#[derive(Debug)]
pub struct Question {
    /// None where nobody is to be asked.
    answer: Option<Receiver<Result<Vec<VirtualMachine>, HypervisorError>>>,
    patience: Option<Duration>,
}

impl Question {
    /// Asks for the virtual machines of a target in a thread of its own. libvirt is not touched where none belongs to
    /// the machine that was chosen.
    pub fn ask(target: &Target) -> Self {
        if !target.has_libvirt() {
            return Self { answer: None, patience: None };
        }
        let (sender, answer) = channel();
        let asked = target.clone();
        let work = move || {
            // Who asked may have gone.
            let _gone = sender.send(asked.look().and_then(|hypervisor| hypervisor.list()));
        };
        // Without a thread nothing is sent, and the channel tells.
        let _no_thread = std::thread::Builder::new().name("machines".into()).spawn(work);
        let patience = target.connect.is_none().then_some(PATIENCE);
        Self { answer: Some(answer), patience }
    }

    /// Waits for the answer.
    pub fn answer(self) -> Asked {
        let Some(answer) = self.answer else { return Asked::Not(NotAsked::OtherComputer) };
        let received = match self.patience {
            Some(patience) => answer.recv_timeout(patience),
            None => answer.recv().map_err(RecvTimeoutError::from),
        };
        match received {
            Ok(Ok(machines)) => Asked::Machines(machines),
            Ok(Err(error)) => Asked::Not(NotAsked::Failed(error)),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = self.patience.unwrap_or_default().as_secs();
                Asked::Not(NotAsked::NoAnswer { seconds })
            }
            Err(RecvTimeoutError::Disconnected) => {
                let error = HypervisorError::new(HypervisorErrorKind::Other, "libvirt", "no answer");
                Asked::Not(NotAsked::Failed(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::HostChoice;

    #[test]
    fn files_of_another_computer_have_no_machines_unless_a_connection_is_named() {
        let folder = HostChoice::Folder("/nowhere".into());
        let ask = |connect: Option<&str>| {
            Question::ask(&Target { host: folder.clone(), connect: connect.map(str::to_owned) }).answer()
        };
        assert_eq!(ask(None), Asked::Not(NotAsked::OtherComputer));
        let named = ask(Some("test:///default"));
        assert_eq!(named.machines().iter().map(|vm| vm.name.as_str()).collect::<Vec<_>>(), ["test"]);
        let Asked::Not(NotAsked::Failed(error)) = ask(Some("xen:///")) else { panic!("another driver") };
        assert_eq!(error.kind, HypervisorErrorKind::OtherDriver);
    }

    #[test]
    fn an_answer_that_does_not_come_ends_the_wait() {
        let (_kept, answer) = channel();
        let question = Question { answer: Some(answer), patience: Some(Duration::from_millis(1)) };
        assert_eq!(question.answer(), Asked::Not(NotAsked::NoAnswer { seconds: 0 }));
    }
}
