//! The digest of a manifest.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The content digest of a manifest, such as `sha256:98c8b0…`, in the grammar of the OCI image specification
/// ("Content Descriptors", "Digests").
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// Parses a digest with its algorithm. None if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (algorithm, encoded) = text.split_once(':')?;
        let is_lower_hex =
            |length| encoded.len() == length && encoded.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let is_valid = match algorithm {
            "sha256" => is_lower_hex(64),
            "sha512" => is_lower_hex(128),
            other => is_algorithm(other) && is_encoded(encoded),
        };
        is_valid.then(|| Self(text.to_owned()))
    }

    /// The digest of a manifest, from the bytes that were pushed. A manifest that was parsed and written again has another one,
    /// because white space counts. ECR computes the same, as `imageDigest` in its responses shows.
    pub fn of_manifest(manifest: &str) -> Self {
        Self(format!("sha256:{}", hex::encode(Sha256::digest(manifest.as_bytes()))))
    }

    /// The digest with its algorithm.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_algorithm(text: &str) -> bool {
    text.split(['+', '.', '_', '-'])
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

fn is_encoded(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_follow_the_oci_grammar() {
        let sha256 = format!("sha256:{}", "0a".repeat(32));
        let sha512 = format!("sha512:{}", "0a".repeat(64));
        for valid in
            [sha256.as_str(), &sha512, "blake3:abc", "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46Hm-_="]
        {
            assert_eq!(Digest::parse(valid).map(|digest| digest.to_string()).as_deref(), Some(valid));
        }
        let upper = sha256.to_uppercase();
        let upper_hex = format!("sha256:{}", "0A".repeat(32));
        for invalid in
            ["", ":", "sha256:", "sha256", "sha256:00", &upper, &upper_hex, "sha+:00", "x:a b", "x:é", "x:a:b"]
        {
            assert_eq!(Digest::parse(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        // FIPS 180-4 example values.
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of_manifest("").as_str(), empty);
    }
}
