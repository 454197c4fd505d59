//! Finding the markers in the text of many records, in one pass and without parsing. Apart from inflating, this pass is most of
//! the cost of reading.

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, i8x64, mask8x64, u8x16, u8x64};

use super::balance::{self, Balance};
use super::marker::{Marker, PAIR_FIRST, PAIR_SECOND, marker_at};
use super::prefetch;

/// Bytes of one step.
const STEP: usize = 64;

/// Calls `found` with each marker whose pair of bytes begins in this part of the text, and with its place, in the order of the
/// text: each marker is found in one part. All parts but the last consist of whole steps. Returns the balance of the part.
pub(super) fn find_in(text: &[u8], part: Range<usize>, mut found: impl FnMut(Marker, usize)) -> Balance {
    dispatch!(Level::new(), simd => search(simd, text, part, &mut found))
}

#[inline(always)]
fn search<S: Simd>(simd: S, text: &[u8], part: Range<usize>, found: &mut impl FnMut(Marker, usize)) -> Balance {
    let (firsts, _) = text[part.clone()].as_chunks::<STEP>();
    let (seconds, _) = text[text.len().min(part.start + 1)..].as_chunks::<STEP>();
    let (aheads, _) = prefetch::ahead_of(text, part.clone()).as_chunks::<STEP>();
    let mut steps = firsts.iter().zip(seconds).zip(aheads);
    let (mut start, mut weights) = (part.start, i8x64::splat(simd, 0));
    loop {
        let mut places = 0;
        // A loop of its own without calls, so that everything it needs stays in registers.
        for ((first, second), ahead) in steps.by_ref() {
            prefetch::line(ahead);
            weights += balance::weights(u8x64::from_slice(simd, first));
            places = pairs(simd, first, second);
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
    // The last bytes of a text, less than a step.
    while start < part.end {
        let mut rest = [0; STEP + 1];
        let length = rest.len().min(part.end - start);
        rest[..length].copy_from_slice(&text[start..start + length]);
        let [first @ .., _] = &rest;
        let [_, second @ ..] = &rest;
        weights += balance::weights(u8x64::from_slice(simd, first));
        report(simd, text, start, pairs(simd, first, second), found);
        start += STEP;
    }
    Balance::of_weights(weights)
}

/// Calls `found` with the markers at these places of a step.
#[inline(always)]
fn report<S: Simd>(simd: S, text: &[u8], start: usize, mut places: u64, found: &mut impl FnMut(Marker, usize)) {
    while places != 0 {
        let place = start + places.trailing_zeros() as usize;
        places &= places - 1;
        if let Some((marker, at)) = marker_at(simd, text, place) {
            found(marker, at);
        }
    }
}

/// Where a marker may be, as bits: the places of the pairs of [`super::marker`], and of a few others such as `tu`. Comparing
/// with four bytes and then with four others is faster than comparing with four pairs.
#[inline(always)]
fn pairs<S: Simd>(simd: S, first: &[u8; STEP], second: &[u8; STEP]) -> u64 {
    const FIRST: [u8; 16] = by_lower_bits(PAIR_FIRST);
    const SECOND: [u8; 16] = by_lower_bits(PAIR_SECOND);
    let pairs = is_one_of(simd, &FIRST, first) & is_one_of(simd, &SECOND, second);
    if pairs.any_true() { pairs.to_bitmask() } else { 0 }
}

/// A table with each of these bytes at the index in its lower four bits, and at every other index a byte that belongs elsewhere.
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

/// Which bytes are in such a table: one look-up and one comparison for all of them, as in Langdale and Lemire (see
/// [`super::brackets`]).
#[inline(always)]
fn is_one_of<S: Simd>(simd: S, table: &[u8; 16], bytes: &[u8; STEP]) -> mask8x64<S> {
    let bytes = u8x64::from_slice(simd, bytes);
    let table = u8x64::block_splat(u8x16::from_slice(simd, table));
    table.swizzle_dyn_within_blocks(bytes & 15).simd_eq(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name_one_by_one(before: &str, here: &str) -> Option<Marker> {
        let name = here.strip_prefix(r#""eventName":"#)?;
        let source = before.rsplit_once(r#""eventSource":""#).and_then(|(_, value)| value.strip_suffix(r#"","#));
        let is_source = source.is_some_and(|source| !source.is_empty() && !source.contains('"'));
        let is_name = name.len() > 1 && name.starts_with('"') && !name.starts_with(r#""""#);
        Some(if is_source && is_name { Marker::Names } else { Marker::OtherName })
    }

    fn markers(text: &str) -> Vec<(Marker, usize)> {
        let mut markers = Vec::new();
        find_in(text.as_bytes(), 0..text.len(), |marker, place| markers.push((marker, place)));
        markers
    }

    /// The same by looking at each place.
    fn markers_one_by_one(text: &str) -> Vec<(Marker, usize)> {
        let marker = |place: usize| {
            let (before, here) = text.split_at(place);
            let escape = here.strip_prefix(r"\u00");
            if here.starts_with(r#"{"eventVersion":"#) && before.ends_with("},") {
                Some((Marker::NextRecord, place))
            } else if here.starts_with('{') && before.ends_with(',') {
                Some((Marker::OtherObject, place))
            } else if here.starts_with("PutImage") {
                Some((Marker::PutImage, place))
            } else if escape.is_some_and(|code| code.starts_with(['4', '5', '6', '7'])) {
                Some((Marker::EscapedLetter, place))
            } else {
                name_one_by_one(before, here).map(|marker| (marker, place))
            }
        };
        (0..text.len()).filter_map(marker).collect()
    }

    #[test]
    fn each_marker_is_found_wherever_it_lies_in_a_step() {
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
                    assert_eq!(markers(&text), markers_one_by_one(&text), "{text:?}");
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
        fn markers_are_those_that_are_found_one_by_one(text in any_text()) {
            prop_assert_eq!(markers(&text), markers_one_by_one(&text));
        }

        #[test]
        fn each_marker_is_in_one_part_of_a_text(text in any_text(), steps in 1..4_usize) {
            let (size, mut found, mut balance) = (steps * STEP, Vec::new(), Balance::default());
            for start in (0..text.len()).step_by(size) {
                let part = start..text.len().min(start + size);
                balance += find_in(text.as_bytes(), part, |marker, place| found.push((marker, place)));
            }
            prop_assert_eq!(found, markers_one_by_one(&text));
            let count = |bytes: &[char]| text.matches(bytes).count();
            let brackets = count(&['{', '[']).wrapping_sub(count(&['}', ']']));
            let sum = brackets.wrapping_add(count(&['"']) * 128);
            prop_assert_eq!(balance.is_zero(), sum % 256 == 0);
        }
    }
}
