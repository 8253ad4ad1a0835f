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
    If,
    Loop,
    Case,
    Brace,
    Parenthesis,
}

/// Splits a text.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, ConfigError> {
    let mut lexer = Lexer { text, at: 0, nest: Vec::new(), depth: 0, statements: Vec::new() };
    lexer.run()?;
    Ok(lexer.statements)
}

/// A word of a command.
enum Part {
    Word(Range<usize>),
    Assignment(Assignment),
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    nest: Vec<Nest>,
    /// How deep substitutions nest.
    depth: usize,
    statements: Vec<Statement>,
}

/// Substitutions nest no deeper in any file that people write.
const DEPTH_CAP: usize = 16;

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    fn next(&mut self) -> Option<char> {
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

    fn refuse<T>(&self, at: usize, refusal: Refusal) -> Result<T, ConfigError> {
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
        // Behind `&&`, `||`, `|`: whether the next command runs, and where, is not known.
        let mut conditional = false;
        loop {
            self.blanks();
            match self.peek() {
                None => break,
                Some('#') => self.comment(),
                Some('\n' | ';') => {
                    self.next();
                }
                Some('&' | '|') => {
                    self.next();
                    conditional = true;
                }
                Some('(') => {
                    self.next();
                    self.nest.push(Nest::Parenthesis);
                }
                Some(')') => {
                    if self.nest.last() != Some(&Nest::Case) {
                        self.close(Nest::Parenthesis, self.at)?;
                    }
                    self.next();
                }
                Some(_) => self.command(&mut conditional)?,
            }
        }
        if self.nest.is_empty() { Ok(()) } else { self.refuse(self.text.len(), Refusal::Unbalanced) }
    }

    fn close(&mut self, nest: Nest, at: usize) -> Result<(), ConfigError> {
        match self.nest.pop() {
            Some(open) if open == nest => Ok(()),
            _ => self.refuse(at, Refusal::Unbalanced),
        }
    }

    fn command(&mut self, conditional: &mut bool) -> Result<(), ConfigError> {
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
                                self.nest.push(Nest::Brace);
                            }
                            parts.push(Part::Word(word));
                        }
                    }
                }
            }
        }
        // In a pipe or in the background a shell of its own assigns.
        let aside = matches!(self.peek(), Some('|' | '&' | '('))
            && !self.rest().starts_with("&&")
            && !self.rest().starts_with("||");
        let exported = self.first_is(&parts, "export");
        let assigns =
            parts.iter().skip(usize::from(exported)).all(|part| matches!(part, Part::Assignment(_)));
        if plain && assigns && !aside && !*conditional && self.nest.is_empty() {
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
        *conditional = false;
        Ok(())
    }

    fn raw(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn first_is(&self, parts: &[Part], name: &str) -> bool {
        matches!(parts.first(), Some(Part::Word(word)) if self.raw(word) == name)
    }

    /// Follows conditions and loops. Says whether a command may begin behind the word.
    fn keyword(&mut self, word: &Range<usize>) -> Result<bool, ConfigError> {
        match self.raw(word) {
            "if" => self.nest.push(Nest::If),
            "while" | "until" => self.nest.push(Nest::Loop),
            "{" => self.nest.push(Nest::Brace),
            "then" | "else" | "elif" | "do" | "!" | "time" => {}
            "for" | "select" => {
                self.nest.push(Nest::Loop);
                return Ok(false);
            }
            "case" => {
                self.nest.push(Nest::Case);
                return Ok(false);
            }
            "fi" => self.close(Nest::If, word.start)?,
            "done" => self.close(Nest::Loop, word.start)?,
            "esac" => self.close(Nest::Case, word.start)?,
            "}" => self.close(Nest::Brace, word.start)?,
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

    fn word(&mut self) -> Result<Range<usize>, ConfigError> {
        let start = self.at;
        self.text()?;
        Ok(start..self.at)
    }

    /// A word with its quotes, up to what ends it.
    fn text(&mut self) -> Result<Text, ConfigError> {
        let mut text = Text { pieces: Vec::new(), start: self.at, start_place: Place::Bare };
        let mut quotes = 0;
        while let Some(character) = self.peek() {
            let start = self.at;
            match character {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                '\'' | '"' => {
                    self.next();
                    quotes += 1;
                    if quotes == 1 && text.pieces.is_empty() {
                        (text.start, text.start_place) = (self.at, Place::Plain);
                    }
                    if character == '\'' {
                        self.single(start, &mut text.pieces)?;
                    } else {
                        self.double(start, &mut text.pieces)?;
                    }
                }
                '\\' => {
                    self.next();
                    match self.next() {
                        None => return self.refuse(start, Refusal::UnendedQuote),
                        Some('\n') => {}
                        Some(escaped) => {
                            text.pieces.push(piece(
                                start..self.at,
                                Place::Bare,
                                PieceKind::Character(escaped),
                            ));
                        }
                    }
                }
                '$' | '`' => {
                    let kind = self.expansion(false)?;
                    text.pieces.push(piece(start..self.at, Place::Bare, kind));
                }
                _ => {
                    self.next();
                    text.pieces.push(piece(start..self.at, Place::Bare, PieceKind::Character(character)));
                }
            }
        }
        Ok(text)
    }

    fn single(&mut self, open: usize, pieces: &mut Vec<Piece>) -> Result<(), ConfigError> {
        loop {
            let start = self.at;
            match self.next() {
                None => return self.refuse(open, Refusal::UnendedQuote),
                Some('\'') => return Ok(()),
                Some(character) => {
                    pieces.push(piece(start..self.at, Place::Plain, PieceKind::Character(character)));
                }
            }
        }
    }

    fn double(&mut self, open: usize, pieces: &mut Vec<Piece>) -> Result<(), ConfigError> {
        loop {
            let start = self.at;
            let kind = match self.peek() {
                None => return self.refuse(open, Refusal::UnendedQuote),
                Some('"') => {
                    self.next();
                    return Ok(());
                }
                Some('\\') => {
                    self.next();
                    match self.peek() {
                        Some('\n') => {
                            self.next();
                            continue;
                        }
                        Some(escaped @ ('$' | '`' | '"' | '\\')) => {
                            self.next();
                            PieceKind::Character(escaped)
                        }
                        _ => PieceKind::Character('\\'),
                    }
                }
                Some('$' | '`') => self.expansion(true)?,
                Some(character) => {
                    self.next();
                    PieceKind::Character(character)
                }
            };
            pieces.push(piece(start..self.at, Place::Plain, kind));
        }
    }

    /// What begins with `$` or a backtick.
    fn expansion(&mut self, quoted: bool) -> Result<PieceKind, ConfigError> {
        let start = self.at;
        if self.next() == Some('`') {
            loop {
                match self.next() {
                    None => return self.refuse(start, Refusal::UnendedQuote),
                    Some('`') => return Ok(PieceKind::Computed),
                    Some('\\') => {
                        self.next();
                    }
                    Some(_) => {}
                }
            }
        }
        match self.peek() {
            Some('(') => {
                self.next();
                self.skip(start, '(', ')')?;
                Ok(PieceKind::Computed)
            }
            Some('{') => {
                self.next();
                let inner = self.at;
                self.skip(start, '{', '}')?;
                let name = self.raw(&(inner..self.at - 1));
                let known = is_name(name.strip_suffix("[@]").unwrap_or(name));
                Ok(if known { PieceKind::Variable(name.to_owned()) } else { PieceKind::Computed })
            }
            Some('\'' | '"') if !quoted => {
                let quote = self.next();
                loop {
                    match self.next() {
                        None => return self.refuse(start, Refusal::UnendedQuote),
                        Some('\\') => {
                            self.next();
                        }
                        // Inside of $"…" quotes may nest in a substitution; nobody writes that here.
                        Some('$' | '`') if quote == Some('"') => {
                            return self.refuse(start, Refusal::Computed("$\"".to_owned()));
                        }
                        character if character == quote => return Ok(PieceKind::Computed),
                        Some(_) => {}
                    }
                }
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let length = self
                    .rest()
                    .bytes()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                    .count();
                self.at += length;
                Ok(PieceKind::Variable(self.raw(&(start + 1..self.at)).to_owned()))
            }
            Some('0'..='9' | '?' | '$' | '!' | '#' | '@' | '*' | '-') => {
                self.next();
                Ok(PieceKind::Computed)
            }
            _ => Ok(PieceKind::Character('$')),
        }
    }

    /// Goes behind the end of a substitution, with quotes and nested ones in it.
    fn skip(&mut self, open: usize, opening: char, closing: char) -> Result<(), ConfigError> {
        if self.depth == DEPTH_CAP {
            return self.refuse(open, Refusal::Unbalanced);
        }
        self.depth += 1;
        self.skip_inside(open, opening, closing)?;
        self.depth -= 1;
        Ok(())
    }

    fn skip_inside(&mut self, open: usize, opening: char, closing: char) -> Result<(), ConfigError> {
        let mut depth = 1_usize;
        let mut blank = false;
        loop {
            let start = self.at;
            let Some(character) = self.peek() else { return self.refuse(open, Refusal::Unbalanced) };
            match character {
                '\'' if opening == '(' => {
                    self.next();
                    self.single(start, &mut Vec::new())?;
                }
                // Whether it is a quote depends on what is around it.
                '\'' => return self.refuse(start, Refusal::UnendedQuote),
                '"' => {
                    self.next();
                    self.double(start, &mut Vec::new())?;
                }
                '$' | '`' => {
                    self.expansion(false)?;
                }
                '\\' => {
                    self.next();
                    self.next();
                }
                // A comment may hold any quote; what is in a substitution is nothing that we need.
                '#' if opening == '(' && (blank || start == open + 2) => {
                    return self.refuse(start, Refusal::Unbalanced);
                }
                '<' if self.second() == Some('<') => return self.refuse(start, Refusal::HereDocument),
                _ => {
                    self.next();
                    if character == opening {
                        depth += 1;
                    } else if character == closing {
                        depth -= 1;
                        if depth == 0 {
                            return Ok(());
                        }
                    }
                }
            }
            blank = character.is_ascii_whitespace() || matches!(character, ';' | '&' | '|' | '(');
        }
    }
}

const fn piece(range: Range<usize>, place: Place, kind: PieceKind) -> Piece {
    Piece { range, place, kind }
}

/// Whether a text is the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
