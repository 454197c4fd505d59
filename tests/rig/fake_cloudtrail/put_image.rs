//! A record of PutImage, modelled on the public samples.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::manifest::Manifest;
use super::principal::Principal;
use super::record::{Record, event_id};

const INTERNAL: &str = "AWS Internal";

/// Far from any seed that a test chooses.
static NEXT_SEED: AtomicU64 = AtomicU64::new(1 << 32);

/// A record of PutImage, which chained methods change. By default a `docker push` of a tagged image by a role, to a private
/// repository in 111122223333 and eu-central-1.
#[derive(Debug, Clone)]
pub struct PutImage {
    account: String,
    region: String,
    repository: String,
    tag: Option<String>,
    time: DateTime<Utc>,
    principal: Principal,
    manifest: Manifest,
    seed: u64,
    event_id: Option<String>,
    error: Option<(String, String)>,
    source_ip: String,
    user_agent: String,
    public: bool,
    changes: Vec<(String, Option<Value>)>,
}

impl PutImage {
    pub fn new(repository: &str, time: DateTime<Utc>) -> Self {
        let seed = NEXT_SEED.fetch_add(1, Ordering::Relaxed);
        Self {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            repository: repository.to_owned(),
            tag: Some("latest".to_owned()),
            time,
            principal: Principal::role("ci/release", "run-1"),
            manifest: Manifest::image(seed),
            seed,
            event_id: None,
            error: None,
            source_ip: INTERNAL.to_owned(),
            user_agent: INTERNAL.to_owned(),
            public: false,
            changes: Vec::new(),
        }
    }

    /// The repository's account and the Region.
    #[must_use]
    pub fn in_account(mut self, account: &str, region: &str) -> Self {
        self.account = account.to_owned();
        self.region = region.to_owned();
        self
    }

    #[must_use]
    pub fn at(mut self, time: DateTime<Utc>) -> Self {
        self.time = time;
        self
    }

    #[must_use]
    pub fn by(mut self, principal: Principal) -> Self {
        self.principal = principal;
        self
    }

    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = Some(tag.to_owned());
        self
    }

    /// Without a tag, as the children of an index are pushed.
    #[must_use]
    pub fn untagged(mut self) -> Self {
        self.tag = None;
        self
    }

    #[must_use]
    pub fn manifest(mut self, manifest: Manifest) -> Self {
        self.manifest = manifest;
        self
    }

    /// Fixes the image and the event's id: the same seed and fields give the same record in every run. Without it,
    /// each record is a new event.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self.manifest = Manifest::image(seed);
        self
    }

    #[must_use]
    pub fn event_id(mut self, event_id: &str) -> Self {
        self.event_id = Some(event_id.to_owned());
        self
    }

    /// A push that ECR refused: `ImageTagAlreadyExistsException`, `AccessDenied`, …
    #[must_use]
    pub fn failed(mut self, code: &str) -> Self {
        self.error = Some((code.to_owned(), format!("{code} while putting an image")));
        self
    }

    /// By a direct call of the API instead of `docker push`: the record has the real address and user agent.
    #[must_use]
    pub fn from(mut self, source_ip: &str, user_agent: &str) -> Self {
        self.source_ip = source_ip.to_owned();
        self.user_agent = user_agent.to_owned();
        self
    }

    /// To ECR Public, which exists in us-east-1 only.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.public = true;
        self.region = "us-east-1".to_owned();
        self
    }

    /// Sets the field at a JSON pointer of the finished record. Missing parents are not created.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        self.changes.push((pointer.to_owned(), Some(value)));
        self
    }

    /// Removes the field at a JSON pointer of the finished record.
    #[must_use]
    pub fn without(mut self, pointer: &str) -> Self {
        self.changes.push((pointer.to_owned(), None));
        self
    }

    /// Without what CloudTrail omits when a manifest is too large.
    #[must_use]
    pub fn cut(self) -> Self {
        self.with("/requestParameters", json!({"omitted": true, "reason": "requestParameters too large"}))
            .with("/responseElements", json!({"omitted": true, "reason": "responseElements too large"}))
    }

    /// A correction of an earlier event, whose id is in the addendum.
    #[must_use]
    pub fn corrects(self, original: &str) -> Self {
        let addendum =
            json!({"reason": "UPDATED_DATA", "updatedFields": "responseElements", "originalEventID": original});
        self.with("/addendum", addendum)
    }

    /// The records of a multi-platform push of this tag: an untagged child for each platform, an attestation for each
    /// if `attested`, and one second later the index.
    #[must_use]
    pub fn multi_platform(&self, platforms: u64, attested: bool) -> Vec<Self> {
        let seeds = (0..platforms).map(|platform| self.seed.wrapping_mul(31).wrapping_add(platform));
        let images = seeds.clone().map(Manifest::image).collect::<Vec<_>>();
        let attestations = seeds.filter(|_| attested).map(Manifest::attestation).collect::<Vec<_>>();
        let index = Manifest::index_with_attestations(&images, &attestations);
        let children = images.into_iter().chain(attestations).map(|child| self.clone().untagged().manifest(child));
        let parent = self.clone().manifest(index).at(self.time + TimeDelta::seconds(1));
        children.chain([parent]).collect()
    }

    /// The digest of the manifest.
    pub fn digest(&self) -> &str {
        &self.manifest.digest
    }

    /// The id of the event.
    pub fn id(&self) -> String {
        self.event_id.clone().unwrap_or_else(|| {
            let unique = format!(
                "{} {} {} {} {:?} {} {}",
                self.seed, self.account, self.region, self.repository, self.tag, self.time, self.manifest.digest
            );
            event_id(&unique)
        })
    }

    /// The record as CloudTrail writes it.
    pub fn json(&self) -> Value {
        let mut user_identity = self.principal.user_identity(&self.account);
        if self.source_ip == INTERNAL && user_identity.get("invokedBy").is_none() {
            user_identity["invokedBy"] = json!(INTERNAL);
        }
        let mut request = json!({
            "registryId": self.account,
            "repositoryName": self.repository,
            "imageManifest": self.manifest.text,
            "imageManifestMediaType": self.manifest.media_type,
        });
        let mut image_id = json!({"imageDigest": self.manifest.digest});
        if let Some(tag) = &self.tag {
            request["imageTag"] = json!(tag);
            image_id["imageTag"] = json!(tag);
        }
        let (service, arn_service) =
            if self.public { ("ecr-public.amazonaws.com", "ecr-public") } else { ("ecr.amazonaws.com", "ecr") };
        let repository = &self.repository;
        let mut record = json!({
            "eventVersion": "1.08",
            "userIdentity": user_identity,
            "eventTime": self.time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "eventSource": service,
            "eventName": "PutImage",
            "awsRegion": self.region,
            "sourceIPAddress": self.source_ip,
            "userAgent": self.user_agent,
            "requestParameters": request,
            "responseElements": {"image": {
                "registryId": self.account,
                "repositoryName": repository,
                "imageId": image_id,
                "imageManifest": self.manifest.text,
                "imageManifestMediaType": self.manifest.media_type,
            }},
            "requestID": event_id(&format!("request {}", self.id())),
            "eventID": self.id(),
            "readOnly": false,
            "resources": [{
                "accountId": self.account,
                "ARN": format!("arn:aws:{arn_service}:{}:{}:repository/{repository}", self.region, self.account),
            }],
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        });
        if let Some((code, message)) = &self.error {
            record["errorCode"] = json!(code);
            record["errorMessage"] = json!(message);
            record["responseElements"] = Value::Null;
        }
        for (pointer, value) in &self.changes {
            change(&mut record, pointer, value.as_ref());
        }
        record
    }
}

impl From<PutImage> for Record {
    /// Filed under its real account, Region and time, even if a change has broken the record.
    fn from(push: PutImage) -> Self {
        Self { event_id: push.id(), ..Self::filed(&push.account, &push.region, push.time, &push.json()) }
    }
}

fn change(record: &mut Value, pointer: &str, value: Option<&Value>) {
    let (parent, field) = pointer.rsplit_once('/').expect("a JSON pointer begins with a slash");
    let Some(Value::Object(parent)) = record.pointer_mut(parent) else { return };
    match value {
        Some(value) => parent.insert(field.to_owned(), value.clone()),
        None => parent.remove(field),
    };
}
