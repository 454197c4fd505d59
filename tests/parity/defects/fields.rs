//! D4 to D8: records without the fields that a search groups by.

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{NIGHT, SEARCH};
use crate::comparison::GROUP_FIELDS;
use crate::identities;
use crate::ocsf::{Form, ocsf};
use crate::ours::Ours;
use crate::record::{Record, id};
use crate::security_lake_search::SecurityLakeSearch;

/// The record of a push from the console, which has a real address.
fn from_console() -> Record {
    Record::docker().at(NIGHT).from("203.0.113.7", "Mozilla/5.0").by(identities::user("ann"))
}

#[test]
fn d4_as_written_the_security_lake_search_gives_nothing_because_no_push_has_a_bucket() {
    let in_lake = ocsf(&from_console().json(), Form::Version2);
    let search = SecurityLakeSearch::as_written(Tz::UTC);
    assert!(search.rows(std::slice::from_ref(&in_lake)).is_empty());
    let mut with_bucket = in_lake.clone();
    with_bucket["bucketName"] = json!("of an S3 record");
    assert_eq!(search.rows(&[with_bucket]).len(), 1, "the bucket is all that is missing");
    assert_eq!(Ours::by_reference().verdict(&in_lake), "OffHours");
}

#[test]
fn d5_the_security_lake_search_needs_a_field_that_version_1_of_the_source_does_not_have() {
    let mut in_lake = ocsf(&from_console().json(), Form::Version1);
    // Even with the bucket of D4 and the request.
    in_lake["bucketName"] = json!("of an S3 record");
    in_lake["api"]["request"]["data"] = json!("{}");
    assert!(SecurityLakeSearch::as_written(Tz::UTC).rows(std::slice::from_ref(&in_lake)).is_empty());
    let filled = &SecurityLakeSearch::as_it_fires(Tz::UTC).rows(std::slice::from_ref(&in_lake))[0];
    assert_eq!((filled.get("actor.user.account.uid"), filled.get("actor.user.uid")), ("0", "AIDAEXAMPLE"));

    let ours = Ours::by_reference();
    let row = &ours.rows(std::slice::from_ref(&in_lake))[0];
    assert_eq!((row.group.vendor_account.as_str(), row.group.user.as_str()), ("111122223333", "ann"));
    assert_eq!(ours.findings(&[in_lake])[0]["spec"]["principal"]["arn"], "arn:aws:iam::111122223333:user/ann");
}

#[test]
fn d6_each_manifest_is_a_row_of_the_security_lake_search_and_all_are_one_finding_here() {
    let record = |number| Record::numbered(number).at(NIGHT).by(identities::user("ann"));
    let in_lake: Vec<Value> = (1..=3).map(|number| ocsf(&record(number).json(), Form::Version2)).collect();
    let rows = SecurityLakeSearch::as_it_fires(Tz::UTC).rows(&in_lake);
    assert_eq!(rows.len(), 3);
    assert!(rows[0].get("api.request.data").contains("imageManifest"), "the manifest is in the group");

    let ours = Ours::by_reference();
    assert_eq!(ours.rows(&in_lake).iter().map(|row| row.count).collect::<Vec<_>>(), [3]);
    let findings = ours.findings(&in_lake);
    assert_eq!(findings.len(), 1);
    let tags: Vec<&Value> =
        findings[0]["status"]["uploads"].as_array().unwrap().iter().map(|one| &one["tag"]).collect();
    assert_eq!(tags, ["v1", "v2", "v3"]);
}

#[test]
fn d7_the_security_lake_search_prints_0_for_a_missing_address_or_user() {
    let service = json!({"type": "AWSService", "invokedBy": "codebuild.amazonaws.com"});
    let in_lake = ocsf(&Record::docker().at(NIGHT).by(service).json(), Form::Version2);
    let row = &SecurityLakeSearch::as_it_fires(Tz::UTC).rows(std::slice::from_ref(&in_lake))[0];
    assert_eq!((row.get("actor.user.uid"), row.get("src_endpoint.ip")), ("0", "0"));
    let group = &Ours::by_reference().rows(&[in_lake])[0].group;
    assert_eq!((group.user.as_str(), group.src.as_str()), ("codebuild.amazonaws.com", "AWS Internal"));
}

#[test]
fn d8_the_cloudtrail_search_drops_a_push_that_lacks_a_field_of_the_group() {
    let ours = Ours::by_reference();
    for field in GROUP_FIELDS {
        let record = from_console().without(field).json();
        assert_eq!(SEARCH.group(&record), None, "{field}");
        assert_eq!(ours.verdict(&record), "OffHours", "{field}");
        let group = ours.rows(&[record]).remove(0).group;
        let is_evidence = matches!(field, "/userAgent" | "/sourceIPAddress");
        let empty = [group.user_agent, group.src].into_iter().filter(String::is_empty).count();
        assert_eq!(empty, usize::from(is_evidence), "{field}");
        assert!(!group.user.is_empty() && !group.vendor_account.is_empty() && !group.repository.is_empty(), "{field}");
    }
}

#[test]
fn d8_a_push_whose_caller_has_no_account_is_counted_for_the_account_of_the_trail_else_of_the_registry() {
    let record = from_console().without("/userIdentity/accountId");
    let without_trail = record.clone().without("/recipientAccountId");
    for (record, account) in [(record, "111111111111"), (without_trail, "111111111112")] {
        assert_eq!(SEARCH.group(&record.json()), None);
        assert_eq!(Ours::by_reference().rows(&[record.json()])[0].group.vendor_account, account);
    }
}

#[test]
fn d8_a_huge_manifest_hides_a_push_from_the_cloudtrail_search() {
    let record = from_console().repository("prod/api").cut().json();
    assert_eq!(SEARCH.group(&record), None);
    let (finding, upload) = Ours::by_reference().uploads(&[record]).remove(0);
    assert_eq!((&finding["spec"]["repository"], &upload["kind"]), (&json!("prod/api"), &json!("Unknown")));
}

#[test]
fn d8_a_push_without_a_tag_is_found() {
    let children = [1, 2].map(|number| Record::numbered(number).at(NIGHT).by(identities::user("ann")).untagged());
    let index = Record::numbered(3).at(NIGHT).by(identities::user("ann")).index_of(&children);
    let records: Vec<Value> = children.iter().chain([&index]).map(Record::json).collect();
    let finding = &Ours::by_reference().findings(&records)[0];
    assert_eq!((&finding["status"]["count"], &finding["status"]["pushes"]), (&json!(3), &json!(1)));
    assert_eq!(finding["status"]["uploads"][0]["eventID"], id(3), "the index stands for the images that it lists");
}
