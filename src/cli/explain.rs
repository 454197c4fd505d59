//! `offhours explain`.

use std::collections::HashMap;
use std::io::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::arguments::{ExplainArguments, ExplainOutput};
use super::output::{Printed, plain, print};
use super::policy_files::{PolicyFile, read_policies};
use super::scan::complain;
use super::{CommandError, EXIT_FAILURE, input};
use crate::api::OffHoursReason;
use crate::detect::{Judgement, Verdict, findings};
use crate::source::files::Reading;
use crate::upload::{OtherPutImage, Upload};

/// What a policy says of a record of PutImage. The names are a contract: other tools read them.
#[derive(Debug, Serialize)]
struct Explanation<'a> {
    #[serde(rename = "eventID")]
    event_id: Option<&'a str>,
    #[serde(rename = "eventTime", serialize_with = "in_utc")]
    event_time: Option<DateTime<Utc>>,
    #[serde(rename = "localTime")]
    local_time: Option<String>,
    #[serde(rename = "timeZone")]
    time_zone: Option<&'a str>,
    policy: &'a str,
    team: Option<&'a str>,
    verdict: &'a str,
    reason: Option<OffHoursReason>,
    #[serde(rename = "allowRule")]
    allow_rule: Option<&'a str>,
    date: Option<String>,
    finding: Option<&'a str>,
    message: String,
}

/// Says of each push why it is a finding or is none. Gives the exit status.
///
/// # Errors
/// When there is nothing to judge, or nothing to judge by, or the output can't be written.
pub fn explain(arguments: &ExplainArguments) -> Result<u8, CommandError> {
    let files = read_policies(&arguments.policies);
    for problem in &files.problems {
        complain(problem);
    }
    if files.policies.is_empty() {
        return Err(CommandError::NoPolicy);
    }
    let reading = input::read(&arguments.input)?;
    for problem in &reading.problems {
        complain(&problem.to_string());
    }
    let names: Vec<HashMap<String, String>> =
        files.policies.iter().map(|file| finding_names(file, &reading.uploads)).collect();
    let mut text = String::new();
    for explanation in explanations(&files.policies, &names, &reading) {
        if arguments.event_id.is_some() && arguments.event_id.as_deref() != explanation.event_id {
            continue;
        }
        text.push_str(&match arguments.output {
            ExplainOutput::Text => in_words(&explanation),
            ExplainOutput::Json => serde_json::to_string(&explanation).map_err(CommandError::Json)?,
        });
        text.push('\n');
    }
    if print(&text, clap::ColorChoice::Never)? == Printed::Whole {
        // Nothing can be done about a closed standard error.
        let _ = writeln!(std::io::stderr(), "{}", input::summary(&reading.counts));
    }
    match &arguments.event_id {
        Some(id) if text.is_empty() => Err(CommandError::NoSuchEvent(plain(id))),
        _ if files.problems.is_empty() && reading.problems.is_empty() => Ok(0),
        _ => Ok(EXIT_FAILURE),
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
        local_time: Some(judgement.local_time.to_rfc3339_opts(SecondsFormat::AutoSi, false)),
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
    }
}

#[allow(clippy::ref_option)] // The signature is serde's.
fn in_utc<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true)).serialize(serializer)
}

/// `OffHours by production: arn:… pushed prod/api:v1 at Sat …; business hours are …  [finding …, event …]`.
fn in_words(explanation: &Explanation<'_>) -> String {
    let Explanation { verdict, policy, message, event_id, finding, .. } = explanation;
    let finding = finding.map(|finding| format!("finding {finding}, ")).unwrap_or_default();
    let event_id = event_id.unwrap_or("unknown");
    plain(&format!("{verdict} by {policy}: {message} [{finding}event {event_id}]"))
}
