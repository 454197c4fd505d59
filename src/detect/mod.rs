//! A compiled policy judges an upload, and uploads become findings. Pure: time is a parameter, and nothing here knows a
//! Kubernetes client, an AWS client or the clock.
//!
//! One upload goes through [`Policy::judge`] to a [`Judgement`]; those off hours get the [`FindingKey`] of the incident that
//! they belong to, and [`plan_append`] says which objects must hold them.

mod allow_rule;
mod append;
mod calendars;
mod error;
mod evidence;
mod finding_key;
mod findings;
mod heat_map;
mod hours;
mod kind;
mod never_matches;
mod note;
mod pattern;
mod policy;
mod principal;
mod scope;
mod sentence;
mod team;
#[cfg(test)]
mod tests;
mod triage;
mod verdict;

pub use allow_rule::AllowRule;
pub use append::{Added, PartWrite, plan_append};
pub(crate) use calendars::calendar_references;
pub use calendars::{Calendars, Feed, HolidayProblem, MissingFeed};
pub use error::{PolicyError, Problem};
pub use evidence::NewUpload;
pub(crate) use evidence::reportable_id;
pub(crate) use evidence::reported_id;
pub use finding_key::FindingKey;
pub(crate) use findings::findings;
pub(crate) use heat_map::{Cell, HeatMap, Minutes, WEEKDAYS, heat_maps};
pub use hours::TeamHours;
pub(crate) use never_matches::{named_in_vain, nothing_in_scope};
pub(crate) use note::{note_after_triage, note_of_pushes, pushes_after};
pub use policy::Policy;
pub(crate) use principal::{identity, short_principal};
pub(crate) use triage::{count_untriaged, plan_triage};
pub use verdict::{Judgement, OutOfScope, Verdict};
