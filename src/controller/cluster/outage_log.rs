//! Log lines about failures, of which there may be many during an outage of the API server.

/// Logs a failure: as a warning, or at the level debug if an outage is the reason, because
/// [`Reachability`](crate::controller::cluster::Reachability) reports that, once.
macro_rules! warn_unless_outage {
    ($is_outage:expr, $($line:tt)+) => {
        if $is_outage {
            tracing::debug!($($line)+);
        } else {
            tracing::warn!($($line)+);
        }
    };
}

pub(crate) use warn_unless_outage;
