//! Where to go on after a record that is not JSON.

use memchr::memmem;

/// Finds the next place where a record begins.
///
/// Sound: a raw line break cannot be in a JSON string, and a raw quote neither, so an object at the start of a line, or one
/// whose first key is that of a CloudTrail record or of an entry of LookupEvents, is one, whatever comes before. That it
/// may lie within the broken record itself is accepted: it makes another error then, and nothing is lost.
#[derive(Debug)]
pub(super) struct Resume<'a> {
    text: &'a [u8],
    /// The next hit of each needle that was found already, so that many errors do not search the same text again.
    ahead: [Ahead; NEEDLES.len()],
}

const NEEDLES: [&[u8]; 4] = [b"\n{", b"\n[", br#""eventVersion""#, br#""EventId""#];

#[derive(Debug, Clone, Copy)]
enum Ahead {
    /// Everything before was searched.
    From(usize),
    /// The needle is at the first place, and the object that it begins at the second.
    Found(usize, usize),
    Nowhere,
}

impl<'a> Resume<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, ahead: [Ahead::From(0); NEEDLES.len()] }
    }

    /// The first beginning of a record at `from` or behind it.
    pub(super) fn next(&mut self, from: usize) -> Option<usize> {
        let text = self.text;
        let hits = NEEDLES.iter().zip(&mut self.ahead).filter_map(|(needle, ahead)| search(text, needle, from, ahead));
        hits.min()
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
        let object = if needle[0] == b'\n' { Some(hit + 1) } else { brace_before(text, hit) };
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
