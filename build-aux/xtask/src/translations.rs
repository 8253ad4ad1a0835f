//! The catalogues of `po`: extracting what is to be translated, bringing translations up to date, compiling them.
//!
//! xgettext learned Rust only in version 0.24, so the code is read as C on every system and the template is the same
//! everywhere. That is why the arguments of gettext are plain one-line strings (CONTRIBUTING.md); it is checked here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{project, rust};

const KEYWORDS: [&str; 4] =
    ["--keyword=gettext", "--keyword=ngettext:1,2", "--keyword=pgettext:1c,2", "--keyword=npgettext:1c,2,3"];

/// Compiles every language of `po/LINGUAS` into `folder`, laid out as gettext looks for it.
pub(crate) fn compile(folder: &Path) -> Result<()> {
    for language in project::languages()? {
        let place = folder.join(&language).join("LC_MESSAGES");
        fs::create_dir_all(&place).with_context(|| format!("{} could not be made", place.display()))?;
        let catalogue = place.join("gangway.mo");
        let source = format!("po/{language}.po");
        project::run("msgfmt", &["--check", "--output-file", project::text(&catalogue)?, &source])?;
    }
    Ok(())
}

/// Writes `po/POTFILES.in` and `po/gangway.pot`; a template in which only the date would change stays as it is.
pub(crate) fn write_template() -> Result<()> {
    let top = project::top()?;
    let files = translatable_files(&top)?;
    check_arguments(&top, &files)?;
    fs::write(top.join("po/POTFILES.in"), list(&files)).context("po/POTFILES.in could not be written")?;
    let template = extract(&files)?;
    let path = top.join("po/gangway.pot");
    let present = fs::read_to_string(&path).unwrap_or_default();
    if undated(&present) != undated(&template) {
        fs::write(&path, template).context("po/gangway.pot could not be written")?;
    }
    Ok(())
}

/// Fails when what [`write_template`] would write is not what is there.
pub(crate) fn check_template() -> Result<()> {
    let top = project::top()?;
    let files = translatable_files(&top)?;
    check_arguments(&top, &files)?;
    let listed =
        fs::read_to_string(top.join("po/POTFILES.in")).context("po/POTFILES.in could not be read")?;
    ensure!(listed == list(&files), "po/POTFILES.in is not current: run “cargo xtask pot”");
    let present =
        fs::read_to_string(top.join("po/gangway.pot")).context("po/gangway.pot could not be read")?;
    let (old, new) = (messages(&present), messages(&extract(&files)?));
    for message in new.difference(&old) {
        eprintln!("not in po/gangway.pot: {message}");
    }
    for message in old.difference(&new) {
        eprintln!("no longer in the program: {message}");
    }
    ensure!(old == new, "po/gangway.pot is not current: run “cargo xtask pot”");
    Ok(())
}

/// Brings every language up to date with the template.
pub(crate) fn merge() -> Result<()> {
    write_template()?;
    for language in project::languages()? {
        let catalogue = format!("po/{language}.po");
        project::run(
            "msgmerge",
            &["--quiet", "--update", "--backup=none", "--previous", &catalogue, "po/gangway.pot"],
        )?;
    }
    Ok(())
}

/// The files that hold something to translate, sorted: Rust files that call gettext, the desktop's files, polkit's policy.
fn translatable_files(top: &Path) -> Result<Vec<String>> {
    let id = project::application_id()?;
    let mut files = vec![format!("data/{id}.desktop"), format!("data/{id}.metainfo.xml")];
    files.push("data/org.gangway.helper.policy".to_owned());
    for name in
        project::output("git", &["ls-files", "--cached", "--others", "--exclude-standard", "src/*.rs"])?
            .lines()
    {
        let path = top.join(name);
        if !path.exists() {
            continue; // deleted, and not yet committed
        }
        let text = fs::read_to_string(&path).with_context(|| format!("{name} could not be read"))?;
        if text.contains("gettext(") {
            files.push(name.to_owned());
        }
    }
    files.sort();
    Ok(files)
}

fn list(files: &[String]) -> String {
    let mut text = String::from("# Written by “cargo xtask pot”.\n");
    for file in files {
        text.push_str(file);
        text.push('\n');
    }
    text
}

/// Refuses what xgettext would read differently from Rust: raw strings, and strings that go on in the next line.
fn check_arguments(top: &Path, files: &[String]) -> Result<()> {
    let mut wrong = Vec::new();
    for name in files.iter().filter(|name| name.ends_with(".rs")) {
        let text = fs::read_to_string(top.join(name)).with_context(|| format!("{name} could not be read"))?;
        for (start, call) in text.match_indices("gettext(") {
            let argument = text.get(start + call.len()..).unwrap_or_default().trim_start();
            let line = text.get(..start).unwrap_or_default().lines().count();
            if argument.starts_with("r\"") || argument.starts_with("r#") {
                wrong.push(format!("{name}:{line}: a raw string"));
            } else if argument.strip_prefix('"').is_some_and(goes_on) {
                wrong.push(format!("{name}:{line}: a string that goes on in the next line"));
            }
        }
    }
    ensure!(
        wrong.is_empty(),
        "gettext's arguments are plain one-line strings, and these are not:\n{}",
        wrong.join("\n")
    );
    Ok(())
}

/// Whether the string whose first quote is cut off has a line end before its last quote.
fn goes_on(string: &str) -> bool {
    let mut escaped = false;
    for character in string.chars() {
        match character {
            '\n' => return true,
            '"' if !escaped => return false,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    true
}

/// The template's text, from all `files`.
fn extract(files: &[String]) -> Result<String> {
    let (code, data): (Vec<&str>, Vec<&str>) =
        files.iter().map(String::as_str).partition(|name| name.ends_with(".rs"));
    let folder = scratch()?;
    let (of_code, of_data) = (folder.join("code.pot"), folder.join("data.pot"));
    copy_as_c(&code, &folder)?;
    let place = format!("--directory={}", project::text(&folder)?);
    let mut arguments =
        vec!["--language=C", "--from-code=UTF-8", "--keyword", "--add-comments=Translators:", &place];
    arguments.extend(KEYWORDS);
    run_xgettext(&arguments, &code, &of_code)?;
    run_xgettext(&["--from-code=UTF-8"], &data, &of_data)?;
    let text = project::output(
        "msgcat",
        &["--use-first", "--add-location=file", project::text(&of_data)?, project::text(&of_code)?],
    )?;
    fs::remove_dir_all(&folder).with_context(|| format!("{} could not be removed", folder.display()))?;
    // A Rust string with a per cent sign is no format of C.
    let kept = text.lines().filter(|line| *line != "#, c-format");
    Ok(kept.map(|line| line.replace(", c-format", "") + "\n").collect())
}

/// Copies the Rust `files` below `folder`, as xgettext can read them.
fn copy_as_c(files: &[&str], folder: &Path) -> Result<()> {
    let top = project::top()?;
    for name in files {
        let text = fs::read_to_string(top.join(name)).with_context(|| format!("{name} could not be read"))?;
        let copy = folder.join(name);
        fs::create_dir_all(copy.parent().unwrap_or(folder))
            .with_context(|| format!("{name} could not be copied"))?;
        fs::write(&copy, rust::as_c(&text)).with_context(|| format!("{name} could not be copied"))?;
    }
    Ok(())
}

fn run_xgettext(arguments: &[&str], files: &[&str], to: &Path) -> Result<()> {
    let mut all = vec![
        "--add-location=file",
        "--sort-by-file",
        "--package-name=Gangway",
        "--copyright-holder=The Gangway developers",
        "--output",
        project::text(to)?,
    ];
    all.extend(arguments);
    all.extend(files);
    project::run_gettext("xgettext", &all)?;
    ensure!(to.exists(), "xgettext found nothing to translate in {}", files.join(", "));
    Ok(())
}

fn scratch() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("gangway-pot-{}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("{} could not be made", folder.display()))?;
    Ok(folder)
}

fn undated(template: &str) -> String {
    template.lines().filter(|line| !line.starts_with("\"POT-Creation-Date:")).collect::<Vec<_>>().join("\n")
}

/// What is to be translated in a template, each with its context: versions of gettext lay out the rest differently.
fn messages(template: &str) -> BTreeSet<String> {
    let entries = template.split("\n\n").skip(1);
    entries.map(message).filter(|message| !message.is_empty()).collect()
}

/// One entry's context and texts, without line breaks, comments and translations.
fn message(entry: &str) -> String {
    let mut message = String::new();
    for line in entry.lines().filter(|line| line.starts_with(['m', '"'])) {
        let Some((keyword, string)) = line.split_once('"') else { continue };
        match keyword.trim_end() {
            "msgstr" | "msgstr[0]" => break,
            "" | "msgid" => {}
            other => message.push_str(&format!(" {other}: ")),
        }
        message.push_str(string.strip_suffix('"').unwrap_or(string));
    }
    message
}

/// A failure here is a bug of the reader above, which would let an outdated template pass.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_of_a_message_does_not_matter() {
        let one = "header\n\nmsgid \"a b\"\nmsgstr \"\"\n";
        let other = "header\n\n#: x.rs\nmsgid \"\"\n\"a \"\n\"b\"\nmsgstr \"\"\n";
        assert_eq!(messages(one), messages(other));
        assert_eq!(messages(one).len(), 1);
        assert_ne!(messages(one), messages("header\n\nmsgid \"a c\"\nmsgstr \"\"\n"));
    }

    #[test]
    fn a_string_that_goes_on_is_seen() {
        assert!(goes_on("one \\\n   two\")"));
        assert!(goes_on("one\ntwo\")"));
        assert!(!goes_on("one \\\" two\")\n"));
    }
}
