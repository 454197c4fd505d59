//! Inflating gzip (RFC 1952), whole files at once.

use std::io::{self, Read as _};

use flate2::bufread::MultiGzDecoder;
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

    /// Inflates a whole file. libdeflate is fast, and knows neither streams of several members nor how to give what comes
    /// before an error: those go to flate2.
    pub(super) fn inflate(&mut self, gzip: &[u8]) -> Inflated<'_> {
        match self.at_once(gzip) {
            Some(length) => Inflated { text: &self.buffer[..length], problem: None },
            None => self.step_by_step(gzip),
        }
    }

    /// The length of the only member, if there is no other and nothing is wrong with it.
    fn at_once(&mut self, gzip: &[u8]) -> Option<usize> {
        let size = usize::try_from(u32::from_le_bytes(*gzip.last_chunk()?)).ok()?;
        let is_plausible = size <= gzip.len().saturating_mul(MAX_RATIO) && size <= MAX_DOCUMENT;
        if !is_plausible || may_have_more_members(gzip) {
            return None;
        }
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        match self.decompressor.gzip_decompress(gzip, &mut self.buffer[..size]) {
            Ok(length) if length == size => Some(length),
            Ok(_) | Err(DecompressionError::BadData | DecompressionError::InsufficientSpace) => None,
        }
    }

    fn step_by_step(&mut self, gzip: &[u8]) -> Inflated<'_> {
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
