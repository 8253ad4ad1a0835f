//! Words of a shell with their quotes and expansions, piece by piece.
//!
//! What an expansion comes to is not known here; only where it ends. Source: POSIX.1-2024, Shell Command Language 2.2
//! Quoting and 2.6 Word Expansions; bash(1) for `$'…'`.

use std::ops::Range;

use super::super::error::{ConfigError, Refusal};
use super::super::words::Place;
use super::lex::{Lexer, Piece, PieceKind, Text, is_name};

/// Substitutions nest no deeper in any file that people write.
const DEPTH_CAP: usize = 16;

impl Lexer<'_> {
    pub(super) fn word(&mut self) -> Result<Range<usize>, ConfigError> {
        let start = self.at;
        self.text()?;
        Ok(start..self.at)
    }

    /// A word with its quotes, up to what ends it.
    pub(super) fn text(&mut self) -> Result<Text, ConfigError> {
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
                        Some('\n') if text.pieces.is_empty() && quotes == 0 => {}
                        // It may go on with a keyword, a name or an operator.
                        Some('\n') => return self.refuse(start, Refusal::Malformed),
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
                // At some places a home folder.
                '~' => {
                    self.next();
                    text.pieces.push(piece(start..self.at, Place::Bare, PieceKind::Computed));
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
                // A name may go on in the next line.
                if self.rest().starts_with("\\\n") {
                    return Ok(PieceKind::Computed);
                }
                Ok(PieceKind::Variable(self.raw(&(start + 1..self.at)).to_owned()))
            }
            Some('0'..='9' | '?' | '$' | '!' | '#' | '@' | '*' | '-') => {
                self.next();
                Ok(PieceKind::Computed)
            }
            Some('\\') if self.second() == Some('\n') => Ok(PieceKind::Computed),
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
