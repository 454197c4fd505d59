//! Evidence: what a finding holds of an upload.

use super::kind::upload_kind;
use super::stored_text::bounded;
use super::verdict::Judgement;
use crate::api::{OffHoursReason, UploadEvidence};
use crate::upload::{RecordId, Upload};

/// How many children of an index are kept: enough for eight platforms with an attestation each, and few enough for a hundred
/// indexes to fit into an object.
const MAX_CHILDREN: usize = 16;

/// The evidence of an upload that was judged to be off hours for this reason.
pub(super) fn evidence(upload: &Upload, judgement: &Judgement<'_>, reason: OffHoursReason) -> UploadEvidence {
    UploadEvidence {
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
    }
}

/// The id that decides whether an upload was reported already: its [`RecordId`], as the evidence keeps it.
pub fn reported_id(evidence: &UploadEvidence) -> &str {
    evidence.original_id.as_deref().unwrap_or(&evidence.event_id)
}

/// The id of a record in the form in which [`reported_id`] returns it from a finding.
pub(crate) fn reportable_id(id: &RecordId) -> String {
    bounded(id.as_str(), 64)
}

/// The first 12 hexadecimal digits of a digest. 48 bits are enough to distinguish the uploads of one finding.
pub(super) fn short_digest(digest: &str) -> String {
    let hex = digest.rsplit(':').next().unwrap_or(digest);
    hex.chars().take(12).collect()
}

/// A number of uploads or pushes of a part of a finding, in the type that the status has for it. A part holds at most
/// [`MAX_UPLOADS`](crate::api::MAX_UPLOADS) of them, so this never saturates.
pub(super) fn stored_count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_digest_has_twelve_digits() {
        assert_eq!(
            short_digest("sha256:98c8b060c21d9adbb6b8c41b916e95e6307102786973ab93a41e8b86d1fc6d3e"),
            "98c8b060c21d"
        );
        assert_eq!(short_digest("short"), "short");
    }
}
