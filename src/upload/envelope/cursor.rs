//! Going through JSON text value by value. serde_json decides what a value is; the cursor knows where it is.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The text is not JSON at this place.
#[derive(Debug)]
pub(super) struct SyntaxError {
    /// The place, in bytes from the start of the text.
    pub(super) offset: usize,
    pub(super) message: String,
}

/// A place in JSON text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    /// In bytes from the start of the text.
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    /// The next byte that is not white space. None at the end.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        let space = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.at += space;
        rest.get(space).copied()
    }

    /// Goes over the next byte if it is this one.
    pub(super) fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Goes over the next byte, which must be this one.
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), SyntaxError> {
        if self.accept(byte) { Ok(()) } else { Err(self.error(&format!("expected `{}`", char::from(byte)))) }
    }

    /// Goes over one value, and returns its text.
    pub(super) fn value(&mut self) -> Result<&'a [u8], SyntaxError> {
        let start = self.start()?;
        self.parse::<IgnoredAny>()?;
        Ok(&self.text[start..self.at])
    }

    /// Goes over a string, and returns its contents.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
        self.start()?;
        self.parse::<Text<'a>>().map(|text| text.0)
    }

    /// The error that says what was expected at this place.
    pub(super) fn error(&mut self, expected: &str) -> SyntaxError {
        let message = match self.peek() {
            None => format!("{expected}, found the end"),
            Some(byte) => format!("{expected}, found `{}`", byte.escape_ascii()),
        };
        SyntaxError { offset: self.at, message }
    }

    fn start(&mut self) -> Result<usize, SyntaxError> {
        match self.peek() {
            None => Err(self.error("expected a value")),
            Some(_) => Ok(self.at),
        }
    }

    fn parse<T: Deserialize<'a>>(&mut self) -> Result<T, SyntaxError> {
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                self.at += values.byte_offset();
                Ok(value)
            }
            Some(Err(error)) => {
                let offset = match error.is_eof() {
                    true => self.text.len(),
                    false => self.at + offset_of(rest, error.line(), error.column()),
                };
                Err(SyntaxError { offset, message: without_place(&error.to_string()).to_owned() })
            }
            None => Err(self.error("expected a value")),
        }
    }
}

/// The offset of serde_json's line and column.
fn offset_of(text: &[u8], line: usize, column: usize) -> usize {
    let line_start = match line.checked_sub(2) {
        None => 0,
        Some(breaks) => memchr::memchr_iter(b'\n', text).nth(breaks).map_or(0, |newline| newline + 1),
    };
    (line_start + column.saturating_sub(1)).min(text.len())
}

/// The message without its line and column, which serde_json counts from where it began to parse.
fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message)
}
