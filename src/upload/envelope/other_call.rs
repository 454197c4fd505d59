//! Recognizing records of other calls by searching their text: a shortcut of the slow path.

use memchr::memmem::Finder;

/// Recognizes records of other calls in the layout that CloudTrail writes, which are nearly all records of a trail. Their syntax
/// was checked before, which is needed to find their end; decoding them as well would nearly double the time.
///
/// No upload is among them: no string in such a record can say `PutImage`, because neither that text nor an escaped letter is in
/// it. Two errors in such a record are not noticed: bytes that are not UTF-8, and a call that is named only in an object within
/// the record.
pub(super) struct OtherCalls {
    event_name: Finder<'static>,
    put_image: Finder<'static>,
    escape: Finder<'static>,
}

/// The beginning of a record.
const EVENT_VERSION: &[u8] = br#"{"eventVersion":""#;

/// The field before `eventName`, up to its value.
pub(super) const EVENT_SOURCE: &[u8] = br#""eventSource":""#;

/// The field that names the call, up to its value.
pub(super) const EVENT_NAME: &[u8; 12] = br#""eventName":"#;

/// The beginning of an escape. Letters are `\u0041` to `\u007a`; CloudTrail escapes only punctuation so (`\u003c`).
const ESCAPE: &[u8] = br"\u00";

impl OtherCalls {
    pub(super) fn new() -> Self {
        Self { event_name: Finder::new(EVENT_NAME), put_image: Finder::new("PutImage"), escape: Finder::new(ESCAPE) }
    }

    /// Whether an object, whose syntax was checked, is certainly a record of another call. False is no verdict.
    pub(super) fn contain(&self, record: &[u8]) -> bool {
        record.starts_with(EVENT_VERSION)
            && self.names_its_call_once(record)
            && self.put_image.find(record).is_none()
            && !self.has_escaped_letter(record)
    }

    fn names_its_call_once(&self, record: &[u8]) -> bool {
        let mut names = self.event_name.find_iter(record);
        match (names.next(), names.next()) {
            (Some(name), None) => {
                let is_named = matches!(record[name + EVENT_NAME.len()..], [b'"', first, ..] if first != b'"');
                is_named && ends_with_source(&record[..name])
            }
            _ => false,
        }
    }

    fn has_escaped_letter(&self, record: &[u8]) -> bool {
        // Most records have no backslash at all, and searching for one byte is faster.
        let Some(backslash) = memchr::memchr(b'\\', record) else {
            return false;
        };
        let record = &record[backslash..];
        let mut escapes = self.escape.find_iter(record);
        escapes.any(|escape| matches!(record.get(escape + ESCAPE.len()), Some(b'4'..=b'7')))
    }
}

/// Whether a text ends with `eventSource`, something in it, and a comma.
fn ends_with_source(text: &[u8]) -> bool {
    let Some(text) = text.strip_suffix(br#"","#) else {
        return false;
    };
    let quote = memchr::memrchr(b'"', text);
    quote.is_some_and(|quote| quote + 1 < text.len() && text[..=quote].ends_with(EVENT_SOURCE))
}

#[cfg(test)]
mod tests {
    use super::super::super::record::{Decoded, decode};
    use super::super::super::tests::shapes::{as_written, records};
    use super::*;

    fn pull() -> String {
        as_written(&records()[1])
    }

    fn is_recognized(record: &str) -> bool {
        let is_recognized = OtherCalls::new().contain(record.as_bytes());
        assert!(!is_recognized || decode(record) == Ok(Decoded::NotAnUpload), "{record}");
        is_recognized
    }

    #[test]
    fn records_of_other_calls_are_recognized() {
        assert!(is_recognized(&pull()));
        assert!(is_recognized(&pull().replace("BatchGetImage", "PutObject")));
        assert!(is_recognized(&pull().replace("intact", r#"\u003ca\u003e \"b\" \\"#)));
    }

    #[test]
    fn a_record_that_may_be_an_upload_is_not_recognized() {
        assert!(!is_recognized(&as_written(&records()[0])));
        for text in ["PutImage", r"Put\u0049mage", r"\u0050utImage", r"\u003c PutImag\u0065", r"\\u0041"] {
            assert!(!is_recognized(&pull().replace("BatchGetImage", text)), "{text}");
            assert!(!is_recognized(&pull().replace("intact", text)), "{text}");
        }
    }

    #[test]
    fn a_record_that_does_not_name_its_call_once_as_cloudtrail_does_is_not_recognized() {
        let name = r#""eventSource":"ecr.amazonaws.com","eventName":"BatchGetImage""#;
        for other in [
            r#""eventSource":"ecr.amazonaws.com""#,
            r#""eventName":"BatchGetImage""#,
            r#""eventSource":"","eventName":"BatchGetImage""#,
            r#""eventSource":"ecr.amazonaws.com","eventName":"""#,
            r#""eventSource":"ecr.amazonaws.com","eventName":5"#,
            r#""eventSource":5,"eventName":"BatchGetImage""#,
            r#""eventSource":"ecr.amazonaws.com","a":1,"eventName":"BatchGetImage""#,
            r#""eventName":"BatchGetImage","eventSource":"ecr.amazonaws.com""#,
            &format!("{name},{name}"),
            &format!(r#"{name},"a":{{"eventName":"x"}}"#),
        ] {
            let record = pull().replace(name, other);
            assert!(record != pull() && !is_recognized(&record), "{other}");
        }
        assert!(!is_recognized(&pull().replace(r#"{"eventVersion":"#, r#"{ "eventVersion":"#)), "another layout");
    }
}
