//! `offhours explain`.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use clap::{Args, ColorChoice, ValueEnum};
use serde::{Serialize, Serializer};

use super::holiday_years::note_unknown_years;
use super::input::{self, InputArguments};
use super::output::{Printed, complain, explanations, plain, print, say};
use super::policy_files::{PolicyArguments, PolicyFile, read_policies};
use super::{CommandError, Outcome};
use crate::api::OffHoursReason;
use crate::detect::{Judgement, Verdict, findings};
use crate::source::files::Reading;
use crate::upload::{OtherPutImage, Upload};

/// Flags of `explain`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArguments {
    /// The policies to judge by.
    #[command(flatten)]
    pub policies: PolicyArguments,

    /// CloudTrail eventID of the only record to explain
    #[arg(long, value_name = "ID")]
    pub event_id: Option<String>,

    /// Output format
    #[arg(short, long, value_enum, default_value_t = ExplainOutput::Table, value_name = "FORMAT")]
    pub output: ExplainOutput,

    /// When to color the output
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// The records to read.
    #[command(flatten)]
    pub input: InputArguments,
}

/// What `explain` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainOutput {
    /// One row per PutImage record
    Table,
    /// A sentence per record, with the whole ARN, the finding and the eventID
    Wide,
    /// A JSON object per record, one per line
    Json,
}

const EXAMPLES: &str = "\
Examples:
  offhours explain --policy policy.yaml AWSLogs/
  offhours explain --policy policy.yaml \\
    --event-id 176cce57-1f51-5ce9-8cfd-30cd4191c830 AWSLogs/
  offhours explain --policy policy.yaml -o json --lookup --since 7d";

/// What a policy says of a record of PutImage. The names are a contract: other tools read them.
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
    /// The last part of the message: why the verdict is what it is.
    #[serde(skip)]
    pub why: String,
    /// What was pushed; None when nothing was.
    #[serde(skip)]
    pub upload: Option<&'a Upload>,
}

/// Explains why each push is or is not a finding.
///
/// # Errors
/// When there is nothing to judge, or nothing to judge by, or the output can't be written.
pub fn explain(arguments: &ExplainArguments) -> Result<Outcome, CommandError> {
    let files = read_policies(&arguments.policies, &arguments.input)?;
    let input = input::read(&arguments.input)?;
    let reading = &input.reading;
    for error in &reading.errors {
        complain(&error.to_string());
    }
    note_unknown_years(&files.policies, &reading.uploads);
    let names: Vec<HashMap<String, String>> =
        files.policies.iter().map(|file| finding_names(file, &reading.uploads)).collect();
    let mut explained = explanations(&files.policies, &names, reading);
    if let Some(id) = &arguments.event_id {
        explained.retain(|explanation| explanation.event_id == Some(id));
    }
    let text = match arguments.output {
        ExplainOutput::Table => explanations::table(&explained, files.policies.len() > 1),
        ExplainOutput::Wide => explanations::sentences(&explained),
        ExplainOutput::Json => explanations::json_lines(&explained)?,
    };
    if print(&text, arguments.color)? == Printed::Whole {
        say(&input.summary());
    }
    match &arguments.event_id {
        Some(id) if explained.is_empty() => Err(CommandError::NoSuchEvent(plain(id))),
        _ => Ok(Outcome::answered(files.is_whole && reading.errors.is_empty())),
    }
}

/// One for each record of PutImage and each policy, in the order of time.
fn explanations<'a>(
    policies: &'a [PolicyFile],
    names: &'a [HashMap<String, String>],
    reading: &'a Reading,
) -> Vec<Explanation<'a>> {
    let mut explanations = Vec::new();
    for (file, names) in policies.iter().zip(names) {
        for upload in &reading.uploads {
            let judgement = file.policy.judge(upload);
            let finding = names.get(&upload.event_id).map(String::as_str);
            explanations.push(explanation(file, upload, &judgement, finding));
        }
        explanations.extend(reading.other_put_images.iter().map(|other| not_an_upload(file, other)));
    }
    // Stable: the policies of an event stay in their order.
    explanations.sort_by_key(|explanation| (explanation.event_time, explanation.event_id));
    explanations
}

/// The object that each off-hours push is in, by its event.
fn finding_names(file: &PolicyFile, uploads: &[Upload]) -> HashMap<String, String> {
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

/// The verdict on a call of the same name, which is that of every policy.
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
