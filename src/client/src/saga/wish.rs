//! What is still wanted of a virtual machine once the host is ready: one small text, read strictly. It holds no definition:
//! the change is planned anew when its time has come, from what the definition is then.

use std::path::PathBuf;

use gangway_core::devices::Identity;
use gangway_core::pci::PciAddress;
use gangway_core::versioned::{self, VersionedError};
use serde::{Deserialize, Serialize};

use crate::handover::{FeatureWishes, Request};
use crate::hypervisor::VmId;

/// The version of the text that is written.
const VERSION: u32 = 1;
/// The most that is read of one.
pub const LIMIT: u64 = 64 << 10;
/// The longest name, address or path in it.
const LONGEST: usize = 4096;
/// The most functions: a group rarely has more than some ten.
const MOST: usize = 256;

/// A card that shall go to a virtual machine once the host leaves it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The function that was named.
    pub device: PciAddress,
    /// All functions that leave the host, to know them again after the restart.
    pub functions: Vec<Identity>,
    /// Whether the rest of the group goes along.
    pub whole_group: bool,
    /// Who gets it.
    pub recipient: Recipient,
    /// A ROM image for the graphics function.
    pub rom: Option<PathBuf>,
    /// What the virtual machine shall tell its guest, in the same change.
    pub features: FeatureWishes,
    /// The record of the host's change; none as long as the root service has not said that it is done.
    pub record: Option<String>,
    /// When it was wished, in seconds since 1970 (UTC).
    pub begun: u64,
}

/// The virtual machine that gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Its identity.
    pub id: VmId,
    /// Its name then, for sentences.
    pub name: String,
    /// The address of its libvirt.
    pub connection: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    device: String,
    functions: Vec<String>,
    whole_group: bool,
    machine: Machine,
    rom: Option<String>,
    hide_hypervisor: Option<bool>,
    hyperv_windows: Option<bool>,
    record: Option<String>,
    begun: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    uuid: String,
    name: String,
    connection: String,
}

impl Wish {
    /// Reads a text.
    ///
    /// # Errors
    /// Why it is none.
    pub fn parse(text: &str) -> Result<Self, VersionedError> {
        let written: Written = versioned::parse(text, VERSION)?;
        let device =
            written.device.parse().map_err(|_| VersionedError::value("the device", &written.device))?;
        let functions = written
            .functions
            .iter()
            .map(|function| function.parse().map_err(|_| VersionedError::value("a function", function)))
            .collect::<Result<_, _>>()?;
        let wish = Self {
            device,
            functions,
            whole_group: written.whole_group,
            recipient: Recipient {
                id: VmId::new(written.machine.uuid),
                name: written.machine.name,
                connection: written.machine.connection,
            },
            rom: written.rom.map(PathBuf::from),
            features: FeatureWishes {
                hide_hypervisor: written.hide_hypervisor,
                hyperv_windows: written.hyperv_windows,
            },
            record: written.record,
            begun: written.begun,
        };
        wish.check()?;
        Ok(wish)
    }

    /// The text, as it is kept.
    ///
    /// # Errors
    /// What of it could not be read again.
    pub fn to_text(&self) -> Result<String, VersionedError> {
        self.check()?;
        let rom = match &self.rom {
            Some(path) => Some(text_of(path)?),
            None => None,
        };
        let written = Written {
            version: VERSION,
            device: self.device.to_string(),
            functions: self.functions.iter().map(ToString::to_string).collect(),
            whole_group: self.whole_group,
            machine: Machine {
                uuid: self.recipient.id.to_string(),
                name: self.recipient.name.clone(),
                connection: self.recipient.connection.clone(),
            },
            rom,
            hide_hypervisor: self.features.hide_hypervisor,
            hyperv_windows: self.features.hyperv_windows,
            record: self.record.clone(),
            begun: self.begun,
        };
        versioned::to_text(&written)
    }

    /// The addresses of its functions.
    pub fn addresses(&self) -> Vec<PciAddress> {
        self.functions.iter().map(|function| function.address).collect()
    }

    /// What is asked of the planner of the virtual machine's side, when its time has come.
    pub fn request(&self) -> Request {
        Request {
            devices: vec![self.device],
            whole_group: self.whole_group,
            vm: self.recipient.id.to_string(),
            rom: self.rom.clone(),
            features: self.features,
            known: None,
        }
    }

    fn check(&self) -> Result<(), VersionedError> {
        if !self.functions.iter().any(|function| function.address == self.device) {
            return Err(VersionedError::value("the device", &self.device.to_string()));
        }
        if self.functions.len() > MOST {
            return Err(VersionedError::value("the number of functions", &self.functions.len().to_string()));
        }
        let uuid = self.recipient.id.as_str();
        if uuid.len() != 36 || !uuid.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()) {
            return Err(VersionedError::value("the UUID", uuid));
        }
        let held = |text: &str| !text.is_empty() && text.len() <= LONGEST && !text.contains('\0');
        for (what, text) in [("the name", &self.recipient.name), ("the address", &self.recipient.connection)]
        {
            if !held(text) {
                return Err(VersionedError::value(what, text));
            }
        }
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if let Some(record) = &self.record
            && (record.is_empty() || record.len() > 64 || !record.bytes().all(name))
        {
            return Err(VersionedError::value("the record", record));
        }
        if let Some(rom) = &self.rom
            && (!rom.is_absolute() || !held(&text_of(rom)?))
        {
            return Err(VersionedError::value("the ROM file", &rom.display().to_string()));
        }
        Ok(())
    }
}

fn text_of(path: &std::path::Path) -> Result<String, VersionedError> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| VersionedError::value("the ROM file", &path.display().to_string()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A card with sound for a virtual machine.
    pub(crate) fn wish() -> Wish {
        let functions = [
            "0000:01:00.0 0000:00/01.0/00.0 10de:2484 1458:404c",
            "0000:01:00.1 0000:00/01.0/00.1 10de:228b 1458:404c",
        ];
        Wish {
            device: "0000:01:00.0".parse().unwrap(),
            functions: functions.map(|function| function.parse().unwrap()).to_vec(),
            whole_group: false,
            recipient: Recipient {
                id: VmId::new("4dea22b3-1d52-d8f3-2516-782e98ab3fa0"),
                name: "win11".to_owned(),
                connection: "qemu:///system".to_owned(),
            },
            rom: None,
            features: FeatureWishes { hide_hypervisor: Some(true), hyperv_windows: None },
            record: None,
            begun: 1_795_000_000,
        }
    }

    #[test]
    fn a_wish_is_its_text() {
        let plain = wish();
        let full = Wish {
            whole_group: true,
            rom: Some("/var/lib/roms/a card.rom".into()),
            record: Some("2026-11-21T17.40.00Z-1".to_owned()),
            ..wish()
        };
        for wish in [plain, full] {
            let text = wish.to_text().unwrap();
            assert!(u64::try_from(text.len()).unwrap() < LIMIT && text.ends_with("}\n"), "{text}");
            assert_eq!(Wish::parse(&text), Ok(wish));
        }
    }

    /// Every text of version 1 that was ever written stays readable.
    #[test]
    fn a_text_of_version_1() {
        let text = r#"{
            "version": 1,
            "device": "0000:01:00.0",
            "functions": [
                "0000:01:00.0 0000:00/01.0/00.0 10de:2484 1458:404c",
                "0000:01:00.1 0000:00/01.0/00.1 10de:228b 1458:404c"
            ],
            "whole_group": false,
            "machine": {
                "uuid": "4dea22b3-1d52-d8f3-2516-782e98ab3fa0",
                "name": "win11",
                "connection": "qemu:///system"
            },
            "rom": null,
            "hide_hypervisor": true,
            "hyperv_windows": null,
            "record": null,
            "begun": 1795000000
        }"#;
        assert_eq!(Wish::parse(text), Ok(wish()));
    }

    #[test]
    fn a_text_that_was_touched_is_none() {
        let text =
            Wish { rom: Some("/a.rom".into()), record: Some("r-1".into()), ..wish() }.to_text().unwrap();
        let broken = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            Wish::parse(&text.replacen(from, to, 1)).expect_err(to)
        };
        assert_eq!(broken("\"version\": 1", "\"version\": 2"), VersionedError::Newer(2));
        for (from, to) in [
            ("\"version\": 1", "\"version\": 0"),
            ("\"device\": \"0000:01:00.0\"", "\"device\": \"0000:02:00.0\""),
            ("\"device\": \"0000:01:00.0\"", "\"device\": \"x\""),
            ("10de:2484", "10de"),
            ("4dea22b3-1d52-d8f3-2516-782e98ab3fa0", "../../etc"),
            ("\"win11\"", "\"\""),
            ("qemu:///system", "a\\u0000b"),
            ("/a.rom", "a.rom"),
            ("r-1", "r/1"),
            ("\"rom\"", "\"odd\": 1, \"rom\""),
        ] {
            broken(from, to);
        }
        for text in ["", "{}", "[]", "null", "{\"version\":1}", &text[..text.len() / 2]] {
            assert!(Wish::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_is_written_that_could_not_be_read() {
        let none = Wish { functions: Vec::new(), ..wish() };
        assert!(matches!(none.to_text(), Err(VersionedError::Value { what: "the device", .. })));
        assert!(Wish { rom: Some("a.rom".into()), ..wish() }.to_text().is_err());
    }

    #[test]
    fn a_wish_is_what_is_asked_of_the_planner() {
        let request = wish().request();
        assert_eq!(request.devices, [wish().device]);
        assert_eq!(request.vm, "4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
        assert_eq!(request.features.hide_hypervisor, Some(true));
    }
}
