//! A reservation of ours, kept as far as it is read: its state, the early script's report, and of the boot files that it
//! names what [`Trial`] finds in them.
//!
//! The state names devices, paths and one start of the computer, and nothing of a person. The boot files are somebody else's
//! for the most part; so a made-up file stands for each, of which the same is read.

use super::super::redact::Redactor;
use super::Capture;
use crate::config::grub_env;
use crate::reading::{Reading, TroubleDetail};
use crate::trial::{ARGUMENT, BOOT, EARLY, Entry, GRUB_DEFAULT, GRUB_ENTRY, Pointer, Promise, STATE, Trial};

/// What stands for a menu of GRUB's with an entry of the former system.
const MENU: &str = "menuentry 'Linux' {\n\tlinux /vmlinuz\n}\n";
/// What stands for such an entry of the Boot Loader Specification.
const ENTRY: &str = "linux /vmlinuz\n";

impl Capture<'_> {
    /// Before the list, in which some of the files are kept as names alone: the first that is said of a file counts.
    pub(super) fn trial(&mut self) {
        let trial = Trial::of(self.source);
        match (&trial.state, self.source.read_up_to(STATE, crate::trial::LIMIT)) {
            (Reading::Absent, _) => return,
            (_, Ok(bytes)) => self.builder.file(STATE, bytes),
            (_, Err(error)) => self.builder.unreadable(STATE, error.kind),
        }
        self.whole(BOOT, |_, text| text.to_owned());
        self.whole(EARLY, Redactor::text);
        let Reading::Known(state) = &trial.state else { return };
        let promise = &state.promise;
        for (path, there) in [
            (promise.kernel.clone(), &trial.found.kernel),
            (promise.image.clone(), &trial.found.image),
            (format!("/lib/modules/{}/modules.dep", promise.release), &trial.found.modules),
        ] {
            self.place(&path, there.as_ref().map(|()| Vec::new()));
        }
        if let Reading::Known(releases) = &trial.found.releases {
            for release in releases {
                self.builder.file(&format!("/lib/modules/{release}/modules.dep"), "");
            }
        }
        self.entries(promise, &trial);
        let pointers = [
            (promise.request_pointer(), &trial.found.request),
            (Some(promise.default_pointer()), &trial.found.default),
        ];
        self.pointers(pointers);
    }

    fn entries(&mut self, promise: &Promise, trial: &Trial) {
        let argument = format!("{ARGUMENT}={}", promise.reserve);
        let own = match &promise.entry {
            Entry::Grub { .. } => format!(
                "# {GRUB_DEFAULT}\nmenuentry 'Gangway' --id {GRUB_ENTRY} {{\n\tlinux /vmlinuz {argument}\n}}\n"
            ),
            Entry::SystemdBoot { .. } => format!("linux /vmlinuz\noptions {argument}\n"),
        };
        let former = match &promise.entry {
            Entry::Grub { .. } => MENU,
            Entry::SystemdBoot { .. } => ENTRY,
        };
        let shown = |yes: bool, text: &str| if yes { text.as_bytes().to_vec() } else { Vec::new() };
        let former_is = match (&promise.entry, &trial.found.former) {
            // An entry without our argument is one with nothing in it, too.
            (Entry::SystemdBoot { .. }, Reading::Known(false)) => {
                Reading::Known(format!("linux /vmlinuz\noptions {ARGUMENT}=x\n").into_bytes())
            }
            (_, found) => found.as_ref().map(|yes| shown(*yes, former)),
        };
        self.place(promise.entry_file(), trial.found.entry.as_ref().map(|yes| shown(*yes, &own)));
        self.place(promise.former_file(), former_is);
    }

    fn pointers(&mut self, pointers: [(Option<Pointer>, &Reading<Option<String>>); 2]) {
        let mut environment: Option<(String, Vec<u8>)> = None;
        for (pointer, value) in pointers {
            let Some(pointer) = pointer else { continue };
            let path = pointer.path();
            let value = match value {
                // The name of an entry may hold the machine's id.
                Reading::Known(value) => value.as_deref().map(|value| self.redactor.text(value)),
                other => {
                    self.place(&path, other.as_ref().map(|_| Vec::new()));
                    continue;
                }
            };
            match &pointer {
                Pointer::Grub { .. } => {
                    // Both are in one file.
                    let before = environment.take().map_or_else(grub_env::empty, |(_, bytes)| bytes);
                    let bytes = pointer.with(Some(&before), value.as_deref()).ok().flatten();
                    environment = Some((path, bytes.unwrap_or(before)));
                }
                Pointer::Efi { .. } => match pointer.with(None, value.as_deref()) {
                    Ok(Some(bytes)) => self.builder.file(&path, bytes),
                    _ => self.folder_above(&path),
                },
            }
        }
        if let Some((path, bytes)) = environment {
            self.builder.file(&path, bytes);
        }
    }

    /// A file with these bytes, or what is known of there being none.
    fn place(&mut self, path: &str, bytes: Reading<Vec<u8>>) {
        match bytes {
            Reading::Known(bytes) => self.builder.file(path, bytes),
            Reading::Absent => self.folder_above(path),
            Reading::Unreadable(trouble) => {
                if let TroubleDetail::Source(kind) = trouble.detail
                    && !kind.is_absent()
                {
                    self.builder.unreadable(path, kind);
                }
            }
            // What makes no sense stays something that makes none.
            Reading::Nonsense(_) => self.builder.file(path, "menuentry '"),
        }
    }

    /// Tells what is missing from what was not looked at.
    fn folder_above(&mut self, path: &str) {
        if let Some((folder, _)) = path.rsplit_once('/') {
            self.builder.folder(folder);
        }
    }
}
