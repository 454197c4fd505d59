//! Where to go on after a record that is not JSON.

use memchr::memmem;

/// Finds the next place where a record begins.
///
/// Sound: a raw line break cannot be in a JSON string, and a raw quote neither, so an object at the start of a line, or one
/// whose first key is that of a CloudTrail record, of an entry of LookupEvents or of the first record of this document (of
/// OCSF, or with keys in another order), is one, whatever comes before; so is a string in which an object begins. That it may lie within the broken record itself is
/// accepted: it makes another error then, and nothing is lost.
#[derive(Debug)]
pub(super) struct Resume<'a> {
    text: &'a [u8],
    /// Each needle, and its next hit that was found already, so that many errors do not search the same text again.
    needles: Vec<(&'a [u8], Ahead)>,
}

const NEEDLES: [&[u8]; 5] = [b"\n{", b"\n[", br#""eventVersion""#, br#""EventId""#, TEXT];

/// The beginning of a record that is text in a string.
const TEXT: &[u8] = br#""{\""#;

#[derive(Debug, Clone, Copy)]
enum Ahead {
    /// Everything before was searched.
    From(usize),
    /// The needle is at the first place, and what it begins at the second.
    Found(usize, usize),
    Nowhere,
}

impl<'a> Resume<'a> {
    /// `first_key` is that of the document's first record, with its quotes.
    pub(super) fn new(text: &'a [u8], first_key: Option<&'a [u8]>) -> Self {
        let first_key = first_key.filter(|key| !NEEDLES.contains(key));
        let needles = NEEDLES.into_iter().chain(first_key).map(|needle| (needle, Ahead::From(0))).collect();
        Self { text, needles }
    }

    /// The first beginning of a record at `from` or behind it.
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
            // One that has a name is part of an object, which is found by its own first key.
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
