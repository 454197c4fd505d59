//! Asking for text before it is read: what was inflated is too much for the nearer caches of a core, and the processor goes
//! ahead by itself no further than the page (4 KiB) that is read.

use std::ops::Range;

/// How far ahead: the next piece, while one is gone over. That takes several times as long as memory takes to answer, and the
/// nearest cache holds both.
const AHEAD: usize = 16 << 10;

/// What is asked for while a part of a text is read: as many bytes as the part has. Near the end of the text, where there are
/// none to ask for, these are the part itself, which costs little.
pub(super) fn ahead_of(text: &[u8], part: Range<usize>) -> &[u8] {
    text.get(part.start + AHEAD..part.end + AHEAD).unwrap_or(&text[part])
}

/// Asks for bytes of one line of the cache. Changes nothing but the time.
#[inline(always)]
pub(super) fn line(bytes: &[u8; 64]) {
    #[cfg(target_arch = "x86_64")]
    safe_arch::prefetch_t0(bytes);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}
