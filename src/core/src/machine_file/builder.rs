//! Putting a captured machine together, entry by entry.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::MachineFile;
use crate::source::{Node, SourceErrorKind, Tree};

/// A captured machine in the making. The first entry of a path counts; folders above it come by themselves.
#[derive(Debug, Default)]
pub struct MachineBuilder {
    title: Option<String>,
    tree: Tree,
}

impl MachineBuilder {
    /// What the machine is called.
    pub fn title(&mut self, title: &str) {
        self.title = Some(title.to_owned());
    }

    /// A file.
    pub fn file(&mut self, path: &str, content: impl Into<Vec<u8>>) {
        self.tree.insert(path.as_bytes(), Node::File(content.into().into()));
    }

    /// A link, by its target as it is written.
    pub fn link(&mut self, path: &str, target: impl AsRef<[u8]>) {
        self.tree.insert(path.as_bytes(), Node::Link(target.as_ref().into()));
    }

    /// A folder.
    pub fn folder(&mut self, path: &str) {
        self.tree.insert(path.as_bytes(), Node::Folder(BTreeMap::new()));
    }

    /// Something that could not be read.
    pub fn unreadable(&mut self, path: &str, kind: SourceErrorKind) {
        self.tree.insert(path.as_bytes(), Node::Unreadable(kind));
    }

    /// The machine.
    pub fn build(self) -> MachineFile {
        let machine = MachineFile { title: None, remarks: Vec::new(), tree: Arc::new(self.tree) };
        machine.with_title(self.title.as_deref().unwrap_or_default())
    }
}
