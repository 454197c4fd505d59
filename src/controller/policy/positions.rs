//! The positions in the status of a policy, which the next start needs: the revision that judged, and how far it came in
//! each source.

use std::collections::BTreeMap;

use crate::api::{EcrUploadPolicyStatus, SourceCoverage};
use crate::coverage::{PolicyCheckpoint, Revision, SourcePosition, Uid, whole_second};

/// The checkpoint of a policy, as its status has it; None if the policy has never judged.
pub(super) fn checkpoint_in(status: &EcrUploadPolicyStatus) -> Option<PolicyCheckpoint> {
    let revision = status.revision.as_ref()?;
    let sources = status.sources.iter().map(|source| SourcePosition {
        source: Uid::from(source.uid.as_str()),
        since: source.since,
        through: source.through,
        removed_at: source.removed_at,
    });
    Some(PolicyCheckpoint {
        revision: Revision { generation: revision.generation, calendars: revision.calendars.clone() },
        sources: sources.collect(),
    })
}

/// The positions of a policy for its status, sorted by the names of the sources.
pub(super) fn positions(
    checkpoint: Option<&PolicyCheckpoint>,
    names: &BTreeMap<String, String>,
) -> Vec<SourceCoverage> {
    let positions = checkpoint.into_iter().flat_map(|checkpoint| &checkpoint.sources);
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
