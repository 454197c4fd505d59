//! Runs `offhours learn`.

use clap::ColorChoice;

use super::arguments::{LearnArguments, LearnOutput};
use super::backtest::Backtest;
use super::error::LearnError;
use super::{json, yaml};
use crate::api::{EcrUploadPolicySpec, Team};
use crate::cli::exit_status::Outcome;
use crate::cli::output::{Printed, counted, print, say};
use crate::cli::records::read_records;
use crate::learn::{Options, Proposal, Rhythm, propose, propose_teams, pushes};

/// Proposes a policy with the business hours and time zones that records show.
///
/// # Errors
/// When nothing can be read, there is nothing to learn from, no team can be proposed, or the output cannot be written.
pub fn learn(arguments: &LearnArguments) -> Result<Outcome, LearnError> {
    let records = read_records(&arguments.records)?;
    let uploads = &records.uploads;
    if uploads.is_empty() {
        return Err(LearnError::NothingToLearn { read: records.summary() });
    }
    let options = Options {
        min_observations: arguments.min_pushes.into(),
        min_days: arguments.min_days.into(),
        ..Options::new(arguments.offices.clone())
    };
    let proposals = propose(&pushes(uploads), &options);
    let proposed = propose_teams(&proposals);
    let teams: Vec<Team> = proposed.teams.iter().map(Team::from).collect();
    let spec = EcrUploadPolicySpec { teams, ..EcrUploadPolicySpec::default() };
    let backtest = Backtest::over(&arguments.name, &spec, uploads).map_err(LearnError::Proposal)?;

    let text = match arguments.output {
        LearnOutput::Yaml => yaml::policy(&arguments.name, &spec, &proposals, &proposed, &options)?,
        LearnOutput::Json => json::proposals(&proposals, &proposed, &options)?,
    };
    if print(&text, ColorChoice::Never)? == Printed::Whole {
        let placed: usize = proposed.teams.iter().map(|team| team.members.len()).sum();
        let (of, teams) = (counted(proposals.len(), "principal"), counted(proposed.teams.len(), "team"));
        say(&format!("{}\n{teams} with {placed} of {of}\n{}", records.summary(), backtest.in_words()));
    }
    if proposed.teams.is_empty() {
        return Err(LearnError::NothingLearned { advice: advice(&proposals, &options) });
    }
    Ok(Outcome::answered(records.is_whole))
}

/// What to do about the principal that is closest to a proposal. The reason for each principal is in the output.
fn advice(proposals: &[Proposal], options: &Options) -> String {
    let too_few = proposals.iter().filter(|proposal| proposal.rhythm == Rhythm::TooFew);
    let busiest = too_few.max_by_key(|proposal| (proposal.observations.min(options.min_observations), proposal.days));
    match busiest.filter(|busiest| busiest.pushes > 0) {
        Some(Proposal { principal, observations, days, .. }) => format!(
            "read more records, such as the last 90 days; the principal with the most, {principal}, pushed in {} on {}, \
             so --min-pushes {} --min-days {} would give a first, less certain proposal",
            counted(*observations, "half hour"),
            counted(*days, "day"),
            options.min_observations.min(*observations),
            options.min_days.min(*days),
        ),
        None => "the reason for each principal is in the output".to_owned(),
    }
}
