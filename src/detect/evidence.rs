//! What a finding keeps of an upload.

use super::kind::upload_kind;
use super::policy::Policy;
use super::sentence::{pushed, who, why};
use super::verdict::Judgement;
use crate::api::{OffHoursReason, Severity, UploadEvidence};
use crate::upload::{RecordId, Upload};

/// The most children of an index that are kept: enough for eight platforms with an attestation each, and small enough that
/// a hundred indexes stay within the size of an object.
const MAX_CHILDREN: usize = 16;

/// An upload on its way into a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUpload {
    /// What the finding keeps of it.
    pub evidence: UploadEvidence,
    /// The severity of the policy.
    pub severity: Severity,
    /// The principal, as the first words of the sentence that says what happened.
    pub who: String,
    /// What it did, and when: the second part of that sentence.
    pub what: String,
    /// Why that is off hours: the last part.
    pub why: String,
}

impl NewUpload {
    /// What happened, in a sentence.
    pub fn message(&self) -> String {
        bounded(&format!("{} {}; {}", self.who, self.what, self.why), 1024)
    }

    /// The evidence of an upload that this policy judged to be off hours for this reason.
    pub fn new(policy: &Policy, upload: &Upload, judgement: &Judgement<'_>, reason: OffHoursReason) -> Self {
        let evidence = UploadEvidence {
            event_id: bounded(&upload.event_id, 64),
            original_id: Some(upload.id.as_str()).filter(|id| *id != upload.event_id).map(|id| bounded(id, 64)),
            time: upload.time,
            local_time: judgement.local_time,
            reason,
            tag: upload.tag.as_deref().map(|tag| bounded(tag, 128)),
            digest: upload.digest.as_ref().map(|digest| bounded(digest.as_str(), 80)),
            kind: upload_kind(upload),
            children: upload.children.iter().take(MAX_CHILDREN).map(|child| short_digest(child.as_str())).collect(),
            source_ip: upload.source_ip.as_deref().map(|ip| bounded(ip, 64)),
            user_agent: upload.user_agent.as_deref().map(|agent| bounded(agent, 128)),
            session: upload.principal.session.as_deref().map(|session| bounded(session, 64)),
            error_code: upload.error_code.as_deref().map(|code| bounded(code, 64)),
        };
        Self {
            severity: policy.severity(),
            who: who(upload),
            what: pushed(upload, judgement),
            why: why(upload, judgement),
            evidence,
        }
    }
}

/// What decides whether an upload was reported already: [`RecordId`] as the evidence keeps it.
pub fn reported_id(evidence: &UploadEvidence) -> &str {
    evidence.original_id.as_deref().unwrap_or(&evidence.event_id)
}

/// The id of a record as [`reported_id`] gives it back, once it is in a finding.
pub(crate) fn reportable_id(id: &RecordId) -> String {
    bounded(id.as_str(), 64)
}

/// The first 12 hexadecimal digits of a digest, 48 bits: enough among the uploads of one finding.
pub(super) fn short_digest(digest: &str) -> String {
    let hex = digest.rsplit(':').next().unwrap_or(digest);
    hex.chars().take(12).collect()
}

/// Text that takes at most `max` bytes in a stored object, and so has at most `max` characters, as OpenAPI's maxLength counts
/// them; what was cut is shown by an ellipsis. Without it a full finding of unusual characters would be several times as
/// large as one of letters.
pub(super) fn bounded(text: &str, max: usize) -> String {
    if text.chars().map(stored_length).sum::<usize>() <= max {
        return text.to_owned();
    }
    let mut room = max.saturating_sub(stored_length('…'));
    let fits = |character: &char| {
        let left = room.checked_sub(stored_length(*character));
        room = left.unwrap_or_default();
        left.is_some()
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// The bytes that a character takes in JSON as the API server writes it, which escapes more than JSON asks for.
fn stored_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_by_its_stored_size_and_says_so() {
        assert_eq!(bounded("für", 4), "für");
        assert_eq!(bounded("fünfzig", 6), "fü…");
        assert_eq!(bounded("üü", 3), "…");
        assert_eq!(bounded("<x>", 13), "<x>");
        assert_eq!(bounded("<x>", 12), "<x…");
        assert_eq!(bounded("", 3), "");
    }

    #[test]
    fn a_short_digest_has_twelve_digits() {
        assert_eq!(
            short_digest("sha256:98c8b060c21d9adbb6b8c41b916e95e6307102786973ab93a41e8b86d1fc6d3e"),
            "98c8b060c21d"
        );
        assert_eq!(short_digest("short"), "short");
    }
}
