//! Loaders that hold all entries in one file: rEFInd's file beside the kernel, and Limine's configuration.
//!
//! The first entry is the one that starts; the former one is added at the end, where no place before it moves. Source:
//! rEFInd, "Methods of Booting Linux"; Limine, CONFIG.md (`default_entry` counts from the top).

use super::former::{TITLE, essence, running};
use super::{Wish, unified};
use crate::config::{Edit, limine, refind};
use crate::plan::{ArgumentEdit, ArgumentFormat, FileChange, FileRole, Ground, Refusal, Step, WayBack};

const REFIND: &str = "/boot/refind_linux.conf";
const LIMINE: &str = "/boot/limine.conf";

/// rEFInd's steps.
pub(super) fn refind(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    let shown = |error| Refusal::not_understood(REFIND, &error);
    let no = |why| Refusal::NoWayBack { path: REFIND.to_owned(), why };
    let text = ground.text(REFIND)?.unwrap_or_default();
    let choices = refind::choices(text).map_err(shown)?;
    let first = choices.first().ok_or_else(|| no(WayBack::NoEntry))?;
    if wish.is_in(REFIND, &first.options.join(" "))? {
        return Ok(Vec::new());
    }
    if essence(&first.options) != essence(&running(ground)?) {
        return Err(no(WayBack::NoEntry));
    }
    let edit = refind::add_arguments(text, &first.title, wish.arguments).map_err(shown)?;
    let options = first.options.join(" ").replace('"', "\"\"");
    let titles = vec![first.title.clone()];
    let former = (!choices.iter().any(|choice| choice.title == TITLE))
        .then(|| with_end(text) + &format!("\"{TITLE}\" \"{options}\"\n"));
    Ok(change(REFIND, text, former.as_deref(), edit, ArgumentFormat::Refind { titles }))
}

/// Limine's steps, where its file is kept by hand.
pub(super) fn limine(ground: &Ground, wish: &Wish<'_>) -> Result<Vec<Step>, Refusal> {
    let shown = |error| Refusal::not_understood(LIMINE, &error);
    let no = |why| Refusal::NoWayBack { path: LIMINE.to_owned(), why };
    // Under Secure Boot, Limine starts nothing from a file whose hash is not the one that was put into it.
    unified::signed(ground)?;
    let text = ground.text(LIMINE)?.unwrap_or_default();
    let entries = limine::entries(text).map_err(shown)?;
    let mut linux = entries.iter().filter(|entry| entry.protocol == "linux");
    let own = linux.clone().any(|entry| entry.path == [TITLE]);
    let origin = linux.find(|entry| entry.cmdline.is_some()).ok_or_else(|| no(WayBack::NoEntry))?;
    let words = origin.cmdline.clone().unwrap_or_default();
    if wish.is_in(LIMINE, &words.join(" "))? {
        return Ok(Vec::new());
    }
    if essence(&words) != essence(&running(ground)?) {
        return Err(no(WayBack::NoEntry));
    }
    let former = if own {
        None
    } else {
        let copy = limine_entry(text, &origin.path).ok_or_else(|| no(WayBack::NotCopied))?;
        Some(with_end(text) + &format!("\n/{TITLE}\n{copy}"))
    };
    let edit = limine::add_arguments(text, &origin.path, wish.arguments).map_err(shown)?;
    let entries = vec![origin.path.clone()];
    Ok(change(LIMINE, text, former.as_deref(), edit, ArgumentFormat::Limine { entries }))
}

/// The change of the file: our arguments in the entry that starts, and the former one at the end.
fn change(path: &str, text: &str, former: Option<&str>, edit: Edit, format: ArgumentFormat) -> Vec<Step> {
    // What the edit changed is before the end, so what is added at the end follows it.
    let end = former.and_then(|former| former.strip_prefix(text)).unwrap_or_default();
    vec![Step::File(FileChange {
        path: path.to_owned(),
        role: FileRole::BootEntry,
        before: Some(text.into()),
        after: Some(format!("{}{end}", edit.text).into()),
        edit: Some(ArgumentEdit { format, added: edit.added }),
    })]
}

fn with_end(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// The lines of an entry on the first level.
fn limine_entry(text: &str, path: &[String]) -> Option<String> {
    let [title] = path else { return None };
    let heading = |line: &str| line.trim_start().starts_with('/');
    let is_it = |line: &str| {
        heading(line) && line.trim().trim_start_matches('/').trim_start_matches('+').trim() == title
    };
    let mut lines = text.lines().skip_while(|line| !is_it(line)).skip(1);
    let body: String =
        lines.by_ref().take_while(|line| !heading(line)).map(|line| format!("{line}\n")).collect();
    let end = body.trim_end();
    (!end.is_empty() && !end.contains("${")).then(|| format!("{end}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_an_entry() {
        let text =
            "timeout: 5\n\n/Arch\n    protocol: linux\n    cmdline: quiet\n\n/Other\n    protocol: efi\n";
        let path = |title: &str| vec![title.to_owned()];
        assert_eq!(
            limine_entry(text, &path("Arch")).as_deref(),
            Some("    protocol: linux\n    cmdline: quiet\n")
        );
        assert_eq!(limine_entry(text, &path("Nobody")), None);
        assert_eq!(limine_entry("/A\n  path: ${X}\n", &path("A")), None);
    }
}
