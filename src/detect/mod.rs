//! A compiled policy judges an upload, and uploads become findings. Pure: time is a parameter, and nothing here knows a
//! Kubernetes client, an AWS client or the clock.
//!
//! One upload goes through [`Policy::judge`] to a [`Judgement`]; those off hours get the [`FindingKey`] of the incident that
//! they belong to, and [`plan_append`] says which objects must hold them.

mod append;
mod evidence;
mod finding_key;
mod pattern;
mod policy;
#[cfg(test)]
mod tests;
mod verdict;

pub use append::{PartWrite, plan_append};
pub(crate) use evidence::reportable_id;
pub use evidence::{NewUpload, reported_id};
pub use finding_key::FindingKey;
pub use policy::{Policy, PolicyError};
pub use verdict::{Judgement, OutOfScope, Verdict};
