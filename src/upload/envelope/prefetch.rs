//! Asking for text before it is read: what was inflated is too much for the nearer caches of a core, and the processor goes
//! ahead by itself no further than the page (4 KiB) that is read.

use std::ops::Range;

/// What is asked for while a part of a text is read: the bytes behind it, as many as it has. Near the end of the text, where
/// there are not so many, these are the part itself, which costs little.
pub(super) fn ahead_of(text: &[u8], part: Range<usize>) -> &[u8] {
    text.get(part.end..part.end + part.len()).unwrap_or(&text[part])
}

/// Asks for bytes of one line of the cache. Changes nothing but the time.
#[inline(always)]
pub(super) fn line(bytes: &[u8; 64]) {
    #[cfg(target_arch = "x86_64")]
    safe_arch::prefetch_t0(bytes);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}
