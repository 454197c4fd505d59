//! `offhours scan --compare`: what a change of policy adds and removes.

use std::io::Write as _;

use super::CommandError;
use super::arguments::{ScanArguments, ScanOutput};
use super::difference::{Counts, Difference, difference};
use super::output::{Printed, differences, plain, print};
use super::policy_files::PolicyFile;
use crate::upload::Upload;

/// Prints what `after` finds and the policy that it replaces does not, and the other way round. Says whether there is a
/// difference.
pub fn print_difference(
    arguments: &ScanArguments,
    before: &[PolicyFile],
    after: &PolicyFile,
    uploads: &[Upload],
) -> Result<bool, CommandError> {
    let before = replaced(before, after)?;
    let difference = difference(&before.policy, &after.policy, uploads);
    let text = match arguments.output {
        ScanOutput::Table => differences::text(&difference, false),
        ScanOutput::Wide => differences::text(&difference, true),
        ScanOutput::Json => {
            let mut text = serde_json::to_string_pretty(&difference).map_err(CommandError::Json)?;
            text.push('\n');
            text
        }
        ScanOutput::Yaml | ScanOutput::Csv => return Err(CommandError::CompareOutput),
    };
    if print(&text, arguments.color)? == Printed::Whole {
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
