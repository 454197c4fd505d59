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
        Self {
            severity: policy.severity(),
            who: who(upload),
            what: pushed(upload, judgement),
            why: why(upload, judgement),
            evidence: evidence(upload, judgement, reason),
        }
    }
}
