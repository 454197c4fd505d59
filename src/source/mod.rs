//! Where records come from: CloudTrail's event history through LookupEvents, and [`files`].
//!
//! A [`Session`] is the AWS side of one CloudTrailSource: credentials, account, Regions; a [`SharedSession`] opens it when it
//! is needed. A [`LookupEvents`] is the history of one account and Region, a [`Reading`] a range of it on its way in, a page at
//! a time and within the [`RateLimit`], and a [`Batch`] what is in hand of it.

mod batch;
mod error;
pub mod files;
mod history;
mod host;
mod known_regions;
mod lookup_events;
mod obstacle;
mod patience;
mod rate_limit;
mod reading;
mod session;
mod shared_session;

pub use batch::Batch;
pub use error::{Action, SourceError};
pub use history::{RegionHistory, read_history};
pub use known_regions::UnknownRegion;
pub use lookup_events::LookupEvents;
pub use obstacle::Obstacle;
pub use patience::patiently;
pub use rate_limit::{RateLimit, RateLimits, Urgency};
pub use reading::Reading;
pub use session::Session;
pub use shared_session::SharedSession;
