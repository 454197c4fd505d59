//! The differences in docs/from-splunk.md: for each, a record that a search misses or flags wrongly, and the verdict of the
//! product.

mod clocks;
mod fields;
mod handling;

use crate::cloudtrail_search::{CloudTrailSearch, UserName};

/// The CloudTrail search, with an add-on that names roles by their issuer.
const SEARCH: CloudTrailSearch = CloudTrailSearch { user_name: UserName::OrOfTheIssuer };

/// A Tuesday night and a Saturday noon, UTC.
const NIGHT: &str = "2024-01-16T23:30:00Z";
const SATURDAY: &str = "2024-01-20T12:00:00Z";
