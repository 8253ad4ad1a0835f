//! What is known of a reservation from when it was armed until it is undone: one small text, readable by everybody.
//!
//! There is one reservation at a time, and one text of it: nothing is armed where there is one already. Nothing in it is a
//! secret, so that the window and the terminal see how things stand without root; serial numbers of devices, which only
//! root may read, stay in the record of the change. It is read strictly, since what it says decides which pointers are
//! moved.

use serde::{Deserialize, Serialize};

use crate::config::Reservation;
use crate::devices::Identity;
use crate::pci::PciAddress;
use crate::plan::as_text;
use crate::versioned::{self, VersionedError};

/// The version of the text that is written.
const VERSION: u32 = 1;
/// The most that is read of it: some hundred functions.
pub const LIMIT: usize = 64 << 10;

/// A reservation that was armed, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The record of the change that armed it.
    pub record: String,
    /// What was promised of a start with it.
    pub promise: Promise,
    /// The SHA-256 of the image, in 64 lowercase hexadecimal digits.
    pub image_sha256: String,
    /// Which start of the computer it was armed in. Source: kernel, `Documentation/admin-guide/sysctl/kernel.rst`, `random`.
    pub armed_in: String,
    /// How far it got.
    pub stage: Stage,
}

/// What a start with the reservation has, as far as the plan knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// The value of `gangway.reserve=`.
    #[serde(with = "as_text")]
    pub reserve: Reservation,
    /// The functions of it, in the same order, without serial numbers.
    #[serde(with = "lines")]
    pub devices: Vec<Identity>,
    /// Functions with the same ids that are not reserved, with the drivers that they have without it.
    pub twins: Vec<Twin>,
    /// The release of the kernel that it is for.
    pub release: String,
    /// The kernel that the entry starts, absolute.
    pub kernel: String,
    /// The initramfs that the entry starts, absolute.
    pub image: String,
    /// The entry of the boot menu.
    pub entry: Entry,
    /// How one start with it was asked for.
    pub request: Request,
}

/// A function that could be taken for a reserved one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Twin {
    /// Where it is.
    #[serde(with = "as_text")]
    pub address: PciAddress,
    /// Its driver; none where it has none.
    pub driver: Option<String>,
}

/// The entry of the boot menu that starts with the reservation, and what the former system is started by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "loader", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// An entry [`super::GRUB_ENTRY`] in `custom.cfg`, which a gate there chooses.
    Grub {
        /// `custom.cfg`, absolute.
        custom: String,
        /// The environment file that the gate reads, absolute.
        env: String,
        /// `grub.cfg`, absolute, with the entries of the former system.
        config: String,
    },
    /// An entry of the Boot Loader Specification.
    SystemdBoot {
        /// Its id: its file's name.
        id: String,
        /// Its file, absolute.
        file: String,
        /// The file of the entry that the former system was started by, absolute.
        former: String,
    },
}

/// How one start with the entry is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// The loader is told, and erases that before it starts the entry.
    Loader,
    /// The running kernel starts the next one itself: nothing is written that could be left over.
    Kexec,
    /// A person chooses the entry in the menu.
    Menu,
}

/// How far a reservation got. The times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Stage {
    /// One start with it was asked for.
    Armed,
    /// The computer was started with it, and it was not confirmed.
    OnTrial {
        /// When that was noted.
        since: u64,
        /// Which start of the computer it is.
        boot: String,
        /// What the early script said; none where it did not run.
        early: Option<String>,
    },
    /// The former system was started again.
    Failed {
        /// What is known of the reason.
        why: Failure,
        /// When that was noted.
        at: u64,
        /// What the early script said on trial; none where that is not known.
        early: Option<String>,
    },
    /// It is what the computer is started with.
    Confirmed {
        /// When.
        at: u64,
        /// The record of the confirmation.
        record: String,
    },
}

/// Why the former system was started again after a trial was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The loader did not try it: the request was still there.
    NotTried,
    /// The loader took the request, and the system did not come up.
    Died,
    /// The system came up, and the computer was started again before anybody kept it.
    NotKept,
    /// The system came up, nobody was there, and it restarted the computer itself.
    GaveUp,
    /// It was confirmed, and the confirmation was undone.
    TakenBack,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    record: String,
    promise: Promise,
    image_sha256: String,
    armed_in: String,
    stage: Stage,
}

impl State {
    /// Reads a text.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, VersionedError> {
        let written: Written = versioned::parse(text, VERSION)?;
        let Written { record, promise, image_sha256, armed_in, stage, version: _ } = written;
        let state = Self { record, promise, image_sha256, armed_in, stage };
        state.check()?;
        Ok(state)
    }

    /// The text, as it is kept.
    ///
    /// # Errors
    /// What of it could not be read again.
    pub fn to_text(&self) -> Result<String, VersionedError> {
        self.check()?;
        let Self { record, promise, image_sha256, armed_in, stage } = self.clone();
        let written = Written { version: VERSION, record, promise, image_sha256, armed_in, stage };
        versioned::to_text(&written)
    }

    /// Whether one of these devices is reserved.
    pub fn is_about(&self, devices: &[PciAddress]) -> bool {
        self.promise.devices.iter().any(|reserved| devices.contains(&reserved.address))
    }

    fn check(&self) -> Result<(), VersionedError> {
        self.promise.check()?;
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let plain = |text: &str| !text.is_empty() && text.len() <= 64 && text.bytes().all(name);
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let mut names = vec![("the record", &self.record), ("the start", &self.armed_in)];
        let mut said = None;
        match &self.stage {
            Stage::Armed => {}
            Stage::OnTrial { boot, early, .. } => {
                names.push(("the start", boot));
                said = early.as_ref();
            }
            Stage::Failed { early, .. } => said = early.as_ref(),
            Stage::Confirmed { record, .. } => names.push(("the record", record)),
        }
        if let Some((what, name)) = names.into_iter().find(|(_, name)| !plain(name)) {
            return Err(VersionedError::value(what, name));
        }
        if self.image_sha256.len() != 64 || !self.image_sha256.bytes().all(hex) {
            return Err(VersionedError::value("the image's SHA-256", &self.image_sha256));
        }
        match said.filter(|said| said.len() > super::early::LIMIT || said.contains(char::is_control)) {
            Some(said) => Err(VersionedError::value("the early script's word", said)),
            None => Ok(()),
        }
    }
}

impl Promise {
    /// Whether all of it can be so.
    ///
    /// # Errors
    /// What cannot.
    pub fn check(&self) -> Result<(), VersionedError> {
        let functions = self.reserve.functions();
        let same = |(one, other): (&crate::config::Reserved, &Identity)| {
            one.address() == other.address && one.id() == other.id && other.serial.is_none()
        };
        if functions.len() != self.devices.len() || !functions.iter().zip(&self.devices).all(same) {
            let devices: Vec<String> = self.devices.iter().map(ToString::to_string).collect();
            return Err(VersionedError::value("the devices", &devices.join(", ")));
        }
        if let Some(twin) =
            self.twins.iter().find(|twin| functions.iter().any(|function| function.address() == twin.address))
        {
            return Err(VersionedError::value("another device", &twin.address.to_string()));
        }
        let mut paths = vec![&self.kernel, &self.image];
        match &self.entry {
            Entry::Grub { custom, env, config } => paths.extend([custom, env, config]),
            Entry::SystemdBoot { file, former, .. } => paths.extend([file, former]),
        }
        if let Some(path) = paths.into_iter().find(|path| !is_path(path)) {
            return Err(VersionedError::value("a path", path));
        }
        let release = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+~".contains(&byte);
        if !self.release.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !self.release.bytes().all(release)
        {
            return Err(VersionedError::value("the kernel's release", &self.release));
        }
        match &self.entry {
            Entry::SystemdBoot { id, file, .. } if file.rsplit('/').next() != Some(id) => {
                Err(VersionedError::value("the entry", id))
            }
            _ => Ok(()),
        }
    }
}

/// An absolute path that is written plainly.
fn is_path(path: &str) -> bool {
    let name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(char::is_control);
    path.len() <= 4000 && path.strip_prefix('/').is_some_and(|path| path.split('/').all(name))
}

/// Identities as one text each.
mod lines {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::devices::Identity;

    pub(super) fn serialize<S: Serializer>(devices: &[Identity], serializer: S) -> Result<S::Ok, S::Error> {
        devices.iter().map(ToString::to_string).collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Identity>, D::Error> {
        let lines = Vec::<String>::deserialize(deserializer)?;
        let identity = |line: &String| line.parse().map_err(de::Error::custom);
        lines.iter().map(identity).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const RESERVE: &str = "0000:01:00.0=10de:2484,0000:01:00.1=10de:228b";

    /// A reservation of a card on a computer with GRUB.
    pub(crate) fn armed() -> State {
        let devices = [
            "0000:01:00.0 0000:00/01.0/00.0 10de:2484 1458:404c",
            "0000:01:00.1 0000:00/01.0/00.1 10de:228b 1458:404c",
        ];
        State {
            record: "2026-11-21-174000-1".to_owned(),
            promise: Promise {
                reserve: RESERVE.parse().unwrap(),
                devices: devices.map(|device| device.parse().unwrap()).to_vec(),
                twins: vec![Twin {
                    address: "0000:02:00.0".parse().unwrap(),
                    driver: Some("nouveau".to_owned()),
                }],
                release: "6.12.43+deb13-amd64".to_owned(),
                kernel: "/boot/vmlinuz-6.12.43+deb13-amd64".to_owned(),
                image: "/boot/gangway/initrd.img-6.12.43+deb13-amd64".to_owned(),
                entry: Entry::Grub {
                    custom: "/boot/grub/custom.cfg".to_owned(),
                    env: "/boot/gangway/env".to_owned(),
                    config: "/boot/grub/grub.cfg".to_owned(),
                },
                request: Request::Loader,
            },
            image_sha256: "0123456789abcdef".repeat(4),
            armed_in: "2f2b5c53-7f44-4d26-9d1a-0d4a6f4f3a51".to_owned(),
            stage: Stage::Armed,
        }
    }

    fn stages() -> [Stage; 4] {
        let early = Some(format!("reserved {RESERVE}"));
        let boot = "b7a3c1de-0000-4000-8000-000000000001".to_owned();
        [
            Stage::Armed,
            Stage::OnTrial { since: 1_795_000_000, boot, early: early.clone() },
            Stage::Failed { why: Failure::NotKept, at: 1_795_000_100, early },
            Stage::Confirmed { at: 1_795_000_100, record: "2026-11-21-180000-1".to_owned() },
        ]
    }

    #[test]
    fn a_state_is_its_text() {
        for stage in stages() {
            let state = State { stage, ..armed() };
            let text = state.to_text().unwrap();
            assert!(text.len() < LIMIT && text.ends_with("}\n"), "{text}");
            assert_eq!(State::parse(&text), Ok(state));
        }
        let promise = Promise {
            entry: Entry::SystemdBoot {
                id: "gangway-trial.conf".to_owned(),
                file: "/efi/loader/entries/gangway-trial.conf".to_owned(),
                former: "/efi/loader/entries/arch.conf".to_owned(),
            },
            ..armed().promise
        };
        let state = State { promise, ..armed() };
        assert_eq!(State::parse(&state.to_text().unwrap()), Ok(state));
    }

    #[test]
    fn a_text_that_was_touched_is_none() {
        let text = armed().to_text().unwrap();
        let broken = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            State::parse(&text.replacen(from, to, 1)).unwrap_err()
        };
        assert_eq!(broken("\"version\": 1", "\"version\": 2"), VersionedError::Newer(2));
        assert!(matches!(broken("\"version\": 1", "\"version\": 0"), VersionedError::Value { .. }));
        for (from, to) in [
            ("0000:01:00.0=10de:2484", "0000:01:00.2=10de:2484"),
            ("10de:2484 1458", "10de:2485 1458"),
            ("1458:404c", "1458:404c 00-11-22"),
            ("0000:02:00.0", "0000:01:00.1"),
            ("/boot/gangway/env", "/boot/../etc/shadow"),
            ("/boot/gangway/env", "boot/gangway/env"),
            ("/boot/vmlinuz", "/boot/a\\u001bvmlinuz"),
            ("0123456789abcdef", "0123456789ABCDEF"),
            ("2f2b5c53-", "2f2b5c53/"),
            ("\"6.12.43+deb13-amd64\"", "\"-e\""),
            ("\"armed\"", "\"kept\""),
            ("\"record\"", "\"odd\": 1, \"record\""),
        ] {
            broken(from, to);
        }
        for text in
            ["", "{}", "[]", "null", "{\"version\":1}", &text[..text.len() / 2], &text.replace('"', "")]
        {
            assert!(State::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_is_written_that_could_not_be_read() {
        let mut state = armed();
        state.promise.devices.pop();
        assert!(matches!(state.to_text(), Err(VersionedError::Value { what: "the devices", .. })));
        let early = Some("x\ny".to_owned());
        let stage = Stage::Failed { why: Failure::Died, at: 0, early };
        assert!(State { stage, ..armed() }.to_text().is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_is_written_as_it_was_understood(at in 0_usize..4000, with in ".{0,12}", cut in 0_usize..40) {
            let text = armed().to_text().unwrap();
            let chars: Vec<char> = text.chars().collect();
            let at = at % chars.len();
            let rest = chars.iter().skip(at + cut);
            let touched: String = chars.iter().take(at).copied().chain(with.chars()).chain(rest.copied()).collect();
            if let Ok(state) = State::parse(&touched) {
                let written = state.to_text().unwrap();
                proptest::prop_assert_eq!(State::parse(&written), Ok(state));
            }
            let _ = super::super::Early::parse(&touched).to_word();
        }
    }
}
