//! Runs `offhours scan`.

use std::collections::BTreeMap;

use super::arguments::{ScanArguments, ScanOutput};
use super::error::ScanError;
use super::{csv, objects, table};
use crate::api::OffHoursUpload;
use crate::cli::exit_status::Outcome;
use crate::cli::output::{Printed, counted, plain, print, say};
use crate::cli::policies::{PolicyFile, note_unknown_years, read_policies};
use crate::cli::records::{Records, read_records};
use crate::detect::{Verdict, findings};
use crate::upload::Upload;

/// Judges records and prints the findings.
///
/// # Errors
/// When there is no policy, nothing can be read, or the output cannot be written.
pub fn scan(arguments: &ScanArguments) -> Result<Outcome, ScanError> {
    let policies = read_policies(&arguments.policies, &arguments.records.paths)?;
    let records = read_records(&arguments.records)?;
    note_unknown_years(&policies.files, &records.uploads);
    let found = all_findings(&policies.files, &records.uploads);
    let text = match arguments.output {
        ScanOutput::Table => table::findings(&found, false),
        ScanOutput::Wide => table::findings(&found, true),
        ScanOutput::Json => objects::json(&found)?,
        ScanOutput::Yaml => objects::yaml(&found)?,
        ScanOutput::Csv => csv::rows(&policies.files, &records.uploads)?,
    };
    if print(&text, arguments.color)? == Printed::Whole {
        say(&summary(&policies.files, &records, found.len()));
    }
    Ok(Outcome::searched(policies.is_whole && records.is_whole, !found.is_empty()))
}

/// The objects that the controller would write for all policies, ordered by namespace and name.
fn all_findings(policies: &[PolicyFile], uploads: &[Upload]) -> Vec<OffHoursUpload> {
    let mut found = Vec::new();
    for file in policies {
        for mut object in findings(&file.policy, uploads) {
            object.metadata.namespace.clone_from(&file.namespace);
            found.push(object);
        }
    }
    let key = |object: &OffHoursUpload| (object.metadata.namespace.clone(), object.metadata.name.clone());
    found.sort_by_key(key);
    found
}

/// How many records were read, and how they were judged.
fn summary(policies: &[PolicyFile], records: &Records, found: usize) -> String {
    let mut lines = vec![records.summary()];
    for file in policies {
        let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
        for upload in &records.uploads {
            let verdict = match file.policy.judge(upload).verdict {
                Verdict::Allowed(rule) => format!("allowed by {}", rule.name()),
                Verdict::BusinessHours => "in business hours".to_owned(),
                Verdict::OutOfScope(_) => "out of scope".to_owned(),
                Verdict::OffHours(_) => "off hours".to_owned(),
            };
            *verdicts.entry(verdict).or_default() += 1;
        }
        let verdicts: Vec<String> = verdicts.into_iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        let verdicts = if verdicts.is_empty() { "no uploads to judge".to_owned() } else { verdicts.join(", ") };
        lines.push(plain(&format!("policy {}: {verdicts}", file.policy.name())));
    }
    lines.push(match found {
        0 if records.is_whole => "no findings".to_owned(),
        0 => "no findings in the records that could be read".to_owned(),
        more => counted(more, "finding"),
    });
    lines.join("\n")
}
