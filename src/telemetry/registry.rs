//! The registry of the program's metrics.

use prometheus_client::encoding::text;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

/// A registry that prefixes every name with `offhours_`. It has the version of the program; each part of the program
/// registers its own metrics.
pub fn new_registry() -> Registry {
    let mut registry = Registry::with_prefix("offhours");
    let version = vec![("version", env!("CARGO_PKG_VERSION")), ("tz_database", chrono_tz::IANA_TZDB_VERSION)];
    registry.register("build", "Version of the program and of its time zone database", Info::new(version));
    registry
}

/// The metrics in the OpenMetrics text format.
///
/// # Errors
/// When a metric cannot be formatted.
pub fn encode(registry: &Registry) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    text::encode(&mut text, registry)?;
    Ok(text)
}
