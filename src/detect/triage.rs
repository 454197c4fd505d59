//! The triage of findings, and the uploads that it covers.
//!
//! `spec.triage` is set by people, and covers what they could see: the uploads that the finding held at that time. The
//! identity of a finding cannot be changed, so every new generation of the object is a new triage. What it covers is
//! recorded in the status before anything else is added. The status is written with the resourceVersion that was read, so
//! no upload can be added in between.

use chrono::{DateTime, Utc};

use super::evidence::stored_count;
use super::stored_text::bounded;
use crate::api::{OffHoursUpload, OffHoursUploadStatus, TriageCoverage, TriageState};

/// The status of a finding with what its triage covers. None if that is already recorded, and while there is no evidence,
/// since the first append records it then.
pub fn plan_triage(finding: &OffHoursUpload) -> Option<OffHoursUploadStatus> {
    let status = finding.status.as_ref().filter(|status| !status.uploads.is_empty())?;
    let triage = coverage(finding);
    let untriaged = untriaged(triage.as_ref(), status.uploads.len());
    let in_short = in_short(finding.spec.triage.state, triage.as_ref(), untriaged);
    let observed_generation = finding.metadata.generation;
    let is_recorded = status.observed_generation == observed_generation
        && status.triage == triage
        && status.untriaged == untriaged
        && status.summary.triage == in_short;
    if is_recorded {
        return None;
    }
    let mut status = status.clone();
    status.summary.triage = in_short;
    Some(OffHoursUploadStatus { observed_generation, triage, untriaged, ..status })
}

/// The number of uploads of a finding that its triage does not cover, even if that is not recorded yet.
pub fn count_untriaged(finding: &OffHoursUpload) -> i32 {
    let held = finding.status.as_ref().map_or(0, |status| status.uploads.len());
    untriaged(coverage(finding).as_ref(), held)
}

/// What the triage of a finding covers of its evidence; None while the triage is New.
pub(super) fn coverage(finding: &OffHoursUpload) -> Option<TriageCoverage> {
    if finding.spec.triage.state == TriageState::New {
        return None;
    }
    let status = finding.status.as_ref();
    let (held, pushes) = status.map_or((0, 0), |status| (stored_count(status.uploads.len()), status.pushes));
    if status.is_some_and(|status| status.observed_generation == finding.metadata.generation) {
        // People can edit the status. If the coverage was removed, the triage covers nothing; if its number was raised,
        // it still does not cover later uploads.
        let recorded = status.and_then(|status| status.triage.clone());
        let recorded = recorded.unwrap_or(TriageCoverage { uploads: 0, pushes: 0, set_time: None, set_by: None });
        return Some(TriageCoverage { uploads: recorded.uploads.clamp(0, held), ..recorded });
    }
    let (set_time, set_by) = last_set(finding);
    Some(TriageCoverage { uploads: held, pushes, set_time, set_by })
}

/// The number of uploads that are not covered, of all that a finding holds.
pub(super) fn untriaged(coverage: Option<&TriageCoverage>, held: usize) -> i32 {
    stored_count(held) - coverage.map_or(0, |coverage| coverage.uploads)
}

/// The short form of a triage for tables: `New`, `Expected`, or `Expected+2` if two uploads were added later.
pub(super) fn in_short(state: TriageState, coverage: Option<&TriageCoverage>, untriaged: i32) -> String {
    match coverage {
        Some(_) if untriaged > 0 => format!("{}+{untriaged}", state.as_str()),
        _ => state.as_str().to_owned(),
    }
}

/// The second in which the triage was last set, and the client that set it, as far as `managedFields` has them (Kubernetes
/// documentation, "Server-Side Apply", field management).
fn last_set(finding: &OffHoursUpload) -> (Option<DateTime<Utc>>, Option<String>) {
    let writes = finding.metadata.managed_fields.iter().flatten().filter(|entry| {
        let is_main = entry.subresource.as_deref().is_none_or(str::is_empty);
        // The creator of the finding is there too, and may have nothing left of the triage but the object around its fields.
        let triage = entry.fields_v1.as_ref().map(|fields| &fields.0["f:spec"]["f:triage"]);
        let fields = triage.and_then(|triage| triage.as_object());
        is_main && fields.is_some_and(|fields| fields.keys().any(|field| field.starts_with("f:")))
    });
    let Some(last) = writes.max_by_key(|entry| entry.time.as_ref().map(|time| time.0)) else {
        return (None, None);
    };
    let time = last.time.as_ref().and_then(|time| DateTime::from_timestamp(time.0.as_second(), 0));
    (time, last.manager.as_deref().map(|manager| bounded(manager, 128)))
}
