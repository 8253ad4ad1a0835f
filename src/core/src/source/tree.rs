//! A machine in memory: files, links and folders as they were captured.
//!
//! The same questions as of a real folder, answered without a system call, with the same bounds on links.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path};
use std::sync::Arc;

use super::{Kind, LINK_LIMIT, Outcome, SourceErrorKind, push_front};

/// What one place of the tree holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// The bytes of a file.
    File(Arc<[u8]>),
    /// Where a link points.
    Link(Arc<[u8]>),
    /// The names in a folder, with the numbers of their nodes.
    Folder(BTreeMap<Box<[u8]>, usize>),
    /// What could not be read when the machine was captured.
    Unreadable(SourceErrorKind),
}

/// All places of a machine; the first is the root.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::Folder(BTreeMap::new())] }
    }
}

impl Tree {
    /// Puts something at a path, with the folders above it. False where something else stands in the way or the
    /// place is taken; a folder may be named again.
    pub(crate) fn insert(&mut self, path: &[u8], node: Node) -> bool {
        let mut here = 0;
        let mut names = path.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).peekable();
        while let Some(name) = names.next() {
            let next = self.nodes.len();
            let Some(Node::Folder(entries)) = self.nodes.get_mut(here) else { return false };
            let last = names.peek().is_none();
            match entries.get(name) {
                Some(known) if !last => here = *known,
                Some(known) => {
                    let known = *known;
                    return matches!((self.nodes.get(known), &node), (Some(Node::Folder(_)), Node::Folder(new)) if new.is_empty());
                }
                None => {
                    entries.insert(name.into(), next);
                    if last {
                        self.nodes.push(node);
                        return true;
                    }
                    self.nodes.push(Node::Folder(BTreeMap::new()));
                    here = next;
                }
            }
        }
        matches!(node, Node::Folder(_))
    }

    /// Calls `see` with every place and its path, in order of the paths; the root's is empty.
    pub(crate) fn each(&self, see: &mut dyn FnMut(&[u8], &Node)) {
        let mut ahead = vec![(Vec::new(), 0)];
        while let Some((path, index)) = ahead.pop() {
            let Some(node) = self.nodes.get(index) else { continue };
            see(&path, node);
            if let Node::Folder(entries) = node {
                for (name, child) in entries.iter().rev() {
                    ahead.push(([&path[..], b"/", name].concat(), *child));
                }
            }
        }
    }

    pub(super) fn read(&self, path: &Path) -> Outcome<&[u8]> {
        self.content(self.resolve(path)?)
    }

    pub(super) fn read_link(&self, path: &Path) -> Outcome<&[u8]> {
        self.target(self.place(path)?)
    }

    pub(super) fn kind(&self, path: &Path) -> Outcome<Kind> {
        Ok(match self.node(self.place(path)?)? {
            Node::File(_) => Kind::File,
            Node::Link(_) => Kind::Link,
            Node::Folder(_) => Kind::Folder,
            Node::Unreadable(SourceErrorKind::Absent) => return Err(SourceErrorKind::Absent),
            Node::Unreadable(_) => Kind::Other,
        })
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        self.resolve(path).and_then(|index| self.node(index)).is_ok()
    }

    pub(super) fn may_use(&self, path: &Path) -> Outcome<()> {
        match self.node(self.resolve(path)?)? {
            Node::Unreadable(kind) => Err(*kind),
            Node::File(_) | Node::Folder(_) | Node::Link(_) => Ok(()),
        }
    }

    pub(super) fn open_folder(&self, path: &Path) -> Outcome<usize> {
        let index = self.resolve(path)?;
        match self.node(index)? {
            Node::Folder(_) => Ok(index),
            Node::Unreadable(kind) => Err(*kind),
            Node::File(_) | Node::Link(_) => Err(SourceErrorKind::NotAFolder),
        }
    }

    /// Reads a file in a folder, or with a longer path below it. A link on the way is [`SourceErrorKind::Loop`] and for
    /// the caller to follow.
    pub(super) fn read_at(&self, folder: usize, name: &str) -> Outcome<&[u8]> {
        let mut here = folder;
        for name in name.split('/') {
            here = self.child(here, name.as_bytes())?;
            if matches!(self.node(here)?, Node::Link(_)) {
                return Err(SourceErrorKind::Loop);
            }
        }
        self.content(here)
    }

    pub(super) fn read_link_at(&self, folder: usize, name: &str) -> Outcome<&[u8]> {
        self.target(self.child(folder, name.as_bytes())?)
    }

    pub(super) fn list_at(&self, folder: usize) -> Vec<OsString> {
        match self.nodes.get(folder) {
            Some(Node::Folder(entries)) => {
                entries.keys().map(|name| OsString::from_vec(name.to_vec())).collect()
            }
            _ => Vec::new(),
        }
    }

    fn node(&self, index: usize) -> Outcome<&Node> {
        self.nodes.get(index).ok_or(SourceErrorKind::Absent)
    }

    fn content(&self, index: usize) -> Outcome<&[u8]> {
        match self.node(index)? {
            Node::File(bytes) => Ok(bytes),
            Node::Folder(_) | Node::Link(_) => Err(SourceErrorKind::NotAFile),
            Node::Unreadable(kind) => Err(*kind),
        }
    }

    fn target(&self, index: usize) -> Outcome<&[u8]> {
        match self.node(index)? {
            Node::Link(target) => Ok(target),
            Node::Unreadable(kind) => Err(*kind),
            Node::File(_) | Node::Folder(_) => Err(SourceErrorKind::NotALink),
        }
    }

    fn child(&self, folder: usize, name: &[u8]) -> Outcome<usize> {
        match self.node(folder)? {
            Node::Folder(entries) => entries.get(name).copied().ok_or(SourceErrorKind::Absent),
            Node::Unreadable(kind) => Err(*kind),
            Node::File(_) | Node::Link(_) => Err(SourceErrorKind::Absent),
        }
    }

    /// The node of a path itself, a link at its end not followed.
    fn place(&self, path: &Path) -> Outcome<usize> {
        let Some(Component::Normal(name)) = path.components().next_back() else { return self.resolve(path) };
        let parent = self.resolve(path.parent().unwrap_or(Path::new("")))?;
        self.child(parent, name.as_bytes())
    }

    /// Walks a path from the root, following links inside it.
    fn resolve(&self, path: &Path) -> Outcome<usize> {
        let mut above = vec![0];
        let mut ahead: VecDeque<OsString> = VecDeque::new();
        let mut links = 0;
        let mut dangling = SourceErrorKind::Absent;
        push_front(&mut ahead, path);
        while let Some(name) = ahead.pop_front() {
            if name == ".." {
                if above.len() > 1 {
                    above.pop();
                }
                continue;
            }
            let here = above.last().copied().unwrap_or(0);
            let child = self
                .child(here, name.as_bytes())
                .map_err(|kind| if kind.is_absent() { dangling } else { kind })?;
            match self.node(child)? {
                Node::Link(target) => {
                    links += 1;
                    if links > LINK_LIMIT {
                        return Err(SourceErrorKind::Loop);
                    }
                    // Only a link at the very end makes the whole path a dangling one.
                    if ahead.is_empty() {
                        dangling = SourceErrorKind::Dangling;
                    }
                    let target = OsString::from_vec(target.to_vec());
                    if target.as_bytes().starts_with(b"/") {
                        above.truncate(1);
                    }
                    push_front(&mut ahead, Path::new(&target));
                }
                Node::Folder(_) => above.push(child),
                Node::File(_) | Node::Unreadable(_) if ahead.is_empty() => return Ok(child),
                Node::Unreadable(kind) => return Err(*kind),
                Node::File(_) => return Err(dangling),
            }
        }
        Ok(above.last().copied().unwrap_or(0))
    }
}
