//! The principals that are in no team.

use std::collections::BTreeMap;

use super::utc_offset::utc_offset;
use crate::cli::output::counted;
use crate::learn::{Options, Proposal, Proposed, Rhythm};

/// The reason for each principal that is in no team.
pub fn reasons<'p>(proposals: &'p [Proposal], proposed: &Proposed<'p>, options: &Options) -> BTreeMap<&'p str, String> {
    let mut reasons: BTreeMap<&str, String> = BTreeMap::new();
    for proposal in proposals {
        let reason = match proposal.rhythm {
            Rhythm::WorkingHours => continue,
            Rhythm::Unclear => {
                "pushes like a person, but several offices fit equally well: read more records".to_owned()
            }
            Rhythm::Elsewhere => format!(
                "pushes like a person who works in none of the offices, but about UTC{}: review it, or add --office for that place",
                utc_offset(proposal.elsewhere.unwrap_or_default())
            ),
            Rhythm::AllHours => "pushes at all hours: a machine, or a role shared around the world".to_owned(),
            Rhythm::Timetable => "pushes at the same few times of the day: a scheduled job".to_owned(),
            Rhythm::TooFew => format!(
                "too few pushes: in {} on {}, where {} on {} are needed",
                counted(proposal.observations, "half hour"),
                counted(proposal.days, "day"),
                options.min_observations,
                options.min_days
            ),
            Rhythm::ServiceRole => "a role of an AWS service".to_owned(),
        };
        reasons.insert(&proposal.principal, reason);
    }
    reasons.extend(proposed.left_out.iter().map(|(proposal, why)| (proposal.principal.as_str(), (*why).to_owned())));
    reasons
}
