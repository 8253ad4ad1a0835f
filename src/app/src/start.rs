//! The start of the program: options, language, the scan in its own thread once the display is open, and then
//! the window.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use clap::{Arg, ArgAction, Command, value_parser};
use gangway_client::arguments::{self, Parsed};
use gangway_client::language;
use gangway_client::target::{HostChoice, Target};
use gangway_client::udev::{Deaf, Socket};
use gangway_core::host::HostChange;
use gettextrs::gettext;
use relm4::gtk::{self, glib};
use relm4::prelude::*;
use rustix::process::setpriority_process;

use crate::measure::ProcessStart;
use crate::situation::Snapshot;
use crate::theme;
use crate::window::{Window, WindowInit, WindowInput};

/// How much a scan stands back behind what people look at, as of nice(1).
pub const NICE: i32 = 10;

/// So many functions are read in a few milliseconds, which no frame waits for.
const FEW: usize = 512;

const MEASURE: &str = "measure-start";
const MEASURE_CHANGES: &str = "measure-changes";
const SCREENSHOTS: &str = "screenshots";

/// A machine that was read, or why it could not be.
#[derive(Debug)]
pub struct Reading {
    /// For which switch of machines it was asked.
    pub generation: u32,
    pub result: Result<Arc<Snapshot>, String>,
    /// Where it was read again: what is otherwise than in the picture before.
    pub change: Option<HostChange>,
    /// When something was noticed that this answers.
    pub since: Option<Instant>,
    /// With the first picture of this computer: what tells that it changes.
    pub events: Option<Result<Socket, Deaf>>,
}

impl Reading {
    /// A machine that nothing else is known of.
    pub fn new(generation: u32, result: Result<Arc<Snapshot>, String>) -> Self {
        Self { generation, result, change: None, since: None, events: None }
    }
}

/// Reads machines in threads of its own and delivers them to the window.
pub struct Scanner {
    sender: relm4::Sender<Reading>,
    receiver: Option<relm4::Receiver<Reading>>,
    /// The thread that was started last.
    thread: RefCell<Option<JoinHandle<()>>>,
    /// For which switch of machines one is being read: never two of one machine at once, or the older picture could
    /// come last.
    under_way: Cell<Option<u32>>,
    /// Something happened meanwhile, at this time where that was noticed, so it has to be read once more.
    again: Cell<Option<Option<Instant>>>,
    /// Whether this computer's events were asked for.
    listening: Cell<bool>,
}

impl Scanner {
    /// A scanner that nobody listens to yet; what it reads meanwhile waits.
    pub fn new() -> Self {
        let (sender, receiver) = relm4::channel();
        Self {
            sender,
            receiver: Some(receiver),
            thread: RefCell::default(),
            under_way: Cell::default(),
            again: Cell::default(),
            listening: Cell::default(),
        }
    }

    /// Starts to read a machine for the first time.
    pub fn read(&self, target: &Target, generation: u32) {
        self.again.take();
        self.start(target, generation, None, None);
    }

    /// Reads a machine again, for something that was noticed at `since`: at once, or when the reading that is under
    /// way is over, however often it is asked for until then.
    pub fn read_again(
        &self,
        target: &Target,
        generation: u32,
        before: Option<Arc<Snapshot>>,
        since: Option<Instant>,
    ) {
        if self.under_way.get() == Some(generation) {
            let earlier = self.again.get().flatten();
            self.again.set(Some(earlier.or(since)));
        } else {
            self.start(target, generation, before, since);
        }
    }

    /// A reading has arrived: whether the machine has to be read once more, and since when.
    pub fn arrived(&self, reading: &Reading) -> Option<Option<Instant>> {
        if self.under_way.get() != Some(reading.generation) {
            return None;
        }
        self.under_way.set(None);
        self.again.take()
    }

    fn start(&self, target: &Target, generation: u32, before: Option<Arc<Snapshot>>, since: Option<Instant>) {
        self.under_way.set(Some(generation));
        let listen = target.host == HostChoice::Live && !self.listening.replace(true);
        let target = target.clone();
        let sender = self.sender.clone();
        let work = move || {
            // The threads of a scan are made by this one and are as nice: on two cores thousands of devices would
            // keep the window waiting otherwise. Where the priority cannot be set, that is all that is lost. Few
            // devices are what is waited for.
            let stand_back = |functions: usize| {
                if functions > FEW {
                    let _as_it_was = setpriority_process(None, NICE);
                }
            };
            // Before anything is read, so that nothing is missed between; what arrives waits in it.
            let events = listen.then(Socket::open);
            let result = match &before {
                Some(before) => before.read_again(&target, stand_back),
                None => Snapshot::read_expecting(&target, stand_back),
            };
            let change = before
                .zip(result.as_ref().ok())
                .map(|(before, after)| HostChange::between(&before.host, &after.host));
            // Nobody listens any more where the window is gone.
            let _closing = sender.send(Reading { generation, result, change, since, events });
        };
        match std::thread::Builder::new().name("scan".into()).spawn(work) {
            Ok(thread) => {
                self.thread.replace(Some(thread));
            }
            Err(error) => {
                let reason = gettext("The machine cannot be read now: {reason}.")
                    .replace("{reason}", &error.to_string());
                let _closing = self.sender.send(Reading::new(generation, Err(reason)));
            }
        }
    }

    /// What was read already, without waiting; once.
    pub fn first(&self) -> Option<Reading> {
        self.thread.borrow_mut().take_if(|thread| thread.is_finished())?;
        self.receiver.as_ref().and_then(relm4::Receiver::recv_sync)
    }

    /// Delivers everything that was and will be read to the window.
    pub fn deliver(&mut self, window: &relm4::Sender<WindowInput>) {
        if let Some(receiver) = self.receiver.take() {
            let window = window.clone();
            relm4::spawn_local(async move {
                // Ends when the window does.
                receiver.forward(window, WindowInput::Read).await;
            });
        }
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

/// What the command line asked for.
struct Options {
    target: Target,
    measure: bool,
    measure_changes: bool,
    screenshots: Option<PathBuf>,
}

impl Options {
    /// Whether a window of a running Gangway would be the same: another machine, a walk, a measured start are not.
    fn is_plain(&self) -> bool {
        !self.measure
            && !self.measure_changes
            && self.screenshots.is_none()
            && self.target == (Target { host: HostChoice::Live, connect: None })
    }
}

/// Runs the program with the process's own arguments.
pub fn run() -> ExitCode {
    let start = ProcessStart::read();
    // Pango reads the font configuration in a thread of its own, from the first time that its fonts are asked for:
    // now, so that it is over when the first text is laid out.
    let _fonts = pangocairo::FontMap::default();
    language::start();
    let options = match options(std::env::args_os()) {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(code) => return code,
    };
    if let Err(error) = gtk::init() {
        return fail(
            &gettext("No display can be opened ({reason}); Gangway needs a desktop.")
                .replace("{reason}", error.message.as_ref()),
        );
    }
    // While this thread has its hands full with GTK's style sheets. Not before the display is open: on two cores
    // its server would have to wait.
    let scanner = Scanner::new();
    scanner.read(&options.target, 0);
    if let Err(error) = theme::load() {
        return fail(&error.to_string());
    }
    glib::set_application_name("Gangway");
    let app = RelmApp::from_app(theme::application()).with_args(Vec::new());
    app.allow_multiple_instances(!options.is_plain());
    let measure = if options.measure { start } else { None };
    let walk = options.screenshots;
    app.run::<Window>(WindowInit {
        target: options.target,
        scanner,
        measure,
        measure_changes: options.measure_changes,
        walk,
    });
    crate::walk::outcome()
}

/// `None` where help or version was all that was wanted.
fn options(line: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, ExitCode> {
    let matches = match arguments::parse(command(), line) {
        Ok(Parsed::Matches(matches)) => matches,
        Ok(Parsed::Text(text)) => {
            say(&text);
            return Ok(None);
        }
        Err(error) => return Err(wrong_usage(&error.to_string())),
    };
    let target = arguments::target(&matches).map_err(|error| wrong_usage(&error.to_string()))?;
    Ok(Some(Options {
        target,
        measure: matches.get_flag(MEASURE),
        measure_changes: matches.get_flag(MEASURE_CHANGES),
        screenshots: matches.get_one::<PathBuf>(SCREENSHOTS).cloned(),
    }))
}

fn command() -> Command {
    let command = Command::new("gangway")
        .version(env!("CARGO_PKG_VERSION"))
        .about(gettext("Hand devices of this computer to virtual machines, and take them back"))
        .arg(
            Arg::new(MEASURE)
                .long(MEASURE)
                .action(ArgAction::SetTrue)
                .help(gettext("Print how long the window took to appear, and end")),
        )
        .arg(
            Arg::new(MEASURE_CHANGES)
                .long(MEASURE_CHANGES)
                .action(ArgAction::SetTrue)
                .help(gettext("Print how long each change of the devices took to appear")),
        )
        .arg(
            Arg::new(SCREENSHOTS)
                .long(SCREENSHOTS)
                .value_name(gettext("DIR"))
                .value_parser(value_parser!(PathBuf))
                .hide(true)
                .help(gettext("Walk through the demo, save a picture of every page in this folder, and end")),
        );
    arguments::host_options(command)
}

#[expect(clippy::print_stdout, reason = "help and version are what was asked for")]
fn say(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "there is no window yet")]
fn fail(sentence: &str) -> ExitCode {
    eprintln!("gangway: {sentence}");
    ExitCode::FAILURE
}

fn wrong_usage(sentence: &str) -> ExitCode {
    let _failed = fail(sentence);
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use gangway_client::demo::DemoMachine;

    use super::*;

    #[test]
    fn what_was_read_is_given_once_and_nobody_waits_for_it() {
        let scanner = Scanner::new();
        assert!(scanner.first().is_none(), "nothing is being read");
        scanner.read(&Target { host: HostChoice::Demo(DemoMachine::default()), connect: None }, 7);
        let end = Instant::now() + Duration::from_secs(20);
        let mut first = scanner.first();
        while first.is_none() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
            first = scanner.first();
        }
        let first = first.expect("a demo machine");
        assert_eq!(first.generation, 7);
        assert!(first.result.is_ok());
        assert!(scanner.first().is_none());
    }
}
