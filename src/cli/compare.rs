//! `offhours scan --compare`: what a change of policy adds and removes.

use std::io::Write as _;

use clap::ColorChoice;

use super::CommandError;
use super::arguments::ScanOutput;
use super::difference::{Counts, Difference, difference};
use super::output::{Printed, differences, plain, print};
use super::policy_files::PolicyFile;
use crate::upload::Upload;

/// How a comparison is printed.
#[derive(Debug, Clone, Copy)]
pub enum Format {
    /// For people; `wide` shows all pushes.
    Text { wide: bool },
    /// For tools.
    Json,
}

impl Format {
    /// Before anything is read: a comparison has fewer formats than findings have.
    pub fn of(output: ScanOutput) -> Result<Self, CommandError> {
        match output {
            ScanOutput::Table => Ok(Self::Text { wide: false }),
            ScanOutput::Wide => Ok(Self::Text { wide: true }),
            ScanOutput::Json => Ok(Self::Json),
            ScanOutput::Yaml | ScanOutput::Csv => Err(CommandError::CompareOutput),
        }
    }
}

/// Prints what `after` finds and the policy that it replaces does not, and the other way round. Says whether there is a
/// difference.
pub fn print_difference(
    format: Format,
    color: ColorChoice,
    before: &[PolicyFile],
    after: &PolicyFile,
    uploads: &[Upload],
) -> Result<bool, CommandError> {
    let before = replaced(before, after)?;
    let difference = difference(&before.policy, &after.policy, uploads);
    let text = match format {
        Format::Text { wide } => differences::text(&difference, wide),
        Format::Json => {
            let mut text = serde_json::to_string_pretty(&difference).map_err(CommandError::Json)?;
            text.push('\n');
            text
        }
    };
    if print(&text, color)? == Printed::Whole {
        // Nothing can be done about a closed standard error.
        let _ = writeln!(std::io::stderr(), "{}", summary(&difference));
    }
    Ok(!difference.differences.is_empty())
}

/// The only policy, whatever its name, or the one of several that has the same name. The others go on as they are.
fn replaced<'p>(before: &'p [PolicyFile], after: &PolicyFile) -> Result<&'p PolicyFile, CommandError> {
    if let [only] = before {
        return Ok(only);
    }
    let is_same = |file: &&PolicyFile| {
        let is_same_namespace =
            file.namespace == after.namespace || file.namespace.is_none() || after.namespace.is_none();
        is_same_namespace && file.policy.name() == after.policy.name()
    };
    let mut same = before.iter().filter(is_same);
    match (same.next(), same.next()) {
        (Some(file), None) => Ok(file),
        _ => Err(CommandError::CompareWithWhich { name: plain(after.policy.name()) }),
    }
}

fn summary(difference: &Difference) -> String {
    let Counts { added, removed, changed, same } = difference.findings;
    let pushes = difference.pushes;
    format!(
        "findings: {added} added, {removed} removed, {changed} with other pushes, {same} the same\n\
         pushes: {} added, {} removed, {} in another finding, {} the same",
        pushes.added, pushes.removed, pushes.changed, pushes.same
    )
}
