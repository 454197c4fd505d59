//! The findings of a set of uploads, all at once.

use std::collections::BTreeMap;

use super::append::plan_append;
use super::finding_key::FindingKey;
use super::new_upload::NewUpload;
use super::policy::Policy;
use super::verdict::Verdict;
use crate::api::OffHoursUpload;
use crate::upload::Upload;

/// Judges uploads, and returns the objects that the controller would write for those that are off hours, in the order of
/// their names. The order of the uploads does not matter. Metadata that only a cluster has, such as namespace and uid, is
/// left out.
pub fn findings<'u>(policy: &Policy, uploads: impl IntoIterator<Item = &'u Upload>) -> Vec<OffHoursUpload> {
    let mut new: BTreeMap<FindingKey, Vec<NewUpload>> = BTreeMap::new();
    for upload in uploads {
        let judgement = policy.judge(upload);
        if let Verdict::OffHours(reason) = judgement.verdict {
            let key = FindingKey::new(policy, upload, &judgement);
            new.entry(key).or_default().push(NewUpload::new(policy, upload, &judgement, reason));
        }
    }
    let mut objects: Vec<OffHoursUpload> = new.into_iter().flat_map(|(key, uploads)| parts(key, uploads)).collect();
    objects.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    objects
}

fn parts(key: FindingKey, uploads: Vec<NewUpload>) -> impl Iterator<Item = OffHoursUpload> {
    plan_append(&key, &BTreeMap::new(), 1, uploads).into_iter().map(move |write| {
        let mut object = key.object(write.part);
        object.status = Some(write.status);
        object
    })
}
