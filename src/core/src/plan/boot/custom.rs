//! The former configuration as an entry of GRUB's menu, in `custom.cfg`.
//!
//! `grub.cfg` reads that file last, so that no entry before it moves and none of its bytes changes. The entry is made of
//! the one that started the running kernel, with everything absolute: nothing is computed when it is chosen. Source:
//! GRUB, `41_custom`, and the manual's part on `menuentry`.

use std::ops::Range;

use crate::config::grub_cfg::{GrubConfig, MenuItem, MenuKind, quoted};
use crate::config::marked_block;
use crate::plan::{Content, FileChange, FileRole, Ground, Refusal, Step, WayBack};

/// The name by which the entry can be chosen: it begins with a letter, since GRUB takes digits for a place.
const ID: &str = "gangway-former";
/// A variable of Ubuntu's `grub.cfg` that decides how the screen is handed over, and nothing else.
const SCREEN: &str = "$vt_handoff";

/// Commands that change how an entry looks, and nothing of what it starts; and the words of conditions.
const LOOKS: [&str; 14] = [
    "load_video",
    "gfxmode",
    "echo",
    "recordfail",
    "savedefault",
    "terminal_output",
    "play",
    "set",
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "[",
];

/// What an entry starts, and how, with nothing left to compute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::plan) struct Start {
    /// Who may start it: options of `menuentry`.
    pub(in crate::plan) access: Vec<String>,
    /// Commands that come before the kernel: modules of GRUB, encrypted partitions, and where the kernel is.
    pub(in crate::plan) before: Vec<Vec<String>>,
    /// The command that loads the kernel, such as `linux`, and the kernel.
    pub(in crate::plan) kernel: [String; 2],
    /// The arguments of the kernel.
    pub(in crate::plan) arguments: Vec<String>,
    /// The command that loads the initramfs, and the images; empty where there is none.
    pub(in crate::plan) initramfs: Vec<String>,
}

/// How the running kernel was started, as the menu says.
///
/// # Errors
/// No entry starts it, or it cannot be copied for certain.
pub(super) fn origin(ground: &Ground, path: &str, config: &GrubConfig) -> Result<Start, Refusal> {
    let no = |why| Refusal::NoWayBack { path: path.to_owned(), why };
    let line = ground.model.host.command_line.known();
    // GRUB tells the kernel by which path it was loaded, on Fedora with the disk before it. Without that, something else
    // started it, whatever is installed.
    let image = line.and_then(|line| line.values("BOOT_IMAGE").next_back());
    let image = image.ok_or_else(|| no(WayBack::NoEntry))?;
    let image = image.rsplit_once(')').map_or(image, |(_, path)| path);
    let ending = ground.model.system.kernel.release.known().map(|release| format!("-{release}"));
    let paths = config.paths();
    let kernel = |item: &MenuItem| match &item.kind {
        MenuKind::Entry { linux, .. } => linux.first().and_then(|words| words.first()).cloned(),
        MenuKind::Submenu(_) => None,
    };
    let find = |fits: &dyn Fn(&str) -> bool| {
        paths.iter().find(|(_, item)| kernel(item).is_some_and(|kernel| fits(&kernel)))
    };
    let found = find(&|kernel| kernel == image)
        .or_else(|| find(&|kernel| ending.as_deref().is_some_and(|ending| kernel.ends_with(ending))));
    let (_, item) = found.ok_or_else(|| no(WayBack::NoEntry))?;
    Start::of(item).ok_or_else(|| no(WayBack::NotCopied))
}

impl Start {
    /// What an entry does; none where it does anything that is not understood.
    fn of(item: &MenuItem) -> Option<Self> {
        let MenuKind::Entry { linux, initrd, commands } = &item.kind else { return None };
        let mut start = Self::default();
        if item.unrestricted {
            start.access.push("--unrestricted".to_owned());
        }
        if let Some(users) = &item.users {
            start.access.extend(["--users".to_owned(), users.clone()]);
        }
        let (mut root, mut conditions): (Option<Vec<String>>, usize) = (None, 0);
        for command in commands {
            let skipped = command.iter().take_while(|word| matches!(word.as_str(), "then" | "else")).count();
            let words = command.get(skipped..).unwrap_or_default();
            let Some((name, rest)) = words.split_first() else { continue };
            let name = name.as_str();
            match name {
                "if" => conditions += 1,
                "fi" => conditions = conditions.checked_sub(1)?,
                "linux" | "linux16" | "linuxefi" | "initrd" | "initrd16" | "initrdefi" if conditions == 0 => {
                    match name.starts_with("linux") {
                        true => start.kernel = [name.to_owned(), rest.first()?.clone()],
                        false => start.initramfs = words.to_vec(),
                    }
                }
                // What is loaded under a condition is for other platforms than the one that runs.
                "insmod" if conditions == 0 => start.before.push(words.to_vec()),
                "insmod" => {}
                "cryptomount" if conditions == 0 => start.before.push(words.to_vec()),
                // The last one counts; hints are guesses from the names of disks.
                "search" => {
                    root = Some(words.iter().filter(|word| !word.starts_with("--hint")).cloned().collect());
                }
                "set" if rest.first().is_some_and(|word| word.starts_with("root=")) => {
                    root.get_or_insert_with(|| words.to_vec());
                }
                "set" if !rest.first().is_some_and(|word| word.starts_with("gfxpayload=")) => return None,
                look if LOOKS.contains(&look) => {}
                _ => return None,
            }
        }
        start.before.push(root?);
        start.arguments = linux.first()?.iter().skip(1).filter(|word| *word != SCREEN).cloned().collect();
        let computed = [&start.kernel[..], &start.arguments, &start.initramfs].concat();
        let once = linux.len() == 1 && initrd.len() <= 1;
        (once && !computed.iter().any(|word| word.contains('$'))).then_some(start)
    }

    /// The entry of the menu that starts it, with this title and id.
    pub(in crate::plan) fn menu_entry(&self, title: &str, id: &str) -> Vec<String> {
        let access: String = self.access.iter().map(|word| format!(" {}", access(word))).collect();
        let mut lines = vec![format!("menuentry {} --id {id}{access} {{", quoted(title))];
        let kernel = [&self.kernel[..], &self.arguments].concat();
        let commands = self.before.iter().chain([&kernel, &self.initramfs]).filter(|words| !words.is_empty());
        lines.extend(commands.map(|words| {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("\t{}", words.join(" "))
        }));
        lines.push("}".to_owned());
        lines
    }
}

/// The change that keeps it; none where it is kept already.
///
/// # Errors
/// `custom.cfg` is not read, must be signed, or holds what is not ours under our names.
pub(super) fn keep(
    ground: &Ground,
    path: &str,
    config: &GrubConfig,
    start: &Start,
) -> Result<Option<FileChange>, Refusal> {
    let no = |why| Refusal::NoWayBack { path: path.to_owned(), why };
    if !config.sources_custom {
        return Err(no(WayBack::NotRead));
    }
    if config.checks_signatures {
        return Err(no(WayBack::Signed));
    }
    let path = path.replace("grub.cfg", "custom.cfg");
    let present = ground.text(&path)?;
    let text = present.unwrap_or_default();
    let block = block(start);
    let after = match ours(text) {
        Some(Some(range)) => [text.get(..range.start), Some(&block), text.get(range.end..)]
            .into_iter()
            .flatten()
            .collect::<String>(),
        Some(None) if text.is_empty() || text.ends_with('\n') => format!("{text}{block}"),
        Some(None) => format!("{text}\n{block}"),
        None => return Err(Refusal::Occupied { path }),
    };
    Ok((present != Some(&after)).then(|| FileChange {
        path,
        role: FileRole::FormerEntry,
        before: present.map(Content::from),
        after: Some(after.into()),
        edit: None,
    }))
}

/// Steps that keep it with a copy of the image that it starts, which is one of those that are made anew.
///
/// # Errors
/// As [`keep`], and where the image is not one of those.
pub(super) fn keep_with_image(
    ground: &Ground,
    path: &str,
    config: &GrubConfig,
    mut start: Start,
    rebuilt: &[String],
) -> Result<Vec<Step>, Refusal> {
    let no = || Refusal::NoWayBack { path: path.to_owned(), why: WayBack::NoImage };
    let image = start.initramfs.last_mut().ok_or_else(no)?;
    let (step, copy) = super::kept_image(ground, image, rebuilt)?;
    *image = copy;
    let entry = keep(ground, path, config, &start)?;
    Ok(step.into_iter().chain(entry.map(Step::File)).collect())
}

/// Where our block stands in a file; none within where it does not, and none where others use our names.
fn ours(text: &str) -> Option<Option<Range<usize>>> {
    match marked_block::find(text, ID) {
        Ok(None) => (!text.contains(ID)).then_some(None),
        found => found.ok(),
    }
}

fn block(start: &Start) -> String {
    let mut lines = vec![
        "# Written by Gangway: how this computer started before Gangway changed it. Undo the change to take it away."
            .to_owned(),
    ];
    lines.extend(start.menu_entry("Former configuration (kept by Gangway)", ID));
    marked_block::make(ID, &lines)
}

/// Who may choose the entry: the words of the origin; a list of users may be a variable, which stays one.
fn access(word: &str) -> String {
    if word.starts_with('$') { format!("\"{word}\"") } else { quoted(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_block_is_found_and_other_uses_of_our_names_are_not_ours() {
        let begin = format!("### BEGIN {ID}");
        let block = format!("{begin}\nx\n### END {ID}\n");
        assert_eq!(ours("menuentry a {\n}\n"), Some(None));
        assert_eq!(ours(&format!("a\n{block}b\n")), Some(Some(2..2 + block.len())));
        assert_eq!(ours(&format!("a\n{begin}\n")), None);
        assert_eq!(ours(&format!("{block}{block}")), None);
        assert_eq!(ours("menuentry a --id gangway-former {\n}\n"), None);
    }
}
