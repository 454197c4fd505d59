//! The CloudTrail search and the policy of an empty spec, on the same records.

use serde_json::Value;

use crate::cloudtrail_search::{CloudTrailSearch, UserName};
use crate::comparison::{Comparison, compare};
use crate::corpus;
use crate::defect::Defect;
use crate::identities;
use crate::ours::Ours;

/// Compares by both meanings that `user_name` may have.
pub fn compare_both(records: &[Value]) -> [Comparison; 2] {
    let ours = Ours::by_reference().rows(records);
    [UserName::OfTheIdentity, UserName::OrOfTheIssuer]
        .map(|user_name| compare(CloudTrailSearch { user_name }, records, &ours))
}

#[test]
fn the_published_records_give_the_same_rows() {
    for comparison in compare_both(&corpus::published()) {
        assert_eq!(comparison.equal_rows, 0, "the one row is touched by the second copy of its record");
        // The docker push is in the fixtures twice, with one event id.
        assert_eq!(comparison.differences, [(Defect::CountedAgain, 1)].into());
    }
    for comparison in compare_both(&corpus::published_put_images()) {
        assert_eq!((comparison.equal_rows, comparison.differences.len()), (1, 0));
    }
}

#[test]
fn the_published_records_give_the_same_rows_at_every_hour_of_a_week() {
    let records = corpus::published_at_every_hour();
    assert_eq!(records.len(), 7 * 24 * 2 * 5);
    let off_hours = 2 * (5 * 12 + 2 * 24);
    for comparison in compare_both(&records) {
        assert_eq!(comparison.equal_rows, 2, "the docker push, and that from the console");
        assert_eq!(comparison.differences, [(Defect::EcrPublic, off_hours)].into());
    }
}

#[test]
fn synthetic_records_of_every_shape_and_identity_give_the_same_rows_but_for_the_documented_differences() {
    let mut identities = identities::published();
    identities.extend(identities::whole());
    let records = corpus::records(&corpus::recipes(20), &identities);
    assert!(records.len() > 1_500, "{}", records.len());
    for comparison in compare_both(&records) {
        assert!(comparison.equal_rows > 30, "{comparison:?}");
        for defect in [Defect::DroppedRecord, Defect::EcrPublic, Defect::CountedAgain] {
            assert!(comparison.differences[&defect] > 10, "{comparison:?}");
        }
    }
}

#[test]
fn the_policy_without_the_public_gallery_gives_the_rows_of_the_private_registries_alone() {
    let records = corpus::records(&corpus::recipes(21), &identities::whole());
    let is_private = |record: &&Value| record["eventSource"] != "ecr-public.amazonaws.com";
    let private: Vec<Value> = records.iter().filter(is_private).cloned().collect();
    assert!(private.len() < records.len());
    assert_eq!(Ours::by_page("cloudtrail-search").rows(&records), Ours::by_reference().rows(&private));
}

#[test]
fn the_rows_of_scan_count_the_uploads_of_its_findings() {
    let records = corpus::records(&corpus::recipes(22), &identities::whole());
    let ours = Ours::by_reference();
    let uploads = ours.uploads(&records);
    let rows = ours.rows(&records);
    assert_eq!(rows.iter().map(|row| row.count).sum::<usize>(), uploads.len());
    let counted =
        |name: &str| rows.iter().filter(|row| row.group.repository == name).map(|row| row.count).sum::<usize>();
    for name in ["prod/api", "prod/web/front", "lab"] {
        let found = uploads.iter().filter(|(finding, _)| finding["spec"]["repository"] == name).count();
        assert_eq!(found, counted(name), "{name}");
    }
}
