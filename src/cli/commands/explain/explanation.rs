//! Why a push is or is not a finding.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::api::OffHoursReason;
use crate::cli::policies::PolicyFile;
use crate::cli::records::Records;
use crate::detect::{Judgement, Verdict, findings};
use crate::upload::{OtherPutImage, Upload};

/// The verdict of a policy on a record of PutImage. The names are a contract: other tools read them.
#[derive(Debug, Serialize)]
pub struct Explanation<'a> {
    #[serde(rename = "eventID")]
    pub event_id: Option<&'a str>,
    #[serde(rename = "eventTime", serialize_with = "in_utc")]
    pub event_time: Option<DateTime<Utc>>,
    #[serde(rename = "localTime", serialize_with = "with_offset")]
    pub local_time: Option<DateTime<FixedOffset>>,
    #[serde(rename = "timeZone")]
    time_zone: Option<&'a str>,
    pub policy: &'a str,
    team: Option<&'a str>,
    pub verdict: &'a str,
    reason: Option<OffHoursReason>,
    #[serde(rename = "allowRule")]
    allow_rule: Option<&'a str>,
    date: Option<String>,
    pub finding: Option<&'a str>,
    pub message: String,
    /// The last part of the message: the reason for the verdict.
    #[serde(skip)]
    pub why: String,
    /// The upload; none for a call that is not a push to ECR.
    #[serde(skip)]
    pub upload: Option<&'a Upload>,
}

/// The name of the finding that each off-hours upload is in, by event ID.
pub type FindingNames = HashMap<String, String>;

/// An explanation for each record of PutImage and each policy, ordered by time. `names` are the findings of each policy.
pub fn explanations<'a>(
    policies: &'a [PolicyFile],
    names: &'a [FindingNames],
    records: &'a Records,
) -> Vec<Explanation<'a>> {
    let mut explanations = Vec::new();
    for (file, names) in policies.iter().zip(names) {
        for upload in &records.uploads {
            let judgement = file.policy.judge(upload);
            let finding = names.get(&upload.event_id).map(String::as_str);
            explanations.push(explanation(file, upload, &judgement, finding));
        }
        explanations.extend(records.other_put_images.iter().map(|other| not_an_upload(file, other)));
    }
    // A stable sort keeps the order of the policies for each event.
    explanations.sort_by_key(|explanation| (explanation.event_time, explanation.event_id));
    explanations
}

/// The names of the findings that a policy has for these uploads.
pub fn finding_names(file: &PolicyFile, uploads: &[Upload]) -> FindingNames {
    let mut names = HashMap::new();
    for object in findings(&file.policy, uploads) {
        let name = object.metadata.name.unwrap_or_default();
        let uploads = object.status.map(|status| status.uploads).unwrap_or_default();
        names.extend(uploads.into_iter().map(|upload| (upload.event_id, name.clone())));
    }
    names
}

fn explanation<'a>(
    file: &'a PolicyFile,
    upload: &'a Upload,
    judgement: &Judgement<'a>,
    finding: Option<&'a str>,
) -> Explanation<'a> {
    Explanation {
        event_id: Some(&upload.event_id),
        event_time: Some(upload.time),
        local_time: Some(judgement.local_time),
        time_zone: Some(judgement.hours.schedule().zone().name()),
        policy: file.policy.name(),
        team: judgement.hours.team(),
        verdict: judgement.verdict.as_str(),
        reason: match judgement.verdict {
            Verdict::OffHours(reason) => Some(reason),
            _ => None,
        },
        allow_rule: match judgement.verdict {
            Verdict::Allowed(rule) => Some(rule.name()),
            _ => None,
        },
        date: Some(judgement.date.to_string()),
        finding,
        message: judgement.sentence(upload),
        why: judgement.why(upload),
        upload: Some(upload),
    }
}

/// The explanation of a call that is not a push to ECR, which is the same for every policy.
fn not_an_upload<'a>(file: &'a PolicyFile, other: &'a OtherPutImage) -> Explanation<'a> {
    Explanation {
        event_id: other.event_id.as_deref(),
        event_time: other.time,
        local_time: None,
        time_zone: None,
        policy: file.policy.name(),
        team: None,
        verdict: "NotAnUpload",
        reason: None,
        allow_rule: None,
        date: None,
        finding: None,
        message: other.why.clone(),
        why: other.why.clone(),
        upload: None,
    }
}

#[allow(clippy::ref_option)] // The signature is serde's.
fn in_utc<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true)).serialize(serializer)
}

#[allow(clippy::ref_option)] // The signature is serde's.
fn with_offset<S: Serializer>(time: &Option<DateTime<FixedOffset>>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, false)).serialize(serializer)
}
