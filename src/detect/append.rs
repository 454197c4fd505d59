//! Appending uploads to the parts of a finding.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};

use super::evidence::{NewUpload, reported_id, short_digest};
use super::kind::may_be_index_child;
use crate::api::{MAX_UPLOADS, OffHoursUploadStatus, UploadEvidence, UploadKind};

/// A part of a finding that must be written, with its whole new status.
#[derive(Debug, Clone, PartialEq)]
pub struct PartWrite {
    /// The number of the part, from 1.
    pub part: i32,
    /// The status that it must have.
    pub status: OffHoursUploadStatus,
    /// How many uploads it gained.
    pub added: usize,
    /// Who pushed: see [`NewUpload`].
    pub who: String,
    /// What the latest of them says: see [`NewUpload`].
    pub latest: String,
}

/// Decides where new uploads of one finding go: into the part numbered `first` while it has room, then into the next.
/// `existing` has the status of the parts from there on that exist, None where one has none yet. The full parts before `first`
/// are not needed, so that the cost of an append does not grow with the finding; what they hold must not be among `new`.
///
/// Uploads that a given part holds already are skipped, so planning again after a conflict or a crash repeats nothing.
pub fn plan_append(
    existing: &BTreeMap<i32, Option<OffHoursUploadStatus>>,
    first: i32,
    mut new: Vec<NewUpload>,
) -> Vec<PartWrite> {
    let mut reported: HashSet<String> = existing
        .values()
        .flatten()
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
        let status = existing.get(&part).and_then(Option::as_ref);
        let held = status.map_or(0, |status| status.uploads.len());
        let added: Vec<NewUpload> = new.by_ref().take(MAX_UPLOADS.saturating_sub(held)).collect();
        if !added.is_empty() {
            let (count, (who, latest)) = (added.len(), latest(&added));
            if let Some(status) = with_uploads(status, added) {
                writes.push(PartWrite { part, status, added: count, who, latest });
            }
        }
    }
    writes
}

/// Who pushed the latest upload and what it says, of those with a tag if there is one: an index speaks for the images that it
/// lists.
fn latest(added: &[NewUpload]) -> (String, String) {
    let tagged = added.iter().rfind(|upload| upload.evidence.tag.is_some());
    tagged.or(added.last()).map(|upload| (upload.who.clone(), upload.what.clone())).unwrap_or_default()
}

/// The status of a part after uploads were added; None when it holds none at all.
fn with_uploads(before: Option<&OffHoursUploadStatus>, added: Vec<NewUpload>) -> Option<OffHoursUploadStatus> {
    let severity = added.last().map(|upload| upload.severity).or(before.map(|status| status.severity))?;
    let message_before = before.map(|status| status.message.clone()).unwrap_or_default();
    let mut uploads: Vec<(UploadEvidence, Option<String>)> = before
        .map(|status| status.uploads.clone())
        .unwrap_or_default()
        .into_iter()
        .map(|evidence| (evidence, None))
        .chain(added.into_iter().map(|upload| (upload.evidence.clone(), Some(upload.message()))))
        .collect();
    uploads.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));

    // The sentence is about the first upload: either that came now, or the one before still is the first.
    let (first, first_message) = uploads.first()?;
    let message = first_message.clone().unwrap_or(message_before);
    let (reason, first_time) = (first.reason, first.time);
    let mut uploads: Vec<UploadEvidence> = uploads.into_iter().map(|(evidence, _)| evidence).collect();
    let listed = listed(&uploads);
    // An index comes after its images, and may be read later than they were.
    for upload in &mut uploads {
        if may_be_index_child(upload.kind) && is_child(upload, &listed) {
            upload.kind = UploadKind::IndexChild;
        }
    }
    Some(OffHoursUploadStatus {
        severity,
        signature: "PutImage".to_owned(),
        count: count(uploads.len()),
        pushes: count(uploads.iter().filter(|upload| !is_child(upload, &listed)).count()),
        failed: count(uploads.iter().filter(|upload| upload.error_code.is_some()).count()),
        kinds: uploads.iter().map(|upload| upload.kind).collect::<BTreeSet<_>>().into_iter().collect(),
        first_time,
        last_time: uploads.last()?.time,
        reason,
        message,
        uploads,
    })
}

/// By time. Within a second what has a tag comes first, since the first upload speaks for the finding, and an index is
/// pushed right after its images; then the id, so that the order is the same on every run.
fn order(upload: &UploadEvidence) -> (DateTime<Utc>, bool, &str) {
    (upload.time, upload.tag.is_none(), &upload.event_id)
}

/// What the indexes among these uploads list.
fn listed(uploads: &[UploadEvidence]) -> HashSet<String> {
    uploads.iter().flat_map(|upload| upload.children.iter().cloned()).collect()
}

/// Whether this is an untagged manifest that an index lists. For a person, both are one push.
fn is_child(upload: &UploadEvidence, listed: &HashSet<String>) -> bool {
    let digest = upload.digest.as_deref().map(short_digest);
    upload.tag.is_none() && digest.is_some_and(|digest| listed.contains(&digest))
}

/// A part holds at most [`MAX_UPLOADS`], so this never saturates.
fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
