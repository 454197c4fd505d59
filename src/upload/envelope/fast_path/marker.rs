//! The few pieces of text that decide whether a record may be an upload, and where the next one begins.

use fearless_simd::prelude::*;
use fearless_simd::u8x32;

use super::super::other_call::{EVENT_NAME, EVENT_SOURCE};

/// A kind of place in the text of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// The brace of an object that begins with `eventVersion`, directly after another object: the next record.
    NextRecord,
    /// The brace of any other object after a comma.
    OtherObject,
    /// `eventName` where CloudTrail writes it, directly after `eventSource`, and neither of them empty.
    Names,
    /// `eventName` in any other place, or empty.
    OtherName,
    /// The `eventName` of every upload. It has no quotes here, so that it is also found in a record that is itself a JSON string.
    PutImage,
    /// An escape that may stand for a letter of that: `\u0050`.
    EscapedLetter,
}

/// How a record begins after a comma. In a JSON string the quote would be escaped, so that this is never part of one.
const NEXT_EVENT_VERSION: &[u8; 17] = br#",{"eventVersion":"#;

/// The bytes of which every marker has two that are rare in records: `,{` before an object, `tN` in `eventName`, `Pu` in
/// `PutImage`, `u0` of escapes. These are the first of each pair.
pub(super) const PAIR_FIRST: [u8; 4] = *b",tPu";
/// The second byte of each pair, in the same order.
pub(super) const PAIR_SECOND: [u8; 4] = *b"{Nu0";

/// The marker whose pair of bytes is at this place, and where it begins.
#[inline(always)]
pub(super) fn marker_at<S: Simd>(simd: S, text: &[u8], place: usize) -> Option<(Marker, usize)> {
    let (before, here) = text.split_at(place);
    match here {
        [b',', b'{', ..] => {
            let is_record = before.ends_with(b"}") && here.first_chunk() == Some(NEXT_EVENT_VERSION);
            Some((if is_record { Marker::NextRecord } else { Marker::OtherObject }, place + 1))
        }
        [b't', b'N', ..] => name_at(simd, text, place),
        [b'P', b'u', b't', b'I', b'm', b'a', b'g', b'e', ..] => Some((Marker::PutImage, place)),
        // Letters are `\u0041` to `\u007a`. CloudTrail escapes only punctuation so (`\u003c`).
        [b'u', b'0', b'0', b'4'..=b'7', ..] if before.ends_with(b"\\") => Some((Marker::EscapedLetter, place - 1)),
        _ => None,
    }
}

/// The marker whose `tN` is at this place.
#[inline(always)]
fn name_at<S: Simd>(simd: S, text: &[u8], place: usize) -> Option<(Marker, usize)> {
    let key = place.checked_sub(r#""even"#.len())?;
    if text[key..].first_chunk() != Some(EVENT_NAME) {
        return None;
    }
    let is_named = matches!(text[key + EVENT_NAME.len()..], [b'"', first, ..] if first != b'"');
    let name = if is_named && names_source(simd, &text[..key]) { Marker::Names } else { Marker::OtherName };
    Some((name, key))
}

/// Whether a text ends with `eventSource`, something in it without a quote, and a comma.
#[inline(always)]
fn names_source<S: Simd>(simd: S, text: &[u8]) -> bool {
    let Some(text) = text.strip_suffix(br#"","#) else {
        return false;
    };
    let quote = last_quote(simd, text);
    quote.is_some_and(|quote| quote + 1 < text.len() && text[..=quote].ends_with(EVENT_SOURCE))
}

/// The place of the last quote. The name of a service is short, so that the last 32 bytes usually have it.
#[inline(always)]
fn last_quote<S: Simd>(simd: S, text: &[u8]) -> Option<usize> {
    if let Some(end) = text.last_chunk::<32>() {
        let quotes = u8x32::from_slice(simd, end).simd_eq(b'"').to_bitmask() as u32;
        if let Some(last) = quotes.checked_ilog2() {
            return Some(text.len() - 32 + last as usize);
        }
    }
    memchr::memrchr(b'"', text)
}
