//! The walk through the demo: shows every page and dialog and saves a picture of each, with nobody at the mouse.
//! It activates what is on the screen as a user would; states that a demo cannot have (no daemon, no permission,
//! IOMMU off) are told to the window as its workers would tell them.

mod reserved;
mod scenes;
mod stage;
mod warnings;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gettextrs::gettext;
use relm4::adw;
use relm4::gtk::glib;
use relm4::gtk::prelude::*;

use self::stage::Stage;
use crate::window::WindowInput;

thread_local! {
    static FAILED: Cell<bool> = const { Cell::new(false) };
}

/// Starts the walk; the program ends when it is over.
pub fn start(folder: PathBuf, window: &adw::ApplicationWindow, input: &relm4::Sender<WindowInput>) {
    warnings::listen();
    let stage = Stage::new(folder.clone(), window, input);
    glib::spawn_future_local(async move {
        let made = std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()));
        let walked = match made {
            Ok(()) => scenes::all(&stage).await,
            Err(reason) => Err(reason),
        };
        match walked {
            Ok(()) => {
                say(&stage.saved());
                if let Some(sentence) = warnings::first() {
                    FAILED.set(true);
                    complain(&sentence);
                }
            }
            Err(reason) => {
                FAILED.set(true);
                say(&stage.saved());
                complain(
                    &gettext("The walk through the demo stopped: {reason}").replace("{reason}", &reason),
                );
            }
        }
        relm4::main_application().quit();
    });
}

/// How the program ends: badly where a walk did.
pub fn outcome() -> ExitCode {
    if FAILED.get() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Names the pictures, one a line.
#[expect(clippy::print_stdout, reason = "the names of the pictures are the walk's result")]
fn say(saved: &[PathBuf]) {
    for path in saved {
        println!("{}", Path::display(path));
    }
}

#[expect(clippy::print_stderr, reason = "nobody looks at the window of a walk")]
fn complain(sentence: &str) {
    eprintln!("gangway: {sentence}");
}
