//! What the status of a policy keeps for the next start: the revision that judged, and how far it came in each source.

use std::collections::BTreeMap;

use crate::api::{EcrUploadPolicyStatus, SourceCoverage};
use crate::coverage::{PolicyRecord, Revision, SourcePosition, Uid, whole_second};

/// What the status of a policy says to the ledger; None when the policy was never at work.
pub(super) fn recorded(status: &EcrUploadPolicyStatus) -> Option<PolicyRecord> {
    let revision = status.revision.as_ref()?;
    let sources = status.sources.iter().map(|source| SourcePosition {
        source: Uid::from(source.uid.as_str()),
        since: source.since,
        through: source.through,
        removed_at: source.removed_at,
    });
    Some(PolicyRecord {
        revision: Revision { generation: revision.generation, calendars: revision.calendars.clone() },
        sources: sources.collect(),
    })
}

/// The positions of a policy, by the names of the sources.
pub(super) fn positions(record: Option<&PolicyRecord>, names: &BTreeMap<String, String>) -> Vec<SourceCoverage> {
    let positions = record.into_iter().flat_map(|record| &record.sources);
    let coverage = |position: &SourcePosition| {
        Some(SourceCoverage {
            name: names.get(&*position.source)?.clone(),
            uid: position.source.to_string(),
            since: whole_second(position.since),
            through: position.through.map(whole_second),
            removed_at: position.removed_at.map(whole_second),
        })
    };
    let mut positions: Vec<SourceCoverage> = positions.filter_map(coverage).collect();
    positions.sort_by(|a, b| a.name.cmp(&b.name));
    positions
}
