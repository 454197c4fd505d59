//! Appending uploads to the parts of a finding.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};

use super::evidence::{reported_id, short_digest, stored_count};
use super::finding_key::FindingKey;
use super::kind::may_be_index_child;
use super::new_upload::NewUpload;
use super::triage;
use crate::api::{MAX_UPLOADS, OffHoursUpload, OffHoursUploadStatus, Summary, UploadEvidence, UploadKind};

/// A part of a finding that must be written.
#[derive(Debug, Clone, PartialEq)]
pub struct PartWrite {
    /// The number of the part, from 1.
    pub part: i32,
    /// The whole status that it must have.
    pub status: OffHoursUploadStatus,
    /// What the write adds to the part.
    pub added: Added,
}

/// What one write adds to a part of a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    /// The number of uploads.
    pub uploads: usize,
    /// The number of pushes that these uploads are, as a person would count them. 0 for images of an index that was reported
    /// before.
    pub pushes: usize,
    /// The number of pushes that ECR rejected.
    pub failed_pushes: usize,
    /// The latest upload with a tag, else the latest: an index stands for the images that it lists.
    pub latest: UploadEvidence,
    /// Why `latest` is off hours, in words.
    pub why: String,
}

/// Decides which parts of a finding new uploads go into: the part with the number `first` while it has room, then the
/// next. `existing` has those of the parts from `first` on that exist. The full parts before it are not needed, so that
/// the cost of an append does not grow with the finding; the uploads that they hold must not be in `new`.
///
/// Uploads that one of the given parts already holds are skipped, so planning again after a conflict or a crash repeats
/// nothing. What the triage of a part covers is recorded before anything is added to it.
pub fn plan_append(
    key: &FindingKey,
    existing: &BTreeMap<i32, OffHoursUpload>,
    first: i32,
    mut new: Vec<NewUpload>,
) -> Vec<PartWrite> {
    let mut reported: HashSet<String> = existing
        .values()
        .filter_map(|finding| finding.status.as_ref())
        .flat_map(|status| status.uploads.iter().map(|upload| reported_id(upload).to_owned()))
        .collect();
    new.sort_by(|a, b| order(&a.evidence).cmp(&order(&b.evidence)));
    new.retain(|upload| reported.insert(reported_id(&upload.evidence).to_owned()));

    let mut new = new.into_iter().peekable();
    let mut writes = Vec::new();
    for part in first.. {
        if new.peek().is_none() {
            break;
        }
        let finding = existing.get(&part);
        let held = finding.and_then(|finding| finding.status.as_ref()).map_or(0, |status| status.uploads.len());
        let added: Vec<NewUpload> = new.by_ref().take(MAX_UPLOADS.saturating_sub(held)).collect();
        if let Some((status, added)) = with_uploads(key, finding, added) {
            writes.push(PartWrite { part, status, added });
        }
    }
    writes
}

/// The status of a part with these uploads added, and what was added; None if there are none.
fn with_uploads(
    key: &FindingKey,
    finding: Option<&OffHoursUpload>,
    added: Vec<NewUpload>,
) -> Option<(OffHoursUploadStatus, Added)> {
    let before = finding.and_then(|finding| finding.status.as_ref());
    let latest = added.iter().rfind(|upload| upload.evidence.tag.is_some()).or(added.last())?.clone();
    let severity = added.last()?.severity;
    let new_ids: HashSet<String> = added.iter().map(|upload| upload.evidence.event_id.clone()).collect();
    let message_before = before.map(|status| status.message.clone()).unwrap_or_default();
    let mut uploads: Vec<(UploadEvidence, Option<String>)> = before
        .map(|status| status.uploads.clone())
        .unwrap_or_default()
        .into_iter()
        .map(|evidence| (evidence, None))
        .chain(added.into_iter().map(|upload| (upload.evidence.clone(), Some(upload.message()))))
        .collect();
    uploads.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));

    // The message is about the first upload: one of the new uploads, or the same as before.
    let (first, first_message) = uploads.first()?;
    let message = first_message.clone().unwrap_or(message_before);
    let (reason, first_time) = (first.reason, first.time);
    let mut uploads: Vec<UploadEvidence> = uploads.into_iter().map(|(evidence, _)| evidence).collect();
    let listed = listed(&uploads);
    // An index is pushed after its images, and may be read later than they were.
    for upload in &mut uploads {
        if may_be_index_child(upload.kind) && is_child(upload, &listed) {
            upload.kind = UploadKind::IndexChild;
        }
    }
    let pushes: Vec<&UploadEvidence> = uploads.iter().filter(|upload| !is_child(upload, &listed)).collect();
    let new_pushes = pushes.iter().filter(|upload| new_ids.contains(&upload.event_id));
    let added = Added {
        uploads: new_ids.len(),
        pushes: new_pushes.clone().count(),
        failed_pushes: new_pushes.filter(|upload| upload.error_code.is_some()).count(),
        latest: latest.evidence,
        why: latest.why,
    };
    let coverage = finding.and_then(triage::coverage);
    let untriaged = triage::untriaged(coverage.as_ref(), uploads.len());
    let state = finding.map(|finding| finding.spec.triage.state).unwrap_or_default();
    let status = OffHoursUploadStatus {
        // The API server gives a new object the generation 1.
        observed_generation: Some(finding.and_then(|finding| finding.metadata.generation).unwrap_or(1)),
        severity,
        signature: "PutImage".to_owned(),
        count: stored_count(uploads.len()),
        pushes: stored_count(pushes.len()),
        failed: stored_count(uploads.iter().filter(|upload| upload.error_code.is_some()).count()),
        untriaged,
        kinds: uploads.iter().map(|upload| upload.kind).collect::<BTreeSet<_>>().into_iter().collect(),
        first_time,
        last_time: uploads.last()?.time,
        reason,
        message,
        summary: summary(key, &uploads, triage::in_short(state, coverage.as_ref(), untriaged))?,
        triage: coverage,
        uploads,
    };
    Some((status, added))
}

/// The short forms of these uploads for tables; None if there are none.
fn summary(key: &FindingKey, uploads: &[UploadEvidence], triage: String) -> Option<Summary> {
    let last = uploads.last()?;
    let tagged = uploads.iter().rfind(|upload| upload.tag.is_some());
    Some(Summary {
        tag: tagged.and_then(|upload| upload.tag.clone()),
        principal: key.short_principal(),
        last: last.local_time.format("%a %H:%M").to_string(),
        triage,
        digest: tagged.unwrap_or(last).digest.clone(),
    })
}

/// The order of uploads: by time. Within a second, uploads with a tag come first, since the message of a finding is about
/// its first upload and an index is pushed right after its images; then by id, so that the order is the same on every
/// run.
fn order(upload: &UploadEvidence) -> (DateTime<Utc>, bool, &str) {
    (upload.time, upload.tag.is_none(), &upload.event_id)
}

/// The short digests that the indexes among these uploads list.
fn listed(uploads: &[UploadEvidence]) -> HashSet<String> {
    uploads.iter().flat_map(|upload| upload.children.iter().cloned()).collect()
}

/// Whether an upload is an untagged manifest that an index lists. As a person counts, both are one push.
fn is_child(upload: &UploadEvidence, listed: &HashSet<String>) -> bool {
    let digest = upload.digest.as_deref().map(short_digest);
    upload.tag.is_none() && digest.is_some_and(|digest| listed.contains(&digest))
}
