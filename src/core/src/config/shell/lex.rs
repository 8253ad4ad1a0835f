//! The statements of a file that a shell sources: assignments in the open, and everything else as what it is.
//!
//! Splits text, and evaluates nothing. What would need a shell to be understood (here-documents, quotes that do not
//! end, parentheses that do not pair) is refused for the whole file. Source: POSIX.1-2024, Shell Command Language 2.2
//! to 2.9; bash(1), arrays.

use std::ops::Range;

use super::super::error::{ConfigError, Refusal};
use super::super::words::Place;

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// An assignment that always counts.
    Assignment(Assignment),
    /// Any other command, assignments for it or under a condition included.
    Command {
        range: Range<usize>,
        /// Its first word, as written; empty where it only assigns.
        name: String,
    },
}

/// `NAME=value`, `NAME[key]+=value`, `NAME=(values)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The name, with its key in brackets where it has one.
    pub(super) name: String,
    pub(super) append: bool,
    pub(super) range: Range<usize>,
    pub(super) value: Value,
}

/// What is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text.
    Scalar(Text),
    /// A list, and the range between its parentheses.
    Array { elements: Vec<Element>, inner: Range<usize> },
}

/// An element of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) range: Range<usize>,
    pub(super) text: Text,
}

/// A text in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) pieces: Vec<Piece>,
    /// Where text goes if there is none: inside the first quotes.
    pub(super) start: usize,
    pub(super) start_place: Place,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    pub(super) place: Place,
    pub(super) kind: PieceKind,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// This character.
    Character(char),
    /// The value of a variable; `[@]` behind an array's name.
    Variable(String),
    /// What only a shell can tell.
    Computed,
}

/// What is open while reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nest {
    /// `if` or `elif`, before its `then`.
    If,
    /// Behind `then` or `else`.
    Then,
    /// `while`, `until`, `for`, `select`, before its `do`.
    Loop,
    /// Behind `do`.
    Do,
    Case,
    Brace,
    Parenthesis,
}

/// Splits a text.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, ConfigError> {
    let mut lexer = Lexer {
        text,
        at: 0,
        nest: Vec::new(),
        filled: false,
        ended: false,
        conditional: false,
        depth: 0,
        statements: Vec::new(),
    };
    lexer.run()?;
    Ok(lexer.statements)
}

/// A word of a command.
enum Part {
    Word(Range<usize>),
    Assignment(Assignment),
}

impl Part {
    /// Whether `export` assigns what is written: it splits, and makes several of, what is not in quotes.
    fn is_exported_as_written(&self) -> bool {
        let Self::Assignment(assignment) = self else { return true };
        let plain = |piece: &Piece| match piece.kind {
            PieceKind::Character(character) => {
                piece.place == Place::Plain
                    || character.is_alphanumeric()
                    || "_-./,:@+%= ".contains(character)
            }
            PieceKind::Variable(_) | PieceKind::Computed => piece.place == Place::Plain,
        };
        match &assignment.value {
            Value::Scalar(text) => !assignment.name.contains('[') && text.pieces.iter().all(plain),
            Value::Array { .. } => false,
        }
    }
}

/// Where in a text the splitting is.
pub(super) struct Lexer<'a> {
    text: &'a str,
    pub(super) at: usize,
    nest: Vec<Nest>,
    /// Whether something stands in the innermost block.
    filled: bool,
    /// Whether a command ended on this line, so that `;` and the like may follow.
    ended: bool,
    /// Behind `&&`, `||`, `|`: whether the next command runs, and where, is not known.
    conditional: bool,
    /// How deep substitutions nest.
    pub(super) depth: usize,
    statements: Vec<Statement>,
}

impl Lexer<'_> {
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn eat(&mut self, text: &str) -> bool {
        let there = self.rest().starts_with(text);
        if there {
            self.at += text.len();
        }
        there
    }

    pub(super) fn refuse<T>(&self, at: usize, refusal: Refusal) -> Result<T, ConfigError> {
        Err(refusal.at(self.text, at))
    }

    fn blanks(&mut self) {
        while self.eat(" ") || self.eat("\t") || self.eat("\\\n") {}
    }

    fn comment(&mut self) {
        let length = self.rest().find('\n').unwrap_or(self.rest().len());
        self.at += length;
    }

    fn run(&mut self) -> Result<(), ConfigError> {
        loop {
            self.blanks();
            let start = self.at;
            let in_case = self.nest.last() == Some(&Nest::Case);
            match self.peek() {
                None => break,
                Some('#') => self.comment(),
                Some('\n') => {
                    self.next();
                    self.ended = false;
                }
                Some(';' | '&' | '|') => {
                    if !self.ended && !in_case {
                        return self.refuse(start, Refusal::Malformed);
                    }
                    let _ = self.eat("&&") || self.eat("||") || self.next().is_some();
                    self.conditional |= self.text.get(start..self.at).is_none_or(|sign| sign != ";");
                    self.ended = false;
                }
                Some(_) if self.ended && !self.rest().starts_with([')', '<', '>']) => {
                    return self.refuse(start, Refusal::Malformed);
                }
                Some('(') => {
                    self.next();
                    // Before a pattern, or in what a pattern leads to: conditional in either case.
                    if !in_case {
                        self.open(Nest::Parenthesis);
                    }
                }
                Some(')') => {
                    if in_case {
                        self.ended = false;
                    } else {
                        self.close(Nest::Parenthesis, start)?;
                    }
                    self.next();
                }
                Some(_) => self.command()?,
            }
        }
        if self.nest.is_empty() && !self.conditional {
            Ok(())
        } else {
            self.refuse(self.text.len(), Refusal::Unbalanced)
        }
    }

    fn open(&mut self, nest: Nest) {
        self.nest.push(nest);
        (self.filled, self.ended) = (false, false);
    }

    fn close(&mut self, nest: Nest, at: usize) -> Result<(), ConfigError> {
        match self.nest.pop() {
            Some(open) if open == nest && (self.filled || nest == Nest::Case) => {
                (self.filled, self.ended, self.conditional) = (true, true, false);
                Ok(())
            }
            _ => self.refuse(at, Refusal::Unbalanced),
        }
    }

    /// From one part of a condition or a loop to its next.
    fn turn(&mut self, from: Nest, to: Nest, at: usize) -> Result<(), ConfigError> {
        self.close(from, at)?;
        self.open(to);
        Ok(())
    }

    fn command(&mut self) -> Result<(), ConfigError> {
        let start = self.at;
        let mut parts: Vec<Part> = Vec::new();
        let mut plain = true;
        loop {
            self.blanks();
            match self.peek() {
                None | Some('\n' | ';' | '&' | '|' | '(' | ')') => break,
                Some('#') => {
                    self.comment();
                    break;
                }
                Some('<' | '>') => {
                    if self.rest().starts_with("<<") {
                        return self.refuse(self.at, Refusal::HereDocument);
                    }
                    self.next();
                    let _ = self.eat("&") || self.eat("|");
                    plain = false;
                }
                Some(_) => {
                    let exported =
                        matches!(parts.first(), Some(Part::Word(word)) if self.raw(word) == "export");
                    let open = parts.iter().all(|part| matches!(part, Part::Assignment(_)));
                    match if open || exported { self.assignment() } else { None } {
                        Some(head) => parts.push(Part::Assignment(self.value(head)?)),
                        None => {
                            let word = self.word()?;
                            // A keyword: the command that it stands before begins behind it.
                            if parts.is_empty() && self.keyword(&word)? {
                                return Ok(());
                            }
                            if self.raw(&word) == "{" && self.first_is(&parts, "function") {
                                self.open(Nest::Brace);
                                return Ok(());
                            }
                            parts.push(Part::Word(word));
                        }
                    }
                }
            }
        }
        let case = self.first_is(&parts, "case");
        if case && !matches!(parts.get(2), Some(Part::Word(word)) if self.raw(word) == "in") {
            return self.refuse(start, Refusal::Malformed);
        }
        let one_word = matches!(parts.as_slice(), [Part::Word(_)]);
        let exported = self.first_is(&parts, "export");
        // What one assignment of several for `export` sees of the others differs.
        plain &= !exported || parts.len() <= 2 && parts.iter().all(Part::is_exported_as_written);
        // In a pipe or in the background a shell of its own assigns.
        let aside = matches!(self.peek(), Some('|' | '&' | '('))
            && !self.rest().starts_with("&&")
            && !self.rest().starts_with("||");
        let assigns =
            parts.iter().skip(usize::from(exported)).all(|part| matches!(part, Part::Assignment(_)));
        if plain && assigns && !aside && !self.conditional && self.nest.is_empty() {
            let assignments = parts.into_iter().filter_map(|part| match part {
                Part::Assignment(assignment) => Some(Statement::Assignment(assignment)),
                Part::Word(_) => None,
            });
            self.statements.extend(assignments);
        } else {
            let word = parts.iter().find_map(|part| match part {
                Part::Word(word) => Some(self.raw(word).to_owned()),
                Part::Assignment(_) => None,
            });
            let name = word.unwrap_or_default();
            self.statements.push(Statement::Command { range: start..self.at, name });
        }
        (self.filled, self.ended, self.conditional) = (true, !case, false);
        if self.peek() == Some('(') && !case { self.function(start, one_word) } else { Ok(()) }
    }

    pub(super) fn raw(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn first_is(&self, parts: &[Part], name: &str) -> bool {
        matches!(parts.first(), Some(Part::Word(word)) if self.raw(word) == name)
    }

    /// The head of a function, behind its name: nothing else may have parentheses behind a word.
    fn function(&mut self, start: usize, one_word: bool) -> Result<(), ConfigError> {
        self.next();
        self.blanks();
        if !one_word || !self.eat(")") {
            return self.refuse(start, Refusal::Malformed);
        }
        self.blanks();
        let _ = self.eat("\n");
        self.blanks();
        self.ended = false;
        if self.rest().starts_with(['{', '(']) { Ok(()) } else { self.refuse(start, Refusal::Malformed) }
    }

    /// Follows conditions and loops. Says whether a command may begin behind the word.
    fn keyword(&mut self, word: &Range<usize>) -> Result<bool, ConfigError> {
        let at = word.start;
        match self.raw(word) {
            "if" => self.open(Nest::If),
            "then" => self.turn(Nest::If, Nest::Then, at)?,
            "elif" => self.turn(Nest::Then, Nest::If, at)?,
            "else" => self.turn(Nest::Then, Nest::Then, at)?,
            "fi" => self.close(Nest::Then, at)?,
            "while" | "until" => self.open(Nest::Loop),
            "do" => self.turn(Nest::Loop, Nest::Do, at)?,
            "done" => self.close(Nest::Do, at)?,
            "{" => self.open(Nest::Brace),
            "}" => self.close(Nest::Brace, at)?,
            "esac" => self.close(Nest::Case, at)?,
            "!" | "time" => {}
            "for" | "select" => {
                self.open(Nest::Loop);
                return Ok(false);
            }
            "case" => {
                self.open(Nest::Case);
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The head of an assignment, where one begins here: its start, name, and whether it appends.
    fn assignment(&mut self) -> Option<(usize, String, bool)> {
        let start = self.at;
        let rest = self.rest();
        let name = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if name == 0 || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let mut end = name;
        if rest.get(end..)?.starts_with('[') {
            let key = rest.get(end + 1..)?;
            let length = key.find(']')?;
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            if length == 0 || !key.bytes().take(length).all(fits) {
                return None;
            }
            end += length + 2;
        }
        let after = rest.get(end..)?;
        let append = after.starts_with("+=");
        if !append && !after.starts_with('=') {
            return None;
        }
        let name = rest.get(..end)?.to_owned();
        self.at = start + end + if append { 2 } else { 1 };
        Some((start, name, append))
    }

    fn value(&mut self, (start, name, append): (usize, String, bool)) -> Result<Assignment, ConfigError> {
        let value = if self.peek() == Some('(') {
            self.next();
            let inner = self.at;
            let elements = self.elements()?;
            Value::Array { elements, inner: inner..self.at - 1 }
        } else {
            Value::Scalar(self.text()?)
        };
        Ok(Assignment { name, append, range: start..self.at, value })
    }

    /// The elements of a list, up to and with its `)`.
    fn elements(&mut self) -> Result<Vec<Element>, ConfigError> {
        let open = self.at;
        let mut elements = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => return self.refuse(open, Refusal::Unbalanced),
                Some('\n') => {
                    self.next();
                }
                Some('#') => self.comment(),
                Some(')') => {
                    self.next();
                    return Ok(elements);
                }
                Some('(' | ';' | '&' | '|' | '<' | '>') => return self.refuse(self.at, Refusal::Unbalanced),
                Some(_) => {
                    let start = self.at;
                    let text = self.text()?;
                    elements.push(Element { range: start..self.at, text });
                }
            }
        }
    }
}

/// Whether a text is the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
