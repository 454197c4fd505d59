//! Finding the next record after text that is not JSON.

use memchr::memmem;

/// Finds the next place where a record begins.
///
/// It is found whatever comes before it. A JSON string contains neither a raw line break nor a raw quote, so that these are
/// always the beginning of an object: the start of a line with a brace, and a brace before the first key of a CloudTrail record,
/// of an entry of LookupEvents, or of this document's first record (for OCSF, and for keys in another order). So is a string in
/// which an object begins. The place may lie within the broken record itself: that costs another error, and no record.
#[derive(Debug)]
pub(super) struct Recovery<'a> {
    text: &'a [u8],
    /// Each needle with the next hit that is known, so that many errors do not search the same text again.
    needles: Vec<(&'a [u8], Ahead)>,
}

const NEEDLES: [&[u8]; 5] = [b"\n{", b"\n[", br#""eventVersion""#, br#""EventId""#, TEXT];

/// The beginning of a record that is text in a string.
const TEXT: &[u8] = br#""{\""#;

#[derive(Debug, Clone, Copy)]
enum Ahead {
    /// Everything before this place was searched.
    From(usize),
    /// The needle is at the first place, and the object or string that it belongs to begins at the second.
    Found(usize, usize),
    Nowhere,
}

impl<'a> Recovery<'a> {
    /// `first_key` is that of the document's first record, with its quotes.
    pub(super) fn new(text: &'a [u8], first_key: Option<&'a [u8]>) -> Self {
        let first_key = first_key.filter(|key| !NEEDLES.contains(key));
        let needles = NEEDLES.into_iter().chain(first_key).map(|needle| (needle, Ahead::From(0))).collect();
        Self { text, needles }
    }

    /// The first beginning of a record at or after `from`.
    pub(super) fn next(&mut self, from: usize) -> Option<usize> {
        let text = self.text;
        self.needles.iter_mut().filter_map(|(needle, ahead)| search(text, needle, from, ahead)).min()
    }
}

fn search(text: &[u8], needle: &[u8], from: usize, ahead: &mut Ahead) -> Option<usize> {
    let mut at = match *ahead {
        Ahead::Nowhere => return None,
        Ahead::Found(_, object) if object >= from => return Some(object),
        Ahead::Found(hit, _) => from.max(hit + 1),
        Ahead::From(start) => from.max(start),
    };
    while let Some(hit) = memmem::find(text.get(at..)?, needle).map(|hit| at + hit) {
        let object = match needle {
            [b'\n', ..] => Some(hit + 1),
            // The value of a key is part of an object, which is found by its own first key.
            TEXT => Some(hit).filter(|hit| text[..*hit].trim_ascii_end().last() != Some(&b':')),
            _ => brace_before(text, hit),
        };
        if let Some(object) = object.filter(|object| *object >= from) {
            *ahead = Ahead::Found(hit, object);
            return Some(object);
        }
        at = hit + 1;
    }
    *ahead = Ahead::Nowhere;
    None
}

/// The brace before a key, with nothing but white space between.
fn brace_before(text: &[u8], key: usize) -> Option<usize> {
    let before = text[..key].trim_ascii_end();
    (before.last() == Some(&b'{')).then(|| before.len() - 1)
}
