//! Where records come from: CloudTrail's event history through LookupEvents, and [`files`].
//!
//! A [`Session`] is the AWS side of one CloudTrailSource: credentials, account, Regions. A [`LookupEvents`] reads one
//! account and Region; [`TimeRange`](crate::coverage::TimeRange) says what, [`Batch`] is what came.

mod batch;
mod error;
pub mod files;
mod history;
mod lookup_events;
mod rate_limit;
mod session;
mod shared_session;

pub use batch::Batch;
pub use error::{Action, SourceError};
pub use history::{RegionHistory, read_history};
pub use lookup_events::{LookupEvents, Read};
pub use rate_limit::{RateLimit, RateLimits, Urgency};
pub use session::Session;
pub use shared_session::SharedSession;
