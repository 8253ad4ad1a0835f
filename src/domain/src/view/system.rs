//! Which operating system the machine runs, as far as its definition says.
//!
//! Only what the creating tool wrote down; the guest itself is not asked.

use roxmltree::Node;

use crate::document::{Document, child};

/// libosinfo's namespace, in which virt-manager, GNOME Boxes and Cockpit write it down.
const LIBOSINFO: &str = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

/// The guest's operating system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GuestSystem {
    /// Windows, with libosinfo's version: `11`, `10`, `2k22`, …
    Windows(String),
    /// A Linux, with libosinfo's id without `http://`: `ubuntu.com/ubuntu/24.04`.
    Linux(String),
    /// Something else that is named, with its id.
    Other(String),
    /// Nothing is written down.
    Unknown,
}

impl GuestSystem {
    /// From libosinfo's id, a URL.
    fn of_id(id: &str) -> Self {
        let id = id.trim().trim_start_matches("http://").trim_start_matches("https://");
        let (vendor, rest) = id.split_once('/').unwrap_or((id, ""));
        match (vendor, rest.split('/').next().unwrap_or_default()) {
            ("", _) => Self::Unknown,
            ("microsoft.com", "win" | "winnt") => Self::Windows(
                rest.split_once('/').map_or_else(String::new, |(_, version)| version.to_owned()),
            ),
            (vendor, product) if is_linux(vendor, product) => Self::Linux(id.to_owned()),
            _ => Self::Other(id.to_owned()),
        }
    }

    /// From Unraid's `os='windows10'`, `os='ubuntu'`, …
    fn of_unraid(os: &str) -> Self {
        match os.strip_prefix("windows").or_else(|| os.strip_prefix("win")) {
            Some(version) => Self::Windows(version.to_owned()),
            None if os.is_empty() => Self::Unknown,
            None if is_linux("", os) || UNRAID_LINUX.contains(&os) => Self::Linux(os.to_owned()),
            None => Self::Other(os.to_owned()),
        }
    }
}

/// Names that Unraid's template list uses beside libosinfo's product names.
const UNRAID_LINUX: [&str; 7] = ["ubuntu", "fedora", "debian", "centos", "arch", "opensuse", "suse"];

/// Whether libosinfo's database (`data/os/<vendor>/`) lists the vendor's systems in the family `linux`.
fn is_linux(vendor: &str, product: &str) -> bool {
    const VENDORS: [&str; 39] = [
        "almalinux.org",
        "alpinelinux.org",
        "altlinux.org",
        "amazon.com",
        "archlinux.org",
        "asianux.com",
        "blackpantheros.eu",
        "bluestarlinux.com",
        "cachyos.org",
        "caninos-loucos.org",
        "centos.org",
        "chromium.org",
        "cirros-cloud.net",
        "clearlinux.org",
        "debian.org",
        "deepin.org",
        "elementary.io",
        "endeavouros.com",
        "endlessos.com",
        "eurolinux.pl",
        "fedoraproject.org",
        "flatcar.org",
        "gentoo.org",
        "guix.gnu.org",
        "linuxmint.com",
        "mageia.org",
        "mandriva.com",
        "manjaro.org",
        "nixos.org",
        "opensuse.org",
        "oracle.com",
        "popos.com",
        "pureos.net",
        "redhat.com",
        "rockylinux.org",
        "slackware.com",
        "suse.com",
        "system76.com",
        "ubuntu.com",
    ];
    match (vendor, product) {
        ("libosinfo.org", product) => product == "linux",
        ("oracle.com", product) => product == "ol",
        (vendor, _) => VENDORS.contains(&vendor),
    }
}

impl Document {
    /// The guest's operating system, from libosinfo's metadata, or else from Unraid's.
    pub fn guest_system(&self) -> GuestSystem {
        let Some(metadata) = child(self.root(), "metadata") else { return GuestSystem::Unknown };
        let in_libosinfo = |node: &Node<'_, '_>| node.tag_name().namespace() == Some(LIBOSINFO);
        let os = metadata.descendants().filter(in_libosinfo).find(|node| node.tag_name().name() == "os");
        if let Some(id) = os.and_then(|os| os.attribute("id")) {
            return GuestSystem::of_id(id);
        }
        let unraid = metadata.descendants().find(|node| node.tag_name().name() == "vmtemplate");
        unraid
            .and_then(|template| template.attribute("os"))
            .map_or(GuestSystem::Unknown, GuestSystem::of_unraid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(metadata: &str) -> GuestSystem {
        Document::parse(format!("<domain><metadata>{metadata}</metadata></domain>")).unwrap().guest_system()
    }

    #[test]
    fn libosinfo_ids_name_the_system() {
        use GuestSystem::{Linux, Other, Windows};
        for (id, expected) in [
            ("http://microsoft.com/win/11", Windows("11".into())),
            ("http://microsoft.com/win/2k22", Windows("2k22".into())),
            ("http://microsoft.com/msdos/6.22", Other("microsoft.com/msdos/6.22".into())),
            ("http://ubuntu.com/ubuntu/24.04", Linux("ubuntu.com/ubuntu/24.04".into())),
            ("http://libosinfo.org/linux/2024", Linux("libosinfo.org/linux/2024".into())),
            ("http://oracle.com/solaris/11", Other("oracle.com/solaris/11".into())),
            ("http://oracle.com/ol/9.0", Linux("oracle.com/ol/9.0".into())),
            ("http://apple.com/macosx/10.7", Other("apple.com/macosx/10.7".into())),
            ("", GuestSystem::Unknown),
        ] {
            let metadata = format!("<l:libosinfo xmlns:l='{LIBOSINFO}'><l:os id='{id}'/></l:libosinfo>");
            assert_eq!(system(&metadata), expected, "{id}");
        }
    }

    #[test]
    fn the_namespace_decides_not_the_prefix() {
        assert_eq!(
            system("<libosinfo><os id='http://microsoft.com/win/11'/></libosinfo>"),
            GuestSystem::Unknown
        );
        let default =
            format!("<libosinfo xmlns='{LIBOSINFO}'><os id='http://microsoft.com/win/10'/></libosinfo>");
        assert_eq!(system(&default), GuestSystem::Windows("10".into()));
    }

    #[test]
    fn unraid_names_the_system_its_own_way() {
        let template = |os: &str| system(&format!("<vmtemplate xmlns='unraid' name='x' os='{os}'/>"));
        assert_eq!(template("windows10"), GuestSystem::Windows("10".into()));
        assert_eq!(template("ubuntu"), GuestSystem::Linux("ubuntu".into()));
        assert_eq!(template("osx"), GuestSystem::Other("osx".into()));
    }

    #[test]
    fn without_metadata_the_system_is_unknown() {
        assert_eq!(Document::parse("<domain/>").unwrap().guest_system(), GuestSystem::Unknown);
    }
}
