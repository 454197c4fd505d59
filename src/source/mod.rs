//! Where records come from: CloudTrail's event history through LookupEvents, and files.
//!
//! A [`Session`] is the AWS side of one CloudTrailSource: credentials, account and Regions. A [`SharedSession`] opens it on
//! first use. A [`LookupEventsClient`] has the history of one account and Region; a [`Reading`] reads a range of it into a
//! [`Batch`], page by page and within the [`RateLimits`].

mod batch;
mod cause;
mod error;
pub(crate) mod files;
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
pub(crate) use history::{RegionHistory, read_history};
pub(crate) use known_regions::UnknownRegion;
pub use lookup_events_client::LookupEventsClient;
pub use obstacle::Obstacle;
pub(crate) use patience::patiently;
pub use rate_limit::{RateLimits, Urgency};
pub use reading::Reading;
pub use session::Session;
pub use shared_session::SharedSession;
