//! The pushes that are learned from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::upload::{Relation, Upload};

/// A push, as far as it says something about hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Push<'a> {
    /// The ARN of the role or user that pushed: what a team's `principals` match.
    pub principal: &'a str,
    /// The name of the role session. Many people may share a role, and where AWS or an identity provider sets it, this is one.
    pub session: Option<&'a str>,
    /// When.
    pub time: DateTime<Utc>,
    /// Whether ECR refused it. Such a push shows no habit: somebody may try who should not be there at all.
    pub is_failed: bool,
    /// Whether a role of an AWS service pushed, which has no hours.
    pub is_service_role: bool,
}

/// The pushes of these uploads. The images that an index lists were pushed by the same command as the index, which stands for
/// them.
pub fn pushes(uploads: &[Upload]) -> Vec<Push<'_>> {
    let uploads = uploads.iter().filter(|upload| upload.relation != Relation::IndexChild);
    uploads
        .map(|upload| Push {
            principal: &upload.principal.arn,
            session: upload.principal.session.as_deref(),
            time: upload.time,
            is_failed: upload.error_code.is_some(),
            is_service_role: upload.principal.is_service_role(),
        })
        .collect()
}

/// What is seen of a principal.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    /// When it pushed, in order; without failed pushes.
    pub(super) times: Vec<DateTime<Utc>>,
    /// The same for each of its sessions.
    pub(super) sessions: BTreeMap<&'a str, Vec<DateTime<Utc>>>,
    pub(super) is_service_role: bool,
}

/// The pushes of each principal, by its ARN. One that only failed to push is there too, with nothing.
pub(super) fn by_principal<'a>(pushes: &[Push<'a>]) -> BTreeMap<&'a str, Seen<'a>> {
    let mut principals: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for push in pushes {
        let seen = principals.entry(push.principal).or_default();
        seen.is_service_role |= push.is_service_role;
        if !push.is_failed {
            seen.times.push(push.time);
            if let Some(session) = push.session {
                seen.sessions.entry(session).or_default().push(push.time);
            }
        }
    }
    for seen in principals.values_mut() {
        seen.times.sort_unstable();
        seen.sessions.values_mut().for_each(|times| times.sort_unstable());
    }
    principals
}
