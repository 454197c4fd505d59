//! The metrics of the controller. Labels come from closed sets, and from the streams that sources name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::ConditionCounts;
use crate::api::{ErrorKind, RecordKind};
use crate::detect::{AllowRule, Policy, TeamHours};

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    polls: Family<ResultLabel, Counter>,
    records: Family<KindLabel, Counter>,
    verdicts: Family<VerdictLabels, Counter>,
    findings_written: Family<OperationLabel, Counter>,
    uploads_reported: Family<UploadLabels, Counter>,
    /// The labels of `uploads_reported`, which a family does not tell.
    reporters: Mutex<BTreeSet<UploadLabels>>,
    record_delay: Family<SourceLabel, Histogram>,
    errors: Family<KindLabel, Counter>,
    missing_crds: Gauge,
    lags: Arc<StreamLags>,
    expiries: Arc<RuleExpiries>,
    /// The conditions of the policies.
    pub policies: ConditionCounts,
    /// The conditions of the sources.
    pub sources: ConditionCounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabel {
    source: String,
}

/// Seconds: CloudTrail shows most records within minutes, and few within days.
const DELAYS: [f64; 11] =
    [60.0, 180.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0, 86_400.0, 259_200.0, 604_800.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabels {
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

/// Whose uploads were reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub struct UploadLabels {
    /// The namespace of the policy.
    pub namespace: String,
    /// The name of the policy.
    pub policy: String,
    /// The team whose hours were used; empty for the policy's own.
    pub team: String,
}

/// Names an allow rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
struct RuleLabels {
    namespace: String,
    policy: String,
    rule: String,
}

/// Names a stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, EncodeLabelSet)]
pub struct StreamLabels {
    /// The name of the CloudTrailSource.
    pub source: String,
    /// The AWS account.
    pub account: String,
    /// The AWS Region.
    pub region: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("offhours");
        let polls = Family::default();
        registry.register("polls", "Reads of a stream, by result: Success, or the kind of the error", polls.clone());
        let records = Family::default();
        registry.register("records", "CloudTrail records read for the first time, by kind", records.clone());
        let verdicts = Family::default();
        registry.register("verdicts", "Judgements of an upload by a policy, by verdict", verdicts.clone());
        let findings_written = Family::default();
        registry.register(
            "findings_written",
            "Writes of an OffHoursUpload, by operation: Create, Append, Triage (what a triage covers was recorded), Delete (one \
             that was left without evidence)",
            findings_written.clone(),
        );
        let uploads_reported = Family::default();
        registry.register(
            "uploads_reported",
            "Uploads written into a finding, by policy and by the team whose hours were used",
            uploads_reported.clone(),
        );
        let record_delay: Family<SourceLabel, Histogram> = Family::new_with_constructor(|| Histogram::new(DELAYS));
        registry.register_with_unit(
            "record_delay",
            "How long after its time a record was shown, by source; only records that were surely not shown before",
            Unit::Seconds,
            record_delay.clone(),
        );
        let errors = Family::default();
        registry.register("errors", "Failures, by kind", errors.clone());
        let missing_crds = Gauge::default();
        registry.register(
            "missing_crds",
            "CustomResourceDefinitions that the API server does not serve yet",
            missing_crds.clone(),
        );
        let version = vec![("version", env!("CARGO_PKG_VERSION")), ("tz_database", chrono_tz::IANA_TZDB_VERSION)];
        registry.register("build", "Version of the program and of its time zone database", Info::new(version));
        let lags = Arc::new(StreamLags::default());
        registry.register_collector(Box::new(Arc::clone(&lags)));
        let expiries = Arc::new(RuleExpiries::default());
        registry.register_collector(Box::new(Arc::clone(&expiries)));
        let (policies, sources) = (ConditionCounts::of_policies(), ConditionCounts::of_sources());
        registry.register_collector(Box::new(policies.clone()));
        registry.register_collector(Box::new(sources.clone()));
        let metrics = Self {
            registry,
            polls,
            records,
            verdicts,
            findings_written,
            uploads_reported,
            reporters: Mutex::default(),
            record_delay,
            errors,
            missing_crds,
            lags,
            expiries,
            policies,
            sources,
        };
        metrics.begin_at_zero();
        metrics
    }
}

impl Metrics {
    /// A counter that appears with its first count has no increase that an alert could see.
    fn begin_at_zero(&self) {
        self.polls.get_or_create(&ResultLabel { result: "Success" }).inc_by(0);
        for kind in RecordKind::ALL {
            self.records(*kind, 0);
        }
        for verdict in ["OffHours", "BusinessHours", "Allowed", "OutOfScope"] {
            self.verdicts.get_or_create(&VerdictLabels { verdict }).inc_by(0);
        }
        for operation in ["Create", "Append", "Triage", "Delete"] {
            self.findings_written.get_or_create(&OperationLabel { operation }).inc_by(0);
        }
        for kind in ErrorKind::ALL {
            self.errors.get_or_create(&KindLabel { kind: kind.as_str() }).inc_by(0);
        }
    }

    /// A stream was read, or why it was not.
    pub fn poll(&self, result: Result<(), ErrorKind>) {
        let result = result.map_or_else(ErrorKind::as_str, |()| "Success");
        self.polls.get_or_create(&ResultLabel { result }).inc();
    }

    /// Records of a kind were read for the first time.
    pub fn records(&self, kind: RecordKind, count: usize) {
        self.records.get_or_create(&KindLabel { kind: kind.as_str() }).inc_by(count as u64);
    }

    /// A record was shown for the first time, this long after its time.
    pub fn record_delay(&self, source: &str, delay: TimeDelta) {
        let seconds = delay.as_seconds_f64();
        self.record_delay.get_or_create(&SourceLabel { source: source.to_owned() }).observe(seconds);
    }

    /// A policy judged an upload.
    pub fn verdict(&self, verdict: &'static str) {
        self.verdicts.get_or_create(&VerdictLabels { verdict }).inc();
    }

    /// A finding was created, appended to, got a record of what its triage covers, or was deleted since it was left without evidence.
    pub fn finding_written(&self, operation: &'static str) {
        self.findings_written.get_or_create(&OperationLabel { operation }).inc();
    }

    /// A finding holds this many more uploads.
    pub fn uploads_reported(&self, labels: UploadLabels, uploads: usize) {
        self.uploads_reported.get_or_create(&labels).inc_by(uploads as u64);
        self.reporters().insert(labels);
    }

    /// A policy is at work: what it and its teams report is counted from zero.
    pub fn policy_at_work(&self, namespace: &str, policy: &Policy) {
        let teams = policy.teams().filter_map(TeamHours::team).chain([""]);
        for team in teams {
            let (namespace, policy) = (namespace.to_owned(), policy.name().to_owned());
            self.uploads_reported(UploadLabels { namespace, policy, team: team.to_owned() }, 0);
        }
        self.allow_rule_expiries(namespace, policy.name(), policy.allow_rules());
    }

    /// When the allow rules of a policy expire; those that never do are left out.
    fn allow_rule_expiries(&self, namespace: &str, policy: &str, rules: &[AllowRule]) {
        let mut expiries = self.expiries.lock();
        expiries.retain(|labels, _| labels.namespace != namespace || labels.policy != policy);
        expiries.extend(rules.iter().filter_map(|rule| {
            let labels =
                RuleLabels { namespace: namespace.to_owned(), policy: policy.to_owned(), rule: rule.name().to_owned() };
            Some((labels, rule.expires()?))
        }));
    }

    /// Policies that do not exist are gone, and what is told of each.
    pub fn retain_policies(&self, exists: impl Fn(&str, &str) -> bool) {
        self.expiries.lock().retain(|labels, _| exists(&labels.namespace, &labels.policy));
        self.reporters().retain(|labels| {
            let is_there = exists(&labels.namespace, &labels.policy);
            if !is_there {
                self.uploads_reported.remove(labels);
            }
            is_there
        });
    }

    fn reporters(&self) -> std::sync::MutexGuard<'_, BTreeSet<UploadLabels>> {
        // No code panics while it holds the lock.
        self.reporters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something failed.
    pub fn error(&self, kind: ErrorKind) {
        self.errors.get_or_create(&KindLabel { kind: kind.as_str() }).inc();
    }

    /// How many CustomResourceDefinitions are missing.
    pub fn missing_crds(&self, count: usize) {
        self.missing_crds.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// A stream was read up to this time.
    pub fn complete_through(&self, stream: StreamLabels, time: DateTime<Utc>) {
        self.lags.lock().insert(stream, time);
    }

    /// The streams of a source are now these; others of it are gone.
    pub fn retain_streams(&self, source: &str, streams: &[StreamLabels]) {
        self.lags.lock().retain(|stream, _| stream.source != source || streams.contains(stream));
    }

    /// A source is gone, and its streams with it.
    pub fn remove_source(&self, source: &str) {
        self.lags.lock().retain(|stream, _| stream.source != source);
        self.record_delay.remove(&SourceLabel { source: source.to_owned() });
    }

    /// Everything in the OpenMetrics text format.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut body = String::new();
        text::encode(&mut body, &self.registry)?;
        Ok(body)
    }
}

/// How far each stream was read. The lag is computed when it is asked for, so that it grows while nothing is read.
#[derive(Debug, Default)]
struct StreamLags(Mutex<BTreeMap<StreamLabels, DateTime<Utc>>>);

impl StreamLags {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<StreamLabels, DateTime<Utc>>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for StreamLags {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let streams = self.lock().clone();
        let mut lag = encoder.encode_descriptor(
            "stream_lag",
            "Time since every record of the stream was read and every finding in it written",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for (stream, complete_through) in streams {
            let seconds = (Utc::now() - complete_through).num_seconds().max(0);
            ConstGauge::new(seconds).encode(lag.encode_family(&stream)?)?;
        }
        Ok(())
    }
}

/// When each allow rule expires: an alert can come before that.
#[derive(Debug, Default)]
struct RuleExpiries(Mutex<BTreeMap<RuleLabels, DateTime<Utc>>>);

impl RuleExpiries {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<RuleLabels, DateTime<Utc>>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for RuleExpiries {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let expiries = self.lock().clone();
        let mut timestamp = encoder.encode_descriptor(
            "allow_rule_expiry_timestamp",
            "When an allow rule expires, in seconds since 1970",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for (rule, expires) in expiries {
            ConstGauge::new(expires.timestamp()).encode(timestamp.encode_family(&rule)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Calendars;

    #[test]
    fn the_lag_of_a_stream_is_a_gauge_in_seconds() {
        let metrics = Metrics::default();
        let stream = StreamLabels {
            source: "default".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
        };
        metrics.complete_through(stream, Utc::now() + chrono::TimeDelta::hours(1));
        let text = metrics.encode().unwrap();
        let line = r#"offhours_stream_lag_seconds{source="default",account="111122223333",region="eu-central-1"} 0"#;
        assert!(text.contains(line), "{text}");
        metrics.retain_streams("default", &[]);
        assert!(!metrics.encode().unwrap().contains(line));
    }

    #[test]
    fn a_rule_or_policy_that_is_gone_leaves_no_expiry_behind() {
        let metrics = Metrics::default();
        let policy = |rules: &[&str]| {
            let rules: Vec<_> = rules
                .iter()
                .map(|name| {
                    let expires = "2026-12-01T00:00:00Z";
                    serde_json::json!({"name": name, "reason": "CHG-1", "tags": ["v1"], "expires": expires})
                })
                .collect();
            let spec = serde_json::from_value(serde_json::json!({"allow": rules})).unwrap();
            Policy::compile("production", &spec, &Calendars::default()).unwrap()
        };
        let told = |rule: &str| {
            let labels = format!(r#"{{namespace="security",policy="production",rule="{rule}"}}"#);
            let line = format!("offhours_allow_rule_expiry_timestamp_seconds{labels} 1796083200");
            metrics.encode().unwrap().contains(&line)
        };
        metrics.policy_at_work("security", &policy(&["a", "b"]));
        assert!(told("a") && told("b"), "{}", metrics.encode().unwrap());
        metrics.policy_at_work("security", &policy(&["b"]));
        assert!(!told("a") && told("b"));
        metrics.retain_policies(|namespace, name| (namespace, name) != ("security", "production"));
        assert!(!told("b"));
        assert!(!metrics.encode().unwrap().contains(r#"policy="production""#));
    }

    /// The text with its families, and the lines of each, in the order of their names, and without the versions of the program
    /// and of its time zone database.
    fn families(metrics: &Metrics) -> String {
        let text = metrics.encode().unwrap();
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
        insta::assert_snapshot!(families(&Metrics::default()));
    }

    #[test]
    fn the_metrics_of_a_controller_at_work_are_stable() {
        let metrics = Metrics::default();
        metrics.poll(Ok(()));
        metrics.poll(Err(ErrorKind::Throttled));
        metrics.records(RecordKind::Upload, 7);
        metrics.record_delay("default", TimeDelta::seconds(150));
        metrics.verdict("OffHours");
        metrics.finding_written("Create");
        let spec = serde_json::json!({
            "teams": [{"name": "tokyo", "match": {"repositories": ["tokyo/*"]}, "timeZone": "Asia/Tokyo"}],
            "allow": [{"name": "nightly", "reason": "CHG-1", "tags": ["v1"], "expires": "2026-12-01T00:00:00Z"}],
        });
        let spec = serde_json::from_value(spec).unwrap();
        metrics.policy_at_work("security", &Policy::compile("production", &spec, &Calendars::default()).unwrap());
        let (namespace, policy) = ("security".to_owned(), "production".to_owned());
        metrics.uploads_reported(UploadLabels { namespace, policy, team: "tokyo".to_owned() }, 3);
        metrics.error(ErrorKind::Watch);
        metrics.missing_crds(2);
        let (source, account, region) = ("default".to_owned(), "111122223333".to_owned(), "eu-central-1".to_owned());
        metrics.complete_through(StreamLabels { source, account, region }, Utc::now() + TimeDelta::hours(1));
        metrics.policies.set("uid", &[crate::api::condition(crate::api::PolicyReadyReason::Judging, "", None)]);
        metrics.sources.set("uid", &[crate::api::condition(crate::api::UpToDateReason::Lagging, "", None)]);
        insta::assert_snapshot!(families(&metrics));
    }

    #[test]
    fn counters_end_in_total() {
        let metrics = Metrics::default();
        metrics.verdict("OffHours");
        let text = metrics.encode().unwrap();
        assert!(text.contains(r#"offhours_verdicts_total{verdict="OffHours"} 1"#), "{text}");
    }
}
