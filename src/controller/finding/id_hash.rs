//! Names and ids as keys of fixed size: the index holds many of them, and never needs the originals.

use sha2::{Digest, Sha256};

use crate::detect::FindingKey;

/// 128 bits of a hash, enough that no two in a cluster are the same by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct IdHash([u8; 16]);

impl IdHash {
    /// The hash of a record's id.
    pub fn of_record(id: &str) -> Self {
        Self::of(&[id.as_bytes()])
    }

    /// The hash of an object's namespace and name, neither of which can contain the separator.
    pub fn of_object(namespace: &str, name: &str) -> Self {
        Self::of(&[namespace.as_bytes(), b"/", name.as_bytes()])
    }

    /// The hash of all parts of a finding in a namespace.
    pub fn of_group(namespace: &str, key: &FindingKey) -> Self {
        Self::of(&[namespace.as_bytes(), b"/", &key.group()])
    }

    fn of(pieces: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for piece in pieces {
            hasher.update(piece);
        }
        let mut hash = [0; 16];
        hash.copy_from_slice(&hasher.finalize()[..16]);
        Self(hash)
    }
}
