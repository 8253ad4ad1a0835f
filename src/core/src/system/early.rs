//! What is decided before the disks are there: who makes the initramfs, and what modprobe, the initramfs and
//! modules-load say about VFIO and graphics drivers.
//!
//! Source: modprobe.d(5), modules-load.d(5), dracut.conf(5), mkinitcpio(8), initramfs-tools(7). Read, never changed.

use super::list;
use super::reader::Reader;
use crate::reading::Trouble;

/// What was configured for the start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Early {
    /// The init system.
    pub init: Init,
    /// The programs that make an initramfs, as far as they are installed.
    pub generators: Vec<Generator>,
    /// Lines of configuration, with the files that they stand in.
    pub settings: Vec<Setting>,
    /// The places of such configuration that could not be read: what they say is not known.
    pub unread: Vec<(Owner, Trouble)>,
}

/// The first process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Init {
    /// systemd.
    Systemd,
    /// OpenRC.
    OpenRc,
    /// runit.
    Runit,
    /// Any other, or not known.
    #[default]
    Other,
}

/// A program that makes an initramfs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generator {
    /// dracut.
    Dracut,
    /// Debian's initramfs-tools.
    InitramfsTools,
    /// Arch's mkinitcpio.
    Mkinitcpio,
    /// booster.
    Booster,
}

impl Generator {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dracut => "dracut",
            Self::InitramfsTools => "initramfs-tools",
            Self::Mkinitcpio => "mkinitcpio",
            Self::Booster => "booster",
        }
    }

    /// The command that makes the images anew.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Dracut => "sudo dracut --force --regenerate-all",
            Self::InitramfsTools => "sudo update-initramfs -u -k all",
            Self::Mkinitcpio => "sudo mkinitcpio -P",
            Self::Booster => "sudo /usr/lib/booster/regenerate_images",
        }
    }
}

/// Whose configuration a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// modprobe's.
    Modprobe,
    /// The list of modules that are loaded late.
    ModulesLoad,
    /// The initramfs of this generator.
    Initramfs(Generator),
}

/// A line of configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The file.
    pub path: String,
    /// Whose it is.
    pub owner: Owner,
    /// The line, without blanks around it.
    pub line: String,
}

impl Setting {
    /// Whether the line names this module, however it is spelt.
    pub fn names(&self, module: &str) -> bool {
        let plain = self.line.replace('-', "_");
        plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == module)
    }
}

impl Early {
    /// The generator in use: the only one that is installed.
    pub fn generator(&self) -> Option<Generator> {
        match self.generators.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Whether the initramfs of this generator is told to load vfio-pci.
    pub fn generator_names_vfio(&self, generator: Generator) -> bool {
        self.settings.iter().any(|setting| {
            setting.owner == Owner::Initramfs(generator)
                && setting.names("vfio_pci")
                && !setting.line.starts_with("omit")
        })
    }

    /// The `ids=` of `options vfio-pci` lines, with their settings.
    pub fn vfio_ids(&self) -> impl Iterator<Item = (&Setting, &str)> {
        self.settings.iter().filter(|setting| setting.owner == Owner::Modprobe).filter_map(|setting| {
            let mut words = setting.line.split_whitespace();
            let options = words.next() == Some("options");
            let vfio = words.next().is_some_and(|name| matches!(name, "vfio-pci" | "vfio_pci"));
            let ids = words.find_map(|word| word.strip_prefix("ids="));
            ids.filter(|_| options && vfio).map(|ids| (setting, ids))
        })
    }

    /// The first place of somebody's configuration that could not be read.
    pub fn unread_of(&self, owner: Owner) -> Option<&Trouble> {
        self.unread.iter().find(|(of, _)| *of == owner).map(|(_, trouble)| trouble)
    }

    /// Whether something is to load vfio-pci before a graphics driver: the initramfs, or a softdep.
    pub fn loads_vfio_early(&self) -> bool {
        self.settings.iter().any(|setting| match setting.owner {
            Owner::Initramfs(_) => setting.names("vfio_pci") && !setting.line.starts_with("omit"),
            Owner::Modprobe => setting.line.starts_with("softdep ") && setting.names("vfio_pci"),
            Owner::ModulesLoad => false,
        })
    }
}

/// Reads it.
pub(super) fn read(reader: &Reader<'_>) -> Early {
    let there = |entries: &[&list::Entry]| reader.there(entries).is_there();
    let generators = [
        (there(&[&list::DRACUT, &list::DRACUT_SBIN]), Generator::Dracut),
        (there(&[&list::MKINITRAMFS]), Generator::InitramfsTools),
        (there(&[&list::MKINITCPIO]), Generator::Mkinitcpio),
        (there(&[&list::BOOSTER]), Generator::Booster),
    ];
    let initramfs = Owner::Initramfs;
    let sources: [(&list::Entry, Owner); 11] = [
        (&list::MODPROBE, Owner::Modprobe),
        (&list::MODPROBE_DISTRIBUTION, Owner::Modprobe),
        (&list::MODULES_LOAD, Owner::ModulesLoad),
        (&list::MODULES_DEBIAN, Owner::ModulesLoad),
        (&list::MKINITCPIO_CONF, initramfs(Generator::Mkinitcpio)),
        (&list::MKINITCPIO_DROP_INS, initramfs(Generator::Mkinitcpio)),
        (&list::DRACUT_CONF, initramfs(Generator::Dracut)),
        (&list::DRACUT_DROP_INS, initramfs(Generator::Dracut)),
        (&list::DRACUT_DISTRIBUTION, initramfs(Generator::Dracut)),
        (&list::INITRAMFS_MODULES, initramfs(Generator::InitramfsTools)),
        (&list::BOOSTER_CONF, initramfs(Generator::Booster)),
    ];
    let (mut settings, mut unread) = (Vec::new(), Vec::new());
    for (entry, owner) in sources {
        for (path, text) in reader.texts(entry) {
            unread.extend(text.trouble().map(|trouble| (owner, trouble.clone())));
            let lines = text.known().map(|text| lines(entry, text)).unwrap_or_default().into_iter();
            settings.extend(lines.map(|line| Setting { path: path.clone(), owner, line }));
        }
    }
    Early {
        init: init(reader),
        generators: generators
            .into_iter()
            .filter(|(there, _)| *there)
            .map(|(_, generator)| generator)
            .collect(),
        settings,
        unread,
    }
}

/// The lines of a file that the entry wants.
fn lines(entry: &list::Entry, text: &str) -> Vec<String> {
    let wanted = |line: &&str| matches!(entry.keep, list::Keep::Lines(wanted) if wanted(line));
    text.lines().map(str::trim).filter(wanted).map(str::to_owned).collect()
}

fn init(reader: &Reader<'_>) -> Init {
    let there = |entry| reader.there(&[entry]).is_there();
    let name = reader.text(&list::INIT).known().map(|text| text.trim().to_owned()).unwrap_or_default();
    match name.as_str() {
        "systemd" => Init::Systemd,
        "runit" => Init::Runit,
        _ if there(&list::SYSTEMD) => Init::Systemd,
        _ if there(&list::OPENRC) => Init::OpenRc,
        _ if there(&list::RUNIT) => Init::Runit,
        _ => Init::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn early(lines: &[(Owner, &str)]) -> Early {
        let setting = |(owner, line): &(Owner, &str)| Setting {
            path: "/etc/x.conf".to_owned(),
            owner: *owner,
            line: (*line).to_owned(),
        };
        Early { settings: lines.iter().map(setting).collect(), ..Early::default() }
    }

    #[test]
    fn ids_of_the_options() {
        let early = early(&[
            (Owner::Modprobe, "options vfio-pci ids=10de:2484,10de:228b disable_vga=1"),
            (Owner::Modprobe, "options vfio_pci disable_vga=1"),
            (Owner::Modprobe, "softdep vfio-pci ids=1:1"),
            (Owner::ModulesLoad, "options vfio-pci ids=1:1"),
        ]);
        assert_eq!(early.vfio_ids().map(|(_, ids)| ids).collect::<Vec<_>>(), ["10de:2484,10de:228b"]);
    }

    #[test]
    fn early_is_what_comes_before_the_graphics_driver() {
        let says = |owner, line| early(&[(owner, line)]).loads_vfio_early();
        assert!(says(Owner::Initramfs(Generator::Dracut), "force_drivers+=\" vfio vfio-pci \""));
        assert!(says(Owner::Initramfs(Generator::Mkinitcpio), "MODULES=(vfio_pci vfio)"));
        assert!(says(Owner::Modprobe, "softdep nouveau pre: vfio-pci"));
        assert!(!says(Owner::ModulesLoad, "vfio-pci"));
        assert!(!says(Owner::Initramfs(Generator::Dracut), "omit_drivers+=\" vfio_pci \""));
        assert!(!says(Owner::Initramfs(Generator::Mkinitcpio), "MODULES=(vfio_pci_core)"));
    }
}
