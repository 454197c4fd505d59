//! Asking for text before it is read. An inflated document does not fit into the nearer caches of a core, and the processor by
//! itself fetches no further than the end of the page (4 KiB) that is read.

use std::ops::Range;

/// The text to ask for while a part is read: as many bytes after it. Near the end of the text, where there are not that many, it
/// is the part itself, which costs little.
pub(super) fn ahead_of(text: &[u8], part: Range<usize>) -> &[u8] {
    text.get(part.end..part.end + part.len()).unwrap_or(&text[part])
}

/// Asks for the bytes of one cache line. Affects nothing but the time.
#[inline(always)]
pub(super) fn line(bytes: &[u8; 64]) {
    #[cfg(target_arch = "x86_64")]
    safe_arch::prefetch_t0(bytes);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}
