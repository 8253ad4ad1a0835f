//! The demo's service: the root service's own program, as a process of the user's, on a private socket and on the folder that
//! stands for the demo's computer. Never on a bus, never on `/`, never as root: the program itself refuses those.

use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use gangway_core::machine_file::MachineFile;

use super::machine::DemoMachine;
use super::root;
use crate::helper::{Helper, HelperError};

/// The program's name, as it is installed.
const PROGRAM: &str = "gangway-helper";

/// A folder that holds our programs, where they are not installed: what the tests of the window have.
const PROGRAMS: &str = "GANGWAY_PROGRAMS";

/// How long the program may take to end once its socket is closed; it then waits for nothing but work under way.
const END: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);

/// The most that is told of what the program complained about.
const COMPLAINT: u64 = 2048;

/// The running program; ended with this.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Its socket is closed by now, and it ends by itself; a record of unfinished work would be brought to an end with
        // the next start.
        let until = Instant::now() + END;
        while Instant::now() < until {
            match self.0.try_wait() {
                Ok(None) => thread::sleep(PAUSE),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The service of a demo machine, with its computer in `state`; ends when the last copy of it is dropped.
///
/// # Errors
/// The program is not there, its folder cannot be made, or it refuses to work: above all as root.
pub(super) fn start(machine: DemoMachine, state: &Path) -> Result<Helper, HelperError> {
    if rustix::process::geteuid().is_root() {
        return Err(HelperError::DemoAsRoot);
    }
    let program = program().ok_or(HelperError::NoDemoProgram)?;
    let file = MachineFile::parse(machine.text().as_bytes()).map_err(HelperError::failed)?;
    let root = root::make(machine, &file, state).map_err(HelperError::failed)?;
    let (ours, theirs) = UnixStream::pair().map_err(HelperError::failed)?;
    let mut process = Process(spawn(&program, &root, theirs).map_err(HelperError::failed)?);
    match Helper::private(ours) {
        Ok(helper) => Ok(helper.with_process(process)),
        Err(error) => Err(complaint(&mut process.0).map_or(error, HelperError::failed)),
    }
}

#[expect(clippy::disallowed_methods, reason = "our own service, which ends with its socket")]
fn spawn(program: &Path, root: &Path, socket: UnixStream) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.arg("--private").arg(root).env_clear();
    command.stdin(OwnedFd::from(socket)).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
}

/// What the program said before it ended, where it did.
fn complaint(child: &mut Child) -> Option<String> {
    let _ = child.kill();
    let mut text = String::new();
    child.stderr.take()?.take(COMPLAINT).read_to_string(&mut text).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Where the program is: in the folder that a test names, beside this program, or where an installation has it.
fn program() -> Option<PathBuf> {
    let told = std::env::var_os(PROGRAMS).map(PathBuf::from);
    let own = std::env::current_exe().ok();
    let beside = own.as_deref().and_then(Path::parent);
    let installed = beside.map(|folder| folder.join("../libexec"));
    let folders = told.into_iter().chain(beside.map(Path::to_owned)).chain(installed);
    folders.map(|folder| folder.join(PROGRAM)).find(|program| program.is_file())
}
