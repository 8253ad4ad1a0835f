//! Runs programs in tests: ours, found beside the test and brought up to date first, and those that we are
//! compared with. Every run has a time limit and a folder of its own for the user's state.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// No run of ours takes long; a build may.
const RUN_LIMIT: Duration = Duration::from_secs(60);
const BUILD_LIMIT: Duration = Duration::from_secs(900);

/// A program with its arguments, not yet running.
#[derive(Debug)]
pub struct Program {
    command: Command,
    input: Option<Vec<u8>>,
    limit: Duration,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status; -1 where a signal ended it.
    pub status: i32,
    /// Standard output.
    pub output: Vec<u8>,
    /// Standard error.
    pub errors: String,
}

/// The path of one of our programs, built from the sources as they are now, in this test's own profile.
///
/// # Panics
/// When it cannot be built.
pub fn binary(package: &str) -> PathBuf {
    built(package, "", package)
}

/// The path of an example of one of our packages, built like [`binary`].
///
/// # Panics
/// When it cannot be built.
pub fn example(package: &str, name: &str) -> PathBuf {
    built(package, "examples", name)
}

/// Builds a program that cargo puts below the profile's folder.
fn built(package: &str, folder: &str, name: &str) -> PathBuf {
    static BUILT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let test = std::env::current_exe().expect("a test knows where it is");
    // target/<profile>/deps/<test>
    let profile = test.parent().and_then(Path::parent).expect("a test is in target/<profile>/deps");
    let path = profile.join(folder).join(name);
    let mut built = BUILT.lock().expect("no test panics while it holds this");
    if built.contains(&path) {
        return path;
    }
    let profile_name = profile.file_name().and_then(OsStr::to_str).expect("a profile has a name");
    let target = profile.parent().expect("a profile is in a target folder");
    let build = cargo([
        "build",
        "--quiet",
        "--package",
        package,
        "--profile",
        if profile_name == "debug" { "dev" } else { profile_name },
        if folder.is_empty() { "--bin" } else { "--example" },
        name,
    ])
    .arg("--target-dir")
    .arg(target)
    .limit(BUILD_LIMIT)
    .run();
    assert_eq!(build.status, 0, "{package} does not build: {}", build.errors);
    assert!(path.is_file(), "{} is not there after building", path.display());
    built.push(path.clone());
    path
}

/// A call of cargo in this workspace, with the lock file as it is.
pub fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Program {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut program = Program::new(cargo);
    program.command.args(arguments).arg("--locked").current_dir(env!("CARGO_MANIFEST_DIR"));
    program
}

impl Program {
    /// A program by its name or path.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where tests start programs; it has a time limit"
    )]
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self { command: Command::new(program), input: None, limit: RUN_LIMIT }
    }

    /// `gangwayctl` in English, with its state in `state` and nothing of the user's.
    pub fn gangwayctl(state: &Path) -> Self {
        Self::new(binary("gangwayctl")).for_user_in(state)
    }

    /// In English, with its state in `state` and nothing of the user's.
    #[must_use]
    pub fn for_user_in(mut self, state: &Path) -> Self {
        self.command
            .env("LC_ALL", "C")
            .env("HOME", state)
            .env("XDG_STATE_HOME", state)
            .env_remove("LANGUAGE")
            .env_remove("GANGWAY_DEMO_STATE")
            .env_remove("GANGWAY_PROGRAMS")
            .env_remove("LIBVIRT_DEFAULT_URI");
        self
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// A variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// What it reads from standard input; nothing otherwise.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// Another time limit.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// How long it takes from its start to its end, its output going nowhere.
    ///
    /// # Panics
    /// When it cannot be started, fails, or does not end in time.
    pub fn time(mut self) -> Duration {
        let input = self.input.take();
        self.command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        let begun = Instant::now();
        let mut child =
            self.command.spawn().unwrap_or_else(|error| panic!("{:?} does not start: {error}", self.command));
        if let Some(mut pipe) = child.stdin.take() {
            // Definitions fit into a pipe, so nobody waits for a reader here.
            pipe.write_all(&input.unwrap_or_default()).expect("the program reads its input");
        }
        let status = wait(&mut child, self.limit, Duration::from_micros(100));
        let taken = begun.elapsed();
        assert_eq!(status, Some(0), "{:?}", self.command);
        taken
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started or does not end in time; it is ended then.
    pub fn run(mut self) -> Outcome {
        let mut child = self
            .command
            .stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{:?} does not start: {error}", self.command));
        let input = self.input.take();
        let feeder = child.stdin.take().map(|mut pipe| {
            // The program may well end before it has read everything.
            thread::spawn(move || pipe.write_all(&input.unwrap_or_default()).is_ok())
        });
        let output = collect(child.stdout.take());
        let errors = collect(child.stderr.take());
        let status = wait(&mut child, self.limit, Duration::from_millis(2));
        if let Some(feeder) = feeder {
            feeder.join().expect("the feeding thread does not panic");
        }
        let output = output.join().expect("the reading thread does not panic");
        let errors = errors.join().expect("the reading thread does not panic");
        let errors = String::from_utf8_lossy(&errors).into_owned();
        let Some(status) = status else {
            panic!("{:?} did not end within {:?}: {errors}", self.command, self.limit);
        };
        Outcome { status, output, errors }
    }
}

impl Outcome {
    /// Standard output as text.
    ///
    /// # Panics
    /// When it is none.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.output).expect("text on standard output")
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.status, 0, "{}", self.errors);
        serde_json::from_slice(&self.output).expect("JSON on standard output")
    }

    /// Checks that this was a refusal or failure as it has to be: status 1, one sentence, nothing printed.
    ///
    /// # Panics
    /// When it was anything else.
    pub fn refused(&self) -> &str {
        assert_eq!(self.status, 1, "{self:?}");
        let sentence = self.errors.strip_suffix('\n').unwrap_or_else(|| panic!("no line: {:?}", self.errors));
        assert!(!sentence.contains('\n'), "more than a line: {sentence}");
        assert!(sentence.ends_with('.'), "no sentence: {sentence}");
        assert!(sentence.chars().count() > 20, "too short to help: {sentence}");
        sentence
    }
}

fn collect(pipe: Option<impl std::io::Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        }
        bytes
    })
}

/// The exit status; nothing where the limit was reached, and the child is ended then.
fn wait(child: &mut Child, limit: Duration, pause: Duration) -> Option<i32> {
    let until = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status.code().unwrap_or(-1));
        }
        if Instant::now() > until {
            child.kill().expect("a child can be ended");
            child.wait().expect("a child can be waited for");
            return None;
        }
        thread::sleep(pause);
    }
}
