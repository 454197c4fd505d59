//! The largest status there can be is written, so that no text from AWS or from the cluster keeps a controller from
//! saying what is wrong.

use chrono::{DateTime, TimeZone as _, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{Api, Patch, PatchParams, PostParams};
use offhours::api::{
    CloudTrailSource, CloudTrailSourceSpec, CloudTrailSourceStatus, Duration, EcrUploadPolicy, EcrUploadPolicySpec,
    EcrUploadPolicyStatus, FindingsCompleteReason, Gap, GapReason, LONGEST_MESSAGE, LookupEvents, PolicyReadyReason,
    PolicyRevision, SourceCoverage, SourceReadyReason, SourcesReadyReason, StreamStatus, UpToDateReason, condition,
    merge_conditions,
};
use serde::Serialize;
use serde_json::json;

use crate::cluster::cluster;

/// Four bytes, and far more of them than fit.
const LONG: usize = 40_000;

fn long() -> String {
    "🚀".repeat(LONG)
}

fn at_the_end() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 18, 12, 9).unwrap()
}

/// As the controller writes a status.
fn apply(kind: &str, status: &impl Serialize) -> (PatchParams, Patch<serde_json::Value>) {
    let object = json!({"apiVersion": "offhours.dev/v1alpha1", "kind": kind, "status": status});
    (PatchParams::apply("offhours").force(), Patch::Apply(object))
}

fn assert_cut(conditions: &[Condition]) {
    for condition in conditions {
        assert_eq!(condition.message.chars().count(), LONGEST_MESSAGE, "{}", condition.type_);
        assert!(condition.message.ends_with("🚀…"), "{}", condition.type_);
    }
}

#[tokio::test]
async fn the_largest_status_of_a_source_is_written_and_read_back() {
    let streams = (0..128).map(|number| StreamStatus {
        account: format!("{number:032}"),
        region: "r".repeat(32),
        first_seen: Some(at_the_end()),
        complete_through: Some(at_the_end()),
        swept_through: Some(at_the_end()),
        lag: Some(Duration::from_secs(u64::from(u32::MAX))),
        error: Some(long().into()),
        removed_at: Some(at_the_end()),
    });
    let gap = Gap {
        account: "a".repeat(32),
        region: "r".repeat(32),
        from: at_the_end(),
        to: at_the_end(),
        reason: GapReason::HistoryExpired,
    };
    let conditions = vec![
        condition(SourceReadyReason::ExpiredCredentials, long(), Some(i64::MAX)),
        condition(UpToDateReason::NotReadYet, long(), Some(i64::MAX)),
    ];
    let status = CloudTrailSourceStatus {
        observed_generation: Some(i64::MAX),
        complete_through: Some(at_the_end()),
        streams: streams.collect(),
        gaps: vec![gap; 10],
        conditions: merge_conditions(&[], conditions, Utc::now()),
    };
    assert!(status.streams.iter().flat_map(|stream| &stream.error).all(|error| error.chars().count() == 1024));
    assert_cut(&status.conditions);

    let api: Api<CloudTrailSource> = Api::all(cluster().await.client());
    let spec =
        CloudTrailSourceSpec { lookup_events: LookupEvents::default(), assume_role: None, allowed_namespaces: None };
    let name = "s".repeat(63);
    api.create(&PostParams::default(), &CloudTrailSource::new(&name, spec)).await.unwrap();
    let (params, patch) = apply("CloudTrailSource", &status);
    api.patch_status(&name, &params, &patch).await.unwrap();
    assert_eq!(api.get(&name).await.unwrap().status, Some(status));
    api.delete(&name, &Default::default()).await.unwrap();
}

#[tokio::test]
async fn the_largest_coverage_of_a_policy_is_written_and_read_back() {
    let sources = (0..1000).map(|number| SourceCoverage {
        name: format!("{number:0253}"),
        uid: format!("{number:064}"),
        since: at_the_end(),
        through: Some(at_the_end()),
        removed_at: Some(at_the_end()),
    });
    let conditions = vec![
        condition(PolicyReadyReason::NamespaceTerminating, long(), Some(i64::MAX)),
        condition(SourcesReadyReason::SourceNotReady, long(), Some(i64::MAX)),
        condition(FindingsCompleteReason::FindingsNotWritten, long(), Some(i64::MAX)),
    ];
    let status = EcrUploadPolicyStatus {
        observed_generation: Some(i64::MAX),
        covered_since: Some(at_the_end()),
        covered_through: Some(at_the_end()),
        revision: Some(PolicyRevision { generation: i64::MAX, calendars: Some("c".repeat(64)) }),
        sources: sources.collect(),
        conditions: merge_conditions(&[], conditions, Utc::now()),
        ..EcrUploadPolicyStatus::default()
    };
    assert_cut(&status.conditions);

    let api: Api<EcrUploadPolicy> = Api::namespaced(cluster().await.client(), "default");
    let name = "p".repeat(63);
    let policy = EcrUploadPolicy::new(&name, EcrUploadPolicySpec::default());
    api.create(&PostParams::default(), &policy).await.unwrap();
    let (params, patch) = apply("EcrUploadPolicy", &status);
    api.patch_status(&name, &params, &patch).await.unwrap();
    assert_eq!(api.get(&name).await.unwrap().status, Some(status));
    api.delete(&name, &Default::default()).await.unwrap();
}
