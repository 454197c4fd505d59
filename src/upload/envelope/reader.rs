//! Reading a document value by value.

use serde_json::Value;

use super::super::error::{RecordError, type_of};
use super::contents::{Contents, Unread};
use super::cursor::{Cursor, SyntaxError};
use super::object::{Object, first_key, has_list, is_list};
use super::other_call::OtherCalls;
use super::recovery::Recovery;

/// Tools that collect whole documents put arrays into arrays. Deeper ones are no CloudTrail data.
const MAX_DEPTH: usize = 8;

/// Reads a document of UTF-8 text, with or without a byte order mark.
pub(super) fn read(document: &[u8]) -> Contents {
    let mut reader = Reader::new(document);
    reader.document();
    reader.contents
}

struct Reader<'a> {
    text: &'a [u8],
    contents: Contents,
    /// The first key of the first object that is not a list of records, with its quotes: others will begin like it.
    first_key: Option<&'a [u8]>,
    /// Most records, which are not decoded.
    other_calls: OtherCalls,
}

impl<'a> Reader<'a> {
    fn new(document: &'a [u8]) -> Self {
        let text = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document);
        Self { text, contents: Contents::default(), first_key: None, other_calls: OtherCalls::new() }
    }

    /// One value after the other, with white space or nothing between. After an error, the next record may be within an array,
    /// so that punctuation and other values are passed over.
    fn document(&mut self) {
        let mut cursor = Cursor::new(self.text, 0);
        let mut recovery = None;
        let mut wasted = 0;
        while let Some(byte) = cursor.peek() {
            let had_error = recovery.is_some();
            if had_error && matches!(byte, b',' | b':' | b']' | b'}') {
                cursor.at += 1;
                continue;
            }
            let start = cursor.at;
            let outcome = match byte {
                b'{' | b'[' => self.value(&mut cursor, 0),
                _ if had_error => self.text_of_record(&mut cursor),
                _ => self.value(&mut cursor, 0),
            };
            let Err(broken) = outcome else {
                continue;
            };
            // Each error may have cost a pass over the rest of the document.
            wasted += broken.error.offset - broken.start;
            let affordable = wasted <= 8 * self.text.len();
            let recovery = recovery.get_or_insert_with(|| Recovery::new(self.text, self.first_key));
            let next = if affordable { recovery.next(broken.start.max(start) + 1) } else { None };
            let is_record = self.contents.read() > 0 || next.is_some() || matches!(byte, b'{' | b'[' | b'"');
            if is_record {
                self.contents.fail(|| RecordError::NotJson { message: place(self.text, &broken.error) });
            }
            let Some(next) = next else {
                let read = if affordable { broken.error.offset } else { broken.start };
                // A record that the end of the document cuts off leaves nothing unread.
                if !is_record || !self.text[read..].trim_ascii().is_empty() {
                    self.contents.unread = Some(Unread { read, message: place(self.text, &broken.error) });
                }
                return;
            };
            cursor.at = next;
        }
    }

    /// Reads any value: a record, or something that contains records.
    fn value(&mut self, cursor: &mut Cursor<'a>, depth: usize) -> Result<(), BrokenAt> {
        match cursor.peek() {
            Some(b'[') if depth < MAX_DEPTH => self.array(cursor, depth),
            Some(b'{') if depth < MAX_DEPTH && has_list(*cursor) => self.list_object(cursor, depth),
            Some(b'{') => {
                if self.first_key.is_none() {
                    self.first_key = first_key(*cursor);
                }
                let object = whole(cursor, Cursor::value)?;
                self.object(object);
                Ok(())
            }
            Some(b'"') => {
                let text = whole(cursor, Cursor::string)?;
                self.contents.add_text(&text);
                Ok(())
            }
            _ => {
                let other = whole(cursor, Cursor::value)?;
                self.contents.add(other);
                Ok(())
            }
        }
    }

    /// Reads the elements one by one, so that a broken one does not spoil those before it.
    fn array(&mut self, cursor: &mut Cursor<'a>, depth: usize) -> Result<(), BrokenAt> {
        expect(cursor, b'[')?;
        if cursor.accept(b']') {
            return Ok(());
        }
        loop {
            self.value(cursor, depth + 1)?;
            if cursor.accept(b']') {
                return Ok(());
            }
            expect(cursor, b',')?;
        }
    }

    /// Reads an object with a list of records one by one, so that a broken one does not spoil those before it.
    fn list_object(&mut self, cursor: &mut Cursor<'a>, depth: usize) -> Result<(), BrokenAt> {
        expect(cursor, b'{')?;
        loop {
            let key = whole(cursor, Cursor::string)?;
            expect(cursor, b':')?;
            if is_list(&key) && cursor.peek() == Some(b'[') {
                self.array(cursor, depth)?;
            } else {
                whole(cursor, Cursor::value)?;
            }
            if cursor.accept(b'}') {
                return Ok(());
            }
            expect(cursor, b',')?;
        }
    }

    /// Adds an object whose syntax was checked.
    fn object(&mut self, object: &'a [u8]) {
        if self.other_calls.contain(object) {
            self.contents.not_uploads += 1;
            return;
        }
        match Object::of(object) {
            Object::NoList(key, other) => self.wrong_type(key, "an array", other),
            Object::Text(text) => match Cursor::new(text, 0).string() {
                Ok(text) => self.contents.add_text(&text),
                Err(_) => self.wrong_type("CloudTrailEvent", "a string", text),
            },
            Object::OtherEvent => self.contents.not_uploads += 1,
            Object::Detail(record) | Object::Record(record) => self.contents.add(record),
        }
    }

    /// Reads a string that holds a record, and passes over any other value.
    fn text_of_record(&mut self, cursor: &mut Cursor<'a>) -> Result<(), BrokenAt> {
        let mut ahead = *cursor;
        if cursor.peek() == Some(b'"') && ahead.string().is_ok_and(|text| text.trim_start().starts_with('{')) {
            return self.value(cursor, 0);
        }
        whole(cursor, Cursor::value).map(|_| ())
    }

    fn wrong_type(&mut self, field: &str, expected: &'static str, found: &[u8]) {
        let found = serde_json::from_slice::<Value>(found).map_or("something unreadable", |found| type_of(&found));
        self.contents.fail(|| RecordError::Field {
            id: None,
            field: field.to_owned(),
            expected,
            found: found.to_owned(),
        });
    }
}

/// Text that is not JSON, and the start of the value that it is in.
struct BrokenAt {
    start: usize,
    error: SyntaxError,
}

fn whole<'a, T>(
    cursor: &mut Cursor<'a>,
    parse: impl FnOnce(&mut Cursor<'a>) -> Result<T, SyntaxError>,
) -> Result<T, BrokenAt> {
    cursor.peek();
    let start = cursor.at;
    parse(cursor).map_err(|error| BrokenAt { start, error })
}

fn expect(cursor: &mut Cursor<'_>, byte: u8) -> Result<(), BrokenAt> {
    whole(cursor, |cursor| cursor.expect(byte))
}

/// An error with its line and column, both from 1; a column is a byte.
fn place(text: &[u8], error: &SyntaxError) -> String {
    let before = &text[..error.offset];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1) + 1;
    format!("{} at line {line} column {column}", error.message)
}
