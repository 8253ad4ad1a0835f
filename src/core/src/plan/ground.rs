//! What the planner goes by: the machine as it was read, and its files of configuration, byte for byte.
//!
//! The files are read once, so that planning twice from one ground gives one plan. Which files stands in [`PLACES`]; what
//! they mean belongs to `config` and to the planners.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Content;
use crate::model::Model;
use crate::reading::Reading;
use crate::source::Source;

/// Who wants something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Caller {
    /// The user's number, as the bus tells it.
    pub uid: u32,
    /// The account's name.
    pub name: String,
}

/// The machine that is planned for.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    /// The model of it.
    pub model: Model,
    files: BTreeMap<String, Reading<Content>>,
}

/// Files of configuration that planners may look at: a path, or a folder with the end of the names in it.
const PLACES: &[(&str, Option<&str>)] = &[("/etc/passwd", None), ("/etc/group", None)];

/// The most that is read of one file. Files of configuration have some kilobytes; `grub.cfg` may have some hundred.
const LIMIT: usize = 1 << 20;

impl Ground {
    /// Reads a machine. What could not be read stays unreadable in it.
    pub fn read(source: &Source) -> Self {
        let mut files = BTreeMap::new();
        for (place, ending) in PLACES {
            let Some(ending) = ending else {
                files.insert((*place).to_owned(), content(source, place));
                continue;
            };
            // A folder that is not there, or may not be read, holds nothing that could be edited.
            for name in source.list(place).unwrap_or_default() {
                if let Some(name) = name.to_str().filter(|name| name.ends_with(ending)) {
                    let path = format!("{place}/{name}");
                    files.insert(path.clone(), content(source, &path));
                }
            }
        }
        Self { model: Model::read(source), files }
    }

    /// A ground of its parts.
    pub fn new(model: Model, files: impl IntoIterator<Item = (String, Reading<Content>)>) -> Self {
        Self { model, files: files.into_iter().collect() }
    }

    /// A file as it was read; absent where it was not there, or is none that planners look at.
    pub fn file(&self, path: &str) -> &Reading<Content> {
        self.files.get(path).unwrap_or(&Reading::Absent)
    }

    /// The files in a folder that were read, in the order of their names.
    pub fn folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Reading<Content>)> {
        self.files
            .range(format!("{folder}/")..)
            .take_while(move |(path, _)| path.starts_with(folder))
            .map(|(path, content)| (path.as_str(), content))
            .filter(move |(path, _)| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    }
}

fn content(source: &Source, path: &str) -> Reading<Content> {
    match source.read_up_to(path, LIMIT) {
        Ok(bytes) => Reading::Known(bytes.into()),
        Err(error) if error.kind.is_absent() => Reading::Absent,
        Err(error) => Reading::Unreadable(Box::new(error.into())),
    }
}
