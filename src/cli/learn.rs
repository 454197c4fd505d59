//! `offhours learn`.

use std::io::Write as _;

use super::arguments::{LearnArguments, LearnOutput};
use super::output::{Printed, print, proposal};
use super::scan::complain;
use super::{CommandError, EXIT_FAILURE, input};
use crate::api::{EcrUploadPolicySpec, Team};
use crate::detect::{Calendars, Policy, Verdict, findings};
use crate::learn::{Options, propose, propose_teams, pushes};
use crate::upload::Upload;

/// Proposes a policy with the hours and zones that records show. Gives the exit status.
///
/// # Errors
/// When there is nothing to learn from, or nothing was learned, or the output can't be written.
pub fn learn(arguments: &LearnArguments) -> Result<u8, CommandError> {
    let reading = input::read(&arguments.input)?;
    for problem in &reading.problems {
        complain(&problem.to_string());
    }
    if reading.uploads.is_empty() {
        return Err(CommandError::NothingToLearn { read: input::summary(&reading.counts) });
    }
    let options = Options {
        min_observations: arguments.min_pushes.into(),
        min_days: arguments.min_days.into(),
        offices: arguments.offices.clone(),
        ..Options::default()
    };
    let proposals = propose(&pushes(&reading.uploads), &options);
    let proposed = propose_teams(&proposals);
    let teams: Vec<Team> = proposed.teams.iter().map(Team::from).collect();
    let spec = EcrUploadPolicySpec { teams, ..EcrUploadPolicySpec::default() };
    let backtest = Backtest::over(&arguments.name, &spec, &reading.uploads)?;

    let text = match arguments.output {
        LearnOutput::Yaml => proposal::yaml(&arguments.name, &spec, &proposals, &proposed, &options)?,
        LearnOutput::Json => proposal::json(&proposals, &proposed, &options)?,
    };
    if print(&text, clap::ColorChoice::Never)? == Printed::Whole {
        let placed: usize = proposed.teams.iter().map(|team| team.members.len()).sum();
        let of = format!("{placed} of {} principals in {} teams", proposals.len(), proposed.teams.len());
        // Nothing can be done about a closed standard error.
        let _ = writeln!(std::io::stderr(), "{}\n{of}\n{}", input::summary(&reading.counts), backtest.in_words());
    }
    if proposed.teams.is_empty() {
        return Err(CommandError::NothingLearned);
    }
    Ok(if reading.problems.is_empty() { 0 } else { EXIT_FAILURE })
}

/// What the proposed policy and the default one find in the records that were learned from.
struct Backtest {
    proposed: Found,
    default: Found,
}

struct Found {
    findings: usize,
    off_hours: usize,
}

impl Backtest {
    fn over(name: &str, spec: &EcrUploadPolicySpec, uploads: &[Upload]) -> Result<Self, CommandError> {
        Ok(Self {
            proposed: Found::by(name, spec, uploads)?,
            default: Found::by(name, &EcrUploadPolicySpec::default(), uploads)?,
        })
    }

    fn in_words(&self) -> String {
        let words = |who: &str, found: &Found| {
            format!("{who} gives {} findings of {} off-hours pushes", found.findings, found.off_hours)
        };
        format!(
            "over these records, which it was learned from:\n  {}\n  {}",
            words("the proposed policy", &self.proposed),
            words("the default policy (Mon-Fri 08:00-20:00 UTC)", &self.default)
        )
    }
}

impl Found {
    fn by(name: &str, spec: &EcrUploadPolicySpec, uploads: &[Upload]) -> Result<Self, CommandError> {
        let policy = Policy::compile(name, spec, &Calendars::default()).map_err(CommandError::Proposal)?;
        let is_found = |upload: &&Upload| matches!(policy.judge(upload).verdict, Verdict::OffHours(_));
        Ok(Self { findings: findings(&policy, uploads).len(), off_hours: uploads.iter().filter(is_found).count() })
    }
}
