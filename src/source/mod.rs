//! Where records come from: CloudTrail's event history through LookupEvents, and [`files`].
//!
//! A [`Session`] is the AWS side of one CloudTrailSource: credentials, account, Regions; a [`SharedSession`] opens it on first
//! use. [`LookupEventsClient`] is the history of one account and Region; a [`Reading`] reads a range of it, page by page and within
//! the [`RateLimit`], into a [`Batch`].

mod batch;
mod cause;
mod error;
pub mod files;
mod history;
mod host;
mod known_regions;
mod lookup_events_client;
mod obstacle;
mod patience;
mod rate_limit;
mod reading;
mod session;
mod shared_session;

pub use batch::Batch;
pub use cause::Cause;
pub use error::{Action, SourceError};
pub use history::{RegionHistory, read_history};
pub use known_regions::UnknownRegion;
pub use lookup_events_client::LookupEventsClient;
pub use obstacle::Obstacle;
pub use patience::patiently;
pub use rate_limit::{RateLimit, RateLimits, Urgency};
pub use reading::Reading;
pub use session::Session;
pub use shared_session::SharedSession;
