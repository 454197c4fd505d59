//! Uploads in years whose public holidays are not known.

use std::collections::BTreeSet;

use super::policy_file::PolicyFile;
use crate::calendar::HOLIDAY_YEARS;
use crate::cli::output::{counted, note};
use crate::detect::{Judgement, Verdict};
use crate::upload::Upload;

/// Notes for each policy how many uploads lie outside the years of the data. They are judged as if there were no public
/// holidays, which their verdicts do not show.
pub fn note_unknown_years<'p>(policies: impl IntoIterator<Item = &'p PolicyFile>, uploads: &[Upload]) {
    let notes: BTreeSet<String> = policies.into_iter().filter_map(|file| unknown_years(file, uploads)).collect();
    notes.iter().for_each(|text| note(text));
}

fn unknown_years(file: &PolicyFile, uploads: &[Upload]) -> Option<String> {
    let is_meant = |judgement: &Judgement<'_>| {
        judgement.lacks_public_holidays() && !matches!(judgement.verdict, Verdict::OutOfScope(_))
    };
    let dates = uploads.iter().map(|upload| file.policy.judge(upload)).filter(is_meant);
    let dates: Vec<_> = dates.map(|judgement| judgement.local_time.date_naive()).collect();
    let (first, last) = (dates.iter().min()?, dates.iter().max()?);
    let when = if first == last { format!("on {first}") } else { format!("from {first} to {last}") };
    Some(format!(
        "policy {}: the public holidays of {} are known for {} to {} only, so {} {when} {} judged without them",
        file.policy.name(),
        file.policy.public_holidays().codes().join(", "),
        HOLIDAY_YEARS.start(),
        HOLIDAY_YEARS.end(),
        counted(dates.len(), "upload"),
        if dates.len() == 1 { "was" } else { "were" },
    ))
}
