//! Inflating gzip (RFC 1952), whole files at once.

use std::io::{self, Read as _};

use flate2::bufread::{GzDecoder, MultiGzDecoder};
use libdeflater::{DecompressionError, Decompressor};
use memchr::memmem;

/// The largest document: far above any file of a trail, and low enough that a crafted one does not take the memory.
pub(super) const MAX_DOCUMENT: usize = 2 << 30;

/// How a gzip stream begins: the magic number, and the one method that there is.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// Of the byte behind those.
const RESERVED_FLAGS: u8 = 0b1110_0000;

/// The best that deflate can do is 1032 to 1.
const MAX_RATIO: usize = 1032;

/// Inflates, with buffers that are used again for the next file.
pub(super) struct Inflater {
    decompressor: Decompressor,
    buffer: Vec<u8>,
}

/// The only member of a gzip stream.
pub(super) struct Member<'a> {
    pub(super) text: &'a [u8],
    /// The CRC-32 that the text must have, which is not compared yet.
    pub(super) checksum: u32,
}

/// What a gzip stream held.
pub(super) struct Inflated<'a> {
    pub(super) text: &'a [u8],
    /// What is wrong with the rest; None when all of it was inflated and has the checksum that it should have.
    pub(super) problem: Option<String>,
}

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Compressed data says the same by chance, once in 16 MiB; rarely with the bits of the flags that must be zero.
fn may_have_more_members(gzip: &[u8]) -> bool {
    let rest = &gzip[MAGIC.len()..];
    let flags = |found: usize| rest.get(found + MAGIC.len());
    memmem::find_iter(rest, &MAGIC).any(|found| flags(found).is_some_and(|flags| flags & RESERVED_FLAGS == 0))
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { decompressor: Decompressor::new(), buffer: Vec::new() }
    }

    /// Inflates a whole stream, when it has one member and nothing seems to be wrong with it. libdeflate is fast, and knows
    /// neither streams of several members nor how to give what comes before an error: for those there is [`Self::inflate`].
    pub(super) fn inflate_member(&mut self, gzip: &[u8]) -> Option<Member<'_>> {
        let (rest, size) = without_header(gzip)?.split_last_chunk::<4>()?;
        let (deflated, checksum) = rest.split_last_chunk::<4>()?;
        let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
        let is_plausible = size <= gzip.len().saturating_mul(MAX_RATIO) && size <= MAX_DOCUMENT;
        if !is_plausible || may_have_more_members(gzip) {
            return None;
        }
        if self.buffer.len() < size {
            self.buffer = vec![0; size];
        }
        match self.decompressor.deflate_decompress(deflated, &mut self.buffer[..size]) {
            Ok(length) if length == size => {
                Some(Member { text: &self.buffer[..size], checksum: u32::from_le_bytes(*checksum) })
            }
            Ok(_) | Err(DecompressionError::BadData | DecompressionError::InsufficientSpace) => None,
        }
    }

    /// Inflates any stream, as far as it goes, and compares its checksums.
    pub(super) fn inflate(&mut self, gzip: &[u8]) -> Inflated<'_> {
        self.buffer.clear();
        let mut reader = MultiGzDecoder::new(gzip).take(MAX_DOCUMENT as u64 + 1);
        let outcome = reader.read_to_end(&mut self.buffer);
        let problem = match outcome {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some("the gzip data is truncated".to_owned()),
            Err(error) => Some(format!("the gzip data is damaged ({error})")),
            Ok(_) if self.buffer.len() > MAX_DOCUMENT => {
                self.buffer.truncate(MAX_DOCUMENT);
                Some("it inflates to more than 2 GiB".to_owned())
            }
            Ok(_) => None,
        };
        Inflated { text: &self.buffer, problem }
    }
}

/// What follows the header of the first member.
fn without_header(gzip: &[u8]) -> Option<&[u8]> {
    let decoder = GzDecoder::new(gzip);
    decoder.header()?;
    Some(decoder.into_inner())
}
