//! Records of pushes. One public record is of a real `docker push`. All others here are synthetic: copies of that record with
//! changes.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A record under construction.
#[derive(Debug, Clone)]
pub struct Record(Value);

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

impl Record {
    /// The real `docker push`: by the user `test`, on Wednesday 2021-08-18 at 23:17:30 UTC.
    pub fn docker() -> Self {
        Self(crate::corpus::sample("putimage/docker-push-iamuser.json"))
    }

    /// A record to change.
    pub fn of(record: Value) -> Self {
        Self(record)
    }

    /// The record of this number: an event, an image and a tag of its own, and the manifest short.
    pub fn numbered(number: u64) -> Self {
        let layer = format!("sha256:{}", hex::encode(Sha256::digest(number.to_be_bytes())));
        let media_type = "application/vnd.docker.distribution.manifest.v2+json";
        let manifest = json!({"schemaVersion": 2, "mediaType": media_type, "config": {"digest": layer}, "layers": []});
        Self::docker().event_id(&id(number)).tag(&format!("v{number}")).manifest(&manifest.to_string(), media_type)
    }

    /// `eventTime`, as CloudTrail writes it.
    pub fn at(self, time: &str) -> Self {
        self.with("/eventTime", json!(time))
    }

    pub fn by(self, user_identity: Value) -> Self {
        self.with("/userIdentity", user_identity)
    }

    pub fn event_id(self, id: &str) -> Self {
        self.with("/eventID", json!(id))
    }

    pub fn from(self, address: &str, user_agent: &str) -> Self {
        self.with("/sourceIPAddress", json!(address)).with("/userAgent", json!(user_agent))
    }

    pub fn region(self, region: &str) -> Self {
        self.with("/awsRegion", json!(region))
    }

    pub fn repository(self, name: &str) -> Self {
        let arn = format!("arn:aws:ecr:eu-central-1:111111111112:repository/{name}");
        self.with("/requestParameters/repositoryName", json!(name))
            .with("/responseElements/image/repositoryName", json!(name))
            .with("/resources", json!([{"accountId": "111111111112", "ARN": arn}]))
    }

    pub fn tag(self, tag: &str) -> Self {
        self.with("/requestParameters/imageTag", json!(tag))
            .with("/responseElements/image/imageId/imageTag", json!(tag))
    }

    pub fn untagged(self) -> Self {
        self.without("/requestParameters/imageTag").without("/responseElements/image/imageId/imageTag")
    }

    pub fn manifest(self, text: &str, media_type: &str) -> Self {
        self.with("/requestParameters/imageManifest", json!(text))
            .with("/requestParameters/imageManifestMediaType", json!(media_type))
            .with("/responseElements/image/imageManifest", json!(text))
            .with("/responseElements/image/imageManifestMediaType", json!(media_type))
            .with("/responseElements/image/imageId/imageDigest", json!(digest(text)))
    }

    /// An index that lists these records' images.
    pub fn index_of(self, children: &[Self]) -> Self {
        let digest = |child: &Self| json!({"digest": child.0["responseElements"]["image"]["imageId"]["imageDigest"]});
        let manifests: Vec<Value> = children.iter().map(digest).collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests});
        self.manifest(&manifest.to_string(), OCI_INDEX)
    }

    /// Refused by ECR.
    pub fn failed(self, code: &str) -> Self {
        self.with("/errorCode", json!(code))
            .with("/errorMessage", json!("refused"))
            .with("/responseElements", Value::Null)
    }

    /// To ECR Public.
    pub fn public(self) -> Self {
        self.with("/eventSource", json!("ecr-public.amazonaws.com")).region("us-east-1")
    }

    /// As CloudTrail cuts a record whose manifest is too large.
    pub fn cut(self) -> Self {
        self.with("/requestParameters", json!({"omitted": true, "reason": "requestParameters too large"}))
            .with("/responseElements", json!({"omitted": true, "reason": "responseElements too large"}))
    }

    /// Sets the value at a JSON pointer whose parent exists.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        self.0.pointer_mut(parent).expect("the parent exists")[key] = value;
        self
    }

    /// Removes the field at a JSON pointer, if it is there.
    pub fn without(mut self, pointer: &str) -> Self {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        if let Some(parent) = self.0.pointer_mut(parent).and_then(Value::as_object_mut) {
            parent.remove(key);
        }
        self
    }

    pub fn json(&self) -> Value {
        self.0.clone()
    }
}

/// The event id of a number.
pub fn id(number: u64) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

/// The digest that ECR gives a manifest.
pub fn digest(manifest: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(manifest)))
}
