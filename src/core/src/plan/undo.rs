//! What undo would do now: a value to be reviewed, with a digest, like a plan.
//!
//! The helper makes it of a record and of what it finds on the machine, and carries it out. Here is its shape alone, and
//! what becomes of one file.

use serde::{Deserialize, Serialize};

use super::{ArgumentEdit, ArgumentFormat, Content, Digest, FileChange, Tool};
use crate::config::module_list::{self, ModuleName};
use crate::config::{
    ConfigError, Edit, KernelArgument, bls, booster, kernel_cmdline, limine, marked_block, refind, shell,
};

/// What would be done to undo a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoPlan {
    /// The record.
    pub record: String,
    /// What is done, in order.
    pub actions: Vec<UndoAction>,
    /// What stands in the way; nothing is undone as long as there is one.
    pub stops: Vec<UndoStop>,
}

/// One action of undo: which step of the record it is about, and what is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoAction {
    /// The number of the step in the record's plan, from 0.
    pub step: usize,
    /// What is done.
    #[serde(flatten)]
    pub back: Back,
}

/// How something is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "back", rename_all = "kebab-case")]
pub enum Back {
    /// A file is made what it was, or loses what is ours in it.
    File {
        /// Its path.
        path: String,
        /// What is there now; none for nothing.
        from: Option<Content>,
        /// What will be there; none for nothing.
        to: Option<Content>,
        /// Whether this is the file as it was. Otherwise only what is ours is taken out of it, since somebody else changed
        /// the file meanwhile.
        whole: bool,
    },
    /// What a tool made is replaced by what was there before, byte for byte.
    Artefacts {
        /// The files.
        paths: Vec<String>,
    },
    /// What a tool made was made anew meanwhile, so the tool runs again, with the configuration as it is by then.
    RunAgain {
        /// The tool.
        tool: Tool,
        /// The files that it makes.
        paths: Vec<String>,
    },
    /// The copy of a large file is removed.
    RemoveCopy {
        /// The copy.
        path: String,
    },
    /// A function goes back to the driver that it had.
    Rebind {
        /// Its address.
        address: String,
        /// That driver; none where it had none.
        driver: Option<String>,
    },
    /// A service is made what it was.
    Service {
        /// Its name.
        service: String,
        /// Whether it is switched off for later starts.
        disable: bool,
        /// Whether it is stopped.
        stop: bool,
    },
    /// The user leaves the group.
    LeaveGroup {
        /// The group.
        group: String,
        /// The user.
        user: String,
    },
    /// Huge pages are given back.
    HugePages {
        /// How many there will be.
        pages: u64,
    },
    /// What was made for this change alone is removed.
    RemoveMade {
        /// The file.
        path: String,
    },
    /// What was made for this change alone is removed, though it is not as it was made any more: cut short, overwritten, or
    /// made anew. There was nothing of anybody else's in it.
    RemoveDamaged {
        /// The file.
        path: String,
    },
    /// What was asked of the loader is taken back, and the state of the trial goes.
    Disarm {
        /// What the loader knows the entry by.
        entry: String,
        /// Whether the computer runs with it now: its devices stay as they are until it is restarted.
        running: bool,
    },
    /// The loader's pointer is moved back, and the reservation is no longer what the computer starts with by itself.
    Release {
        /// What the loader knows the entry by.
        entry: String,
        /// What stands in the pointer afterwards; none where nothing does.
        to: Option<String>,
        /// Whether it is moved: not where somebody else moved it meanwhile.
        moved: bool,
    },
    /// Nothing is to be done.
    Nothing {
        /// Why.
        why: Unneeded,
    },
}

/// Why nothing is to be done about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unneeded {
    /// It is as it was before already.
    AlreadyBack,
    /// The computer was restarted, which ends it by itself.
    Restarted,
    /// It was so before the change.
    NotOurs,
    /// A kernel module stays loaded: others may use it by now.
    ModuleStays,
}

/// What stands in the way of undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoStop {
    /// The number of the step, from 0.
    pub step: usize,
    /// The file or device.
    pub what: String,
    /// Why.
    #[serde(flatten)]
    pub why: StopReason,
}

/// Why a step cannot be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum StopReason {
    /// Somebody else changed it meanwhile, and what is ours cannot be told from it.
    Changed,
    /// It could not be looked at, or something else is there.
    Unreadable {
        /// The reason.
        reason: String,
    },
    /// A driver does not let go of it until the computer is restarted.
    NeedsRestart,
    /// A later change made it what the computer starts with by itself: that one is undone first.
    Kept {
        /// Its record.
        record: String,
    },
    /// It is in use.
    InUse {
        /// By whom or what, in one sentence.
        by: String,
    },
}

impl UndoPlan {
    /// Its digest.
    pub fn digest(&self) -> Digest {
        Digest::of("gangway-undo-1", self)
    }
}

impl FileChange {
    /// What undo does with the file, of which `present` is there now.
    ///
    /// # Errors
    /// Where somebody changed it meanwhile, and what is ours cannot be taken out alone.
    pub fn undo(&self, present: Option<&Content>) -> Result<Back, StopReason> {
        if present == self.before.as_ref() {
            return Ok(Back::Nothing { why: Unneeded::AlreadyBack });
        }
        let back = |to, whole| Back::File { path: self.path.clone(), from: present.cloned(), to, whole };
        if present == self.after.as_ref() {
            return Ok(back(self.before.clone(), true));
        }
        let Some(edit) = &self.edit else { return Err(StopReason::Changed) };
        // A shared file that is gone, or has nothing of ours any more, is as far back as it can be.
        let Some(present) = present else { return Ok(Back::Nothing { why: Unneeded::AlreadyBack }) };
        let unreadable = |reason: String| StopReason::Unreadable { reason };
        let text = present.text().ok_or_else(|| unreadable("it is no text".to_owned()))?;
        match edit.take_out(text).map_err(unreadable)? {
            text if text.as_bytes() == present.bytes() => Ok(Back::Nothing { why: Unneeded::AlreadyBack }),
            text => Ok(back(Some(text.into()), false)),
        }
    }
}

impl ArgumentEdit {
    /// The text without what is ours, as far as it is still in it.
    ///
    /// # Errors
    /// Why the text is not understood.
    pub fn take_out(&self, text: &str) -> Result<String, String> {
        if let ArgumentFormat::Block { name } = &self.format {
            return marked_block::take_out(text, name).map_err(|error| error.to_string());
        }
        let mut text = text.to_owned();
        for argument in self.added.iter().rev() {
            let argument = [argument.parse::<KernelArgument>().map_err(|error| error.to_string())?];
            let edits = |edit: Result<Edit, ConfigError>| {
                edit.map(|edit| edit.text).map_err(|error| error.to_string())
            };
            text = match &self.format {
                ArgumentFormat::Shell { variable } => {
                    edits(shell::remove_arguments(&text, variable, &argument))?
                }
                ArgumentFormat::Modules | ArgumentFormat::Booster => {
                    let [argument] = &argument;
                    let module = ModuleName::new(&argument.to_string())
                        .ok_or_else(|| format!("{argument} is no name of a module"))?;
                    edits(match self.format {
                        ArgumentFormat::Booster => booster::remove(&text, booster::List::ForceLoad, &module),
                        _ => module_list::remove(&text, &module),
                    })?
                }
                // It has no arguments, and was taken out above.
                ArgumentFormat::Block { .. } => text,
                ArgumentFormat::Plain => edits(kernel_cmdline::remove_arguments(&text, &argument))?,
                ArgumentFormat::Entry => edits(bls::remove_arguments(&text, &argument))?,
                ArgumentFormat::Refind { titles } => titles
                    .iter()
                    .try_fold(text, |text, title| edits(refind::remove_arguments(&text, title, &argument)))?,
                ArgumentFormat::Limine { entries } => entries
                    .iter()
                    .try_fold(text, |text, entry| edits(limine::remove_arguments(&text, entry, &argument)))?,
            };
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::FileRole;

    fn change(before: Option<&str>, after: Option<&str>, edit: Option<ArgumentEdit>) -> FileChange {
        let content = |text: Option<&str>| text.map(Content::from);
        let (before, after) = (content(before), content(after));
        FileChange { path: "/etc/x".to_owned(), role: FileRole::KernelArguments, before, after, edit }
    }

    fn edit(format: ArgumentFormat) -> Option<ArgumentEdit> {
        Some(ArgumentEdit { format, added: vec!["intel_iommu=on".to_owned(), "iommu=pt".to_owned()] })
    }

    fn to(back: Result<Back, StopReason>) -> Option<(Option<String>, bool)> {
        match back.unwrap() {
            Back::File { to, whole, .. } => Some((to.map(|to| to.text().unwrap().to_owned()), whole)),
            _ => None,
        }
    }

    const NOTHING: Result<Back, StopReason> = Ok(Back::Nothing { why: Unneeded::AlreadyBack });

    #[test]
    fn a_file_that_nobody_touched_gets_its_bytes_back() {
        let changed = change(Some("a"), Some("b"), None);
        assert_eq!(to(changed.undo(Some(&"b".into()))), Some((Some("a".to_owned()), true)));
        assert_eq!(changed.undo(Some(&"a".into())), NOTHING);
        assert_eq!(changed.undo(Some(&"c".into())), Err(StopReason::Changed));
        assert_eq!(changed.undo(None), Err(StopReason::Changed));
        let made = change(None, Some("b"), None);
        assert_eq!(to(made.undo(Some(&"b".into()))), Some((None, true)));
        assert_eq!(made.undo(None), NOTHING);
    }

    #[test]
    fn of_a_file_that_somebody_edited_only_ours_is_taken() {
        let format = ArgumentFormat::Shell { variable: "GRUB_CMDLINE_LINUX_DEFAULT".to_owned() };
        let before = "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n";
        let after = "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet intel_iommu=on iommu=pt\"\n";
        let changed = change(Some(before), Some(after), edit(format));
        let edited = format!("# mine\n{}", after.replace("quiet", "quiet splash"));
        let left = "# mine\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\n".to_owned();
        assert_eq!(to(changed.undo(Some(&edited.into()))), Some((Some(left.clone()), false)));
        assert_eq!(changed.undo(Some(&left.into())), NOTHING);
        assert_eq!(changed.undo(None), NOTHING);
        let broken = after.replace("pt\"", "pt");
        assert!(matches!(changed.undo(Some(&broken.into())), Err(StopReason::Unreadable { .. })));
    }

    #[test]
    fn every_format_gives_ours_back() {
        let ours = "intel_iommu=on iommu=pt";
        let refind = ArgumentFormat::Refind { titles: vec!["Boot".to_owned()] };
        let limine = ArgumentFormat::Limine { entries: vec![vec!["Arch".to_owned()]] };
        for (format, with) in [
            (ArgumentFormat::Plain, format!("root=/dev/a {ours} more\n")),
            (ArgumentFormat::Entry, format!("linux /vmlinuz\noptions root=/dev/a {ours}\n")),
            (refind, format!("\"Boot\" \"root=/dev/a {ours}\"\n")),
            (limine, format!("/Arch\nprotocol: linux\ncmdline: root=/dev/a {ours}\n")),
        ] {
            let without = edit(format.clone()).unwrap().take_out(&with).unwrap();
            assert_eq!(without, with.replace(&format!(" {ours}"), ""), "{format:?}");
        }
    }

    #[test]
    fn an_undo_is_its_text() {
        let action = UndoAction { step: 2, back: Back::Nothing { why: Unneeded::NotOurs } };
        let stop = UndoStop { step: 1, what: "x".to_owned(), why: StopReason::Changed };
        let plan = UndoPlan { record: "r".to_owned(), actions: vec![action], stops: vec![stop] };
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(
            text,
            r#"{"record":"r","actions":[{"step":2,"back":"nothing","why":"not-ours"}],"stops":[{"step":1,"what":"x","why":"changed"}]}"#
        );
        assert_eq!(serde_json::from_str::<UndoPlan>(&text).unwrap().digest(), plan.digest());
    }
}
