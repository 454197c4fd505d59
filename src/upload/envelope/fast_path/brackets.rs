//! Whether JSON text leaves a bracket open, without parsing it: 64 bytes at a time, each one bit of a number, as in Langdale
//! and Lemire, "Parsing Gigabytes of JSON per Second" (2019).

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, mask8x64, u8x64};

/// Bytes of one step.
const BLOCK: usize = 64;

/// Whether each brace or bracket that closes outside of strings has one before it that opens, and neither a bracket nor a string
/// is left open. A brace may close a bracket: the two are not distinguished.
pub(super) fn are_closed(text: &[u8]) -> bool {
    dispatch!(Level::new(), simd => check(simd, text))
}

#[inline(always)]
fn check<S: Simd>(simd: S, text: &[u8]) -> bool {
    let mut state = State::default();
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut end = [b' '; BLOCK];
    end[..rest.len()].copy_from_slice(rest);
    for block in blocks.iter().chain([&end]) {
        if !state.advance(&Bits::of(simd, block)) {
            return false;
        }
    }
    state.depth == 0 && !state.in_string
}

/// The places of these bytes in a block: its first byte is the lowest bit.
struct Bits {
    quotes: u64,
    backslashes: u64,
    opening: u64,
    closing: u64,
}

impl Bits {
    #[inline(always)]
    fn of<S: Simd>(simd: S, block: &[u8; BLOCK]) -> Self {
        let bytes = u8x64::from_slice(simd, block);
        let (opening, closing) = opening_and_closing(bytes);
        Self {
            quotes: bytes.simd_eq(b'"').to_bitmask(),
            backslashes: bytes.simd_eq(b'\\').to_bitmask(),
            opening: opening.to_bitmask(),
            closing: closing.to_bitmask(),
        }
    }
}

/// The bytes that open a brace or bracket, and those that close one.
#[inline(always)]
pub(super) fn opening_and_closing<S: Simd>(bytes: u8x64<S>) -> (mask8x64<S>, mask8x64<S>) {
    // Braces and brackets differ in this bit only, and it makes a brace of no other byte.
    let braces = bytes | (b'{' ^ b'[');
    (braces.simd_eq(b'{'), braces.simd_eq(b'}'))
}

/// What is known where a block begins.
#[derive(Default)]
struct State {
    /// The number of open brackets.
    depth: u64,
    in_string: bool,
    /// Whether the first byte of the block is escaped.
    is_escaped: bool,
}

impl State {
    /// Goes over a block. False if it closes a bracket that is not open.
    #[inline(always)]
    fn advance(&mut self, bits: &Bits) -> bool {
        let escaped = self.escaped(bits.backslashes);
        let strings = up_to_the_next(bits.quotes & !escaped) ^ if self.in_string { u64::MAX } else { 0 };
        self.in_string = strings >> (BLOCK - 1) == 1;
        let outside = !(strings | escaped);
        let (opening, closing) = (bits.opening & outside, bits.closing & outside);
        let (opened, closed) = (u64::from(opening.count_ones()), u64::from(closing.count_ones()));
        // Most blocks close no more than was open before, so that the order does not matter.
        if closed > self.depth && !self.opens_before_it_closes(opening, closing) {
            return false;
        }
        self.depth = self.depth + opened - closed;
        true
    }

    fn opens_before_it_closes(&self, opening: u64, closing: u64) -> bool {
        let (mut depth, mut places) = (self.depth, opening | closing);
        while places != 0 {
            let place = places & places.wrapping_neg();
            places ^= place;
            if opening & place != 0 {
                depth += 1;
            } else if depth == 0 {
                return false;
            } else {
                depth -= 1;
            }
        }
        true
    }

    /// The bytes after a backslash that is not itself escaped.
    fn escaped(&mut self, backslashes: u64) -> u64 {
        let mut escaped = u64::from(self.is_escaped);
        self.is_escaped = false;
        let mut escaping = backslashes & !escaped;
        while escaping != 0 {
            let place = escaping & escaping.wrapping_neg();
            self.is_escaped = place >> (BLOCK - 1) == 1;
            escaped |= place << 1;
            escaping &= !(place | place << 1);
        }
        escaped
    }
}

/// The bytes from each opening quote up to its closing quote, which is not included.
fn up_to_the_next(quotes: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].iter().fold(quotes, |parity, distance| parity ^ (parity << distance))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same byte by byte.
    fn are_closed_one_by_one(text: &[u8]) -> bool {
        let (mut depth, mut in_string, mut is_escaped) = (0_i64, false, false);
        for byte in text {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => depth -= 1,
                _ => {}
            }
            if depth < 0 {
                return false;
            }
        }
        depth == 0 && !in_string
    }

    #[test]
    fn brackets_are_counted_wherever_they_lie_in_a_block() {
        for text in
            ["{}", "}{", "[{]}", "{", "}", r#""{""#, r#""\"{""#, r#""\\"{}"#, r#""\\\"{""#, "\"", r#""\"#, "{}}{"]
        {
            for before in 0..2 * BLOCK {
                for after in [0, 1, BLOCK] {
                    let text = format!("{}{text}{}", " ".repeat(before), " ".repeat(after));
                    assert_eq!(are_closed(text.as_bytes()), are_closed_one_by_one(text.as_bytes()), "{text:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_as_byte_by_byte(
            text in proptest::collection::vec(prop::sample::select(b"{}[]\"\"\\x".to_vec()), 0..300),
        ) {
            prop_assert_eq!(are_closed(&text), are_closed_one_by_one(&text));
        }

        #[test]
        fn values_are_closed_and_their_beginnings_are_not(
            strings in proptest::collection::vec("[{}\\[\\]\"\\\\a-z]{0,20}", 1..20),
            cut in any::<prop::sample::Index>(),
        ) {
            let text = serde_json::json!({"a": [{"strings": strings}]}).to_string();
            prop_assert!(are_closed(text.as_bytes()));
            let beginning = &text.as_bytes()[..cut.index(text.len() - 1) + 1];
            prop_assert!(!are_closed(beginning) || beginning.len() == text.len());
        }
    }
}
