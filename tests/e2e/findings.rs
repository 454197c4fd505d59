//! The uploads in findings.

use std::collections::BTreeSet;

use offhours::api::OffHoursUpload;

/// The ids of all uploads in findings, including repeated ones.
pub fn upload_ids(findings: &[OffHoursUpload]) -> Vec<String> {
    let uploads = findings.iter().filter_map(|finding| finding.status.as_ref()).flat_map(|status| &status.uploads);
    uploads.map(|upload| upload.event_id.clone()).collect()
}

/// The findings of one policy.
pub fn of_policy(findings: &[OffHoursUpload], policy: &str) -> Vec<OffHoursUpload> {
    findings.iter().filter(|finding| finding.spec.policy == policy).cloned().collect()
}

/// The ids of all uploads in the findings of one policy.
pub fn ids_of_policy(findings: &[OffHoursUpload], policy: &str) -> BTreeSet<String> {
    upload_ids(&of_policy(findings, policy)).into_iter().collect()
}

/// Checks that the findings hold exactly these events, each once, and that no finding is empty.
#[track_caller]
pub fn assert_each_reported_once(findings: &[OffHoursUpload], expected: impl IntoIterator<Item = String>) {
    let mut reported = upload_ids(findings);
    reported.sort();
    let mut expected: Vec<String> = expected.into_iter().collect();
    expected.sort();
    let missing: Vec<_> = expected.iter().filter(|id| !reported.contains(id)).collect();
    assert!(missing.is_empty(), "not reported: {missing:?}");
    assert_eq!(reported, expected, "each event once and nothing else");
    for finding in findings {
        let status = finding.status.as_ref();
        assert!(status.is_some_and(|status| !status.uploads.is_empty()), "an empty finding: {finding:?}");
    }
}
