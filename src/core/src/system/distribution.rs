//! Which distribution it is, and whether its files come from an image. Source: os-release(5), file-hierarchy(7).
//!
//! For package names and wording; which tools are there is asked of the tools.

use serde::{Deserialize, Serialize};

use super::list;
use super::reader::Reader;
use crate::reading::Reading;

/// What the distribution says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distribution {
    /// `ID`, such as `fedora`; absent where there is no os-release.
    pub id: Reading<String>,
    /// `ID_LIKE`, the nearest first.
    pub like: Vec<String>,
    /// `VERSION_ID`.
    pub version: Option<String>,
    /// `PRETTY_NAME`, for people.
    pub name: Option<String>,
    /// How its files are changed.
    pub image: Image,
}

/// Whether the system's files are an image that is replaced as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Image {
    /// Its files are its own.
    #[default]
    No,
    /// OSTree, as in Fedora Silverblue and Bazzite.
    Ostree,
    /// NixOS: files are made of a configuration.
    NixOs,
    /// openSUSE MicroOS and its like: snapshots that become the system with a restart.
    Transactional,
}

/// Families that share their packages and tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Debian, Ubuntu, Mint, Pop!_OS.
    Debian,
    /// Fedora, RHEL and what is made of them.
    Fedora,
    /// Arch, Manjaro, EndeavourOS, CachyOS.
    Arch,
    /// openSUSE and SLE.
    Suse,
    /// Gentoo.
    Gentoo,
    /// Void.
    Void,
    /// NixOS.
    NixOs,
    /// Any other.
    Other,
}

impl Distribution {
    /// Its family.
    pub fn family(&self) -> Family {
        if self.image == Image::NixOs {
            return Family::NixOs;
        }
        let own = self.id.known().map(String::as_str);
        own.into_iter().chain(self.like.iter().map(String::as_str)).find_map(family).unwrap_or(Family::Other)
    }
}

fn family(id: &str) -> Option<Family> {
    Some(match id {
        "debian" | "ubuntu" | "linuxmint" | "pop" => Family::Debian,
        "fedora" | "rhel" | "centos" | "nobara" | "almalinux" | "rocky" => Family::Fedora,
        "arch" | "manjaro" | "endeavouros" | "cachyos" | "garuda" => Family::Arch,
        "gentoo" => Family::Gentoo,
        "void" => Family::Void,
        "nixos" => Family::NixOs,
        id if id.starts_with("opensuse") || matches!(id, "suse" | "sles") => Family::Suse,
        _ => return None,
    })
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>) -> Distribution {
    let text = reader.text(&list::OS_RELEASE).or_else(|| reader.text(&list::OS_RELEASE_USR));
    let there = |entry| reader.there(&[entry]).is_there();
    let mut distribution = parse(&text);
    distribution.image = if there(&list::OSTREE) {
        Image::Ostree
    } else if there(&list::NIXOS) || distribution.id.known().is_some_and(|id| id == "nixos") {
        Image::NixOs
    } else if there(&list::TRANSACTIONAL) {
        Image::Transactional
    } else {
        Image::No
    };
    distribution
}

/// An os-release.
fn parse(text: &Reading<String>) -> Distribution {
    let lines = text.known().map(String::as_str).unwrap_or_default();
    let value = |name: &str| {
        let line = lines.lines().rfind(|line| line.split_once('=').is_some_and(|(key, _)| key == name))?;
        let value = line.split_once('=')?.1.trim();
        let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
        let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
        (!value.is_empty()).then(|| value.to_owned())
    };
    Distribution {
        // os-release(5): where ID is not set, it is “linux”.
        id: text.as_ref().map(|_| value("ID").unwrap_or_else(|| "linux".to_owned())),
        like: value("ID_LIKE").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        version: value("VERSION_ID"),
        name: value("PRETTY_NAME").or_else(|| value("NAME")),
        image: Image::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceErrorKind;

    fn of(text: &str) -> Distribution {
        parse(&Reading::Known(text.to_owned()))
    }

    #[test]
    fn families_by_id_and_by_likeness() {
        let mint =
            of("NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\nPRETTY_NAME='Mint 22'\n");
        assert_eq!((mint.family(), mint.name.as_deref()), (Family::Debian, Some("Mint 22")));
        assert_eq!(of("ID=bazzite\nID_LIKE=\"fedora\"\n").family(), Family::Fedora);
        assert_eq!(of("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n").family(), Family::Suse);
        assert_eq!(of("ID=alpine\n").family(), Family::Other);
    }

    #[test]
    fn no_answer_stays_none_and_nonsense_is_no_crash() {
        assert!(parse(&Reading::Absent).id.is_absent());
        assert!(
            parse(&Reading::unreadable("/etc/os-release", SourceErrorKind::NoPermission))
                .id
                .trouble()
                .is_some()
        );
        let odd = of("=x\nID\nID_LIKE=\"\n\u{0}\n");
        assert_eq!(odd.id.known().map(String::as_str), Some("linux"));
        assert_eq!(odd.like, ["\""]);
    }
}
