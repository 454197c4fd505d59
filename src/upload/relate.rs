//! Finding out how uploads that were pushed about the same time relate to each other.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::digest::Digest;
use super::kind::Kind;
use super::put_image::{Registry, Upload};
use super::record_id::RecordId;
use super::relation::{RELATION_DISTANCE, Relation};

impl Upload {
    /// Whether no upload after `read_through` can change its relation.
    pub fn is_settled(&self, read_through: DateTime<Utc>) -> bool {
        let may_be_listed = self.tag.is_none() && self.digest.is_some() && self.relation == Relation::Standalone;
        !may_be_listed || self.time + RELATION_DISTANCE <= read_through
    }
}

/// Sets the relation of each upload to the others. Their order does not matter.
pub fn relate(uploads: &mut [Upload]) {
    let relations: Vec<Relation> = {
        let neighbours = Neighbours::of(uploads);
        uploads.iter().map(|upload| neighbours.relation(upload)).collect()
    };
    for (upload, relation) in uploads.iter_mut().zip(relations) {
        upload.relation = relation;
    }
}

/// A repository: account, Region, registry and name.
type Repository<'u> = (&'u str, &'u str, Registry, &'u str);

fn repository(upload: &Upload) -> Repository<'_> {
    (&upload.account, &upload.region, upload.registry, &upload.repository)
}

/// A manifest in a repository.
type Manifest<'u> = (Repository<'u>, &'u Digest);

struct Neighbours<'u> {
    /// The times when each digest was pushed into a repository, with their events; sorted.
    pushed: HashMap<Manifest<'u>, Vec<(DateTime<Utc>, &'u RecordId)>>,
    /// The times when each principal pushed an index that lists a digest; sorted.
    listed: HashMap<(Manifest<'u>, &'u str), Vec<DateTime<Utc>>>,
}

impl<'u> Neighbours<'u> {
    fn of(uploads: &'u [Upload]) -> Self {
        let mut neighbours = Self { pushed: HashMap::new(), listed: HashMap::new() };
        for upload in uploads.iter().filter(|upload| upload.error_code.is_none()) {
            if let Some(digest) = &upload.digest {
                let times = neighbours.pushed.entry((repository(upload), digest)).or_default();
                times.push((upload.time, &upload.id));
            }
            if upload.kind == Kind::Index {
                for child in &upload.children {
                    let by = ((repository(upload), child), upload.principal.arn.as_str());
                    neighbours.listed.entry(by).or_default().push(upload.time);
                }
            }
        }
        neighbours.pushed.values_mut().for_each(|times| times.sort_unstable());
        neighbours.listed.values_mut().for_each(|times| times.sort_unstable());
        neighbours
    }

    fn relation(&self, upload: &Upload) -> Relation {
        let Some(digest) = &upload.digest else { return Relation::Standalone };
        let manifest = (repository(upload), digest);
        let begin = upload.time - RELATION_DISTANCE;
        if upload.tag.is_some() {
            // One manifest may be pushed any number of times: only those close enough are looked at.
            let pushed = self.pushed.get(&manifest).map(Vec::as_slice).unwrap_or_default();
            let near = &pushed[pushed.partition_point(|(time, _)| *time < begin)..];
            let mut earlier = near.iter().take_while(|push| **push < (upload.time, &upload.id));
            let was_pushed = earlier.any(|(_, id)| **id != upload.id);
            if was_pushed && upload.error_code.is_none() { Relation::Retag } else { Relation::Standalone }
        } else {
            let listed = self.listed.get(&(manifest, upload.principal.arn.as_str())).map(Vec::as_slice);
            let listed = listed.unwrap_or_default();
            let next = listed.get(listed.partition_point(|time| *time < begin));
            let is_listed = next.is_some_and(|time| *time <= upload.time + RELATION_DISTANCE);
            if is_listed { Relation::IndexChild } else { Relation::Standalone }
        }
    }
}
