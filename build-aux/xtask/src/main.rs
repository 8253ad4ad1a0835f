//! What cargo does not do: installing, and the translations' catalogues. `cargo xtask` lists the tasks.
//!
//! A task reads the project's files and runs the tools of gettext and cargo; nothing of the programs is here.
#![expect(clippy::disallowed_methods, reason = "a build tool reads the project's files and runs other tools")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a build tool talks to the terminal")]

mod install;
mod project;
mod rust;
mod translations;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

const USAGE: &str = "\
Usage: cargo xtask TASK
  install --prefix DIR [--destdir DIR] [--debug]   builds both programs and installs everything a desktop expects
  catalogues DIR                                   compiles po/*.po to DIR/LANGUAGE/LC_MESSAGES/gangway.mo
  pot [--check]                                    writes po/POTFILES.in and po/gangway.pot, or checks that they are current
  po                                               brings po/*.po up to date with po/gangway.pot
  checks                                           writes src/core/CHECKS.md and src/domain/CHECKS.md, the catalogues of the checks
  application-id                                   prints the application id";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["install", options @ ..] => install::install(&install_options(options)?),
        ["catalogues", folder] => translations::compile(&PathBuf::from(folder)),
        ["pot"] => translations::write_template(),
        ["pot", "--check"] => translations::check_template(),
        ["po"] => translations::merge(),
        ["checks"] => {
            for (word, file) in [("host", "src/core/CHECKS.md"), ("guest", "src/domain/CHECKS.md")] {
                let page = project::output(
                    "cargo",
                    &["run", "--quiet", "-p", "gangway-tests", "--example", "checks-page", word],
                )?;
                let path = project::top()?.join(file);
                std::fs::write(&path, page)
                    .with_context(|| format!("{} could not be written", path.display()))?;
            }
            Ok(())
        }
        ["application-id"] => {
            println!("{}", project::application_id()?);
            Ok(())
        }
        [] | ["--help"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("These are not the words of a task: {}.\n{USAGE}", words.join(" ")),
    }
}

fn install_options(words: &[&str]) -> Result<install::Options> {
    let mut options = install::Options { prefix: PathBuf::from("/usr/local"), destdir: None, debug: false };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match (*word, word.split_once('=')) {
            ("--debug", _) => options.debug = true,
            (_, Some(("--prefix", folder))) => options.prefix = PathBuf::from(folder),
            (_, Some(("--destdir", folder))) => options.destdir = Some(PathBuf::from(folder)),
            ("--prefix" | "--destdir", _) => {
                let Some(folder) = rest.next() else { bail!("{word} needs a folder.\n{USAGE}") };
                if *word == "--prefix" {
                    options.prefix = PathBuf::from(folder);
                } else {
                    options.destdir = Some(PathBuf::from(folder));
                }
            }
            _ => bail!("install does not know “{word}”.\n{USAGE}"),
        }
    }
    if options.prefix.is_relative() {
        bail!("The prefix “{}” is relative: name the whole path.", options.prefix.display());
    }
    Ok(options)
}
