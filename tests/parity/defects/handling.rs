//! D9 to D15: how a search handles the pushes that it finds, and their rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use offhours::api::OffHoursUpload;
use offhours::detect::{Calendars, FindingKey, NewUpload, Policy, Verdict, plan_append};
use offhours::upload::{Decoded, decode_value};
use serde_json::{Value, json};

use super::{NIGHT, SATURDAY, SEARCH};
use crate::clock;
use crate::cloudtrail_search::{is_outside_business_hours, text};
use crate::identities;
use crate::ocsf::{Form, ocsf};
use crate::ours::Ours;
use crate::record::Record;
use crate::security_lake_search::SecurityLakeSearch;

#[test]
fn d9_the_searches_call_a_refused_push_uploaded() {
    let refused = Record::docker().at(NIGHT).failed("ImageTagAlreadyExistsException").json();
    let uploaded = Record::docker().at(NIGHT).json();
    assert_eq!(SEARCH.group(&refused), SEARCH.group(&uploaded), "both have the same row");
    let (finding, upload) = Ours::by_reference().uploads(std::slice::from_ref(&refused)).remove(0);
    assert_eq!(finding["status"]["failed"], 1);
    assert_eq!(upload["errorCode"], "ImageTagAlreadyExistsException");
    let message = finding["status"]["message"].as_str().unwrap();
    assert!(message.contains("tried to push") && !message.contains(" pushed "), "{message}");
}

#[test]
fn d9_a_policy_can_ignore_refused_pushes() {
    let refused = Record::docker().at(NIGHT).failed("ImageTagAlreadyExistsException").json();
    assert_eq!(Ours::by_spec(json!({"failedPushes": "Ignore"})).verdict(&refused), "OutOfScope");
}

#[test]
fn d10_the_threat_object_of_every_docker_push_is_the_same_text_which_is_not_an_address() {
    let records =
        ["ann", "bob"].map(|name| Record::docker().at(NIGHT).by(identities::user(name)).event_id(name).json());
    let addresses: BTreeSet<String> = SEARCH.rows(&records).into_iter().map(|row| row.group.src).collect();
    assert_eq!(addresses, ["AWS Internal".to_owned()].into());
    assert!("AWS Internal".parse::<std::net::IpAddr>().is_err());
    assert_eq!(Ours::by_reference().findings(&records).len(), 2, "the identity distinguishes them, not the address");
}

#[test]
fn d10_no_list_of_addresses_allows_a_docker_push() {
    let rule = json!({"name": "everywhere", "reason": "a test", "sourceIPs": ["0.0.0.0/0", "::/0"]});
    let ours = Ours::by_spec(json!({"allow": [rule]}));
    assert_eq!(ours.verdict(&Record::docker().at(NIGHT).json()), "OffHours");
    assert_eq!(ours.verdict(&Record::docker().at(NIGHT).from("203.0.113.7", "Mozilla/5.0").json()), "Allowed");
}

#[test]
fn d11_the_cloudtrail_search_does_not_see_the_public_gallery() {
    let record = Record::docker().at(NIGHT).public().json();
    assert_eq!(SEARCH.group(&record), None);
    let (finding, _) = Ours::by_reference().uploads(std::slice::from_ref(&record)).remove(0);
    assert_eq!((&finding["spec"]["registry"], &finding["spec"]["region"]), (&json!("Public"), &json!("us-east-1")));
    let as_narrow = Ours::by_page("cloudtrail-search");
    assert_eq!(as_narrow.verdict(&record), "OutOfScope", "the policy that equals the search leaves it out too");
}

#[test]
fn d11_the_security_lake_search_takes_any_service_for_ecr() {
    let other = Record::docker().at(NIGHT).with("/eventSource", json!("imaging.amazonaws.com")).json();
    let in_lake = [ocsf(&other, Form::Version2)];
    assert_eq!(SecurityLakeSearch::as_it_fires(Tz::UTC).rows(&in_lake).len(), 1);
    assert_eq!(Ours::by_reference().verdict(&in_lake[0]), "NotAnUpload");
    assert_eq!(Ours::by_reference().verdict(&other), "NotAnUpload");
}

/// The search runs at 23:00 and at 24:00, each time over the last 70 minutes.
#[test]
fn d12_a_push_in_two_overlapping_runs_is_two_rows_there() {
    let record = Record::docker().at("2024-01-16T22:55:00Z").json();
    let time = clock::epoch("2024-01-16T22:55:00Z").unwrap();
    let runs = ["2024-01-16T23:00:00Z", "2024-01-17T00:00:00Z"].map(|run| clock::epoch(run).unwrap());
    let alerts: usize = runs
        .iter()
        .filter(|run| (**run - 70 * 60..**run).contains(&time))
        .map(|_| SEARCH.rows(std::slice::from_ref(&record)).len())
        .sum();
    assert_eq!(alerts, 2);
}

#[test]
fn d12_a_record_that_is_twice_in_the_input_is_counted_twice_there_and_is_one_upload_here() {
    let record = Record::docker().at(NIGHT).json();
    let twice = [record.clone(), record.clone()];
    assert_eq!(SEARCH.rows(&twice)[0].count, 2);
    let ours = Ours::by_reference();
    assert_eq!(ours.rows(&twice)[0].count, 1);
    assert_eq!(ours.findings(&twice)[0]["status"]["count"], 1);
}

/// After a crash, the controller reads records again.
#[test]
fn d12_a_record_that_is_read_again_adds_nothing_to_its_finding() {
    let record = Record::docker().at(NIGHT).json();
    let policy =
        Policy::compile("reference", &serde_json::from_value(json!({})).unwrap(), &Calendars::default()).unwrap();
    let plan = |existing: &BTreeMap<i32, OffHoursUpload>| {
        let Ok(Decoded::Upload(upload)) = decode_value(&record) else { panic!("a push") };
        let judgement = policy.judge(&upload);
        let Verdict::OffHours(reason) = judgement.verdict else { panic!("off hours") };
        let key = FindingKey::new(&policy, &upload, &judgement);
        let new = vec![NewUpload::new(&policy, &upload, &judgement, reason)];
        (plan_append(&key, existing, 1, new), key)
    };
    let (written, key) = plan(&BTreeMap::new());
    let [write] = &written[..] else { panic!("one part, not {written:?}") };
    let mut finding = key.object(write.part);
    finding.status = Some(write.status.clone());
    assert_eq!(plan(&BTreeMap::from([(write.part, finding)])).0, []);
}

#[test]
fn d12_the_copies_of_one_event_in_two_accounts_are_two_rows_there_and_one_upload_here() {
    let callers = Record::docker()
        .at(NIGHT)
        .by(identities::role("ci/release", "run-1"))
        .with("/sharedEventID", json!("shared"))
        .with("/recipientAccountId", json!("111122223333"));
    let owners = callers.clone().event_id("owners").with("/recipientAccountId", json!("111111111112"));
    // The owner of the registry may only see the account of a caller from another one.
    let without_role = owners.clone().by(identities::other_account());
    for owners in [owners, without_role] {
        let records = [callers.json(), owners.json()];
        let user: BTreeSet<String> = SEARCH.rows(&records).into_iter().map(|row| row.group.user).collect();
        assert_eq!(user, ["release".to_owned()].into());
        let rows = Ours::by_reference().rows(&records);
        assert_eq!(rows.iter().map(|row| (row.group.user.as_str(), row.count)).collect::<Vec<_>>(), [("release", 1)]);
    }
}

const SERVICE_ROLE: &str = "aws-service-role/pullthroughcache.ecr.amazonaws.com/AWSServiceRoleForECRPullThroughCache";

/// The records of two roles with the same name. Anybody can create the second one, but the path of the first one is reserved for
/// AWS.
fn by_service_and_imitator() -> [Value; 2] {
    [SERVICE_ROLE, "AWSServiceRoleForECRPullThroughCache"]
        .map(|path| Record::docker().at(NIGHT).by(identities::role(path, "cache")).json())
}

#[test]
fn d13_a_policy_distinguishes_a_service_role_from_its_imitation_which_no_macro_can() {
    let [by_service, by_imitator] = by_service_and_imitator();
    assert_eq!(SEARCH.group(&by_service), SEARCH.group(&by_imitator));
    let ours = Ours::by_spec(json!({"serviceRoles": "Ignore"}));
    assert_eq!((ours.verdict(&by_service).as_str(), ours.verdict(&by_imitator).as_str()), ("OutOfScope", "OffHours"));
}

#[test]
fn d13_an_allow_rule_for_a_service_role_does_not_allow_its_imitation() {
    let [by_service, by_imitator] = by_service_and_imitator();
    let principal = format!("arn:aws:iam::*:role/{SERVICE_ROLE}");
    let rule = json!({"name": "cache", "reason": "pull-through cache", "principals": [principal]});
    let ours = Ours::by_spec(json!({"allow": [rule]}));
    assert_eq!(ours.explain(&[by_service])[0]["allowRule"], "cache");
    assert_eq!(ours.verdict(&by_imitator), "OffHours");
}

/// tests/resources shows that a cluster selects by the same field.
#[test]
fn d14_findings_can_be_selected_by_repository() {
    let records = ["ann", "bob"]
        .map(|name| Record::docker().at(NIGHT).by(identities::user(name)).event_id(name).repository("prod/api").json());
    // The only risk object of the searches is the user: two objects with one event each.
    let risk_objects: BTreeSet<String> = SEARCH.rows(&records).into_iter().map(|row| row.group.user).collect();
    assert_eq!(risk_objects, ["ann".to_owned(), "bob".to_owned()].into());
    let findings = Ours::by_reference().findings(&records);
    assert_eq!(findings.iter().filter(|finding| finding["spec"]["repository"] == "prod/api").count(), 2);
}

/// The first version of the CloudTrail search excluded weekends by mistake.
fn first_version_finds(record: &Value) -> bool {
    let day = clock::date_wday(&text(record, "/eventTime").unwrap()).unwrap();
    is_outside_business_hours(record) && !matches!(day, "saturday" | "sunday")
}

#[test]
fn d15_the_one_test_of_the_searches_passes_with_a_version_that_misses_every_weekend() {
    let of_their_test = Record::docker().json(); // Wednesday 23:17:30 UTC.
    assert!(first_version_finds(&of_their_test) && SEARCH.group(&of_their_test).is_some());
    let at_the_weekend = Record::docker().at(SATURDAY).json();
    assert!(!first_version_finds(&at_the_weekend) && SEARCH.group(&at_the_weekend).is_some());
    assert_eq!(Ours::by_reference().verdict(&at_the_weekend), "OffHours");
}

#[test]
fn the_names_of_service_and_call_are_both_needed_at_night_too() {
    // With the precedence of most languages, every event at night would match.
    let other = Record::docker().at(NIGHT).with("/eventName", json!("BatchGetImage")).json();
    let elsewhere = Record::docker().at(NIGHT).with("/eventSource", json!("s3.amazonaws.com")).json();
    for record in [other, elsewhere] {
        assert!(is_outside_business_hours(&record));
        assert_eq!(SEARCH.group(&record), None);
        assert_eq!(Ours::by_reference().verdict(&record), "NotAnUpload");
    }
}
