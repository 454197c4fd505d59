//! How a proposed policy compares with the default one.

use crate::api::EcrUploadPolicySpec;
use crate::cli::output::counted;
use crate::detect::{Calendars, Policy, PolicyError, Verdict, findings};
use crate::upload::Upload;

/// The findings of the proposed policy and of the default one in the records that were learned from.
pub struct Backtest {
    proposed: Found,
    default: Found,
}

struct Found {
    findings: usize,
    off_hours: usize,
}

impl Backtest {
    pub fn over(name: &str, spec: &EcrUploadPolicySpec, uploads: &[Upload]) -> Result<Self, PolicyError> {
        Ok(Self {
            proposed: Found::by(name, spec, uploads)?,
            default: Found::by(name, &EcrUploadPolicySpec::default(), uploads)?,
        })
    }

    /// A sentence of several lines for standard error.
    pub fn in_words(&self) -> String {
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
    fn by(name: &str, spec: &EcrUploadPolicySpec, uploads: &[Upload]) -> Result<Self, PolicyError> {
        let policy = Policy::compile(name, spec, &Calendars::default())?;
        let is_found = |upload: &&Upload| matches!(policy.judge(upload).verdict, Verdict::OffHours(_));
        Ok(Self { findings: findings(&policy, uploads).len(), off_hours: uploads.iter().filter(is_found).count() })
    }
}
