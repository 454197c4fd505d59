//! The notes of Events about findings.

use super::append::Added;
use super::evidence::short_digest;
use super::principal::short_principal;
use super::sentence::noun;
use super::stored_text::bounded;
use crate::api::{OffHoursUpload, TriageCoverage, UploadEvidence};

/// The note about new pushes in a finding: how many, by whom, the latest of them, and why it is off hours.
pub fn note_of_pushes(finding: &OffHoursUpload, added: &Added) -> String {
    format!("{}: outside business hours; {}", pushes(finding, added), added.why)
}

/// The note about new pushes in a finding that was triaged before: how many, the latest of them, what was decided before,
/// and what to do.
pub fn note_after_triage(finding: &OffHoursUpload, added: &Added) -> String {
    let triage = &finding.spec.triage;
    let by = triage.by.as_ref().map(|by| format!(" by {}", bounded(by, 64))).unwrap_or_default();
    let note = triage.note.as_ref().map(|note| format!(" ({})", bounded(note, 128))).unwrap_or_default();
    let it = if added.pushes > 1 { "them" } else { "it" };
    format!(
        "{}: after the finding was triaged as {}{by}{note}; review {it}, then change spec.triage to cover {it} too (a new note \
         is enough)",
        pushes(finding, added),
        triage.state.as_str(),
    )
}

/// The number of pushes after a triage, of all `pushes` of a finding, at least 1.
pub fn pushes_after(pushes: i32, coverage: &TriageCoverage) -> i32 {
    // An index that is read later makes one push of images that were several before.
    (pushes - coverage.pushes).max(1)
}

fn pushes(finding: &OffHoursUpload, added: &Added) -> String {
    let who = short_principal(&finding.spec.principal, &finding.spec.account);
    let subject = match added.pushes {
        0 => "further images of an index pushed before".to_owned(),
        1 => "1 push".to_owned(),
        pushes => format!("{pushes} pushes"),
    };
    let refused = match added.failed_pushes {
        0 => String::new(),
        failed if failed == added.pushes => " (refused by ECR)".to_owned(),
        failed => format!(" ({failed} of them refused by ECR)"),
    };
    let the_latest = if added.pushes > 1 { "the latest " } else { "" };
    let latest = latest(&added.latest);
    let zone = &finding.spec.time_zone;
    format!("{subject}{refused} by {who} to {}, {the_latest}{latest} ({zone})", bounded(&finding.spec.repository, 256))
}

/// What was pushed, and the local time.
fn latest(upload: &UploadEvidence) -> String {
    let image = match (&upload.tag, &upload.digest) {
        (Some(tag), _) => tag.clone(),
        (None, Some(digest)) => format!("sha256:{}", short_digest(digest)),
        (None, None) => "an image without tag".to_owned(),
    };
    format!("{}{image} at {}", noun(upload.kind), upload.local_time.format("%a %Y-%m-%d %H:%M %:z"))
}
