//! The metrics of all parts of the controller.

use prometheus_client::registry::Registry;

use super::cluster::ClusterMetrics;
use super::errors::ErrorMetrics;
use super::finding::FindingMetrics;
use super::policy::PolicyMetrics;
use super::source::SourceMetrics;

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    /// Reads of streams and what they deliver.
    pub source: SourceMetrics,
    /// Verdicts, and writes of findings.
    pub finding: FindingMetrics,
    /// Reported uploads, allow rules and conditions of the policies.
    pub policy: PolicyMetrics,
    /// What the cluster lacks.
    pub cluster: ClusterMetrics,
    /// Failures of all parts.
    pub errors: ErrorMetrics,
}

impl Metrics {
    /// Adds the metrics of the controller to a registry.
    pub fn register(registry: &mut Registry) -> Self {
        Self {
            source: SourceMetrics::register(registry),
            finding: FindingMetrics::register(registry),
            policy: PolicyMetrics::register(registry),
            cluster: ClusterMetrics::register(registry),
            errors: ErrorMetrics::register(registry),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Utc};
    use serde_json::{Value, json};

    use super::super::{StreamLabels, UploadLabels, WriteOperation};
    use super::*;
    use crate::api::{ErrorKind, PolicyReadyReason, RecordKind, UpToDateReason, condition};
    use crate::detect::{Calendars, Policy, Verdict};
    use crate::telemetry::{encode, new_registry};

    fn metrics() -> (Registry, Metrics) {
        let mut registry = new_registry();
        let metrics = Metrics::register(&mut registry);
        (registry, metrics)
    }

    fn policy(spec: Value) -> Policy {
        Policy::compile("production", &serde_json::from_value(spec).unwrap(), &Calendars::default()).unwrap()
    }

    #[test]
    fn the_lag_of_a_stream_is_a_gauge_in_seconds() {
        let (registry, metrics) = metrics();
        let stream = StreamLabels {
            source: "default".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
        };
        metrics.source.complete_through(stream, Utc::now() + TimeDelta::hours(1));
        let text = encode(&registry).unwrap();
        let line = r#"offhours_stream_lag_seconds{source="default",account="111122223333",region="eu-central-1"} 0"#;
        assert!(text.contains(line), "{text}");
        metrics.source.retain_streams("default", &[]);
        assert!(!encode(&registry).unwrap().contains(line));
    }

    #[test]
    fn a_rule_or_policy_that_is_deleted_leaves_no_expiry_behind() {
        let (registry, metrics) = metrics();
        let policy = |rules: &[&str]| {
            let expires = "2026-12-01T00:00:00Z";
            let rule = |name: &&str| json!({"name": name, "reason": "CHG-1", "tags": ["v1"], "expires": expires});
            policy(json!({"allow": rules.iter().map(rule).collect::<Vec<_>>()}))
        };
        let has = |rule: &str| {
            let labels = format!(r#"{{namespace="security",policy="production",rule="{rule}"}}"#);
            let line = format!("offhours_allow_rule_expiry_timestamp_seconds{labels} 1796083200");
            encode(&registry).unwrap().contains(&line)
        };
        metrics.policy.at_work("security", &policy(&["a", "b"]));
        assert!(has("a") && has("b"), "{}", encode(&registry).unwrap());
        metrics.policy.at_work("security", &policy(&["b"]));
        assert!(!has("a") && has("b"));
        metrics.policy.retain(|namespace, name| (namespace, name) != ("security", "production"));
        assert!(!has("b"));
        assert!(!encode(&registry).unwrap().contains(r#"policy="production""#));
    }

    /// The text of all metrics, with the families and the lines of each in the order of their names, and without the
    /// versions of the program and of its time zone database.
    fn families(registry: &Registry) -> String {
        let text = encode(registry).unwrap();
        let text = text.strip_suffix("# EOF\n").unwrap();
        let mut families: Vec<String> = text
            .split("# HELP ")
            .skip(1)
            .map(|family| {
                let mut lines: Vec<&str> = family.lines().skip(1).collect();
                lines.sort_unstable();
                format!("# HELP {}\n{}\n", family.lines().next().unwrap(), lines.join("\n"))
            })
            .collect();
        families.sort_unstable();
        let text = families.concat();
        let build = |version: &str, database: &str| format!("version=\"{version}\",tz_database=\"{database}\"");
        text.replace(&build(env!("CARGO_PKG_VERSION"), chrono_tz::IANA_TZDB_VERSION), &build("0.0.0", "0000a"))
    }

    #[test]
    fn the_metrics_of_a_controller_that_has_just_started_are_stable() {
        insta::assert_snapshot!(families(&metrics().0));
    }

    #[test]
    fn the_metrics_of_a_controller_at_work_are_stable() {
        let (registry, metrics) = metrics();
        metrics.source.polled(Ok(()));
        metrics.source.polled(Err(ErrorKind::Throttled));
        metrics.source.records(RecordKind::Upload, 7);
        metrics.source.record_delay("default", TimeDelta::seconds(150));
        let (source, account, region) = ("default".to_owned(), "111122223333".to_owned(), "eu-central-1".to_owned());
        metrics.source.complete_through(StreamLabels { source, account, region }, Utc::now() + TimeDelta::hours(1));
        metrics.source.conditions.set("uid", &[condition(UpToDateReason::Lagging, "", None)]);
        metrics.finding.judged(Verdict::OffHours(crate::api::OffHoursReason::Freeze));
        metrics.finding.written(WriteOperation::Create);
        let policy = policy(json!({
            "teams": [{"name": "tokyo", "match": {"repositories": ["tokyo/*"]}, "timeZone": "Asia/Tokyo"}],
            "allow": [{"name": "nightly", "reason": "CHG-1", "tags": ["v1"], "expires": "2026-12-01T00:00:00Z"}],
        }));
        metrics.policy.at_work("security", &policy);
        let (namespace, policy) = ("security".to_owned(), "production".to_owned());
        metrics.policy.uploads_reported(UploadLabels { namespace, policy, team: "tokyo".to_owned() }, 3);
        metrics.policy.conditions.set("uid", &[condition(PolicyReadyReason::Judging, "", None)]);
        metrics.errors.count(ErrorKind::Watch);
        metrics.cluster.set_missing_crds(2);
        insta::assert_snapshot!(families(&registry));
    }

    #[test]
    fn counters_end_in_total() {
        let (registry, metrics) = metrics();
        metrics.finding.judged(Verdict::BusinessHours);
        let text = encode(&registry).unwrap();
        assert!(text.contains(r#"offhours_verdicts_total{verdict="BusinessHours"} 1"#), "{text}");
    }
}
