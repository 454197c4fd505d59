//! Manifests of sources and policies. Each is a YAML document, to which others can be appended.

use crate::installation::REGION;

/// The default source with the fastest poll interval.
pub fn fast_source() -> String {
    source("default", &[REGION])
}

/// A source in the account of the controller's credentials that polls every second.
pub fn source(name: &str, regions: &[&str]) -> String {
    source_with(name, regions, "pollInterval: 1s, overlap: 30m", "")
}

/// The same with other fields of `lookupEvents` and further fields of the spec, each as YAML in one line.
pub fn source_with(name: &str, regions: &[&str], lookup_events: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: offhours.dev/v1alpha1, kind: CloudTrailSource, metadata: {{name: {name}}}, \
         spec: {{lookupEvents: {{regions: [{}], {lookup_events}}}, {spec}}}}}\n",
        regions.join(", ")
    )
}

/// A policy with this spec, as YAML in one line.
pub fn policy(name: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: offhours.dev/v1alpha1, kind: EcrUploadPolicy, metadata: {{name: {name}}}, spec: {{{spec}}}}}\n"
    )
}

/// A policy for which every push is off hours.
pub fn freeze(name: &str) -> String {
    policy(name, "businessHours: []")
}

/// Business hours that never end.
pub const ALWAYS_OPEN: &str =
    r#"businessHours: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: "00:00", end: "24:00"}]"#;
