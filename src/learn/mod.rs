//! Proposing time zones and business hours from past pushes.
//!
//! Pure: no clock, no I/O. [`pushes`] takes from uploads what there is to learn from, [`propose()`] proposes the hours of each
//! principal, and [`propose_teams`] groups principals that can share a team of a policy.
//!
//! # Method
//! A push has only a UTC time. For the zone of each office ([`Options::offices`]), the pushes are put on that zone's wall
//! clock, and the resulting week is compared with the working weeks of people: a block of 7 to 11 hours on five days that
//! begins between 6:00 and 12:00, most often near 9:00, with a few pushes at other times, fewest in the small hours. The
//! likelihood of the zone is the probability of the pushes over all these weeks. Three things determine it:
//! - the hours of the day, which give the offset as precisely as it is known when people begin;
//! - the ends of the working week, which give it without that knowledge, but only within some hours;
//! - daylight saving, if the pushes span a change: those of a person in Berlin move by an hour in UTC, those of one in
//!   Lagos do not.
//!
//! Likelihood and prior give a probability for each zone. The probabilities of zones with the same offset at the time of
//! the last push are summed: the sum is the confidence. Each whole hour from UTC is a candidate too, with a small prior
//! probability, so that people who work in none of the offices are noticed. Nothing is proposed for them.
//!
//! # Limits
//! Somebody in London who begins at 8:00 and somebody in Berlin who begins at 9:00 push at the same instants. With every
//! zone in the world as a candidate, the offset was wrong in half of the cases, mostly by an hour, and more pushes hardly
//! helped. So the offices must be given. Zones with the same offset and the same rule, such as Europe/Paris and
//! Europe/Berlin, cannot be distinguished: one stands for all of them.

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
