//! The one way to run a command: a program from the system's own folders, an argument vector, no shell, an empty
//! environment, nothing inherited but standard output and error, a process group of its own, a time limit, bounded output.
//!
//! Which command belongs to the steps. [`Tools`] is a trait so that a test can note commands and imitate their effects.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::log::log;

/// The system's folders of programs, in the order in which they are looked through.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
/// The lines of output that are kept for an error.
const TAIL: usize = 12;
/// The bytes of one line, and of standard output as a whole, that are kept: the list of an image has some 10,000 lines.
const LINE: u64 = 4096;
const OUTPUT: usize = 8 << 20;
/// How long a tool may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(10);
/// How long output is waited for after a tool ended: something that it started may hold it open for ever.
const LAST_WORDS: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(50);

/// A command to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The program.
    pub program: Program,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// How long it may take.
    pub limit: Duration,
}

/// The program of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// One of the system's tools. When its time is over, it is asked to end, then ended.
    System(String),
    /// This program, in order to write to an attribute of the kernel. Such a write may wait in the kernel for ever and
    /// cannot be ended, so it is left behind when its time is over.
    Own,
}

/// A command that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finished {
    /// Its exit status; none where a signal ended it.
    pub status: Option<i32>,
    /// The beginning of what it wrote to standard output.
    pub output: String,
    /// The last lines that it wrote, of both outputs.
    pub tail: Vec<String>,
}

/// Why a command did not do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// It is not in the system's folders, or others than root may change it there.
    #[error("{0} is not installed")]
    NotFound(String),
    /// It could not be started.
    #[error("{program} could not be started: {reason}")]
    NotStarted {
        /// The program.
        program: String,
        /// The system's reason.
        reason: String,
    },
    /// It failed by its own account.
    #[error("{program} ended with {}{}", Status(*status), last_words(tail))]
    Failed {
        /// The program.
        program: String,
        /// Its exit status; none where a signal ended it.
        status: Option<i32>,
        /// The last lines that it wrote.
        tail: Vec<String>,
    },
    /// It took too long, and was ended.
    #[error("{program} was ended after {} seconds{}", limit.as_secs(), last_words(tail))]
    TooLong {
        /// The program.
        program: String,
        /// The time that it had.
        limit: Duration,
        /// The last lines that it wrote.
        tail: Vec<String>,
    },
    /// The kernel did not come back from a write in time. It is left behind; only a restart ends it.
    #[error("the kernel did not answer within {} seconds; the computer has to be restarted", limit.as_secs())]
    Stuck {
        /// The time that it had.
        limit: Duration,
    },
}

struct Status(Option<i32>);

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(status) => write!(f, "status {status}"),
            None => f.write_str("a signal"),
        }
    }
}

fn last_words(tail: &[String]) -> String {
    if tail.is_empty() { String::new() } else { format!(": {}", tail.join(" / ")) }
}

/// Runs commands.
pub trait Tools: Send + Sync {
    /// Whether one of the system's tools is there.
    fn has(&self, tool: &str) -> bool;

    /// Runs a command to its end; each line that it writes is passed on.
    ///
    /// # Errors
    /// When it could not be run to its end. A status other than 0 is none.
    fn run(&self, call: &Call, line: &mut dyn FnMut(&str)) -> Result<Finished, CommandError>;
}

impl Call {
    /// One of the system's tools.
    pub fn tool<'a>(program: &str, arguments: impl IntoIterator<Item = &'a str>, limit: Duration) -> Self {
        let arguments = arguments.into_iter().map(str::to_owned).collect();
        Self { program: Program::System(program.to_owned()), arguments, limit }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match &self.program {
            Program::System(name) => name,
            Program::Own => "gangway-helper",
        }
    }

    /// Runs it, and takes any status but 0 for a failure.
    ///
    /// # Errors
    /// As [`Tools::run`], and [`CommandError::Failed`].
    pub fn succeed(&self, tools: &dyn Tools, line: &mut dyn FnMut(&str)) -> Result<Finished, CommandError> {
        let finished = tools.run(self, line)?;
        if finished.status == Some(0) {
            return Ok(finished);
        }
        let Finished { status, tail, .. } = finished;
        Err(CommandError::Failed { program: self.name().to_owned(), status, tail })
    }
}

/// The system's own tools.
#[derive(Debug, Clone)]
pub struct SystemTools {
    folders: Vec<PathBuf>,
    owner: u32,
    own: PathBuf,
}

impl SystemTools {
    /// The tools in the system's folders.
    pub fn new() -> Self {
        Self::in_folders(FOLDERS.iter().map(PathBuf::from), 0)
    }

    /// The tools in other folders, which belong to somebody who stands for root.
    pub fn in_folders(folders: impl IntoIterator<Item = PathBuf>, owner: u32) -> Self {
        Self { folders: folders.into_iter().collect(), owner, own: PathBuf::from("/proc/self/exe") }
    }

    /// The same with another program in the place of this one.
    #[must_use]
    pub fn with_own(self, own: PathBuf) -> Self {
        Self { own, ..self }
    }

    fn find(&self, tool: &str) -> Option<PathBuf> {
        if tool.is_empty() || tool.contains('/') || tool.starts_with('.') {
            return None;
        }
        self.folders.iter().filter(|folder| self.trusts(folder)).map(|folder| folder.join(tool)).find(
            |path| {
                let program =
                    |data: std::fs::Metadata| data.is_file() && data.permissions().mode() & 0o111 != 0;
                std::fs::metadata(path).is_ok_and(program) && self.trusts(path)
            },
        )
    }

    /// Whether only root can change what is there. Links are followed: in these folders only root makes them.
    fn trusts(&self, path: &Path) -> bool {
        let safe = |data: std::fs::Metadata| {
            data.uid() == self.owner
                && data.permissions().mode() & 0o002 == 0
                && (data.permissions().mode() & 0o020 == 0 || data.gid() == self.owner)
        };
        std::fs::metadata(path).is_ok_and(safe)
    }

    fn command(&self, call: &Call) -> Result<Command, CommandError> {
        let program = match &call.program {
            Program::System(tool) => self.find(tool).ok_or_else(|| CommandError::NotFound(tool.clone()))?,
            Program::Own => self.own.clone(),
        };
        let path = self.folders.iter().map(|folder| folder.to_string_lossy()).collect::<Vec<_>>().join(":");
        #[expect(clippy::disallowed_methods, reason = "the one place where commands are run")]
        let mut command = Command::new(program);
        command
            .args(&call.arguments)
            .env_clear()
            .env("PATH", path)
            .env("LANG", "C.UTF-8")
            .env("HOME", "/root")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        Ok(command)
    }
}

impl Default for SystemTools {
    fn default() -> Self {
        Self::new()
    }
}

impl Tools for SystemTools {
    fn has(&self, tool: &str) -> bool {
        self.find(tool).is_some()
    }

    /// The log tells what was run and how long it took: what a change took its time for, and what was done as root.
    fn run(&self, call: &Call, line: &mut dyn FnMut(&str)) -> Result<Finished, CommandError> {
        let began = Instant::now();
        let finished = self.run_to_its_end(call, line);
        let how = match &finished {
            Ok(Finished { status: Some(status), .. }) => format!("it ended with {status}"),
            Ok(_) => "it was ended by a signal".to_owned(),
            Err(CommandError::TooLong { .. } | CommandError::Stuck { .. }) => {
                "it did not end in time".to_owned()
            }
            Err(_) => "it was not started".to_owned(),
        };
        let took = began.elapsed().as_secs_f32();
        log(format_args!("Ran {} {:?} in {took:.1} s: {how}", call.name(), call.arguments));
        finished
    }
}

impl SystemTools {
    fn run_to_its_end(&self, call: &Call, line: &mut dyn FnMut(&str)) -> Result<Finished, CommandError> {
        let name = || call.name().to_owned();
        let not_started =
            |error: std::io::Error| CommandError::NotStarted { program: name(), reason: error.to_string() };
        let mut child = self.command(call)?.spawn().map_err(not_started)?;
        let (sender, lines) = channel();
        if let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) {
            read_lines(output, true, sender.clone());
            read_lines(errors, false, sender);
        }
        let mut heard = Heard { line, finished: Finished::default() };
        let ended = wait(&mut child, call.limit, &lines, &mut heard).map_err(not_started)?;
        if let Some(status) = ended {
            heard.rest(&lines);
            return Ok(Finished {
                status: status.code().filter(|_| status.signal().is_none()),
                ..heard.finished
            });
        }
        if call.program == Program::Own {
            return Err(CommandError::Stuck { limit: call.limit });
        }
        end(&mut child, &lines, &mut heard);
        heard.rest(&lines);
        Err(CommandError::TooLong { program: name(), limit: call.limit, tail: heard.finished.tail })
    }
}

/// A line of output, and whether it is of standard output.
type Line = (bool, String);

struct Heard<'a> {
    line: &'a mut dyn FnMut(&str),
    finished: Finished,
}

impl Heard<'_> {
    fn note(&mut self, (output, line): &Line) {
        (self.line)(line);
        if *output && self.finished.output.len() + line.len() < OUTPUT {
            self.finished.output.push_str(line);
            self.finished.output.push('\n');
        }
        let mut tail = VecDeque::from(std::mem::take(&mut self.finished.tail));
        if !line.trim().is_empty() {
            tail.push_back(line.clone());
        }
        while tail.len() > TAIL {
            tail.pop_front();
        }
        self.finished.tail = tail.into();
    }

    fn rest(&mut self, lines: &Receiver<Line>) {
        let until = Instant::now() + LAST_WORDS;
        while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.note(&line);
        }
    }
}

/// Waits for a child's end while its lines are heard; none where its time is over.
fn wait(
    child: &mut Child,
    limit: Duration,
    lines: &Receiver<Line>,
    heard: &mut Heard<'_>,
) -> std::io::Result<Option<ExitStatus>> {
    let until = Instant::now() + limit;
    loop {
        match lines.recv_timeout(TICK) {
            Ok(line) => {
                heard.note(&line);
                if Instant::now() < until {
                    continue;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            // Both outputs are closed: the end is near, or it went on without them.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(TICK / 10),
        }
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
    }
}

/// Ends a tool and everything that it started in its group.
fn end(child: &mut Child, lines: &Receiver<Line>, heard: &mut Heard<'_>) {
    let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return };
    for signal in [Signal::TERM, Signal::KILL] {
        // It may be gone by itself by now, which is as good.
        let _ = kill_process_group(group, signal);
        if wait(child, GRACE, lines, heard).is_ok_and(|ended| ended.is_some()) {
            // What it started may be slower than itself.
            let _ = kill_process_group(group, Signal::KILL);
            return;
        }
    }
}

fn read_lines(pipe: impl Read + Send + 'static, output: bool, lines: Sender<Line>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while reader.by_ref().take(LINE).read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            if lines.send((output, line)).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

#[cfg(test)]
mod tests;
