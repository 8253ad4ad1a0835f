//! Reading the text of a captured machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use super::escape::unescape;
use super::{ENTRY_LIMIT, FILE_LIMIT, MachineFile};
use crate::source::{Node, SourceErrorKind, Tree};

/// What was wrong in a captured machine, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {kind}")]
pub struct MachineFileError {
    /// The line, counted from 1.
    pub line: usize,
    /// What was wrong.
    pub kind: MachineFileErrorKind,
}

/// What can be wrong in a captured machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum MachineFileErrorKind {
    /// The first line is not `gangway-host` and a number.
    #[error("not a captured machine")]
    NotAMachine,
    /// It was written by a newer version of Gangway.
    #[error("a captured machine of version {version}, which this program does not know")]
    Version {
        /// The version of the file.
        version: u32,
    },
    /// The text ends before its end line, or entries are missing.
    #[error("the captured machine is not complete")]
    Cut,
    /// The line is not UTF-8 text.
    #[error("not text")]
    NotText,
    /// The line breaks the grammar.
    #[error("not an entry of a captured machine")]
    NotAnEntry,
    /// An escape that is none.
    #[error("a backslash that stands for nothing")]
    Escape,
    /// The path does not begin with `/` or has an empty name, `.` or `..` in it.
    #[error("not a path below the root")]
    Path,
    /// The path was there before, or below something that is no folder.
    #[error("the path is taken")]
    Taken,
    /// A file is larger than [`ENTRY_LIMIT`], or the whole larger than [`FILE_LIMIT`].
    #[error("too large")]
    TooLarge,
    /// There is more after the end line.
    #[error("text after the end")]
    AfterEnd,
}

use MachineFileErrorKind as Kind;

/// Reads the text of a captured machine.
pub(super) fn parse(text: &[u8]) -> Result<MachineFile, MachineFileError> {
    if text.len() > FILE_LIMIT {
        return Err(MachineFileError { line: 1, kind: Kind::TooLarge });
    }
    let mut parser = Parser { lines: Lines { rest: text, number: 0 }, tree: Tree::default(), count: 0 };
    parser.run().map_err(|kind| MachineFileError { line: parser.lines.number.max(1), kind })
}

/// The lines of a text without their line ends, counted.
struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    /// The next line without taking it.
    fn peek(&self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.rest.split(|byte| *byte == b'\n').next()
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let line = self.peek()?;
        self.rest = self.rest.get(line.len() + 1..).unwrap_or_default();
        self.number += 1;
        Some(line)
    }
}

struct Parser<'a> {
    lines: Lines<'a>,
    tree: Tree,
    count: usize,
}

impl<'a> Parser<'a> {
    fn run(&mut self) -> Result<MachineFile, Kind> {
        self.first_line()?;
        let mut title = String::new();
        while let Some(remark) = self.lines.peek().and_then(|line| line.strip_prefix(b"#")) {
            self.lines.next();
            let remark = str::from_utf8(remark).map_err(|_| Kind::NotText)?.trim();
            if title.is_empty() {
                title.push_str(remark);
            }
        }
        loop {
            let line = self.line()?;
            if let Some(count) = line.strip_prefix("end ") {
                self.end(count)?;
                let machine = MachineFile {
                    title: None,
                    remarks: Vec::new(),
                    tree: Arc::new(std::mem::take(&mut self.tree)),
                };
                return Ok(machine.with_title(&title));
            }
            self.entry(line)?;
        }
    }

    fn first_line(&mut self) -> Result<(), Kind> {
        let line = self.lines.next().ok_or(Kind::NotAMachine)?;
        let version = line.strip_prefix(b"gangway-host ").ok_or(Kind::NotAMachine)?;
        match str::from_utf8(version).ok().and_then(|version| version.parse().ok()) {
            Some(1) => Ok(()),
            Some(version) => Err(Kind::Version { version }),
            None => Err(Kind::NotAMachine),
        }
    }

    /// The next line; the text must not end here.
    fn line(&mut self) -> Result<&'a str, Kind> {
        let line = self.lines.next().ok_or(Kind::Cut)?;
        str::from_utf8(line).map_err(|_| Kind::NotText)
    }

    fn end(&mut self, count: &str) -> Result<(), Kind> {
        if count.parse() != Ok(self.count) {
            return Err(Kind::Cut);
        }
        match self.lines.next() {
            None => Ok(()),
            Some(_) => Err(Kind::AfterEnd),
        }
    }

    fn entry(&mut self, line: &'a str) -> Result<(), Kind> {
        // A line that the text ends in may be the first part of a longer one.
        let broken = if self.lines.rest.is_empty() { Kind::Cut } else { Kind::NotAnEntry };
        let mut words = line.split(' ');
        let path = self.path(words.next().unwrap_or_default(), broken)?;
        let node = match (words.next(), words.next(), words.next()) {
            (Some("file"), None, None) => self.content()?,
            (Some("folder"), None, None) => Node::Folder(BTreeMap::new()),
            (Some("link"), Some(target), None) if !target.is_empty() => Node::Link(plain(target)?.into()),
            (Some("unreadable"), Some(word), None) => {
                Node::Unreadable(SourceErrorKind::from_word(word).ok_or(broken)?)
            }
            _ => return Err(broken),
        };
        self.count += 1;
        if self.tree.insert(&path, node) { Ok(()) } else { Err(Kind::Taken) }
    }

    fn path(&self, word: &str, broken: Kind) -> Result<Vec<u8>, Kind> {
        if word.is_empty() {
            return Err(broken);
        }
        let path = plain(word)?;
        let below =
            path.strip_prefix(b"/").ok_or(if broken == Kind::Cut { Kind::Cut } else { Kind::Path })?;
        let fits = below.split(|byte| *byte == b'/').all(|name| !matches!(name, b"" | b"." | b".."));
        if fits { Ok(path) } else { Err(Kind::Path) }
    }

    /// The lines of a file's content.
    fn content(&mut self) -> Result<Node, Kind> {
        let mut bytes = Vec::new();
        while let Some(line) = self.lines.peek().and_then(|line| line.strip_prefix(b"\t")) {
            self.lines.next();
            str::from_utf8(line).map_err(|_| Kind::NotText)?;
            if !unescape(line, &mut bytes).ok_or(Kind::Escape)? {
                bytes.push(b'\n');
            }
            if bytes.len() > ENTRY_LIMIT {
                return Err(Kind::TooLarge);
            }
        }
        Ok(Node::File(bytes.into()))
    }
}

/// The bytes of a path or target.
fn plain(word: &str) -> Result<Vec<u8>, Kind> {
    let mut bytes = Vec::new();
    match unescape(word.as_bytes(), &mut bytes) {
        Some(false) if !bytes.contains(&0) => Ok(bytes),
        _ => Err(Kind::Escape),
    }
}
