//! Copies: one call recorded in two accounts.
//!
//! A push into a repository of another account is recorded in both accounts, with the same `sharedEventID` (CloudTrail
//! User Guide, "CloudTrail record contents"). The copy in the caller's account names the user, the copy in the owner's
//! account only the caller's account. So a policy that reads the caller's account judges the caller's copy, and any other
//! the owner's.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::ledger::Ledger;
use super::policy::since;
use super::stream::{Stream, StreamKey};
use super::uid::Uid;
use crate::upload::{Addendum, Upload};

impl Ledger {
    /// Whether this upload is the owner's copy of one that the policy judges in the caller's stream.
    pub(super) fn has_better_copy(
        &self,
        policy: &Uid,
        stream: &StreamKey,
        upload: &Upload,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(caller) = callers_stream(stream, upload) else { return false };
        let Some(policy) = self.policies.get(policy) else { return false };
        let used = policy.pairs.iter().filter(|(_, pair)| pair.removed_at.is_none());
        used.filter_map(|(source, pair)| Some((pair, self.sources.get(source)?))).any(|(pair, source)| {
            // While the caller's stream can't be read, it is not known whether it ever will be. The owner's copy is
            // judged then: it says less about the caller, but it is reported.
            let is_read = |stream: &&Stream| stream.removed_at.is_none() && self.is_fresh(source, stream, now);
            let stream = source.streams.get(&caller).filter(is_read);
            stream.is_some_and(|stream| since(pair, policy.lookback, stream) <= upload.time)
        })
    }
}

impl Ledger {
    /// Reports that these policies no longer read these streams, which were read up to the given heads. The owners'
    /// copies of later uploads were left out in favour of copies that will not be judged now, so they are read again.
    pub(super) fn give_back_copies(&mut self, policies: &BTreeSet<Uid>, gone: &[(StreamKey, DateTime<Utc>)]) {
        for (caller, head) in gone {
            for source in self.sources.values_mut() {
                let used = policies.intersection(&source.policies);
                for (_, stream) in source.streams.iter_mut().filter(|(key, stream)| {
                    key.region == caller.region && key.account != caller.account && stream.removed_at.is_none()
                }) {
                    for policy in used.clone() {
                        if stream.through(policy) > *head {
                            let joined_at = stream.is_joined(policy).then_some(stream.head);
                            stream.place(policy, *head, joined_at);
                            self.changed_policies.insert(policy.clone());
                        }
                    }
                }
            }
        }
    }
}

/// The stream that has the caller's copy of an upload; None if this is that copy, or the only one.
fn callers_stream(stream: &StreamKey, upload: &Upload) -> Option<StreamKey> {
    let is_shared = upload.id.as_str() != upload.event_id && upload.addendum != Some(Addendum::UpdatedData);
    let recipient = upload.recipient_account.as_deref().unwrap_or(&stream.account);
    let caller = upload.caller_account.as_deref().filter(|caller| is_shared && *caller != recipient)?;
    Some(StreamKey { account: caller.to_owned(), region: stream.region.clone() })
}
