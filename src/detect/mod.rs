//! Judging uploads by a compiled policy, and making findings of those that are off hours. Pure: no Kubernetes client, no AWS
//! client, no clock.
//!
//! [`Policy::judge`] gives an upload its [`Judgement`]. If it is off hours, [`FindingKey`] identifies the finding that it
//! belongs to, and [`plan_append`] decides which objects must hold it.

mod allow_rule;
mod append;
mod calendars;
mod evidence;
mod feed;
mod finding_key;
mod finding_name;
mod findings;
mod heat_map;
mod holiday_error;
mod hours;
mod judge;
mod kind;
mod never_matches;
mod new_upload;
mod note;
mod pattern;
mod policy;
mod policy_error;
mod principal;
mod scope;
mod sentence;
mod stored_text;
mod team;
#[cfg(test)]
mod tests;
mod triage;
mod verdict;

pub use allow_rule::AllowRule;
pub use append::{Added, PartWrite, plan_append};
pub use calendars::Calendars;
pub(crate) use calendars::calendar_references;
pub(crate) use evidence::{reportable_id, reported_id};
pub use feed::{Feed, FeedError};
pub use finding_key::FindingKey;
pub(crate) use findings::findings;
pub(crate) use heat_map::{Cell, HeatMap, Minutes, WEEKDAYS, heat_maps};
pub use holiday_error::{HolidayError, HolidayErrorKind};
pub use hours::TeamHours;
pub(crate) use never_matches::{named_in_vain, nothing_in_scope};
pub use new_upload::NewUpload;
pub(crate) use note::{note_after_triage, note_of_pushes, pushes_after};
pub use policy::Policy;
pub use policy_error::{PolicyError, PolicyErrorKind};
pub(crate) use principal::{identity, short_principal};
pub(crate) use triage::{count_untriaged, plan_triage};
pub use verdict::{Judgement, OutOfScope, Verdict};
