//! Log lines about failures that an outage of the API server may cause by the dozen.

/// Logs a failure as a warning, or at the level debug if an outage is the reason, because
/// [`Reachability`](crate::controller::cluster::Reachability) has logged that.
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
