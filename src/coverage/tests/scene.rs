//! A ledger, the records that CloudTrail delivers, and a controller that reads and writes without failures.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::coverage::{
    Coverage, Delivered, Gap, Ledger, PolicyInput, Read, Revision, SourceInput, StreamKey, Sweep, TimeRange, Uid,
};
use crate::upload::{Decoded, Upload, decode_value};

pub const ACCOUNT: &str = "111111111111";
pub const OTHER_ACCOUNT: &str = "222222222222";
pub const REGION: &str = "eu-central-1";

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub fn at(text: &str) -> DateTime<Utc> {
    format!("2026-{text}:00Z").parse().unwrap()
}

pub fn stream() -> StreamKey {
    StreamKey { account: ACCOUNT.into(), region: REGION.into() }
}

pub struct Scene {
    pub ledger: Ledger,
    pub now: DateTime<Utc>,
    /// The uploads that CloudTrail delivers, each with its stream.
    pub shown: Vec<(StreamKey, Upload)>,
    /// The uploads that each policy has judged.
    pub judged: BTreeMap<Uid, BTreeSet<String>>,
    /// The policies whose findings the API server rejects.
    pub refused: HashSet<Uid>,
    /// The number of reads so far.
    pub reads: usize,
    pub gaps: Vec<Gap>,
}

impl Scene {
    pub fn new(now: &str) -> Self {
        Self {
            ledger: Ledger::new(TimeDelta::minutes(15)),
            now: at(now),
            shown: Vec::new(),
            judged: BTreeMap::new(),
            refused: HashSet::new(),
            reads: 0,
            gaps: Vec::new(),
        }
    }

    /// A scene with the source `s`, which reads one Region, and the policy `p` that uses it; both are new.
    pub fn usual(now: &str) -> Self {
        let mut scene = Self::new(now);
        scene.ledger.set_source(&"s".into(), scene.source(), scene.now);
        scene.ledger.set_policy(&"p".into(), scene.policy(1), scene.now);
        scene
    }

    pub fn source(&self) -> SourceInput {
        SourceInput {
            regions: vec![REGION.into()],
            poll_interval: TimeDelta::minutes(1),
            overlap: TimeDelta::minutes(30),
            sweeps: vec![Sweep { every: TimeDelta::hours(1), back: TimeDelta::hours(24) }],
            revised_at: self.now,
            checkpoint: None,
        }
    }

    /// The policy as edited now; `generation` is the number of the edit, from 1.
    pub fn policy(&self, generation: i64) -> PolicyInput {
        PolicyInput {
            revision: Revision { generation, calendars: None },
            revised_at: self.now,
            lookback: TimeDelta::hours(1),
            judges: true,
            sources: BTreeSet::from(["s".into()]),
            checkpoint: None,
        }
    }

    /// Adds an upload to the usual stream, named by its time.
    pub fn push(&mut self, time: &str) {
        self.push_into(stream(), time);
    }

    pub fn push_into(&mut self, stream: StreamKey, time: &str) {
        self.push_from(&stream.account.clone(), stream, time);
    }

    /// Adds an upload by another account, whose own copy has the same `sharedEventID`.
    pub fn push_from(&mut self, caller: &str, stream: StreamKey, time: &str) {
        let mut record = json!({
            "eventSource": "ecr.amazonaws.com", "eventName": "PutImage", "eventID": time, "eventTime": at(time).to_rfc3339(),
            "awsRegion": stream.region, "recipientAccountId": stream.account,
            "userIdentity": {"arn": format!("arn:aws:iam::{caller}:user/ann"), "accountId": caller},
            "requestParameters": {
                "repositoryName": "api", "imageTag": "v1", "imageDigest": DIGEST, "registryId": stream.account
            }
        });
        if caller != stream.account {
            record["sharedEventID"] = json!("shared");
        }
        match decode_value(&record) {
            Ok(Decoded::Upload(upload)) => self.shown.push((stream, *upload)),
            other => panic!("not an upload: {other:?}"),
        }
    }

    /// Kills the process and starts it again with the checkpoints that the statuses have.
    pub fn restart(&mut self, policy: PolicyInput, source: SourceInput) {
        let (policy_checkpoint, source_checkpoint) = self.checkpoints();
        self.ledger = Ledger::new(TimeDelta::minutes(15));
        let source = SourceInput { checkpoint: source_checkpoint, ..source };
        self.ledger.set_source(&"s".into(), source, self.now);
        self.ledger.set_policy(&"p".into(), PolicyInput { checkpoint: policy_checkpoint, ..policy }, self.now);
    }

    pub fn checkpoints(
        &mut self,
    ) -> (Option<crate::coverage::PolicyCheckpoint>, Option<crate::coverage::SourceCheckpoint>) {
        let policy = self.ledger.policy_checkpoint(&"p".into());
        if let Some(checkpoint) = &policy {
            self.ledger.policy_checkpoint_written(&"p".into(), checkpoint);
        }
        (policy, self.ledger.source_checkpoint(&"s".into()))
    }

    /// Reads everything that is due in the usual stream.
    pub fn work(&mut self) {
        self.work_in("s", &stream());
    }

    pub fn work_in(&mut self, source: &str, key: &StreamKey) {
        let source: Uid = source.into();
        self.ledger.open(&source, &key.region, &key.account, self.now);
        for _ in 0..200 {
            let Some(read) = self.ledger.plan_past(&source, key, self.now).0 else { break };
            self.deliver(&source, key, Read::Past(&read), read.range);
            self.ledger.read_past(&source, key, &read, 1, self.now);
        }
        for _ in 0..200 {
            let Some(read) = self.ledger.plan_sweep(&source, key, self.now) else { break };
            self.deliver(&source, key, Read::Sweep(&read), read.range);
            self.ledger.swept(&source, key, &read, 1);
        }
        for _ in 0..200 {
            let Some(read) = self.ledger.plan_poll(&source, key, self.now) else { break };
            self.gaps.extend(read.gap.clone());
            self.deliver(&source, key, Read::Poll(&read), read.range);
            self.ledger.polled(&source, key, &read, 1, self.now);
            if !read.has_more {
                break;
            }
        }
    }

    fn deliver(&mut self, source: &Uid, key: &StreamKey, read: Read<'_>, range: TimeRange) {
        self.reads += 1;
        let is_in_range = |upload: &Upload| range.start <= upload.time && upload.time <= range.end;
        let uploads = self.shown.iter().filter(|(stream, upload)| stream == key && is_in_range(upload));
        let uploads: Vec<Upload> = uploads.map(|(_, upload)| upload.clone()).collect();
        let offer = self.ledger.offer(source, key, read, &uploads, self.now);
        let mut refused = HashSet::new();
        for (index, offered) in offer.policies.iter().enumerate() {
            for place in offer.fresh.iter().filter(|place| offer.admits(index, **place, &uploads[**place])) {
                if self.refused.contains(&offered.policy) {
                    refused.insert(offered.policy.clone());
                } else {
                    self.judged.entry(offered.policy.clone()).or_default().insert(uploads[*place].event_id.clone());
                }
            }
        }
        let delivered = Delivered { uploads: &uploads, offer: &offer, refused: &refused };
        self.ledger.delivered(source, key, read, &delivered, self.now);
    }

    pub fn judged(&self, policy: &str) -> Vec<&str> {
        self.judged.get(policy).into_iter().flatten().map(String::as_str).collect()
    }

    pub fn coverage(&self, policy: &str) -> Coverage {
        self.ledger.coverage(&policy.into(), self.now)
    }
}
