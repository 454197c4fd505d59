//! `offhours scan`.

use std::collections::BTreeMap;

use clap::{Args, ColorChoice, ValueEnum};

use super::holiday_years::note_unknown_years;
use super::input::{self, Input, InputArguments};
use super::output::{Printed, complain, csv, objects, plain, print, say, table};
use super::policy_files::{PolicyArguments, PolicyFile, read_policies};
use super::{CommandError, Outcome};
use crate::api::OffHoursUpload;
use crate::detect::{Verdict, findings};
use crate::upload::Upload;

/// Flags of `scan`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ScanArguments {
    /// The policies to judge by.
    #[command(flatten)]
    pub policies: PolicyArguments,

    /// Output format
    #[arg(short, long, value_enum, default_value_t = ScanOutput::Table, value_name = "FORMAT")]
    pub output: ScanOutput,

    /// When to color the output
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// The records to read.
    #[command(flatten)]
    pub input: InputArguments,
}

/// What `scan` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScanOutput {
    /// One row per finding
    Table,
    /// The table with account, Region, team, kind, digest and object name
    Wide,
    /// A List of OffHoursUpload objects in JSON
    Json,
    /// The same List in YAML
    Yaml,
    /// Rows in the format of the Splunk search, to compare with it
    Csv,
}

const EXAMPLES: &str = "\
Examples:
  offhours scan --policy policy.yaml AWSLogs/
  aws cloudtrail lookup-events \\
    --lookup-attributes AttributeKey=EventName,AttributeValue=PutImage |
    offhours scan --policy policy.yaml -
  offhours scan --policy policy.yaml \\
    --lookup --since 30d --region eu-central-1,us-east-1
  kubectl get eup -A -o yaml |
    offhours scan --policy - --since 2026-11-01 AWSLogs/";

/// Judges records and prints the findings.
///
/// # Errors
/// When there is nothing to judge, or nothing to judge by, or the output can't be written.
pub fn scan(arguments: &ScanArguments) -> Result<Outcome, CommandError> {
    let files = read_policies(&arguments.policies, &arguments.input)?;
    let input = input::read(&arguments.input)?;
    for error in &input.reading.errors {
        complain(&error.to_string());
    }
    note_unknown_years(&files.policies, &input.reading.uploads);
    let found = all_findings(&files.policies, &input.reading.uploads);
    let text = match arguments.output {
        ScanOutput::Table => table::findings(&found, false),
        ScanOutput::Wide => table::findings(&found, true),
        ScanOutput::Json => objects::json(&found)?,
        ScanOutput::Yaml => objects::yaml(&found)?,
        ScanOutput::Csv => csv::rows(&files.policies, &input.reading.uploads)?,
    };
    if print(&text, arguments.color)? == Printed::Whole {
        say(&summary(&files.policies, &input, found.len()));
    }
    Ok(Outcome::searched(files.is_whole && input.reading.errors.is_empty(), !found.is_empty()))
}

/// The objects that the controller would write for all policies, in the order of their namespaces and names.
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

/// What was read and how it was judged.
fn summary(policies: &[PolicyFile], input: &Input, found: usize) -> String {
    let mut lines = vec![input.summary()];
    for file in policies {
        let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
        for upload in &input.reading.uploads {
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
        0 if input.reading.errors.is_empty() => "no findings".to_owned(),
        0 => "no findings in the records that could be read".to_owned(),
        1 => "1 finding".to_owned(),
        more => format!("{more} findings"),
    });
    lines.join("\n")
}
