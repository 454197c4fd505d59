//! The records of one document.

use serde_json::Value;

use super::super::error::type_of;
use super::super::record::{Decoded, decode};
use super::super::{OtherPutImage, RecordError, Upload};
use super::cursor::{Cursor, SyntaxError};
use super::other_event::{self, Part};
use super::resume::Resume;

/// What the records of one document are.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The pushes, in the order of the document. Repeated records of one push are all here.
    pub uploads: Vec<Upload>,
    /// How many records are of something else.
    pub not_uploads: u64,
    /// Those of them that are of a call of the same name.
    pub other_put_images: Vec<OtherPutImage>,
    /// How many records could not be read.
    pub failed: u64,
    /// The first [`Self::MAX_BROKEN`] of those.
    pub broken: Vec<Broken>,
    /// The part of the document that was not read.
    pub unread: Option<Unread>,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which record of the document, from 1.
    pub record: u64,
    /// What is wrong with it.
    pub error: RecordError,
}

/// The end of a document, where nothing looked like the beginning of a record after text that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// How many bytes from the start of the document were read.
    pub read: usize,
    /// What is wrong, with line and column.
    pub message: String,
}

impl Contents {
    /// How many broken records of one document are kept; the others are only counted.
    pub const MAX_BROKEN: usize = 100;

    /// Reads a document of UTF-8 text, with or without a byte order mark.
    pub fn of(document: &[u8]) -> Self {
        let mut reader = Reader::new(document);
        reader.document();
        reader.contents
    }

    /// As [`Self::of`], for a document whose bytes are those that were written, because a checksum says so. In documents in
    /// the layout of a trail, records of other calls are only counted then: their syntax is not checked again.
    ///
    /// `check` is called with all bytes in order, piece by piece, each right before it is read: a checksum is computed there
    /// at the least cost. When it turns out to be wrong, the contents are worth nothing.
    pub fn of_verified(document: &[u8], check: impl FnMut(&[u8])) -> Self {
        let parts = other_event::split(document, check);
        parts.and_then(|parts| Self::of_parts(document, &parts)).unwrap_or_else(|| Self::of(document))
    }

    /// None when an unsure part is no value by itself.
    fn of_parts(document: &[u8], parts: &[Part<'_>]) -> Option<Self> {
        let mut reader = Reader::new(document);
        for part in parts {
            match part {
                Part::OtherEvents(records) => reader.contents.not_uploads += records,
                Part::Unsure(record) => {
                    let mut cursor = Cursor::new(record, 0);
                    cursor.value().ok().filter(|value| value.len() == record.len())?;
                    reader.object(record);
                }
            }
        }
        Some(reader.contents)
    }

    /// How many records there are.
    pub fn read(&self) -> u64 {
        self.uploads.len() as u64 + self.not_uploads + self.failed
    }

    fn add(&mut self, record: &str) {
        match decode(record) {
            Ok(Decoded::Upload(upload)) => self.uploads.push(*upload),
            Ok(Decoded::NotAnUpload) => {
                self.not_uploads += 1;
                self.other_put_images.extend(OtherPutImage::of(record));
            }
            Err(error) => self.fail(|| error),
        }
    }

    fn fail(&mut self, error: impl FnOnce() -> RecordError) {
        self.failed += 1;
        if self.broken.len() < Self::MAX_BROKEN {
            let record = self.read();
            self.broken.push(Broken { record, error: error() });
        }
    }
}

/// Arrays in arrays, as tools make them that collect whole documents. Deeper ones are no CloudTrail data.
const MAX_DEPTH: usize = 8;

struct Reader<'a> {
    text: &'a [u8],
    contents: Contents,
    /// The first key of the first object that is no list of records, with its quotes: others will begin like it.
    first_key: Option<&'a [u8]>,
}

impl<'a> Reader<'a> {
    fn new(document: &'a [u8]) -> Self {
        let text = document.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(document);
        Self { text, contents: Contents::default(), first_key: None }
    }

    /// One value after the other, with white space or nothing between. After an error, what follows the next beginning of
    /// a record is the inside of an array, perhaps, so that its punctuation and what else is there are passed over.
    fn document(&mut self) {
        let mut cursor = Cursor::new(self.text, 0);
        let mut resume = None;
        let mut wasted = 0;
        while let Some(byte) = cursor.peek() {
            let resumed = resume.is_some();
            if resumed && matches!(byte, b',' | b':' | b']' | b'}') {
                cursor.at += 1;
                continue;
            }
            let start = cursor.at;
            let outcome = match byte {
                b'{' | b'[' => self.value(&mut cursor, 0),
                _ if resumed => self.text_of_record(&mut cursor),
                _ => self.value(&mut cursor, 0),
            };
            let Err(broken) = outcome else {
                continue;
            };
            // Each error may have cost going through the rest of the document once.
            wasted += broken.error.offset - broken.start;
            let affordable = wasted <= 8 * self.text.len();
            let resume = resume.get_or_insert_with(|| Resume::new(self.text, self.first_key));
            let next = if affordable { resume.next(broken.start.max(start) + 1) } else { None };
            let is_record = self.contents.read() > 0 || next.is_some() || matches!(byte, b'{' | b'[' | b'"');
            if is_record {
                self.contents.fail(|| RecordError::NotJson { message: place(self.text, &broken.error) });
            }
            let Some(next) = next else {
                let read = if affordable { broken.error.offset } else { broken.start };
                // A record that is cut off by the end leaves nothing unread.
                if !is_record || !self.text[read..].trim_ascii().is_empty() {
                    self.contents.unread = Some(Unread { read, message: place(self.text, &broken.error) });
                }
                return;
            };
            cursor.at = next;
        }
    }

    /// Any value: a record, or something with records in it.
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
                self.contents.add(&text);
                Ok(())
            }
            _ => {
                let other = whole(cursor, Cursor::value)?;
                self.record(other);
                Ok(())
            }
        }
    }

    /// The elements one by one, so that one that is broken does not spoil those before it.
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

    /// An object with a list of records, each of which is read by itself, so that one that is broken does not spoil the object.
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

    /// An object whose syntax was checked: a record or what one is in.
    fn object(&mut self, object: &'a [u8]) {
        if other_event::is_other_event(object) {
            self.contents.not_uploads += 1;
            return;
        }
        match Envelope::of(object) {
            Envelope::NoList(key, other) => self.wrong_type(key, "an array", other),
            Envelope::Text(text) => match Cursor::new(text, 0).string() {
                Ok(text) => self.contents.add(&text),
                Err(_) => self.wrong_type("CloudTrailEvent", "a string", text),
            },
            Envelope::Detail(record) | Envelope::Nothing(record) => self.record(record),
            Envelope::OtherEvent => self.contents.not_uploads += 1,
        }
    }

    fn record(&mut self, record: &[u8]) {
        match std::str::from_utf8(record) {
            Ok(text) => self.contents.add(text),
            Err(error) => {
                let message = format!("invalid UTF-8 at byte {} of the record", error.valid_up_to() + 1);
                self.contents.fail(|| RecordError::NotJson { message });
            }
        }
    }

    /// A string that holds a record, or anything else, which is passed over.
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

/// What an object is, by its keys.
enum Envelope<'a> {
    /// `Records` of a trail, `Events` of LookupEvents: something else than an array, or one that is too deep.
    NoList(&'static str, &'a [u8]),
    /// `CloudTrailEvent` of LookupEvents.
    Text(&'a [u8]),
    /// `detail` of EventBridge.
    Detail(&'a [u8]),
    /// An event of EventBridge that does not come from CloudTrail.
    OtherEvent,
    /// The object is a record itself, or should be one.
    Nothing(&'a [u8]),
}

impl<'a> Envelope<'a> {
    fn of(object: &'a [u8]) -> Self {
        let mut detail = None;
        let mut detail_type = None;
        let mut cursor = Cursor::new(object, 0);
        cursor.accept(b'{');
        // The syntax was checked, so that only the end stops this.
        while let Ok(key) = cursor.string() {
            cursor.accept(b':');
            let Ok(value) = cursor.value() else {
                break;
            };
            match &*key {
                key if is_of_record(key) => return Self::Nothing(object),
                "Records" => return Self::NoList("Records", value),
                "Events" => return Self::NoList("Events", value),
                "CloudTrailEvent" => return Self::Text(value),
                "detail" => detail = Some(value),
                "detail-type" => detail_type = Cursor::new(value, 0).string().ok(),
                _ => {}
            }
            cursor.accept(b',');
        }
        match (detail, detail_type) {
            (Some(detail), None) => Self::Detail(detail),
            // "AWS API Call via CloudTrail" and its kin carry the record (EventBridge reference, "AWS service events delivered via CloudTrail").
            (Some(detail), Some(kind)) if kind.ends_with(" via CloudTrail") => Self::Detail(detail),
            (_, Some(_)) => Self::OtherEvent,
            (None, None) => Self::Nothing(object),
        }
    }
}

fn is_list(key: &str) -> bool {
    matches!(key, "Records" | "Events")
}

/// Whether records have this key, and envelopes do not.
fn is_of_record(key: &str) -> bool {
    matches!(key, "eventVersion" | "eventSource" | "eventName" | "class_uid")
}

/// The first key of an object, with its quotes.
fn first_key<'a>(mut cursor: Cursor<'a>) -> Option<&'a [u8]> {
    cursor.accept(b'{');
    if cursor.peek() == Some(b'"') { cursor.value().ok() } else { None }
}

/// Whether an object has a list of records, and before that nothing that only a record has. What is behind it may be broken.
fn has_list(mut cursor: Cursor<'_>) -> bool {
    cursor.accept(b'{');
    while let Ok(key) = cursor.string() {
        if !cursor.accept(b':') || is_of_record(&key) {
            return false;
        }
        if is_list(&key) && cursor.peek() == Some(b'[') {
            return true;
        }
        if cursor.value().is_err() || !cursor.accept(b',') {
            return false;
        }
    }
    false
}

/// Text that is not JSON, and where the value began that it is in.
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

/// What is wrong and where, in lines and columns from 1; a column is a byte.
fn place(text: &[u8], error: &SyntaxError) -> String {
    let before = &text[..error.offset];
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1) + 1;
    format!("{} at line {line} column {column}", error.message)
}
