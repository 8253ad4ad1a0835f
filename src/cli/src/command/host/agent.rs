//! A text agent of polkit's own for the time of a question, so that a terminal without a desktop can be asked for a
//! password, as systemctl does it. Source: pkttyagent(1).

use std::io::{self, IsTerminal as _, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long the agent may take to come up.
const START: Duration = Duration::from_secs(5);

/// An agent that asks on this terminal; ends with this.
#[derive(Debug)]
pub(in crate::command) struct Agent(Child);

impl Agent {
    /// Starts one where there is a terminal, and nobody of the desktop's to ask. None where root needs no answer, nobody
    /// could type one, or polkit has no such program.
    #[expect(
        clippy::disallowed_methods,
        reason = "polkit's own program, which speaks with the terminal itself"
    )]
    pub(in crate::command) fn start() -> Option<Self> {
        if rustix::process::geteuid().is_root() || !io::stdin().is_terminal() {
            return None;
        }
        let mut child = Command::new("pkttyagent")
            .args(["--fallback", "--notify-fd", "1", "--process"])
            .arg(std::process::id().to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // It closes its output once it can be asked.
        if let Some(mut output) = child.stdout.take() {
            let (sender, ready) = mpsc::channel();
            thread::spawn(move || {
                let _ = output.read(&mut [0]);
                let _ = sender.send(());
            });
            let _ = ready.recv_timeout(START);
        }
        Some(Self(child))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // SIGTERM, so that it gives the terminal back its echo.
        let id = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(id) = id {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        let _ = self.0.wait();
    }
}
