//! A machine that can be changed place by place: the base, on which all is in order, and small differences from it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use gangway_core::checks::{self, Finding};
use gangway_core::machine_file::MachineFile;
use gangway_core::model::Model;
use gangway_core::source::Source;

/// A captured machine's entries, each under its path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Machine {
    entries: BTreeMap<String, String>,
}

impl Machine {
    /// The desktop of the demo's pictures: two graphics cards, one of them ready to be handed over.
    pub fn desktop() -> Self {
        Self::demo("workshop")
    }

    /// One of the demo's machines.
    ///
    /// # Panics
    /// When there is none of this name.
    #[expect(clippy::expect_used, reason = "called by tests only")]
    pub fn demo(name: &str) -> Self {
        static MACHINES: OnceLock<Vec<(&'static str, Machine)>> = OnceLock::new();
        let all = MACHINES.get_or_init(|| {
            crate::machines::all().into_iter().map(|(name, machine)| (name, Self::of(&machine))).collect()
        });
        all.iter().find(|(known, _)| *known == name).expect("a machine of the demo").1.clone()
    }

    /// A captured machine.
    pub fn of(machine: &MachineFile) -> Self {
        let mut entries = BTreeMap::new();
        let mut path = String::new();
        for line in machine.write().lines().skip(1) {
            if line.starts_with('/') {
                path = line.split(' ').next().unwrap_or_default().to_owned();
                entries.insert(path.clone(), format!("{line}\n"));
            } else if let Some(entry) = entries.get_mut(&path).filter(|_| line.starts_with('\t')) {
                *entry += &format!("{line}\n");
            }
        }
        Self { entries }
    }

    /// Puts a text there, in place of what was.
    pub fn file(&mut self, path: &str, text: &str) -> &mut Self {
        let lines: String = text.split_inclusive('\n').map(line_of).collect();
        self.put(path, format!("{path} file\n{lines}"))
    }

    /// Puts bytes there.
    pub fn bytes(&mut self, path: &str, bytes: &[u8]) -> &mut Self {
        let hex: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        self.put(path, format!("{path} file\n\t{hex}\\\n"))
    }

    /// Puts a link there.
    pub fn link(&mut self, path: &str, target: &str) -> &mut Self {
        self.put(path, format!("{path} link {target}\n"))
    }

    /// Puts a folder there.
    pub fn folder(&mut self, path: &str) -> &mut Self {
        self.put(path, format!("{path} folder\n"))
    }

    /// Makes it unreadable for the user.
    pub fn denied(&mut self, path: &str) -> &mut Self {
        self.put(path, format!("{path} unreadable permission\n"))
    }

    /// Takes away what is there and below; its folder stays.
    pub fn gone(&mut self, path: &str) -> &mut Self {
        let below = format!("{path}/");
        self.entries.retain(|known, _| known != path && !known.starts_with(&below));
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
            let inside = format!("{folder}/");
            if !self.entries.keys().any(|known| known.starts_with(&inside)) {
                self.put(folder, format!("{folder} folder\n"));
            }
        }
        self
    }

    /// Replaces a part of a text that is there.
    ///
    /// # Panics
    /// When the part is not there, which would make the test look at nothing.
    pub fn replace(&mut self, path: &str, from: &str, to: &str) -> &mut Self {
        let entry = self.entries.get_mut(path);
        #[expect(clippy::expect_used, reason = "called by tests only")]
        let entry = entry.expect("a text to change");
        assert!(entry.contains(from), "{path} does not hold {from:?}");
        *entry = entry.replace(from, to);
        self
    }

    /// Adds arguments to the kernel's command line.
    pub fn argument(&mut self, argument: &str) -> &mut Self {
        self.replace("/proc/cmdline", " quiet", &format!(" quiet {argument}"))
    }

    /// Takes every group away, as where the IOMMU is off.
    pub fn no_groups(&mut self) -> &mut Self {
        self.entries.retain(|path, _| !path.ends_with("/iommu_group"));
        self.gone("/sys/kernel/iommu_groups")
    }

    /// Puts the groups of another machine with the same devices there.
    pub fn groups_of(&mut self, other: &Self) -> &mut Self {
        self.gone("/sys/kernel/iommu_groups");
        let of_group =
            |path: &str| path.ends_with("/iommu_group") || path.starts_with("/sys/kernel/iommu_groups/");
        for (path, entry) in other.entries.iter().filter(|(path, _)| of_group(path)) {
            self.put(path, entry.clone());
        }
        self
    }

    /// Takes an attribute away from every device, as on a kernel that does not have it.
    pub fn no_attribute(&mut self, name: &str) -> &mut Self {
        let end = format!("/{name}");
        self.entries.retain(|path, _| !path.ends_with(&end));
        self
    }

    fn put(&mut self, path: &str, entry: String) -> &mut Self {
        // A file takes the place of a folder, and what is put below a file takes the file's.
        let below = format!("{path}/");
        if !entry.ends_with(" folder\n") {
            self.entries.retain(|known, _| !known.starts_with(&below));
        }
        let parts: Vec<usize> = path.match_indices('/').map(|(at, _)| at).skip(1).collect();
        for at in parts {
            self.entries.remove(&path[..at]);
        }
        self.entries.insert(path.to_owned(), entry);
        self
    }

    /// The captured machine.
    ///
    /// # Panics
    /// When what was put there breaks the grammar.
    #[expect(clippy::expect_used, reason = "called by tests only")]
    pub fn build(&self) -> MachineFile {
        let entries: String = self.entries.values().map(String::as_str).collect();
        let text = format!("gangway-host 1\n{entries}end {}\n", self.entries.len());
        MachineFile::parse(text.as_bytes()).expect("a captured machine")
    }

    /// What is there, in the order of paths.
    ///
    /// # Panics
    /// When an entry breaks the grammar.
    pub fn places(&self) -> impl Iterator<Item = (&str, Put)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), Put::of(entry)))
    }

    /// What is read of it.
    pub fn model(&self) -> Model {
        Model::read(&Source::machine(&self.build()))
    }

    /// What the checks find on it.
    pub fn findings(&self) -> Vec<Finding> {
        checks::run(&self.model())
    }
}

/// What is at a place of a captured machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// A file with these bytes.
    File(Vec<u8>),
    /// A link to this.
    Link(String),
    /// A folder.
    Folder,
    /// Something that could not be read.
    Unreadable,
}

impl Put {
    fn of(entry: &str) -> Self {
        let (head, lines) = entry.split_once('\n').unwrap_or((entry, ""));
        let mut words = head.splitn(3, ' ').skip(1);
        match (words.next(), words.next()) {
            (Some("file"), _) => Self::File(lines.lines().flat_map(bytes_of).collect()),
            (Some("link"), Some(target)) => Self::Link(target.to_owned()),
            (Some("folder"), _) => Self::Folder,
            _ => Self::Unreadable,
        }
    }
}

/// The bytes of a line of a file's content, the way back of [`line_of`].
fn bytes_of(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.strip_prefix('\t').unwrap_or(line).chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => match rest.next() {
                // A line that does not end.
                None => return bytes,
                Some('x') => {
                    let digits: String = rest.by_ref().take(2).collect();
                    bytes.extend(u8::from_str_radix(&digits, 16));
                }
                Some(escaped) => bytes.extend(escaped.to_string().bytes()),
            },
            plain => bytes.extend(plain.to_string().bytes()),
        }
    }
    bytes.push(b'\n');
    bytes
}

/// A line of a file's content as the grammar has it.
fn line_of(line: &str) -> String {
    let plain = line.trim_end_matches('\n').replace('\\', "\\\\");
    let plain = plain.replace('\t', "\\x09").replace('\0', "\\x00");
    let end = if line.ends_with('\n') { "\n" } else { "\\\n" };
    format!("\t{plain}{end}")
}
