//! One call in the trails of two accounts.
//!
//! When somebody pushes to a repository of another account, both accounts get a record of it, with one `sharedEventID`
//! (CloudTrail User Guide, "CloudTrail record contents"). The copy of the account that called says who it was; the owner's
//! says no more than which account. So the caller's copy is judged wherever it is read, and the owner's elsewhere.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::ledger::Ledger;
use super::policy::since;
use super::stream::{Stream, StreamKey};
use super::uid::Uid;
use crate::upload::{Addendum, Upload};

impl Ledger {
    /// Whether this is the owner's copy of a push whose other copy this policy judges in the caller's stream.
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
            // While the caller's stream can't be read, nobody knows whether it ever will be: the owner's copy is judged then, which
            // says less about who it was, but says it.
            let is_read = |stream: &&Stream| stream.removed_at.is_none() && self.is_fresh(source, stream, now);
            let stream = source.streams.get(&caller).filter(is_read);
            stream.is_some_and(|stream| since(pair, policy.lookback, stream) <= upload.time)
        })
    }
}

impl Ledger {
    /// These policies no longer read these streams, each of which was read up to its head. The owners' copies of pushes after
    /// that were left out for copies in them that nobody will judge now: they are read again.
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

/// The stream that has the other copy; None when this is the caller's own, or the only one.
fn callers_stream(stream: &StreamKey, upload: &Upload) -> Option<StreamKey> {
    let is_shared = upload.id.as_str() != upload.event_id && upload.addendum != Some(Addendum::UpdatedData);
    let recipient = upload.recipient_account.as_deref().unwrap_or(&stream.account);
    let caller = upload.caller_account.as_deref().filter(|caller| is_shared && *caller != recipient)?;
    Some(StreamKey { account: caller.to_owned(), region: stream.region.clone() })
}
