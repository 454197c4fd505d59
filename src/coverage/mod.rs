//! Which times of which stream each policy has judged: what to read next, and what may be claimed. Pure: it knows no client and
//! no clock.

mod time_range;

pub use time_range::TimeRange;
