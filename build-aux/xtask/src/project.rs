//! Where the project's files are, the one application id, and how other tools are run. Not what is done with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The top of the checkout.
pub(crate) fn top() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map(Path::to_path_buf).context("build-aux/xtask is not where it was compiled")
}

/// The application id, from the one place that defines it.
pub(crate) fn application_id() -> Result<String> {
    let path = top()?.join("src/client/src/lib.rs");
    let text = fs::read_to_string(&path).with_context(|| format!("{} could not be read", path.display()))?;
    let found = text.lines().find_map(|line| {
        line.strip_prefix("pub const APPLICATION_ID: &str = \"")?.strip_suffix("\";").map(str::to_owned)
    });
    found.with_context(|| format!("{} does not define APPLICATION_ID", path.display()))
}

/// The languages of `po/LINGUAS`.
pub(crate) fn languages() -> Result<Vec<String>> {
    let path = top()?.join("po/LINGUAS");
    let text = fs::read_to_string(&path).with_context(|| format!("{} could not be read", path.display()))?;
    Ok(text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect())
}

/// Runs a tool at the top of the checkout; fails with its name when it does.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<()> {
    run_command(program, Command::new(program).args(arguments), arguments)
}

/// Runs a tool of gettext, which learns from `data/its` how polkit's policies are translated: gettext has no rule for them,
/// and that of polkit is in its development files.
pub(crate) fn run_gettext(program: &str, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(program);
    run_command(program, command.args(arguments).env("GETTEXTDATADIRS", top()?.join("data")), arguments)
}

fn run_command(program: &str, command: &mut Command, arguments: &[&str]) -> Result<()> {
    let status = command
        .current_dir(top()?)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("{program} could not be started; is it installed?"))?;
    if !status.success() {
        bail!("{program} {} ended with {status}", arguments.first().unwrap_or(&""));
    }
    Ok(())
}

/// What a tool says on standard output.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(top()?)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{program} could not be started; is it installed?"))?;
    if !output.status.success() {
        bail!("{program} {} ended with {}", arguments.first().unwrap_or(&""), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{program} said something that is not UTF-8"))
}

/// A path as text, which the tools' arguments are here.
pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
