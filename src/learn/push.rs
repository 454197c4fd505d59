//! The pushes to learn from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::upload::{Relation, Upload};

/// A push, reduced to what it says about hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Push<'a> {
    /// The ARN of the role or user that pushed: what a team's `principals` match.
    pub principal: &'a str,
    /// The name of the role session. Many people may share a role; if AWS or an identity provider sets the session name, it
    /// identifies one of them.
    pub session: Option<&'a str>,
    /// The time of the push.
    pub time: DateTime<Utc>,
    /// Whether ECR rejected it. Such a push shows no habit: it may come from somebody who should not push at all.
    pub is_failed: bool,
    /// Whether the principal is a role of an AWS service, which has no hours.
    pub is_service_role: bool,
}

/// The pushes that these uploads belong to. The images that an index lists were pushed by the same command as the index,
/// so the index stands for them.
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

/// The pushes of a principal.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    /// The times of its pushes in order, without failed pushes.
    pub(super) times: Vec<DateTime<Utc>>,
    /// The same for each of its sessions, by name.
    pub(super) sessions: BTreeMap<&'a str, Vec<DateTime<Utc>>>,
    pub(super) is_service_role: bool,
}

/// The pushes of each principal, by its ARN. A principal whose pushes all failed is included, without times.
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
