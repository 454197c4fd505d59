//! The name of a finding.

use chrono::NaiveDate;

/// The longest name of a finding. A label value, and an Event's name with room for its suffix, may be as long.
const MAX_NAME: usize = 63;
/// The policy's share of the name, so that the repository stays readable behind a long one.
const MAX_POLICY_SHARE: usize = 24;
/// Crockford's alphabet for base 32, in lower case: no letters that look like digits, and no u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How much of the hash is in a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hash {
    /// 8 characters of 5 bits. 40 bits are unlikely to clash among the findings of one policy, repository slug and date. If
    /// they do, the writer sees that the object belongs to another finding, and uses the second name.
    Short,
    /// 80 bits, for the second name, and if the spec does not identify the finding.
    Long,
}

impl Hash {
    fn length(self) -> usize {
        match self {
            Self::Short => 8,
            Self::Long => 16,
        }
    }
}

/// The name of a part of a finding: its date, so that names sort by it; then as much of the policy and the repository as
/// fits, for people; then as much of the `digest` of its whole identity as `hash` says.
pub(super) fn finding_name(date: NaiveDate, policy: &str, repository: &str, digest: &[u8], hash: Hash) -> String {
    let mut digits = base32(digest);
    digits.truncate(hash.length());
    let date = slug(&date.to_string(), 10);
    let policy = slug(policy, MAX_POLICY_SHARE);
    let room = MAX_NAME - date.len() - policy.len() - digits.len() - "---".len();
    let repository = slug(repository, room);
    [date, policy, repository, digits].into_iter().filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("-")
}

/// Five bits for each character, the most significant first; bits that do not fill the last character are left out.
fn base32(bytes: &[u8]) -> String {
    let bit = |number: usize| usize::from(bytes[number / 8] >> (7 - number % 8) & 1);
    let character =
        |start: usize| char::from(ALPHABET[(start..start + 5).fold(0, |value, number| value << 1 | bit(number))]);
    (0..bytes.len() * 8 / 5).map(|place| character(place * 5)).collect()
}

/// A text as part of a DNS-1123 name: lower-case letters and digits, with single hyphens between them.
fn slug(text: &str, max: usize) -> String {
    let mut slug = String::with_capacity(max);
    for character in text.chars() {
        if slug.len() == max {
            break;
        }
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
