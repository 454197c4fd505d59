//! Warnings about a source, which are no reason not to read it. They are added to the message of `Ready`, whose status
//! stays what it is.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::default_source::unapplied_regions;
use super::sources::Sources;
use crate::api::{BoundedText, CloudTrailSourceSpec, LONGEST_MESSAGE};
use crate::source::UnknownRegion;

impl Sources {
    /// The warnings about the spec of a source that reads these Regions.
    pub(super) fn warnings(&self, name: &str, spec: &CloudTrailSourceSpec, regions: &[String]) -> Vec<String> {
        let unknown = UnknownRegion::among(regions).map(|region| region.to_string());
        unknown.chain(unapplied_regions(name, spec, &self.default_source_regions)).collect()
    }
}

const SEPARATOR: &str = "; warning: ";

/// The message of a condition without its warnings. A policy repeats it like this, because warnings are for the owner of
/// the source.
pub fn without_warnings(message: &str) -> &str {
    message.split_once(SEPARATOR).map_or(message, |(message, _)| message)
}

/// Adds warnings to a condition. One that is carried over from an earlier status may have them already.
pub(super) fn with_warnings(condition: Condition, warnings: &[String]) -> Condition {
    let mut message = condition.message;
    for warning in warnings.iter().map(|warning| format!("{SEPARATOR}{warning}")) {
        if !message.contains(&warning) {
            message.push_str(&warning);
        }
    }
    Condition { message: BoundedText::<LONGEST_MESSAGE>::from(message).into(), ..condition }
}
