//! The flags of `offhours learn`.

use chrono_tz::Tz;
use clap::{Args, ValueEnum};

use crate::calendar::zone_from_name;
use crate::cli::flag_values::whole_number;
use crate::cli::records::RecordArguments;

/// The flags of `learn`.
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
    pub records: RecordArguments,
}

/// The output formats of `learn`.
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

/// A name that the API server accepts, and that fits into a label of the findings.
fn policy_name(text: &str) -> Result<String, String> {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let has_ends = !text.is_empty() && !text.starts_with('-') && !text.ends_with('-');
    if has_ends && text.len() <= 63 && text.bytes().all(is_inner) {
        Ok(text.to_owned())
    } else {
        Err("must be at most 63 lower-case letters, digits and hyphens, such as production".to_owned())
    }
}
