//! What GRUB will do: the entries of a generated `grub.cfg`, and its environment block. Read, never edited.
//!
//! For verification: whether an argument arrived, which ids there are, whether `custom.cfg` is read, whether entries
//! are files of their own. Conditions are not followed: what stands under one is listed like the rest. Source: GRUB
//! manual, "Shell-like scripting", "menuentry", "Environment block"; `10_linux` writes `$menuentry_id_option` for `--id`.

use std::collections::BTreeMap;

use super::error::{ConfigError, Refusal};

/// Menus in menus no deeper than this are read.
const DEPTH_CAP: usize = 16;

/// The size of an environment block, in bytes.
const BLOCK: usize = 1024;

/// What a `grub.cfg` has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrubConfig {
    /// The menu, from top to bottom.
    pub menu: Vec<MenuItem>,
    /// The commands outside of entries, those of functions included.
    pub commands: Vec<Vec<String>>,
    /// Whether `custom.cfg` is sourced.
    pub sources_custom: bool,
    /// Whether `blscfg` makes further entries of files.
    pub entry_files: bool,
    /// Whether every file must carry a signature of GRUB's own kind.
    pub checks_signatures: bool,
    /// Whether `next_entry` of the environment is looked at, as a start for one time needs.
    pub reads_next_entry: bool,
}

/// A line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuItem {
    /// What is shown.
    pub title: String,
    /// Its id; the title is the id where it has none.
    pub id: Option<String>,
    /// Whether anybody may start it where passwords are set.
    pub unrestricted: bool,
    /// Who may start it where passwords are set: the value of `--users`.
    pub users: Option<String>,
    /// What it is.
    pub kind: MenuKind,
}

/// What a line of the menu is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MenuKind {
    /// Something to start: its `linux` and `initrd` lines, in order.
    Entry {
        /// The kernel, and its arguments as GRUB gives them on; variables stay as they are written.
        linux: Vec<Vec<String>>,
        /// The images of each `initrd` line.
        initrd: Vec<Vec<String>>,
        /// All its commands, in order, those under conditions included.
        commands: Vec<Vec<String>>,
    },
    /// A menu of its own.
    Submenu(Vec<MenuItem>),
}

impl MenuItem {
    /// The id, or the title where there is none.
    pub fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.title)
    }
}

impl GrubConfig {
    /// Reads a `grub.cfg`.
    ///
    /// # Errors
    ///
    /// Refuses quotes that are not ended, braces that do not pair, and menus that nest too deep.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut reader = Reader { text, at: 0 };
        let mut config = Self::default();
        let mut open: Vec<Block> = vec![Block::default()];
        loop {
            let line_start = reader.at;
            let (words, end) = reader.command()?;
            config.note(&words);
            let opens = matches!(end, End::Open);
            let kept = open.iter().any(|block| block.head.as_ref().is_some_and(|head| !head.submenu));
            match words.first().map(String::as_str) {
                Some("menuentry" | "submenu") if opens && !kept => open.push(Block::of(&words)),
                _ if opens => {
                    open.push(Block::default());
                }
                Some(_) if !opens => {
                    if let Some(block) = open.last_mut() {
                        block.commands.push(words.clone());
                    }
                }
                _ => {}
            }
            match words.first().map(String::as_str).filter(|_| !opens) {
                Some("linux" | "linux16" | "linuxefi") => {
                    if let Some(block) = open.last_mut() {
                        block.linux.push(words.into_iter().skip(1).collect());
                    }
                }
                Some("initrd" | "initrd16" | "initrdefi") => {
                    if let Some(block) = open.last_mut() {
                        block.initrd.push(words.into_iter().skip(1).collect());
                    }
                }
                _ => {}
            }
            if open.len() > DEPTH_CAP {
                return Err(Refusal::Unbalanced.at(text, line_start));
            }
            match end {
                End::Close => {
                    let closed = open.pop();
                    let (Some(block), Some(parent)) = (closed, open.last_mut()) else {
                        return Err(Refusal::Unbalanced.at(text, reader.at));
                    };
                    parent.take(block);
                }
                End::Text => break,
                End::Open | End::Command => {}
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(block), true) => (config.menu, config.commands) = (block.items, block.commands),
            _ => return Err(Refusal::Unbalanced.at(text, text.len())),
        }
        Ok(config)
    }

    fn note(&mut self, words: &[String]) {
        let name = words.first().map(String::as_str).unwrap_or_default();
        let custom = |word: &String| word.rsplit('/').next() == Some("custom.cfg");
        if matches!(name, "source" | ".") && words.iter().skip(1).any(custom) {
            self.sources_custom = true;
        }
        if words.iter().any(|word| word == "check_signatures=enforce") {
            self.checks_signatures = true;
        }
        if name == "blscfg" {
            self.entry_files = true;
        }
        if words.iter().any(|word| word.contains("${next_entry}") || word.contains("$next_entry")) {
            self.reads_next_entry = true;
        }
    }

    /// All entries with their paths, such as `gnulinux-advanced-X>gnulinux-6.12-advanced-X`, submenus included.
    pub fn paths(&self) -> Vec<(String, &MenuItem)> {
        let mut paths = Vec::new();
        let mut left: Vec<(String, &MenuItem)> =
            self.menu.iter().rev().map(|item| (item.name().to_owned(), item)).collect();
        while let Some((path, item)) = left.pop() {
            if let MenuKind::Submenu(items) = &item.kind {
                left.extend(items.iter().rev().map(|item| (format!("{path}>{}", item.name()), item)));
            }
            paths.push((path, item));
        }
        paths
    }
}

/// What stands between two braces.
#[derive(Default)]
struct Block {
    head: Option<Head>,
    items: Vec<MenuItem>,
    linux: Vec<Vec<String>>,
    initrd: Vec<Vec<String>>,
    commands: Vec<Vec<String>>,
}

struct Head {
    title: String,
    id: Option<String>,
    unrestricted: bool,
    users: Option<String>,
    submenu: bool,
}

impl Block {
    fn of(words: &[String]) -> Self {
        let mut head = Head {
            title: words.get(1).cloned().unwrap_or_default(),
            id: None,
            unrestricted: false,
            users: None,
            submenu: words.first().is_some_and(|word| word == "submenu"),
        };
        let mut options = words.iter().skip(2);
        while let Some(option) = options.next() {
            match option.as_str() {
                "--id" | "$menuentry_id_option" | "${menuentry_id_option}" => {
                    head.id = options.next().cloned();
                }
                "--unrestricted" => head.unrestricted = true,
                "--users" => head.users = options.next().cloned(),
                "--class" | "--hotkey" | "--source" => {
                    options.next();
                }
                other => {
                    if let Some(id) = other.strip_prefix("--id=") {
                        head.id = Some(id.to_owned());
                    }
                }
            }
        }
        Self { head: Some(head), ..Self::default() }
    }

    /// Takes a block that ended in.
    fn take(&mut self, block: Self) {
        match block.head {
            Some(head) => {
                let kind = if head.submenu {
                    MenuKind::Submenu(block.items)
                } else {
                    MenuKind::Entry { linux: block.linux, initrd: block.initrd, commands: block.commands }
                };
                let Head { title, id, unrestricted, users, .. } = head;
                self.items.push(MenuItem { title, id, unrestricted, users, kind });
            }
            None => {
                self.items.extend(block.items);
                self.linux.extend(block.linux);
                self.initrd.extend(block.initrd);
                self.commands.extend(block.commands);
            }
        }
    }
}

/// What a command ended with.
enum End {
    Command,
    Open,
    Close,
    Text,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let character = self.text.get(self.at..)?.chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// The words of a command, up to a line end, `;` or a brace.
    fn command(&mut self) -> Result<(Vec<String>, End), ConfigError> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        loop {
            let start = self.at;
            let Some(character) = self.next() else {
                words.extend(word);
                return Ok((words, End::Text));
            };
            let unended = || Refusal::UnendedQuote.at(self.text, start);
            match character {
                ' ' | '\t' | '\r' => words.extend(word.take()),
                '\n' | ';' => {
                    words.extend(word);
                    return Ok((words, End::Command));
                }
                '#' if word.is_none() => {
                    while self
                        .text
                        .get(self.at..)
                        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('\n'))
                    {
                        self.next();
                    }
                }
                '{' if word.is_none() => return Ok((words, End::Open)),
                '}' if word.is_none() => return Ok((words, End::Close)),
                '\'' => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let end = rest.find('\'').ok_or_else(unended)?;
                    word.get_or_insert_default().push_str(rest.get(..end).unwrap_or_default());
                    self.at += end + 1;
                }
                '"' => {
                    let word = word.get_or_insert_default();
                    loop {
                        match self.next() {
                            None => return Err(Refusal::UnendedQuote.at(self.text, start)),
                            Some('"') => break,
                            Some('\\') => match self.next() {
                                Some('\n') => {}
                                Some(escaped @ ('"' | '\\' | '$')) => word.push(escaped),
                                Some(other) => word.extend(['\\', other]),
                                None => return Err(Refusal::UnendedQuote.at(self.text, start)),
                            },
                            Some(other) => word.push(other),
                        }
                    }
                }
                '\\' => match self.next() {
                    None => return Err(Refusal::UnendedQuote.at(self.text, start)),
                    Some('\n') => {}
                    Some(escaped) => word.get_or_insert_default().push(escaped),
                },
                '$' => {
                    let word = word.get_or_insert_default();
                    word.push('$');
                    if self.text.get(self.at..).is_some_and(|rest| rest.starts_with('{')) {
                        let rest = self.text.get(self.at..).unwrap_or_default();
                        let end = rest.find('}').ok_or_else(unended)? + 1;
                        word.push_str(rest.get(..end).unwrap_or_default());
                        self.at += end;
                    }
                }
                other => word.get_or_insert_default().push(other),
            }
        }
    }
}

/// A word as it can be written into such a file, so that it is read as it is.
pub fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-=:,@+/%~".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Reads an environment block, such as `grubenv`. A value that was erased is empty, and there.
///
/// # Errors
///
/// Refuses a block of another size than GRUB makes, or without its first line.
pub fn environment(bytes: &[u8]) -> Result<BTreeMap<String, String>, ConfigError> {
    let malformed = || ConfigError { line: 1, refusal: Refusal::Malformed };
    let body = bytes.strip_prefix(b"# GRUB Environment Block\n").ok_or_else(malformed)?;
    if bytes.len() != BLOCK {
        return Err(malformed());
    }
    let mut values = BTreeMap::new();
    let mut line = Vec::new();
    let mut body = body.iter();
    while let Some(byte) = body.next() {
        match byte {
            // A backslash keeps the next byte, a line end included.
            b'\\' => line.extend(body.next()),
            b'\n' => {
                let text = String::from_utf8_lossy(&line).into_owned();
                if let Some((name, value)) = text.split_once('=').filter(|_| !text.starts_with('#')) {
                    values.insert(name.to_owned(), value.to_owned());
                }
                line.clear();
            }
            other => line.push(*other),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = r#"### BEGIN /etc/grub.d/00_header ###
if [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
   set next_entry=
   save_env next_entry
fi
function savedefault {
  if [ -z "${boot_once}" ]; then
    saved_entry="${chosen}"
  fi
}
menuentry 'Debian GNU/Linux' --class debian --class gnu-linux $menuentry_id_option 'gnulinux-simple-0a' {
	load_video
	if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
	search --no-floppy --fs-uuid --set=root 0a
	echo	'Loading Linux ...'
	linux	/boot/vmlinuz-6.12 root=UUID=0a ro  quiet intel_iommu=on
	initrd	/boot/initrd.img-6.12
}
submenu 'Advanced options for Debian' $menuentry_id_option 'gnulinux-advanced-0a' {
	menuentry 'Debian, with Linux 6.12 (recovery mode)' --unrestricted --id=rec {
		linux	/boot/vmlinuz-6.12 root=UUID=0a ro single "dyndbg=file x"
		initrd	/boot/ucode.img /boot/initrd.img-6.12
	}
}
if [ -f  ${config_directory}/custom.cfg ]; then
  source ${config_directory}/custom.cfg
elif [ -z "${config_directory}" -a -f  $prefix/custom.cfg ]; then
  source $prefix/custom.cfg
fi
"#;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn entries_with_their_arguments() {
        let config = GrubConfig::parse(DEBIAN).unwrap();
        assert!(config.sources_custom && config.reads_next_entry && !config.entry_files);
        let paths = config.paths();
        let names: Vec<&str> = paths.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(names, ["gnulinux-simple-0a", "gnulinux-advanced-0a", "gnulinux-advanced-0a>rec"]);
        let MenuKind::Entry { linux, initrd, commands } = &paths[0].1.kind else { panic!() };
        assert_eq!(linux, &[words("/boot/vmlinuz-6.12 root=UUID=0a ro quiet intel_iommu=on")]);
        assert_eq!(initrd, &[words("/boot/initrd.img-6.12")]);
        assert_eq!(commands[..2], [words("load_video"), words("if [ x$grub_platform = xxen ]")]);
        assert_eq!(commands[2], words("then insmod xzio"));
        let MenuKind::Entry { linux, initrd, .. } = &paths[2].1.kind else { panic!() };
        assert_eq!(linux[0].last().unwrap(), "dyndbg=file x");
        assert_eq!(initrd[0].len(), 2);
        assert!(paths[2].1.unrestricted && !paths[0].1.unrestricted);
    }

    #[test]
    fn entry_files_and_none_of_them() {
        let config = GrubConfig::parse("insmod blscfg\nblscfg\n").unwrap();
        assert!(config.entry_files && !config.sources_custom && config.menu.is_empty());
        assert!(!GrubConfig::parse("insmod blscfg # blscfg\n").unwrap().entry_files);
        assert!(!GrubConfig::parse("echo custom.cfg\n").unwrap().sources_custom);
    }

    #[test]
    fn what_does_not_pair_is_refused() {
        let refused = |text: &str| GrubConfig::parse(text).unwrap_err();
        assert_eq!(refused("menuentry 'a' {\n"), ConfigError { line: 2, refusal: Refusal::Unbalanced });
        assert_eq!(refused("}\n").refusal, Refusal::Unbalanced);
        assert_eq!(refused("\necho 'a\n"), ConfigError { line: 2, refusal: Refusal::UnendedQuote });
        assert_eq!(refused("echo \"a\n").refusal, Refusal::UnendedQuote);
        assert_eq!(refused(&"submenu a {\n".repeat(100)).refusal, Refusal::Unbalanced);
    }

    #[test]
    fn a_word_that_is_written_is_read_again() {
        for word in ["quiet", "", "a b", "it's", "$x", "a;b", "\\", "\"", "root=UUID=1-2", "#a", "{"] {
            let mut reader = Reader { text: &quoted(word), at: 0 };
            assert_eq!(reader.command().unwrap().0, [word]);
        }
    }

    fn block(lines: &str) -> Vec<u8> {
        let mut bytes = format!("# GRUB Environment Block\n{lines}").into_bytes();
        bytes.resize(BLOCK, b'#');
        bytes
    }

    #[test]
    fn an_environment_block() {
        let values =
            environment(&block("saved_entry=gnulinux-simple-0a\nnext_entry=\na=b\\\\c\\\nd\n")).unwrap();
        assert_eq!(values.get("saved_entry").map(String::as_str), Some("gnulinux-simple-0a"));
        assert_eq!(values.get("next_entry").map(String::as_str), Some(""));
        assert_eq!(values.get("a").map(String::as_str), Some("b\\c\nd"));
        assert_eq!(values.len(), 3);
        for bad in [Vec::new(), block("")[..1023].to_vec(), vec![b'#'; BLOCK]] {
            assert!(environment(&bad).is_err());
        }
    }
}
