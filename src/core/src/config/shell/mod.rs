//! Files of assignments that a shell sources: reading what they set, and editing words and lists in them.
//!
//! `/etc/default/grub`, dracut's and mkinitcpio's configuration, presets, Limine's entry tool and the like. Only plain
//! assignments are understood; a setting that a command, a condition or a substitution has to do with is refused, and
//! so is every file whose statements cannot be told apart for certain. Nothing is run. Source: POSIX.1-2024, Shell
//! Command Language; bash(1) for lists and `+=`.

mod lex;
mod list;
mod quote;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::argument::{KernelArgument, OwnArgument};
use super::edit::{Edit, append_line, cut_line, lines};
use super::error::{ConfigError, Refusal};
use super::words::{self, Atom, Field};
use lex::{Assignment, PieceKind, Statement, Text, Value, is_name, statements};

pub use list::{Position, add_element, remove_element};
pub use settings::Settings;

/// What stands behind a line that we added for want of one, so that it goes with its last word.
const MARK: &str = "  # added by Gangway";

/// Commands after which any variable may have any value, or what follows may not count.
const DISTURBING: [&str; 12] = [
    ".", "source", "eval", "exec", "exit", "return", "trap", "alias", "command", "builtin", "break", "enable",
];

/// Commands that assign to variables that they are told; harmless where the names are plain to see.
const ASSIGNING: [&str; 14] = [
    "export",
    "declare",
    "typeset",
    "local",
    "readonly",
    "read",
    "printf",
    "let",
    "unset",
    "mapfile",
    "readarray",
    "getopts",
    "set",
    "shopt",
];

/// Adds arguments to the words of a variable, at their end, in the quotes that are there. A file without the variable
/// gets a line for it.
///
/// # Errors
///
/// Refuses what is not a plain assignment, a variable that is set twice, and a contradiction.
pub fn add_arguments(text: &str, variable: &str, arguments: &[OwnArgument]) -> Result<Edit, ConfigError> {
    if field(text, variable)?.is_some() {
        return words::add(text, arguments, find(variable));
    }
    let refuse = |refusal: Refusal| refusal.at(text, text.len());
    if !is_name(variable) {
        return Err(refuse(Refusal::Missing(variable.to_owned())));
    }
    if text.trim_end_matches(['\r', '\n']).ends_with('\\') && text.ends_with('\n') {
        return Err(refuse(Refusal::UnendedQuote));
    }
    let line = append_line(text, &format!("{variable}=\"\"{MARK}"));
    let with = line.apply(text).ok_or_else(|| refuse(Refusal::ReadBack))?;
    let mut expected = rest(text, variable)?;
    expected.push(format!("{variable}="));
    if rest(&with, variable).as_ref() != Ok(&expected) {
        return Err(refuse(Refusal::ReadBack));
    }
    let edit = words::add(&with, arguments, find(variable))?;
    Ok(if edit.is_empty() { Edit::unchanged(text) } else { edit })
}

/// Removes arguments from the words of a variable; of one that is there more than once, the last. A line that
/// [`add_arguments`] made goes with its last word. What is not there is no edit.
///
/// # Errors
///
/// Refuses what is not a plain assignment, and words that are pieced together.
pub fn remove_arguments(
    text: &str,
    variable: &str,
    arguments: &[KernelArgument],
) -> Result<Edit, ConfigError> {
    if field(text, variable)?.is_none() {
        return Ok(Edit::unchanged(text));
    }
    let mut edit = words::remove(text, arguments, find(variable))?;
    let ours = format!("{variable}=\"\"{MARK}");
    let line = lines(&edit.text).find(|(_, line)| *line == ours).map(|(range, _)| range);
    if let Some(line) = line.filter(|_| !edit.is_empty()) {
        let refuse = || Refusal::ReadBack.at(&edit.text, line.start);
        let without = cut_line(&edit.text, &line).apply(&edit.text).ok_or_else(refuse)?;
        let mut expected = rest(&edit.text, variable)?;
        let gone = expected.iter().rposition(|statement| *statement == format!("{variable}="));
        expected.remove(gone.ok_or_else(refuse)?);
        if rest(&without, variable).as_ref() != Ok(&expected) {
            return Err(refuse());
        }
        edit.text = without;
    }
    Ok(edit)
}

fn find(variable: &str) -> impl words::Find<Vec<String>> {
    move |text: &str| {
        let missing = || Refusal::Missing(variable.to_owned()).at(text, text.len());
        Ok((field(text, variable)?.ok_or_else(missing)?, rest(text, variable)?))
    }
}

/// Everything but what the variable is set to: other statements as they are written, its own by their heads.
fn rest(text: &str, variable: &str) -> Result<Vec<String>, ConfigError> {
    let raw = |range: &std::ops::Range<usize>| text.get(range.clone()).unwrap_or_default().to_owned();
    let statement = |statement: &Statement| match statement {
        Statement::Assignment(assignment) if assignment.name == variable => {
            format!("{variable}{}", if assignment.append { "+=" } else { "=" })
        }
        Statement::Assignment(Assignment { range, .. }) | Statement::Command { range, .. } => raw(range),
    };
    Ok(statements(text)?.iter().map(statement).collect())
}

/// The words that a file gives to a variable; none where it does not set it.
fn field(text: &str, variable: &str) -> Result<Option<Field>, ConfigError> {
    let statements = plain(text, variable)?;
    let unclear = unclear(text)?;
    let mut others: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut field: Option<Field> = None;
    for assignment in &statements {
        let own = assignment.name == variable;
        let refuse = |refusal: Refusal| refusal.at(text, assignment.range.start);
        let scalar = match &assignment.value {
            Value::Scalar(scalar) => scalar,
            Value::Array { .. } if own => return Err(refuse(Refusal::Kind(variable.to_owned()))),
            Value::Array { .. } => {
                others.insert(&assignment.name, None);
                continue;
            }
        };
        if !own {
            let clear = |name: &&str| !unclear.contains(*name);
            let value = known(scalar, |name| others.get(Some(name).filter(clear)?).cloned().flatten());
            let before = if assignment.append { others.get(&*assignment.name).cloned() } else { None };
            let value = value.and_then(|value| Some(before.unwrap_or(Some(String::new()))? + &value));
            others.insert(&assignment.name, value.filter(|_| !assignment.append));
            continue;
        }
        let before = field.take();
        let computed = || refuse(Refusal::Computed(variable.to_owned()));
        let mut atoms: Vec<Atom> = Vec::new();
        let mut again = assignment.append;
        if assignment.append {
            atoms.extend(before.iter().flat_map(|field| field.atoms.clone()));
        }
        for piece in &scalar.pieces {
            let atom = |character, written| Atom {
                character,
                raw: piece.range.clone(),
                place: piece.place,
                written,
            };
            match &piece.kind {
                PieceKind::Character(character) => atoms.push(atom(*character, true)),
                PieceKind::Variable(name) if name == variable => {
                    again = true;
                    atoms.extend(before.as_ref().ok_or_else(computed)?.atoms.clone());
                }
                PieceKind::Variable(name) => {
                    let value =
                        others.get(&**name).and_then(Option::as_ref).filter(|value| !value.is_empty());
                    atoms.extend(value.ok_or_else(computed)?.chars().map(|character| atom(character, false)));
                }
                PieceKind::Computed => return Err(computed()),
            }
        }
        if before.is_some() && !again {
            return Err(refuse(Refusal::SetTwice(variable.to_owned())));
        }
        field = Some(Field { atoms, start: scalar.start, start_place: scalar.start_place });
    }
    Ok(field)
}

/// The value of a text where all of it is known.
fn known(text: &Text, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut value = String::new();
    for piece in &text.pieces {
        match &piece.kind {
            PieceKind::Character(character) => value.push(*character),
            PieceKind::Variable(name) => value.push_str(&variable(name)?),
            PieceKind::Computed => return None,
        }
    }
    Some(value)
}

/// The assignments of a file in which nothing else has to do with the variable.
fn plain(text: &str, variable: &str) -> Result<Vec<Assignment>, ConfigError> {
    let name = variable.split('[').next().unwrap_or_default();
    let mut assignments = Vec::new();
    for statement in statements(text)? {
        if let Some(disturbance) = disturbance(text, &statement) {
            return Err(disturbance);
        }
        match statement {
            Statement::Command { range, .. } => {
                if names(text.get(range.clone()).unwrap_or_default()).any(|word| word == name) {
                    return Err(Refusal::Conditional(variable.to_owned()).at(text, range.start));
                }
            }
            Statement::Assignment(assignment) => {
                if computed(text, &assignment.value).flat_map(names).any(|word| word == name) {
                    return Err(Refusal::Conditional(variable.to_owned()).at(text, assignment.range.start));
                }
                assignments.push(assignment);
            }
        }
    }
    Ok(assignments)
}

/// The names that commands and substitutions have to do with.
fn unclear(text: &str) -> Result<BTreeSet<String>, ConfigError> {
    let mut unclear = BTreeSet::new();
    for statement in statements(text)? {
        match statement {
            Statement::Command { range, .. } => {
                unclear.extend(names(text.get(range).unwrap_or_default()).map(str::to_owned));
            }
            Statement::Assignment(assignment) => {
                unclear.extend(computed(text, &assignment.value).flat_map(names).map(str::to_owned));
            }
        }
    }
    Ok(unclear)
}

/// The substitutions in a value, as written.
fn computed<'a>(text: &'a str, value: &'a Value) -> impl Iterator<Item = &'a str> {
    let texts: Vec<&Text> = match value {
        Value::Scalar(scalar) => vec![scalar],
        Value::Array { elements, .. } => elements.iter().map(|element| &element.text).collect(),
    };
    texts
        .into_iter()
        .flat_map(|text| &text.pieces)
        .filter(|piece| piece.kind == PieceKind::Computed)
        .filter_map(|piece| text.get(piece.range.clone()))
}

/// A command after which nothing is known for certain.
fn disturbance(text: &str, statement: &Statement) -> Option<ConfigError> {
    let Statement::Command { range, name } = statement else { return None };
    let written = text.get(range.clone()).unwrap_or_default();
    let bare = name.replace(['\'', '"', '\\'], "");
    let hidden = |text: &str| text.contains(['$', '`']);
    let disturbs = hidden(&bare)
        || DISTURBING.contains(&&*bare)
        || ASSIGNING.contains(&&*bare) && hidden(written)
        || bare.is_empty() && name != &bare;
    disturbs.then(|| Refusal::Command(name.clone()).at(text, range.start))
}

/// The words of a text that could be names of variables.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}
