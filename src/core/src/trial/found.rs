//! What of a reservation's parts is there: its entry and files, the former entry, the two pointers, the kernels.
//!
//! Only what is read quickly. The image's bytes are measured where somebody waits for the answer ([`measure`]).

use sha2::{Digest as _, Sha256};

use super::{ARGUMENT, Entry, GRUB_DEFAULT, GRUB_ENTRY, Pointer, Promise};
use crate::config::bls;
use crate::config::grub_cfg::{GrubConfig, MenuItem, MenuKind};
use crate::reading::{Reading, Trouble};
use crate::source::{Source, SourceError, SourceErrorKind};

const MODULES: &str = "/lib/modules";
/// The most that is read of an image.
const IMAGE: usize = 1 << 30;

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// What one start is asked for with; none where nothing is, or nobody writes anything for it.
    pub request: Reading<Option<String>>,
    /// What every start is asked for with; none where nothing is.
    pub default: Reading<Option<String>>,
    /// Whether our entry is there and starts with the reservation.
    pub entry: Reading<bool>,
    /// Whether an entry without our argument is there, as the former system has it.
    pub former: Reading<bool>,
    /// The kernel that the entry starts.
    pub kernel: Reading<()>,
    /// The image that the entry starts.
    pub image: Reading<()>,
    /// The modules of that kernel.
    pub modules: Reading<()>,
    /// The releases of the kernels that are installed, in order of their names.
    pub releases: Reading<Vec<String>>,
}

impl Found {
    pub(super) fn read(source: &Source, promise: &Promise) -> Self {
        let modules = |release: &str| there(source, &format!("{MODULES}/{release}/modules.dep"));
        let releases = match source.list(MODULES) {
            Ok(names) => {
                let names = names.into_iter().filter_map(|name| name.into_string().ok());
                Reading::Known(names.filter(|release| modules(release).is_known()).collect())
            }
            Err(error) => unread(error),
        };
        Self {
            request: promise
                .request_pointer()
                .map_or(Reading::Known(None), |pointer| self::pointer(source, &pointer)),
            default: pointer(source, &promise.default_pointer()),
            entry: entry(source, promise),
            former: former(source, promise),
            kernel: there(source, &promise.kernel),
            image: there(source, &promise.image),
            modules: modules(&promise.release),
            releases,
        }
    }
}

/// The SHA-256 of an image, in 64 lowercase hexadecimal digits.
pub fn measure(source: &Source, path: &str) -> Reading<String> {
    match source.read_up_to(path, IMAGE) {
        Ok(bytes) => {
            let digest = Sha256::digest(bytes);
            Reading::Known(digest.iter().map(|byte| format!("{byte:02x}")).collect())
        }
        Err(error) => unread(error),
    }
}

fn unread<T>(error: SourceError) -> Reading<T> {
    match error.kind.is_absent() {
        true => Reading::Absent,
        false => Reading::unreadable(error.path, error.kind),
    }
}

/// Whether something is at a path. Where its folder is not shown either, as in a captured machine, that is not known.
fn there(source: &Source, path: &str) -> Reading<()> {
    match source.kind(path) {
        Ok(_) => return Reading::Known(()),
        Err(error) if !error.kind.is_absent() => return unread(error),
        Err(_) => {}
    }
    match source.list(path.rsplit_once('/').map_or("/", |(folder, _)| folder)) {
        Ok(_) => Reading::Absent,
        Err(_) if source.is_live() => Reading::Absent,
        Err(error) => Reading::Unreadable(Box::new(Trouble::new(path, error.kind))),
    }
}

fn pointer(source: &Source, pointer: &Pointer) -> Reading<Option<String>> {
    let path = pointer.path();
    let bytes = match source.read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind.is_absent() => None,
        Err(error) => return unread(error),
    };
    // A variable that is not there asks for nothing, where variables are shown at all.
    if bytes.is_none() && !there(source, &path).is_absent() {
        return Reading::unreadable(path, SourceErrorKind::Absent);
    }
    match pointer.value(bytes.as_deref()) {
        Ok(value) => Reading::Known(value),
        Err(_) if bytes.is_none() => Reading::Absent,
        Err(reason) => Reading::nonsense(path, reason.as_str()),
    }
}

fn entry(source: &Source, promise: &Promise) -> Reading<bool> {
    let argument = format!("{ARGUMENT}={}", promise.reserve);
    match &promise.entry {
        Entry::Grub { custom, .. } => text(source, custom).map(|text| grub_entry(&text, &argument)),
        Entry::SystemdBoot { file, .. } => parsed(source, file, |text| {
            let entry = bls::Entry::parse(text).map_err(|error| error.to_string())?;
            Ok(entry.linux.is_some() && entry.options.contains(&argument))
        }),
    }
}

/// Whether a `custom.cfg` has our entry with this argument, and the gate that chooses it. It is GRUB's language, of which
/// only our own lines are looked for.
fn grub_entry(text: &str, argument: &str) -> bool {
    let words = |line: &str| -> Vec<String> {
        line.split_whitespace().map(|word| word.trim_matches(['\'', '"']).to_owned()).collect()
    };
    let lines: Vec<Vec<String>> = text.lines().map(words).collect();
    let first = |line: &[String], word: &str| line.first().is_some_and(|first| first == word);
    let title = lines.iter().position(|line| {
        first(line, "menuentry")
            && line.windows(2).any(|pair| *pair == ["--id".to_owned(), GRUB_ENTRY.to_owned()])
    });
    let Some(title) = title else { return false };
    let inside = lines.iter().skip(title).take_while(|line| !first(line, "}"));
    let starts = inside.clone().any(|line| {
        line.first().is_some_and(|word| word.starts_with("linux")) && line.iter().any(|word| word == argument)
    });
    starts && text.contains(GRUB_DEFAULT)
}

fn former(source: &Source, promise: &Promise) -> Reading<bool> {
    let ours = |word: &String| word.split('=').next() == Some(ARGUMENT);
    match &promise.entry {
        Entry::Grub { config, .. } => parsed(source, config, |text| {
            let config = GrubConfig::parse(text).map_err(|error| error.to_string())?;
            let plain = |item: &MenuItem| match &item.kind {
                MenuKind::Entry { linux, .. } => !linux.is_empty() && !linux.iter().flatten().any(ours),
                MenuKind::Submenu(_) => false,
            };
            Ok(config.entry_files || config.paths().iter().any(|(_, item)| plain(item)))
        }),
        Entry::SystemdBoot { former, .. } if former.ends_with(".efi") => there(source, former).map(|()| true),
        Entry::SystemdBoot { former, .. } => parsed(source, former, |text| {
            let entry = bls::Entry::parse(text).map_err(|error| error.to_string())?;
            Ok(!entry.options.iter().any(ours))
        }),
    }
}

fn text(source: &Source, path: &str) -> Reading<String> {
    match source.read_text(path) {
        Ok(text) => Reading::Known(text),
        Err(error) if error.kind == SourceErrorKind::NotText => Reading::nonsense(error.path, error.kind),
        Err(_) if there(source, path).is_absent() => Reading::Absent,
        Err(error) => Reading::unreadable(error.path, error.kind),
    }
}

fn parsed(source: &Source, path: &str, judge: impl FnOnce(&str) -> Result<bool, String>) -> Reading<bool> {
    match text(source, path) {
        Reading::Known(text) => match judge(&text) {
            Ok(judged) => Reading::Known(judged),
            Err(reason) => Reading::nonsense(path, reason.as_str()),
        },
        other => other.map(|_| false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_entry_in_custom_cfg_is_told_from_others() {
        let ours = "if [ \"$gw_default\" = \"gangway-trial\" ]; then set default=gangway-trial; fi\n\
                    menuentry 'Gangway trial' --id gangway-trial --unrestricted {\n\
                    \tinsmod ext2\n\tlinux /vmlinuz root=/dev/a panic=30 gangway.reserve=x\n\tinitrd /i\n}\n";
        assert!(grub_entry(ours, "gangway.reserve=x"));
        assert!(grub_entry(&ours.replace("gangway.reserve=x", "'gangway.reserve=x'"), "gangway.reserve=x"));
        for broken in [
            ours.replace("gangway.reserve=x", "gangway.reserve=y"),
            ours.replace("--id gangway-trial", "--id gangway-former"),
            ours.replace("gw_default", "gw_next"),
            ours.replace("\tlinux ", "}\nmenuentry other {\n\tlinux "),
            String::new(),
        ] {
            assert!(!grub_entry(&broken, "gangway.reserve=x"), "{broken}");
        }
    }
}
