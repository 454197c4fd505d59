//! Uploads on their way into a finding.

use super::evidence::evidence;
use super::policy::Policy;
use super::sentence::{pushed, who, why};
use super::stored_text::bounded;
use super::verdict::Judgement;
use crate::api::{OffHoursReason, Severity, UploadEvidence};
use crate::upload::Upload;

/// An upload on its way into a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUpload {
    /// What the finding holds of it.
    pub evidence: UploadEvidence,
    /// The severity of the policy.
    pub severity: Severity,
    /// The first part of the message: the principal.
    pub who: String,
    /// The second part of the message: what was pushed, and when.
    pub what: String,
    /// The last part of the message: why that is off hours.
    pub why: String,
}

impl NewUpload {
    /// A sentence that says what happened, of at most 1,024 bytes in a stored object.
    pub fn message(&self) -> String {
        bounded(&format!("{} {}; {}", self.who, self.what, self.why), 1024)
    }

    /// An upload that this policy judged to be off hours for this reason.
    pub fn new(policy: &Policy, upload: &Upload, judgement: &Judgement<'_>, reason: OffHoursReason) -> Self {
        Self {
            severity: policy.severity(),
            who: who(upload),
            what: pushed(upload, judgement),
            why: why(upload, judgement),
            evidence: evidence(upload, judgement, reason),
        }
    }
}
