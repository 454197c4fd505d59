//! `offhours diff`.

use std::path::PathBuf;

use clap::{Args, ColorChoice, ValueEnum};

use super::config_maps::{ConfigMapArguments, read_config_maps};
use super::difference::{Counts, Difference, difference};
use super::holiday_years::note_unknown_years;
use super::input::{self, InputArguments};
use super::output::{Printed, complain, differences, print, say};
use super::policy_files::{PolicyFile, policies_of, read_standard_input_once};
use super::{CommandError, Outcome};
use crate::detect::Policy;

/// Flags of `diff`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct DiffArguments {
    /// Current policies: a file, a folder, or - for standard input; repeatable
    ///
    /// YAML or JSON, read as kubectl reads it: several documents, a List (kubectl get eup -o yaml), or all *.yaml, *.yml and
    /// *.json files in a folder. Objects of other kinds are skipped with a note.
    #[arg(long = "policy", required = true, value_name = "FILE")]
    pub policies: Vec<PathBuf>,

    /// Changed policies, in the same formats; repeatable
    ///
    /// Each one replaces the current policy of the same name and namespace; one without a current policy counts as new. If
    /// there is exactly one policy on each side, their names may differ, so that you can try a copy.
    #[arg(long, required = true, value_name = "FILE")]
    pub with: Vec<PathBuf>,

    /// The calendars of the policies.
    #[command(flatten)]
    pub config_maps: ConfigMapArguments,

    /// Output format
    #[arg(short, long, value_enum, default_value_t = DiffOutput::Text, value_name = "FORMAT")]
    pub output: DiffOutput,

    /// When to color the output
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    /// The records to read.
    #[command(flatten)]
    pub input: InputArguments,
}

/// What `diff` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffOutput {
    /// A paragraph per finding that differs, with up to five of its pushes
    Text,
    /// The same with every push
    Wide,
    /// One JSON object with all findings that differ
    Json,
}

const EXAMPLES: &str = "\
Examples:
  offhours diff --policy today.yaml --with tomorrow.yaml AWSLogs/
  kubectl get eup -A -o yaml |
    offhours diff --policy - --with policies/ --lookup --since 30d";

/// Prints what the new policies find and the old ones do not, and the other way round.
///
/// # Errors
/// When there is nothing to judge, or nothing to judge by, or the output can't be written.
pub fn diff(arguments: &DiffArguments) -> Result<Outcome, CommandError> {
    let flags = [
        ("--policy", &arguments.policies),
        ("--with", &arguments.with),
        ("--config-map", &arguments.config_maps.config_maps),
    ];
    read_standard_input_once(&flags, &arguments.input)?;
    let config_maps = read_config_maps(&arguments.config_maps);
    let before = policies_of("--policy", &arguments.policies, &config_maps)?;
    let after = policies_of("--with", &arguments.with, &config_maps)?;
    let input = input::read(&arguments.input)?;
    for error in &input.reading.errors {
        complain(&error.to_string());
    }
    note_unknown_years(before.policies.iter().chain(&after.policies), &input.reading.uploads);
    let pairs = pairs(&before.policies, &after.policies);
    let difference = difference(&pairs, &input.reading.uploads);
    let text = match arguments.output {
        DiffOutput::Text => differences::text(&difference, false),
        DiffOutput::Wide => differences::text(&difference, true),
        DiffOutput::Json => {
            let mut text = serde_json::to_string_pretty(&difference).map_err(CommandError::Json)?;
            text.push('\n');
            text
        }
    };
    if print(&text, arguments.color)? == Printed::Whole {
        say(&format!("{}\n{}", input.summary(), summary(&difference)));
    }
    let is_whole = before.is_whole && after.is_whole && input.reading.errors.is_empty();
    Ok(Outcome::searched(is_whole, !difference.differences.is_empty()))
}

/// Each new policy with the one that it replaces. The old ones that are not replaced stay as they are.
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
