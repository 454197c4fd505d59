//! From past pushes: in which zone, and at which hours, does a principal work?
//!
//! Pure: no clock, no I/O. [`pushes`] takes from uploads what there is to learn from, [`propose`] looks at each principal,
//! [`propose_teams`] draws those together that may share a team of a policy.
//!
//! # How
//! A push has only a UTC time. For the zone of each office ([`Options::offices`]) the pushes are put on that zone's wall clock, and
//! the week that comes out is compared with those that people have: a block of 7 to 11 hours on five days, begun between 6:00
//! and 12:00, most often near 9:00, with a little of everything else in between, and least of all in the small hours. How well
//! all these weeks together explain the pushes is the evidence for the zone. It comes from three sides:
//! - the hours of the day, which tell the offset as well as one knows when people begin;
//! - the ends of the working week, which tell it without that knowledge, but only to some hours;
//! - daylight saving, where the records span a change: a person of Berlin moves by an hour in UTC, one of Lagos does not.
//!
//! Evidence and prior give a probability for each zone. Zones with the same offset at the time of the last push are summed: that
//! sum is the confidence. Each whole hour of UTC is a candidate too, with little prior probability, so that somebody who works in
//! none of the offices is noticed; nothing is proposed for them.
//!
//! # What it can't know
//! A person of London who begins at 8:00 and one of Berlin who begins at 9:00 push at the same instants. Where all that is known
//! is that somebody works somewhere in the world, the offset was wrong in half of the cases, most often by an hour, and more
//! pushes hardly helped. So the offices must be given. Zones of one offset and one rule, such as Europe/Paris and Europe/Berlin,
//! can't be told apart: one stands for all of them.

mod candidate;
mod half_hours;
mod hours;
mod likelihood;
mod local_time;
mod machine;
mod posterior;
mod probability;
mod proposal;
mod propose;
mod push;
mod team;
mod working_week;

#[cfg(test)]
mod tests;

pub use proposal::{Options, Place, Proposal, Rhythm, SessionGuess, ZoneGuess};
pub use propose::propose;
pub use push::{Push, pushes};
pub use team::{Proposed, TeamProposal, business_hours, propose_teams};
