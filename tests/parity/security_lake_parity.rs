//! The Security Lake search and the policies that equal it, on the same records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::cloudtrail_search as rows_of_scan;
use crate::corpus::{self, Recipe, Shape};
use crate::defect::{Defect, Differences};
use crate::fields;
use crate::identities;
use crate::ocsf::{Form, ocsf};
use crate::ours::Ours;
use crate::security_lake_search::{Row, SecurityLakeSearch};

/// The zone of the policies in docs/from-splunk.md.
const ZONE: chrono_tz::Tz = chrono_tz::Europe::Berlin;
const FORMS: [Form; 3] = [Form::Version1, Form::EarlyVersion2, Form::Version2];

/// Synthetic records in this form. Their identities are whole, because some of the published ones are scrubbed so that ARN and
/// account contradict each other. Corrected records are left out: it is not known how Security Lake stores a correction.
fn events(form: Form, seed: u64) -> Vec<Value> {
    let is_known = |recipe: &Recipe| recipe.shape != Shape::Corrected;
    let recipes: Vec<Recipe> = corpus::recipes(seed).into_iter().filter(is_known).collect();
    corpus::records(&recipes, &identities::whole()).iter().map(|record| ocsf(record, form)).collect()
}

fn ids(events: &[Value]) -> impl Iterator<Item = (&str, &Value)> {
    events.iter().map(|event| (event["metadata"]["uid"].as_str().unwrap(), event))
}

/// The ID that all copies of an event share.
fn shared_id(event: &Value) -> &str {
    event["unmapped"]["sharedEventID"].as_str().or(event["metadata"]["uid"].as_str()).unwrap()
}

/// The shared ID of an upload in a finding.
fn reported_id(upload: &Value) -> &str {
    upload.get("originalID").unwrap_or(&upload["eventID"]).as_str().unwrap()
}

/// Compares the events that rows count with those that are in our findings.
fn compare_events(rows: &[Row], ours: &[(Value, Value)], all: &[Value]) -> Differences {
    let by_id: BTreeMap<&str, &Value> = ids(all).collect();
    let mut differences = Differences::new();
    let mut theirs = BTreeSet::new();
    for event in rows.iter().flat_map(|row| &row.event_ids).map(|id| by_id[id.as_str()]) {
        let difference = match event["api"]["service"]["name"].as_str() {
            Some("ecr.amazonaws.com" | "ecr-public.amazonaws.com") => {
                (!theirs.insert(shared_id(event))).then_some(Defect::CountedAgain)
            }
            _ => Some(Defect::OtherService),
        };
        if let Some(difference) = difference {
            *differences.entry(difference).or_default() += 1;
        }
    }
    let found: BTreeSet<&str> = ours.iter().map(|(_, upload)| reported_id(upload)).collect();
    assert_eq!(found, theirs, "the same events, but for those with a documented reason");
    differences
}

/// Looks for every field of every row in our output.
fn compare_fields(
    rows: &[Row],
    ours: &[(Value, Value)],
    csv: &[rows_of_scan::Row],
    all: &[Value],
    form: Form,
) -> Differences {
    let shared_ids: BTreeMap<&str, &str> = ids(all).map(|(id, event)| (id, shared_id(event))).collect();
    let by_id: BTreeMap<&str, &(Value, Value)> = ours.iter().map(|both| (reported_id(&both.1), both)).collect();
    let mut differences = Differences::new();
    for row in rows {
        let mut times = Vec::new();
        for (finding, upload) in row.event_ids.iter().filter_map(|id| by_id.get(shared_ids[id.as_str()])) {
            let output = fields::Output { finding, upload, callers_accounts: callers_accounts(csv, finding, upload) };
            fields::check(row, &output, form, &mut differences);
            let time: chrono::DateTime<chrono::Utc> = upload["time"].as_str().unwrap().parse().unwrap();
            times.push(time.timestamp_millis());
        }
        if let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) {
            assert_eq!((row.first_time, row.last_time), (*first, *last));
        }
    }
    differences
}

/// `vendor_account` of the rows of `scan -o csv` that an upload is in.
fn callers_accounts(csv: &[rows_of_scan::Row], finding: &Value, upload: &Value) -> Vec<String> {
    let principal = &finding["spec"]["principal"];
    let arn = principal["arn"].as_str().unwrap();
    let user = match principal["type"].as_str().unwrap() {
        "IAMUser" | "AssumedRole" | "FederatedUser" => arn.rsplit('/').next().unwrap(),
        _ => arn,
    };
    let is_its = |row: &&rows_of_scan::Row| {
        row.group.user == user
            && row.group.repository == finding["spec"]["repository"]
            && row.group.vendor_region == finding["spec"]["region"]
            && row.group.src == upload["sourceIP"].as_str().unwrap_or_default()
            && row.group.user_agent == upload["userAgent"].as_str().unwrap_or_default()
    };
    csv.iter().filter(is_its).map(|row| row.group.vendor_account.clone()).collect()
}

#[test]
fn the_search_as_it_fires_finds_the_events_of_the_policy_that_equals_it() {
    for form in FORMS {
        let events = events(form, 31);
        let rows = SecurityLakeSearch::as_it_fires(ZONE).rows(&events);
        let ours = Ours::by_page("security-lake-as-it-fires").uploads(&events);
        assert!(ours.len() > 500, "{}", ours.len());
        let differences = compare_events(&rows, &ours, &events);
        assert_eq!(Vec::from_iter(differences.keys()), [&Defect::OtherService, &Defect::CountedAgain], "{form:?}");
    }
}

#[test]
fn the_search_as_it_is_meant_finds_the_events_of_the_policy_that_equals_it() {
    for form in FORMS {
        let events = events(form, 32);
        let rows = SecurityLakeSearch::as_meant(ZONE).rows(&events);
        let ours = Ours::by_page("security-lake-as-meant").uploads(&events);
        let as_it_fires = SecurityLakeSearch::as_it_fires(ZONE).rows(&events);
        assert!(rows.len() > as_it_fires.len() * 11 / 10, "weekends make a difference");
        compare_events(&rows, &ours, &events);
    }
}

#[test]
fn every_field_of_the_security_lake_search_follows_from_our_output() {
    for form in FORMS {
        let events = events(form, 33);
        let rows = SecurityLakeSearch::as_meant(ZONE).rows(&events);
        let ours = Ours::by_page("security-lake-as-meant");
        let differences = compare_fields(&rows, &ours.uploads(&events), &ours.rows(&events), &events, form);
        let expected = match form {
            Form::Version2 => vec![Defect::Zero],
            Form::Version1 | Form::EarlyVersion2 => vec![Defect::ReleasedSchemaOnly, Defect::Zero],
        };
        assert_eq!(Vec::from_iter(differences.into_keys()), expected, "{form:?}");
    }
}

#[test]
fn a_record_gives_the_same_findings_in_every_form_of_security_lake_and_of_cloudtrail() {
    let recipes: Vec<Recipe> =
        corpus::recipes(34).into_iter().filter(|recipe| recipe.shape != Shape::Corrected).collect();
    let records = corpus::records(&recipes, &identities::whole());
    let ours = Ours::by_reference();
    let findings = ours.findings(&records);
    assert!(findings.len() > 100, "{}", findings.len());
    for form in FORMS {
        let events: Vec<Value> = records.iter().map(|record| ocsf(record, form)).collect();
        assert_eq!(ours.findings(&events), findings, "{form:?}");
        assert_eq!(ours.rows(&events), ours.rows(&records), "{form:?}");
    }
}
