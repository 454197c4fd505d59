//! `offhours explain`.

use std::collections::HashMap;

use chrono::SecondsFormat;
use serde::Serialize;

use super::arguments::{ExplainArguments, ExplainOutput};
use super::output::{plain, print};
use super::policy_files::{PolicyFile, read_policies};
use super::scan::complain;
use super::{CommandError, EXIT_FAILURE, input};
use crate::api::OffHoursReason;
use crate::detect::{Judgement, Verdict, findings};
use crate::upload::Upload;

/// What a policy says of a push. The names are a contract: other tools read them.
#[derive(Debug, Serialize)]
struct Explanation<'a> {
    #[serde(rename = "eventID")]
    event_id: &'a str,
    #[serde(rename = "eventTime")]
    event_time: String,
    #[serde(rename = "localTime")]
    local_time: String,
    #[serde(rename = "timeZone")]
    time_zone: &'a str,
    policy: &'a str,
    team: Option<&'a str>,
    verdict: &'a str,
    reason: Option<OffHoursReason>,
    #[serde(rename = "allowRule")]
    allow_rule: Option<&'a str>,
    date: String,
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
    for upload in &reading.uploads {
        if arguments.event_id.as_ref().is_some_and(|id| *id != upload.event_id) {
            continue;
        }
        for (file, names) in files.policies.iter().zip(&names) {
            let judgement = file.policy.judge(upload);
            let finding = names.get(&upload.event_id).map(String::as_str);
            let explanation = explanation(file, upload, &judgement, finding);
            text.push_str(&match arguments.output {
                ExplainOutput::Text => in_words(&explanation),
                ExplainOutput::Json => serde_json::to_string(&explanation).map_err(CommandError::Json)?,
            });
            text.push('\n');
        }
    }
    print(&text, clap::ColorChoice::Never)?;
    if text.is_empty() {
        eprintln!("{}; nothing to explain", input::summary(&reading.counts));
    }
    Ok(if files.problems.is_empty() && reading.problems.is_empty() { 0 } else { EXIT_FAILURE })
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
        event_id: &upload.event_id,
        event_time: upload.time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        local_time: judgement.local_time.to_rfc3339_opts(SecondsFormat::AutoSi, false),
        time_zone: judgement.hours.schedule().zone().name(),
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
        date: judgement.date.to_string(),
        finding,
        message: judgement.sentence(upload),
    }
}

/// `OffHours by production: arn:… pushed prod/api:v1 at Sat …; business hours are …  [finding …, event …]`.
fn in_words(explanation: &Explanation<'_>) -> String {
    let Explanation { verdict, policy, message, event_id, finding, .. } = explanation;
    let finding = finding.map(|finding| format!("finding {finding}, ")).unwrap_or_default();
    plain(&format!("{verdict} by {policy}: {message} [{finding}event {event_id}]"))
}
