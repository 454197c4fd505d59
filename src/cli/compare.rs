//! `offhours scan --compare`: what a change of policy adds and removes.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde::Serialize;

use super::CommandError;
use super::arguments::{ScanArguments, ScanOutput};
use super::output::{print, table};
use super::policy_files::PolicyFile;
use crate::detect::Verdict;
use crate::upload::Upload;

/// A push that is a finding by one side and not by the other.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// `Added` or `Removed`.
    pub change: &'static str,
    /// The event.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// Where it was pushed to.
    pub repository: String,
    /// The tag, if it has one.
    pub tag: Option<String>,
    /// Who pushed.
    pub principal: String,
    /// The sentence of the side by which it is no finding now, or is one from now on.
    pub message: String,
}

/// Prints what `after` finds and `before` did not, and the other way round. Says whether there is a difference.
pub fn print_difference(
    arguments: &ScanArguments,
    before: &[PolicyFile],
    after: &[PolicyFile],
    uploads: &[Upload],
) -> Result<bool, CommandError> {
    let (mut differences, mut counts) = (Vec::new(), BTreeMap::from([("same", 0_u64), ("Added", 0), ("Removed", 0)]));
    for upload in uploads {
        let change = match (is_found(before, upload), is_found(after, upload)) {
            (false, true) => "Added",
            (true, false) => "Removed",
            (true, true) => {
                *counts.entry("same").or_default() += 1;
                continue;
            }
            (false, false) => continue,
        };
        *counts.entry(change).or_default() += 1;
        let message = after.iter().map(|file| file.policy.judge(upload).sentence(upload)).next().unwrap_or_default();
        differences.push(Difference {
            change,
            event_id: upload.event_id.clone(),
            repository: upload.repository.clone(),
            tag: upload.tag.clone(),
            principal: upload.principal.arn.clone(),
            message,
        });
    }
    let text = match arguments.output {
        ScanOutput::Table | ScanOutput::Wide => table::differences(&differences),
        ScanOutput::Json => {
            let mut text = serde_json::to_string_pretty(&differences).map_err(CommandError::Json)?;
            text.push('\n');
            text
        }
        ScanOutput::Yaml | ScanOutput::Csv => return Err(CommandError::CompareOutput),
    };
    print(&text, arguments.color)?;
    let count = |what: &str| counts.get(what).copied().unwrap_or_default();
    let (added, removed, same) = (count("Added"), count("Removed"), count("same"));
    let _ = writeln!(
        std::io::stderr(),
        "{added} pushes become findings, {removed} are findings no more, {same} stay findings"
    );
    Ok(!differences.is_empty())
}

fn is_found(policies: &[PolicyFile], upload: &Upload) -> bool {
    policies.iter().any(|file| matches!(file.policy.judge(upload).verdict, Verdict::OffHours(_)))
}
