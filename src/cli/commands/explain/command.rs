//! Runs `offhours explain`.

use super::arguments::{ExplainArguments, ExplainOutput};
use super::error::ExplainError;
use super::explanation::{FindingNames, explanations, finding_names};
use super::sentences::sentences;
use super::table::table;
use crate::cli::exit_status::Outcome;
use crate::cli::output::{Printed, json_line, plain, print, say};
use crate::cli::policies::{note_unknown_years, read_policies};
use crate::cli::records::read_records;

/// Explains why each push is or is not a finding.
///
/// # Errors
/// When there is no policy, nothing can be read, no record has the requested event ID, or the output cannot be written.
pub fn explain(arguments: &ExplainArguments) -> Result<Outcome, ExplainError> {
    let policies = read_policies(&arguments.policies, &arguments.records.paths)?;
    let records = read_records(&arguments.records)?;
    note_unknown_years(&policies.files, &records.uploads);
    let names: Vec<FindingNames> = policies.files.iter().map(|file| finding_names(file, &records.uploads)).collect();
    let mut explanations = explanations(&policies.files, &names, &records);
    if let Some(id) = &arguments.event_id {
        explanations.retain(|explanation| explanation.event_id == Some(id));
    }
    let text = match arguments.output {
        ExplainOutput::Table => table(&explanations, policies.files.len() > 1),
        ExplainOutput::Wide => sentences(&explanations),
        ExplainOutput::Json => explanations.iter().map(json_line).collect::<Result<String, _>>()?,
    };
    if print(&text, arguments.color)? == Printed::Whole {
        say(&records.summary());
    }
    match &arguments.event_id {
        Some(id) if explanations.is_empty() => Err(ExplainError::NoSuchEvent(plain(id))),
        _ => Ok(Outcome::answered(policies.is_whole && records.is_whole)),
    }
}
