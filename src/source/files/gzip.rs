//! Inflating gzip (RFC 1952), whole files at once.

use std::io::{self, Read as _};

use flate2::bufread::{GzDecoder, MultiGzDecoder};
use libdeflater::{DecompressionError, Decompressor};
use memchr::memmem;

/// The largest document: far above any file of a trail, and low enough that a crafted one does not take the memory.
pub(super) const MAX_DOCUMENT: usize = 2 << 30;

/// How a gzip stream begins: the magic number, and the one method that there is.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// The bits that must be zero in the byte of flags behind those.
const RESERVED_FLAGS: u8 = 0b1110_0000;

/// Deflate compresses by at most 1032 to 1.
const MAX_RATIO: usize = 1032;

/// Inflates one file after the other into the same buffer.
pub(super) struct Inflater {
    decompressor: Decompressor,
    buffer: Vec<u8>,
}

/// The only member of a gzip stream.
pub(super) struct Member<'a> {
    pub(super) text: &'a [u8],
    /// The CRC-32 that the text must have. The caller compares it.
    pub(super) checksum: u32,
}

/// What a gzip stream held.
pub(super) struct Inflated<'a> {
    pub(super) text: &'a [u8],
    /// What is wrong with the rest; None when all of it was inflated and matches its checksums.
    pub(super) error: Option<GzipError>,
}

/// Why a gzip stream could not be inflated to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum GzipError {
    #[error("the gzip data is truncated")]
    Truncated,
    #[error("the gzip data is damaged ({0})")]
    Damaged(#[source] io::Error),
    #[error("it inflates to more than 2 GiB")]
    TooLarge,
}

pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Whether the bytes with which a member begins occur again. In compressed data they do so by chance once in 16 MiB, and
/// more rarely with the reserved flags at zero.
fn may_have_more_members(gzip: &[u8]) -> bool {
    let rest = &gzip[MAGIC.len()..];
    let flags = |found: usize| rest.get(found + MAGIC.len());
    memmem::find_iter(rest, &MAGIC).any(|found| flags(found).is_some_and(|flags| flags & RESERVED_FLAGS == 0))
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { decompressor: Decompressor::new(), buffer: Vec::new() }
    }

    /// Inflates a stream that has one member and no visible error; None for any other, which [`Self::inflate`] can read.
    /// libdeflate is fast, but neither continues with a second member nor returns the text before an error.
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

    /// Inflates any stream up to its first error, and compares its checksums.
    pub(super) fn inflate(&mut self, gzip: &[u8]) -> Inflated<'_> {
        self.buffer.clear();
        let mut reader = MultiGzDecoder::new(gzip).take(MAX_DOCUMENT as u64 + 1);
        let outcome = reader.read_to_end(&mut self.buffer);
        let error = match outcome {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Some(GzipError::Truncated),
            Err(error) => Some(GzipError::Damaged(error)),
            Ok(_) if self.buffer.len() > MAX_DOCUMENT => {
                self.buffer.truncate(MAX_DOCUMENT);
                Some(GzipError::TooLarge)
            }
            Ok(_) => None,
        };
        Inflated { text: &self.buffer, error }
    }
}

/// What follows the header of the first member.
fn without_header(gzip: &[u8]) -> Option<&[u8]> {
    let decoder = GzDecoder::new(gzip);
    decoder.header()?;
    Some(decoder.into_inner())
}
