//! Putting the programs, what a desktop expects of them, and the root service under a prefix: the list of files is here,
//! once.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
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
    let (of_programs, of_service) = if options.debug { ("dev", "dev") } else { ("release", "service") };
    let built = build(&PROGRAMS, of_programs)?;
    let service = build(&[SERVICE], of_service)?;

    for program in PROGRAMS {
        copy(&built.join(program), &to.join("bin").join(program), 0o755)?;
    }
    install_service(options, &data, &service, &to)?;
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
    if options.prefix != Path::new("/usr") {
        println!(
            "The system bus and polkit look for services in /usr alone: the root service works where share/dbus-1 and \
             share/polkit-1 are there, too."
        );
    }
    Ok(())
}

/// The programs for users.
const PROGRAMS: [&str; 2] = ["gangway", "gangwayctl"];

/// The program of the root service. It is built in a call of its own: features are those of all that is built together.
const SERVICE: &str = "gangway-helper";

/// Where the units of systemd go, below the prefix.
const UNITS: &str = "lib/systemd/system";

/// The units of the root service.
const UNIT_FILES: [&str; 5] = [
    "gangway-helper.service",
    "gangway-recover.service",
    "gangway-trial.service",
    "gangway-trial-end.service",
    "gangway-trial-end.timer",
];

/// Those that belong to every start, with the targets that start them.
const STARTED: [(&str, &str); 3] = [
    ("gangway-recover.service", "multi-user.target"),
    ("gangway-trial.service", "multi-user.target"),
    ("gangway-trial-end.timer", "timers.target"),
];

/// Installs the root service: its program, and what the bus, polkit and systemd know of it.
fn install_service(options: &Options, data: &Path, built: &Path, to: &Path) -> Result<()> {
    copy(&built.join(SERVICE), &to.join("libexec").join(SERVICE), 0o755)?;
    let policy = "org.gangway.helper.policy";
    translate("--xml", &data.join(policy), &to.join("share/polkit-1/actions").join(policy))?;
    copy(
        &data.join("org.gangway.Helper1.conf"),
        &to.join("share/dbus-1/system.d/org.gangway.Helper1.conf"),
        0o644,
    )?;
    copy(
        &data.join("org.gangway.Helper1.xml"),
        &to.join("share/dbus-1/interfaces/org.gangway.Helper1.xml"),
        0o644,
    )?;
    let programs = options.prefix.join("libexec");
    let activation = "org.gangway.Helper1.service";
    fill(&data.join(activation), &to.join("share/dbus-1/system-services").join(activation), &programs)?;
    for unit in UNIT_FILES {
        fill(&data.join(unit), &to.join(UNITS).join(unit), &programs)?;
    }
    for (unit, target) in STARTED {
        link_unit(unit, target, &to.join(UNITS))?;
    }
    Ok(())
}

/// A package's unit that belongs to every start is linked by the package: nobody has to switch it on.
fn link_unit(unit: &str, target: &str, units: &Path) -> Result<()> {
    let link = units.join(format!("{target}.wants")).join(unit);
    make_parent(&link)?;
    if fs::symlink_metadata(&link).is_ok() {
        fs::remove_file(&link).with_context(|| format!("{} could not be replaced", link.display()))?;
    }
    symlink(Path::new("..").join(unit), &link)
        .with_context(|| format!("{} could not be made", link.display()))
}

/// Copies a file that names our program's folder.
fn fill(from: &Path, to: &Path, programs: &Path) -> Result<()> {
    let text = fs::read_to_string(from).with_context(|| format!("{} could not be read", from.display()))?;
    let text = text.replace("@libexecdir@", project::text(programs)?);
    make_parent(to)?;
    fs::write(to, text).with_context(|| format!("{} could not be written", to.display()))?;
    set_mode(to, 0o644)
}

/// The prefix below the destination folder, or the prefix itself.
fn destination(options: &Options) -> Result<PathBuf> {
    let Some(destdir) = &options.destdir else { return Ok(options.prefix.clone()) };
    let below = options.prefix.strip_prefix("/").context("the prefix is not an absolute path")?;
    Ok(std::path::absolute(destdir)?.join(below))
}

/// Builds a set of programs together; gives the folder that they are in.
fn build(programs: &[&str], profile: &str) -> Result<PathBuf> {
    let is_service = profile == "service";
    let mut arguments = vec![if is_service { "rustc" } else { "build" }, "--locked", "--profile", profile];
    arguments.extend(programs.iter().flat_map(|package| ["--package", package]));
    let script = format!("link-arg=-Wl,-T,{}", project::text(&project::top()?.join("build-aux/service.ld"))?);
    if is_service {
        arguments.extend(["--bin", SERVICE, "--", "-C", "link-arg=-Wl,--no-eh-frame-hdr", "-C", &script]);
    }
    project::run("cargo", &arguments)?;
    // This tool was built in the same target folder, as target/PROFILE/xtask.
    let own = std::env::current_exe().context("the path of xtask is not known")?;
    let target = own.ancestors().nth(2).context("xtask does not run from a target folder")?;
    // The one profile whose folder is called otherwise.
    Ok(target.join(if profile == "dev" { "debug" } else { profile }))
}

fn copy(from: &Path, to: &Path, mode: u32) -> Result<()> {
    make_parent(to)?;
    fs::copy(from, to)
        .with_context(|| format!("{} could not be copied to {}", from.display(), to.display()))?;
    set_mode(to, mode)
}

/// Writes a desktop entry, metainfo file or policy with the translations of `po` in it.
fn translate(kind: &str, from: &Path, to: &Path) -> Result<()> {
    make_parent(to)?;
    let template = format!("--template={}", project::text(from)?);
    let arguments = [kind, &template, "-d", "po", "--output-file", project::text(to)?];
    project::run_gettext("msgfmt", &arguments)?;
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
