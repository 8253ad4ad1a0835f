//! Putting the programs and what a desktop expects of them under a prefix: the list of files is here, once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{project, translations};

/// Where to, and which build.
pub(crate) struct Options {
    /// The folder that `bin` and `share` are in on the running system.
    pub(crate) prefix: PathBuf,
    /// A folder that stands for `/` while a package is made.
    pub(crate) destdir: Option<PathBuf>,
    /// The development build instead of the release build.
    pub(crate) debug: bool,
}

/// Builds and installs everything.
pub(crate) fn install(options: &Options) -> Result<()> {
    let id = project::application_id()?;
    let top = project::top()?;
    let data = top.join("data");
    let to = destination(options)?;
    let built = build(options.debug)?;

    for program in ["gangway", "gangwayctl"] {
        copy(&built.join(program), &to.join("bin").join(program), 0o755)?;
    }
    let desktop = format!("{id}.desktop");
    translate("--desktop", &data.join(&desktop), &to.join("share/applications").join(&desktop))?;
    let metainfo = format!("{id}.metainfo.xml");
    translate("--xml", &data.join(&metainfo), &to.join("share/metainfo").join(&metainfo))?;
    for icon in [format!("scalable/apps/{id}.svg"), format!("symbolic/apps/{id}-symbolic.svg")] {
        copy(&data.join("icons/hicolor").join(&icon), &to.join("share/icons/hicolor").join(&icon), 0o644)?;
    }
    copy(&data.join("gangwayctl.1"), &to.join("share/man/man1/gangwayctl.1"), 0o644)?;
    translations::compile(&to.join("share/locale"))?;
    println!("Gangway is installed in {}.", to.display());
    Ok(())
}

/// The prefix below the destination folder, or the prefix itself.
fn destination(options: &Options) -> Result<PathBuf> {
    let Some(destdir) = &options.destdir else { return Ok(options.prefix.clone()) };
    let below = options.prefix.strip_prefix("/").context("the prefix is not an absolute path")?;
    Ok(std::path::absolute(destdir)?.join(below))
}

/// Builds both programs; gives the folder that they are in.
fn build(debug: bool) -> Result<PathBuf> {
    let mut arguments = vec!["build", "--locked", "--package", "gangway", "--package", "gangwayctl"];
    if !debug {
        arguments.push("--release");
    }
    project::run("cargo", &arguments)?;
    // This tool was built in the same target folder, as target/PROFILE/xtask.
    let own = std::env::current_exe().context("the path of xtask is not known")?;
    let target = own.ancestors().nth(2).context("xtask does not run from a target folder")?;
    Ok(target.join(if debug { "debug" } else { "release" }))
}

fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    make_parent(to)?;
    fs::copy(from, to)
        .with_context(|| format!("{} could not be copied to {}", from.display(), to.display()))?;
    set_mode(to, mode)
}

/// Writes a desktop entry or metainfo file with the translations of `po` in it.
fn translate(kind: &str, from: &Path, to: &Path) -> Result<()> {
    make_parent(to)?;
    let template = format!("--template={}", project::text(from)?);
    project::run("msgfmt", &[kind, &template, "-d", "po", "--output-file", project::text(to)?])?;
    set_mode(to, 0o644)
}

fn make_parent(path: &Path) -> Result<()> {
    let folder = path.parent().context("a file to install has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))
}

fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("the mode of {} could not be set", path.display()))
}
