//! Whether the brackets and quotes of a text seem to come in pairs, from one look at each byte.

use std::ops::AddAssign;

use fearless_simd::prelude::*;
use fearless_simd::{i8x64, u8x64};

use super::brackets::opening_and_closing;

/// How many more brackets a text opens than it closes, and whether it has an odd number of quotes: the sum of 1 for each bracket
/// that opens, -1 for each that closes, and 128 for each quote, modulo 256.
///
/// Brackets in strings count as well. JSON nevertheless mostly has the balance 0, and text that lost one bracket or quote has
/// not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Balance(u8);

impl Balance {
    /// Whether all seem to come in pairs.
    pub(super) fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The balance of bytes whose weights were added, in any order.
    #[inline(always)]
    pub(super) fn of_weights<S: Simd>(weights: i8x64<S>) -> Self {
        Self(weights.reduce_sum().cast_unsigned())
    }
}

impl AddAssign for Balance {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

/// What each byte adds to the balance of a text.
#[inline(always)]
pub(super) fn weights<S: Simd>(bytes: u8x64<S>) -> i8x64<S> {
    let (opening, closing) = opening_and_closing(bytes);
    let quotes = bytes.simd_eq(b'"');
    // A mask is -1 where it is true.
    closing.to_vector() - opening.to_vector() + (quotes.to_vector() & i8::MIN)
}
