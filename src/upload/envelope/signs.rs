//! Finding the few places that matter in the text of many records, in one pass and without parsing: going over the text is
//! what reading costs beside inflating.

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, i8x64, mask8x64, u8x16, u8x32, u8x64};

use super::balance::{self, Balance};
use super::prefetch;

/// A place that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The brace of an object that begins with `eventVersion`, right behind another object: that of the next record.
    NextRecord,
    /// The brace of any other object behind a comma.
    OtherObject,
    /// `eventName` where CloudTrail has it, behind `eventSource`, both with something in them.
    Names,
    /// `eventName` in any other place, or with nothing in it.
    OtherName,
    /// What every push contains: the value of its `eventName`. Without quotes, so that it is found as well in a record that
    /// is itself a JSON string.
    PutImage,
    /// How a letter of that may be written otherwise: `\u0050`.
    EscapedLetter,
}

/// How a record begins behind a comma. A quote within a JSON string is escaped, so that this is no part of one.
const NEXT_EVENT_VERSION: &[u8; 17] = br#",{"eventVersion":"#;

const EVENT_SOURCE: &[u8] = br#""eventSource":""#;

const EVENT_NAME: &[u8; 12] = br#""eventName":"#;

/// Bytes of one step.
const STEP: usize = 64;

/// Calls `found` with each sign and its place, in the order of the text.
pub(super) fn find(text: &[u8], found: impl FnMut(Sign, usize)) {
    find_in(text, 0..text.len(), found);
}

/// As [`find`], for the signs whose pair of bytes begins in this part of the text: each sign is found in one part. All parts
/// but the last consist of whole steps. Gives the balance of the part.
pub(super) fn find_in(text: &[u8], part: Range<usize>, mut found: impl FnMut(Sign, usize)) -> Balance {
    dispatch!(Level::new(), simd => search(simd, text, part, &mut found))
}

#[inline(always)]
fn search<S: Simd>(simd: S, text: &[u8], part: Range<usize>, found: &mut impl FnMut(Sign, usize)) -> Balance {
    let (firsts, _) = text[part.clone()].as_chunks::<STEP>();
    let (seconds, _) = text[text.len().min(part.start + 1)..].as_chunks::<STEP>();
    let (aheads, _) = prefetch::ahead_of(text, part.clone()).as_chunks::<STEP>();
    let mut steps = firsts.iter().zip(seconds).zip(aheads);
    let (mut start, mut weights) = (part.start, i8x64::splat(simd, 0));
    loop {
        let mut places = 0;
        // A loop of its own that calls nothing, so that all that it needs stays in registers.
        for ((first, second), ahead) in steps.by_ref() {
            prefetch::line(ahead);
            weights += balance::weights(u8x64::from_slice(simd, first));
            places = candidates(simd, first, second);
            start += STEP;
            if places != 0 {
                break;
            }
        }
        if places == 0 {
            break;
        }
        report(simd, text, start - STEP, places, found);
    }
    // What is left at the end of a text.
    while start < part.end {
        let mut rest = [0; STEP + 1];
        let length = rest.len().min(part.end - start);
        rest[..length].copy_from_slice(&text[start..start + length]);
        let [first @ .., _] = &rest;
        let [_, second @ ..] = &rest;
        weights += balance::weights(u8x64::from_slice(simd, first));
        report(simd, text, start, candidates(simd, first, second), found);
        start += STEP;
    }
    Balance::of_weights(weights)
}

/// Calls `found` with the signs among these places of a step.
#[inline(always)]
fn report<S: Simd>(simd: S, text: &[u8], start: usize, mut places: u64, found: &mut impl FnMut(Sign, usize)) {
    while places != 0 {
        let place = start + places.trailing_zeros() as usize;
        places &= places - 1;
        if let Some((sign, at)) = sign_at(simd, text, place) {
            found(sign, at);
        }
    }
}

/// Where a sign may be, as bits: pairs of bytes that are rare in records, `,{` before an object, `tN` in `eventName`, `Pu` in
/// `PutImage`, `u0` of escapes. Asking for one of four and then one of four finds `tu` and a few more as well, and is faster
/// than asking for four pairs.
#[inline(always)]
fn candidates<S: Simd>(simd: S, first: &[u8; STEP], second: &[u8; STEP]) -> u64 {
    const FIRST: [u8; 16] = by_lower_bits(*b",tPu");
    const SECOND: [u8; 16] = by_lower_bits(*b"{Nu0");
    let pairs = is_one_of(simd, &FIRST, first) & is_one_of(simd, &SECOND, second);
    if pairs.any_true() { pairs.to_bitmask() } else { 0 }
}

/// Each of these bytes at the place that its lower four bits say; in the other places one that says another place.
const fn by_lower_bits(bytes: [u8; 4]) -> [u8; 16] {
    let mut table = [u8::MAX; 16];
    table[15] = 0;
    let mut next = 0;
    while next < bytes.len() {
        let place = (bytes[next] % 16) as usize;
        assert!(table[place] % 16 != bytes[next] % 16, "two of them would have one place");
        table[place] = bytes[next];
        next += 1;
    }
    table
}

/// Which bytes are in a table by their lower bits: one look-up and one comparison for all of them, as in Langdale and Lemire
/// (see [`super::brackets`]).
#[inline(always)]
fn is_one_of<S: Simd>(simd: S, table: &[u8; 16], bytes: &[u8; STEP]) -> mask8x64<S> {
    let bytes = u8x64::from_slice(simd, bytes);
    let table = u8x64::block_splat(u8x16::from_slice(simd, table));
    table.swizzle_dyn_within_blocks(bytes & 15).simd_eq(bytes)
}

/// The sign whose pair of bytes is at this place, and where it begins.
#[inline(always)]
fn sign_at<S: Simd>(simd: S, text: &[u8], place: usize) -> Option<(Sign, usize)> {
    let (before, here) = text.split_at(place);
    match here {
        [b',', b'{', ..] => {
            let is_record = before.ends_with(b"}") && here.first_chunk() == Some(NEXT_EVENT_VERSION);
            Some((if is_record { Sign::NextRecord } else { Sign::OtherObject }, place + 1))
        }
        [b't', b'N', ..] => name_at(simd, text, place),
        [b'P', b'u', b't', b'I', b'm', b'a', b'g', b'e', ..] => Some((Sign::PutImage, place)),
        // Letters and digits are `\u0041` to `\u007a`. CloudTrail writes punctuation so (`\u003c`), and nothing else.
        [b'u', b'0', b'0', b'4'..=b'7', ..] if before.ends_with(b"\\") => Some((Sign::EscapedLetter, place - 1)),
        _ => None,
    }
}

/// The sign whose `tN` is at this place.
#[inline(always)]
fn name_at<S: Simd>(simd: S, text: &[u8], place: usize) -> Option<(Sign, usize)> {
    let key = place.checked_sub(r#""even"#.len())?;
    if text[key..].first_chunk() != Some(EVENT_NAME) {
        return None;
    }
    let is_named = matches!(text[key + EVENT_NAME.len()..], [b'"', first, ..] if first != b'"');
    let sign = if is_named && names_source(simd, &text[..key]) { Sign::Names } else { Sign::OtherName };
    Some((sign, key))
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

/// Where the last quote is. The name of a service is short: one look finds it.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name_one_by_one(before: &str, here: &str) -> Option<Sign> {
        let name = here.strip_prefix(r#""eventName":"#)?;
        let source = before.rsplit_once(r#""eventSource":""#).and_then(|(_, value)| value.strip_suffix(r#"","#));
        let is_source = source.is_some_and(|source| !source.is_empty() && !source.contains('"'));
        let is_name = name.len() > 1 && name.starts_with('"') && !name.starts_with(r#""""#);
        Some(if is_source && is_name { Sign::Names } else { Sign::OtherName })
    }

    fn signs(text: &str) -> Vec<(Sign, usize)> {
        let mut signs = Vec::new();
        find(text.as_bytes(), |sign, place| signs.push((sign, place)));
        signs
    }

    /// The same by looking at each place.
    fn signs_one_by_one(text: &str) -> Vec<(Sign, usize)> {
        let sign = |place: usize| {
            let (before, here) = text.split_at(place);
            let escape = here.strip_prefix(r"\u00");
            if here.starts_with(r#"{"eventVersion":"#) && before.ends_with("},") {
                Some((Sign::NextRecord, place))
            } else if here.starts_with('{') && before.ends_with(',') {
                Some((Sign::OtherObject, place))
            } else if here.starts_with("PutImage") {
                Some((Sign::PutImage, place))
            } else if escape.is_some_and(|code| code.starts_with(['4', '5', '6', '7'])) {
                Some((Sign::EscapedLetter, place))
            } else {
                name_one_by_one(before, here).map(|sign| (sign, place))
            }
        };
        (0..text.len()).filter_map(sign).collect()
    }

    #[test]
    fn each_sign_is_found_wherever_it_lies_in_a_step() {
        for text in [
            r#"},{"eventVersion":"#,
            r#"],{"eventVersion":"#,
            ",{",
            r#""eventSource":"s3","eventName":"x"#,
            r#""eventName":"x"#,
            "PutImage",
            r"\u0050",
            r"\u003c",
            r"\V0050",
            "tN",
            "Pu",
            "u0050",
        ] {
            for before in 0..2 * STEP {
                for after in [0, 1, 2, STEP] {
                    let text = format!("{}{text}{}", " ".repeat(before), " ".repeat(after));
                    assert_eq!(signs(&text), signs_one_by_one(&text), "{text:?}");
                }
            }
        }
    }

    fn any_text() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            r#"},{"eventVersion":"#,
            r#"{"eventVersion":"1.08","#,
            r#"{"eventVersion" :"#,
            ",",
            "{",
            "u0",
            r#""eventSource":"s3.amazonaws.com","#,
            r#""eventSource":"","#,
            r#"x","#,
            r#""eventName":""#,
            r#""eventName":"x""#,
            r#""eventName":5"#,
            "PutImage",
            "PutImag",
            "PPutIm",
            "tuPV",
            r"\u00",
            r"\u006d",
            r"\\u0041",
            "tNtN",
            "},{",
            "x",
            "some more text to fill it",
        ]);
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn signs_are_those_that_are_found_one_by_one(text in any_text()) {
            prop_assert_eq!(signs(&text), signs_one_by_one(&text));
        }

        #[test]
        fn each_sign_is_in_one_part_of_a_text(text in any_text(), steps in 1..4_usize) {
            let (size, mut found, mut balance) = (steps * STEP, Vec::new(), Balance::default());
            for start in (0..text.len()).step_by(size) {
                let part = start..text.len().min(start + size);
                balance += find_in(text.as_bytes(), part, |sign, place| found.push((sign, place)));
            }
            prop_assert_eq!(found, signs_one_by_one(&text));
            let count = |bytes: &[char]| text.matches(bytes).count();
            let brackets = count(&['{', '[']).wrapping_sub(count(&['}', ']']));
            let sum = brackets.wrapping_add(count(&['"']) * 128);
            prop_assert_eq!(balance.is_zero(), sum % 256 == 0);
        }
    }
}
