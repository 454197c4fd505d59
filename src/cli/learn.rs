//! `offhours learn`.

use chrono_tz::Tz;
use clap::{Args, ColorChoice, ValueEnum};

use super::arguments::whole_number;
use super::input::{self, InputArguments};
use super::output::{Printed, complain, counted, print, proposal, say};
use super::{CommandError, Outcome};
use crate::api::{EcrUploadPolicySpec, Team};
use crate::calendar::zone_from_name;
use crate::detect::{Calendars, Policy, Verdict, findings};
use crate::learn::{Options, Proposal, Rhythm, propose, propose_teams, pushes};
use crate::upload::Upload;

/// Flags of `learn`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct LearnArguments {
    /// Time zone of an office, such as Europe/Berlin; repeatable
    ///
    /// An IANA name. Each principal gets the zone of the office that fits its pushes best, or none if no office fits. Zones
    /// that share their clock, such as Europe/Berlin and Europe/Paris, need only one of them.
    #[arg(long = "office", required = true, value_parser = office, value_name = "ZONE")]
    pub offices: Vec<Tz>,

    /// Name of the proposed policy
    #[arg(long, default_value = "learned", value_parser = policy_name, value_name = "NAME")]
    pub name: String,

    /// Half hours with a push that a principal needs for a proposal, from 1 to 65535
    ///
    /// All pushes of the same half hour count as one, because pushes come in runs.
    #[arg(long, default_value_t = 6, value_parser = whole_number::<1, { u16::MAX }>, value_name = "NUMBER")]
    pub min_pushes: u16,

    /// Days with a push that a principal needs for a proposal, from 1 to 65535
    #[arg(long, default_value_t = 4, value_parser = whole_number::<1, { u16::MAX }>, value_name = "NUMBER")]
    pub min_days: u16,

    /// Output format
    #[arg(short, long, value_enum, default_value_t = LearnOutput::Yaml, value_name = "FORMAT")]
    pub output: LearnOutput,

    /// The records to read.
    #[command(flatten)]
    pub input: InputArguments,
}

/// What `learn` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LearnOutput {
    /// The policy, with comments on how certain each team is
    Yaml,
    /// An array with one object per principal
    Json,
}

const EXAMPLES: &str = "\
Examples:
  offhours learn --office Europe/Berlin --office Asia/Tokyo AWSLogs/
  offhours learn --office Europe/Berlin \\
    --lookup --since 90d --region eu-central-1 > policy.yaml
  offhours learn --office Europe/Berlin -o json AWSLogs/";

fn office(text: &str) -> Result<Tz, String> {
    zone_from_name(text).map_err(|error| error.to_string())
}

/// As the API server takes it; findings carry it as a label.
fn policy_name(text: &str) -> Result<String, String> {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let has_ends = !text.is_empty() && !text.starts_with('-') && !text.ends_with('-');
    if has_ends && text.len() <= 63 && text.bytes().all(is_inner) {
        Ok(text.to_owned())
    } else {
        Err("must be at most 63 lower-case letters, digits and hyphens, such as production".to_owned())
    }
}

/// Proposes a policy with the hours and zones that records show.
///
/// # Errors
/// When there is nothing to learn from, or nothing was learned, or the output can't be written.
pub fn learn(arguments: &LearnArguments) -> Result<Outcome, CommandError> {
    let input = input::read(&arguments.input)?;
    let uploads = &input.reading.uploads;
    for error in &input.reading.errors {
        complain(&error.to_string());
    }
    if uploads.is_empty() {
        return Err(CommandError::NothingToLearn { read: input.summary() });
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
    let backtest = Backtest::over(&arguments.name, &spec, uploads)?;

    let text = match arguments.output {
        LearnOutput::Yaml => proposal::yaml(&arguments.name, &spec, &proposals, &proposed, &options)?,
        LearnOutput::Json => proposal::json(&proposals, &proposed, &options)?,
    };
    if print(&text, ColorChoice::Never)? == Printed::Whole {
        let placed: usize = proposed.teams.iter().map(|team| team.members.len()).sum();
        let (of, teams) = (counted(proposals.len(), "principal"), counted(proposed.teams.len(), "team"));
        say(&format!("{}\n{teams} with {placed} of {of}\n{}", input.summary(), backtest.in_words()));
    }
    if proposed.teams.is_empty() {
        return Err(CommandError::NothingLearned { advice: advice(&proposals, &options) });
    }
    Ok(Outcome::answered(input.reading.errors.is_empty()))
}

/// What gets closest to a proposal. The reasons of each principal are in the output.
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
            format!(
                "{who} gives {} from {}",
                counted(found.findings, "finding"),
                counted(found.off_hours, "off-hours upload")
            )
        };
        format!(
            "in these records, from which it was learned:\n  {}\n  {}",
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
