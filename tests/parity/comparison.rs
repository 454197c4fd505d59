//! Comparing rows of the CloudTrail search with ours, record by record.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cloudtrail_search::{CloudTrailSearch, Group, Row, is_outside_business_hours, rows, text, time};
use crate::defect::{Defect, Differences};

/// The result of a comparison.
#[derive(Debug)]
pub struct Comparison {
    /// Rows that are equal in every field.
    pub equal_rows: usize,
    /// Differences that have a documented reason; there are no others.
    pub differences: Differences,
}

/// Compares the rows of the search over these records with ours.
///
/// # Panics
/// When a row of the search is not in ours, or a difference has no documented reason.
pub fn compare(search: CloudTrailSearch, records: &[Value], ours: &[Row]) -> Comparison {
    let mut expected = Vec::new();
    let mut touched: Vec<Group> = Vec::new();
    let mut differences = Differences::new();
    for copies in events(records) {
        let standing = standing(&copies);
        for (index, record) in copies.iter().enumerate() {
            let counted = search.group(record);
            let difference = attribute(record, counted.as_ref(), index == standing);
            if index == standing {
                expected.push((group_at_parity(record), time(record).unwrap()));
            }
            if let Some(defect) = difference {
                *differences.entry(defect).or_default() += 1;
                touched.extend([counted.unwrap_or_else(|| group_at_parity(record))]);
            }
        }
    }
    assert_eq!(ours, rows(expected.into_iter()), "every row of ours has a reason, and none is missing");

    let theirs = search.rows(records);
    let mut equal_rows = 0;
    for row in &theirs {
        if touched.contains(&row.group) {
            assert!(ours.iter().any(|our| our.group == row.group), "not in ours: {row:?}");
        } else {
            assert!(ours.contains(row), "not in ours, field by field: {row:?}");
            equal_rows += 1;
        }
    }
    Comparison { equal_rows, differences }
}

/// The reason why the product does not count a record as the search does, if there is a difference. `counted` is the group in which
/// the search counts it. `stands` says that of all records of its event, this is the one that the product counts.
fn attribute(record: &Value, counted: Option<&Group>, stands: bool) -> Option<Defect> {
    match (counted, stands) {
        (Some(group), true) => {
            assert_eq!(*group, group_at_parity(record), "a record that the search counts is in the same group");
            None
        }
        (Some(_), false) => Some(Defect::CountedAgain),
        (None, false) => None,
        (None, true) if text(record, "/eventSource").as_deref() == Some("ecr-public.amazonaws.com") => {
            Some(Defect::EcrPublic)
        }
        (None, true) if lacks_a_field_of_the_group(record) => Some(Defect::DroppedRecord),
        (None, true) => panic!("found, without a documented reason why the search does not find it: {record}"),
    }
}

/// The fields of a record that the search groups by.
pub const GROUP_FIELDS: [&str; 6] = [
    "/userIdentity/userName",
    "/userAgent",
    "/sourceIPAddress",
    "/userIdentity/accountId",
    "/awsRegion",
    "/requestParameters/repositoryName",
];

fn lacks_a_field_of_the_group(record: &Value) -> bool {
    GROUP_FIELDS.iter().any(|field| text(record, field).is_none())
}

/// The records of pushes outside business hours, those of one event together.
fn events(records: &[Value]) -> Vec<Vec<&Value>> {
    let mut events: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for record in records.iter().filter(|record| is_upload(record) && is_outside_business_hours(record)) {
        let replaced = text(record, "/addendum/originalEventID")
            .filter(|_| text(record, "/addendum/reason").as_deref() == Some("UPDATED_DATA"));
        let id = text(record, "/sharedEventID").or(replaced).or(text(record, "/eventID")).expect("an id");
        events.entry(id).or_default().push(record);
    }
    events.into_values().collect()
}

fn is_upload(record: &Value) -> bool {
    let source = text(record, "/eventSource");
    let is_ecr = matches!(source.as_deref(), Some("ecr.amazonaws.com" | "ecr-public.amazonaws.com"));
    is_ecr && text(record, "/eventName").as_deref() == Some("PutImage")
}

/// The record that stands for an event: preferably one that says who pushed, in the account that owns the registry.
fn standing(copies: &[&Value]) -> usize {
    let rank = |record: &Value| {
        let is_copy = text(record, "/recipientAccountId") != text(record, "/requestParameters/registryId");
        (!says_who(record), is_copy, text(record, "/eventID"))
    };
    (0..copies.len()).min_by_key(|index| rank(copies[*index])).expect("a record")
}

fn says_who(record: &Value) -> bool {
    ["/userIdentity/arn", "/userIdentity/userName", "/userIdentity/sessionContext/sessionIssuer/userName"]
        .iter()
        .any(|field| text(record, field).is_some())
}

/// The group in which a record must be counted so that none is lost: the fields of the search, with substitutes for those that the
/// record lacks.
pub fn group_at_parity(record: &Value) -> Group {
    let field = |pointer: &str| text(record, pointer);
    let account = field("/userIdentity/accountId");
    let service = field("/userIdentity/invokedBy").filter(|service| service != "AWS Internal");
    Group {
        signature: "PutImage".to_owned(),
        user: field("/userIdentity/userName")
            .or(field("/userIdentity/sessionContext/sessionIssuer/userName"))
            .or(field("/userIdentity/sessionContext/sessionIssuer/arn"))
            .or(field("/userIdentity/arn"))
            .or(account.clone().map(|account| format!("arn:aws:iam::{account}:root")))
            .or(service)
            .or(field("/userIdentity/principalId"))
            .unwrap_or("unknown".to_owned()),
        user_agent: field("/userAgent").unwrap_or_default(),
        src: field("/sourceIPAddress").unwrap_or_default(),
        vendor_account: account.or(field("/recipientAccountId")).expect("an account"),
        vendor_region: field("/awsRegion").or(part_of_arn(record, 3)).expect("a Region"),
        vendor_product: "AWS".to_owned(),
        repository: field("/requestParameters/repositoryName")
            .or(part_of_arn(record, 5).map(|resource| resource.replacen("repository/", "", 1)))
            .expect("a repository"),
    }
}

/// A part of the repository's ARN.
fn part_of_arn(record: &Value, part: usize) -> Option<String> {
    text(record, "/resources/0/ARN")?.splitn(6, ':').nth(part).map(str::to_owned)
}
