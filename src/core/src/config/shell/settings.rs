//! What a chain of files sets, as the shell that sources them would see it.

use std::collections::BTreeMap;

use super::super::error::{ConfigError, Refusal};
use super::lex::{Statement, Text, Value, statements};
use super::{computed, disturbance, known, names};

/// The settings of files that are sourced one after the other, such as `/etc/default/grub` and its drop-ins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    values: BTreeMap<String, Known>,
    /// What a command has to do with, so that its value is not known.
    unclear: BTreeMap<String, ConfigError>,
    /// The first command after which nothing is known.
    disturbed: Option<ConfigError>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Text(String),
    List(Vec<String>),
    Computed(ConfigError),
}

impl Settings {
    /// Sources one more file.
    ///
    /// # Errors
    ///
    /// Refuses a file whose statements cannot be told apart. Nothing of it counts then.
    pub fn source(&mut self, text: &str) -> Result<(), ConfigError> {
        for statement in statements(text)? {
            if self.disturbed.is_none() {
                self.disturbed = disturbance(text, &statement);
            }
            match statement {
                Statement::Command { range, .. } => {
                    for name in names(text.get(range.clone()).unwrap_or_default()) {
                        let error = Refusal::Conditional(name.to_owned()).at(text, range.start);
                        self.unclear.entry(name.to_owned()).or_insert(error);
                    }
                }
                Statement::Assignment(assignment) => {
                    for name in computed(text, &assignment.value).flat_map(names) {
                        let error = Refusal::Conditional(name.to_owned()).at(text, assignment.range.start);
                        self.unclear.entry(name.to_owned()).or_insert(error);
                    }
                    let value = match &assignment.value {
                        Value::Scalar(scalar) => self.scalar(&assignment.name, assignment.append, scalar),
                        Value::Array { elements, .. } => {
                            let texts = elements.iter().map(|element| &element.text);
                            self.list(&assignment.name, assignment.append, texts)
                        }
                    };
                    let computed = || {
                        let refusal = Refusal::Computed(assignment.name.clone());
                        Known::Computed(refusal.at(text, assignment.range.start))
                    };
                    let value = value.unwrap_or_else(computed);
                    self.values.insert(assignment.name, value);
                }
            }
        }
        Ok(())
    }

    /// The text of a setting; none where it is not set.
    ///
    /// # Errors
    ///
    /// Refuses a setting that is computed, that a command has to do with, or that is a list; the line is of the file
    /// in which that happened.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ConfigError> {
        match self.value(name)? {
            None => Ok(None),
            Some(Known::Text(text)) => Ok(Some(text)),
            Some(Known::List(_)) => Err(ConfigError { line: 1, refusal: Refusal::Kind(name.to_owned()) }),
            Some(Known::Computed(error)) => Err(error.clone()),
        }
    }

    /// The elements of a list; none where it is not set.
    ///
    /// # Errors
    ///
    /// Refuses as [`Self::text`] does, and a setting that is a text.
    pub fn elements(&self, name: &str) -> Result<Option<&[String]>, ConfigError> {
        match self.value(name)? {
            None => Ok(None),
            Some(Known::List(list)) => Ok(Some(list)),
            Some(Known::Text(_)) => Err(ConfigError { line: 1, refusal: Refusal::Kind(name.to_owned()) }),
            Some(Known::Computed(error)) => Err(error.clone()),
        }
    }

    /// The names that are set, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    fn value(&self, name: &str) -> Result<Option<&Known>, ConfigError> {
        let base = name.split('[').next().unwrap_or_default();
        match self.disturbed.as_ref().or_else(|| self.unclear.get(base)) {
            Some(error) => Err(error.clone()),
            None => Ok(self.values.get(name)),
        }
    }

    fn scalar(&self, name: &str, append: bool, text: &Text) -> Option<Known> {
        let before = match self.values.get(name).filter(|_| append) {
            None => String::new(),
            Some(Known::Text(text)) => text.clone(),
            Some(Known::List(_) | Known::Computed(_)) => return None,
        };
        let value = known(text, |name| match self.value(name) {
            Ok(Some(Known::Text(text))) => Some(text.clone()),
            _ => None,
        });
        value.map(|value| Known::Text(before + &value))
    }

    fn list<'a>(&self, name: &str, append: bool, texts: impl Iterator<Item = &'a Text>) -> Option<Known> {
        let mut list = match self.values.get(name).filter(|_| append) {
            None => Vec::new(),
            Some(Known::List(list)) => list.clone(),
            Some(Known::Text(_) | Known::Computed(_)) => return None,
        };
        for text in texts {
            match super::list::all_of(text) {
                Some(other) => match self.value(other) {
                    Ok(Some(Known::List(other))) => list.extend(other.iter().cloned()),
                    _ => return None,
                },
                None => list.push(super::list::element(text)?),
            }
        }
        Some(Known::List(list))
    }
}
