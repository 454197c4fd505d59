//! `offhours scan`.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::io::Write as _;

use super::arguments::{PolicyArguments, ScanArguments, ScanOutput};
use super::output::{Printed, csv, objects, print, table};
use super::policy_files::{PolicyFile, read_policies};
use super::{CommandError, EXIT_FAILURE, EXIT_FINDINGS, compare, heat_map, input};
use crate::api::OffHoursUpload;
use crate::detect::{Verdict, findings};
use crate::source::files::Reading;
use crate::upload::Upload;

/// Judges records and prints the findings. Gives the exit status.
///
/// # Errors
/// When there is nothing to judge, or nothing to judge by, or the output can't be written.
pub fn scan(arguments: &ScanArguments) -> Result<u8, CommandError> {
    let mut files = read_policies(&arguments.policies);
    let other = arguments.compare.as_ref().map(|file| {
        let config_maps = arguments.policies.config_maps.clone();
        read_policies(&PolicyArguments { policies: vec![file.clone()], config_maps })
    });
    files.problems.extend(other.iter().flat_map(|other| other.problems.clone()));
    for problem in &files.problems {
        complain(problem);
    }
    if files.policies.is_empty() || other.as_ref().is_some_and(|other| other.policies.is_empty()) {
        return Err(CommandError::NoPolicy);
    }
    let comparison = match other.as_ref().and_then(|other| other.policies.first()) {
        Some(other) => Some((other, compare::Format::of(arguments.output)?)),
        None => None,
    };
    let reading = input::read(&arguments.input)?;
    for problem in &reading.problems {
        complain(&problem.to_string());
    }
    let something_failed = !files.problems.is_empty() || !reading.problems.is_empty();

    let found = match comparison {
        Some((other, format)) => {
            compare::print_difference(format, arguments.color, &files.policies, other, &reading.uploads)?
        }
        None => print_findings(arguments, &files.policies, &reading)?,
    };
    Ok(match (something_failed, found) {
        (true, _) => EXIT_FAILURE,
        (false, true) => EXIT_FINDINGS,
        (false, false) => 0,
    })
}

fn print_findings(arguments: &ScanArguments, policies: &[PolicyFile], reading: &Reading) -> Result<bool, CommandError> {
    let panels = LazyCell::new(|| heat_map::panels(policies, &reading.uploads));
    if let Some(path) = &arguments.heatmap_svg {
        std::fs::write(path, heat_map::svg(&panels))
            .map_err(|source| CommandError::Write { path: path.display().to_string(), source })?;
    }
    let found = all_findings(policies, &reading.uploads);
    let text = if arguments.heatmap {
        heat_map::text(&panels)
    } else {
        match arguments.output {
            ScanOutput::Table => table::findings(&found, false),
            ScanOutput::Wide => table::findings(&found, true),
            ScanOutput::Json => objects::json(&found)?,
            ScanOutput::Yaml => objects::yaml(&found)?,
            ScanOutput::Csv => csv::rows(policies, &reading.uploads)?,
        }
    };
    if print(&text, arguments.color)? == Printed::Whole {
        summarise(policies, reading, found.len());
    }
    Ok(!found.is_empty())
}

/// The objects that the controller would write for all policies, in the order of their namespaces and names.
pub fn all_findings(policies: &[PolicyFile], uploads: &[Upload]) -> Vec<OffHoursUpload> {
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

/// What was read and how it was judged, on standard error: standard output has the result and nothing else.
fn summarise(policies: &[PolicyFile], reading: &Reading, found: usize) {
    let mut lines = vec![input::summary(&reading.counts)];
    for file in policies {
        let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
        for upload in &reading.uploads {
            let verdict = match file.policy.judge(upload).verdict {
                Verdict::Allowed(rule) => format!("allowed by {}", rule.name()),
                Verdict::BusinessHours => "in business hours".to_owned(),
                Verdict::OutOfScope(_) => "out of scope".to_owned(),
                Verdict::OffHours(_) => "off hours".to_owned(),
            };
            *verdicts.entry(verdict).or_default() += 1;
        }
        let verdicts: Vec<String> = verdicts.into_iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
        let verdicts = if verdicts.is_empty() { "nothing to judge".to_owned() } else { verdicts.join(", ") };
        lines.push(super::output::plain(&format!("policy {}: {verdicts}", file.policy.name())));
    }
    lines.push(match found {
        0 if reading.problems.is_empty() => "no pushes outside business hours".to_owned(),
        0 => "no pushes outside business hours in what could be read".to_owned(),
        1 => "1 finding".to_owned(),
        more => format!("{more} findings"),
    });
    // Nothing can be done about a closed standard error.
    let _ = writeln!(std::io::stderr(), "{}", lines.join("\n"));
}

/// A line on standard error.
pub fn complain(problem: &str) {
    let _ = writeln!(std::io::stderr(), "error: {}", super::output::plain(problem));
}
