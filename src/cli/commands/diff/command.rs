//! Runs `offhours diff`.

use super::arguments::{DiffArguments, DiffOutput};
use super::difference::{Counts, Difference, difference};
use super::error::DiffError;
use super::paragraphs::paragraphs;
use crate::cli::exit_status::Outcome;
use crate::cli::output::{Printed, pretty_json, print, say};
use crate::cli::policies::{PolicyFile, note_unknown_years, read_current_and_changed};
use crate::cli::records::read_records;
use crate::detect::Policy;

/// Prints the findings that only the current or only the changed policies have, and those with other pushes.
///
/// # Errors
/// When a side has no policy, nothing can be read, or the output cannot be written.
pub fn diff(arguments: &DiffArguments) -> Result<Outcome, DiffError> {
    let DiffArguments { policies, with, config_maps, .. } = arguments;
    let (before, after) = read_current_and_changed(policies, with, config_maps, &arguments.records.paths)?;
    let records = read_records(&arguments.records)?;
    note_unknown_years(before.files.iter().chain(&after.files), &records.uploads);
    let pairs = pairs(&before.files, &after.files);
    let difference = difference(&pairs, &records.uploads);
    let text = match arguments.output {
        DiffOutput::Text => paragraphs(&difference, false),
        DiffOutput::Wide => paragraphs(&difference, true),
        DiffOutput::Json => pretty_json(&difference)?,
    };
    if print(&text, arguments.color)? == Printed::Whole {
        say(&format!("{}\n{}", records.summary(), summary(&difference)));
    }
    let is_whole = before.is_whole && after.is_whole && records.is_whole;
    Ok(Outcome::searched(is_whole, !difference.differences.is_empty()))
}

/// Each changed policy with the current one that it replaces. Current policies that are not replaced do not change.
fn pairs<'p>(before: &'p [PolicyFile], after: &'p [PolicyFile]) -> Vec<(Option<&'p Policy>, &'p Policy)> {
    if let ([old], [new]) = (before, after) {
        return vec![(Some(&old.policy), &new.policy)];
    }
    let is_same = |old: &PolicyFile, new: &PolicyFile| {
        let is_same_namespace = old.namespace == new.namespace || old.namespace.is_none() || new.namespace.is_none();
        is_same_namespace && old.policy.name() == new.policy.name()
    };
    let replaced = |new: &PolicyFile| before.iter().find(|old| is_same(old, new)).map(|old| &old.policy);
    after.iter().map(|new| (replaced(new), &new.policy)).collect()
}

fn summary(difference: &Difference) -> String {
    let Counts { added, removed, changed, same } = difference.findings;
    let pushes = difference.pushes;
    format!(
        "findings: {added} added, {removed} removed, {changed} with other pushes, {same} unchanged\n\
         pushes: {} added, {} removed, {} moved to another finding, {} unchanged",
        pushes.added, pushes.removed, pushes.changed, pushes.same
    )
}
