//! What an object in a document is: a record, a list of records, or one of the envelopes around a single record.

use super::cursor::Cursor;

/// An object that is not a list of records, by its keys.
pub(super) enum Object<'a> {
    /// `Records` of a trail or `Events` of LookupEvents that are not an array, or nested too deep.
    NoList(&'static str, &'a [u8]),
    /// `CloudTrailEvent` of LookupEvents: the record as text in a string.
    Text(&'a [u8]),
    /// `detail` of EventBridge: the record.
    Detail(&'a [u8]),
    /// An event of EventBridge that does not come from CloudTrail.
    OtherEvent,
    /// A record, or something else in the place of one.
    Record(&'a [u8]),
}

impl<'a> Object<'a> {
    /// Decides by the keys of an object whose syntax was checked.
    pub(super) fn of(object: &'a [u8]) -> Self {
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
                key if is_of_record(key) => return Self::Record(object),
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
            // "AWS API Call via CloudTrail" and its kin carry the record (EventBridge reference, "AWS service events delivered
            // via CloudTrail").
            (Some(detail), Some(kind)) if kind.ends_with(" via CloudTrail") => Self::Detail(detail),
            (_, Some(_)) => Self::OtherEvent,
            (None, None) => Self::Record(object),
        }
    }
}

/// Whether an object has a list of records, and before that no key that only a record has. What follows may be broken.
pub(super) fn has_list(mut cursor: Cursor<'_>) -> bool {
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

/// Whether this key has a list of records.
pub(super) fn is_list(key: &str) -> bool {
    matches!(key, "Records" | "Events")
}

/// The first key of an object, with its quotes.
pub(super) fn first_key<'a>(mut cursor: Cursor<'a>) -> Option<&'a [u8]> {
    cursor.accept(b'{');
    if cursor.peek() == Some(b'"') { cursor.value().ok() } else { None }
}

/// Whether records have this key, and envelopes do not.
fn is_of_record(key: &str) -> bool {
    matches!(key, "eventVersion" | "eventSource" | "eventName" | "class_uid")
}
