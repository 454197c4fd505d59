//! CloudTrailSource: accepted specs, and the errors for all others.

use offhours::api::CloudTrailSource;
use serde_json::{Value, json};

use crate::cluster::{assert_accepted, assert_refused, try_create};

fn regions(regions: &[&str]) -> Value {
    json!({"lookupEvents": {"regions": regions}})
}

fn role(role: Value) -> Value {
    json!({"lookupEvents": {}, "assumeRole": role})
}

#[tokio::test]
async fn a_source_needs_nothing_but_an_empty_lookup_events() {
    let source = try_create::<CloudTrailSource>("default", &json!({"lookupEvents": {}})).await.unwrap();
    let sweeps = json!([{"every": "1h", "back": "24h"}, {"every": "24h", "back": "168h"}]);
    let defaults = json!({"lookupEvents": {"pollInterval": "1m", "overlap": "30m", "sweeps": sweeps}});
    assert_eq!(source["spec"], defaults);
}

#[tokio::test]
async fn a_source_without_a_way_to_read_is_refused() {
    assert_refused::<CloudTrailSource>(&[(json!({}), "spec.lookupEvents", "Required value")]).await;
}

#[tokio::test]
async fn real_regions_roles_and_durations_are_accepted() {
    let arn = |arn: &str| role(json!({ "roleARN": arn }));
    assert_accepted::<CloudTrailSource>(&[
        regions(&[
            "eu-central-1",
            "us-gov-west-1",
            "cn-northwest-1",
            "ap-southeast-5",
            "us-iso-east-1",
            "mx-central-1",
        ]),
        regions(&["eusc-de-east-1"]),
        arn("arn:aws:iam::111122223333:role/offhours"),
        arn("arn:aws-cn:iam::111122223333:role/path/to/offhours"),
        arn("arn:aws-us-gov:iam::111122223333:role/offhours"),
        role(json!({"roleARN": "arn:aws:iam::111122223333:role/offhours", "externalID": "choose-one"})),
        json!({"lookupEvents": {"pollInterval": "1s", "overlap": "1m"}}),
        json!({"lookupEvents": {"pollInterval": "1h", "overlap": "24h"}}),
        json!({"lookupEvents": {"pollInterval": "1m30s"}}),
        json!({"lookupEvents": {}, "allowedNamespaces": {"matchLabels": {"team": "payments"}}}),
        json!({"lookupEvents": {}, "allowedNamespaces": {}}),
    ])
    .await;
}

fn sweeps(sweeps: &[(&str, &str)]) -> Value {
    let sweeps: Vec<Value> = sweeps.iter().map(|(every, back)| json!({"every": every, "back": back})).collect();
    json!({"lookupEvents": {"sweeps": sweeps}})
}

#[tokio::test]
async fn sweeps_that_leave_nothing_unread_are_accepted() {
    assert_accepted::<CloudTrailSource>(&[
        sweeps(&[]),
        sweeps(&[("10s", "10s")]),
        sweeps(&[("168h", "168h")]),
        sweeps(&[("168h", "2160h")]),
        sweeps(&[("1h30m", "1h30m1s")]),
        sweeps(&[("1h", "24h"), ("2h", "24h"), ("1h", "25h"), ("24h", "2160h")]),
    ])
    .await;
}

#[tokio::test]
async fn the_default_sweeps_do_not_replace_an_empty_list() {
    let source = try_create::<CloudTrailSource>("example", &sweeps(&[])).await.unwrap();
    assert_eq!(source["spec"]["lookupEvents"]["sweeps"], json!([]));
}

#[tokio::test]
async fn wrong_sweeps_are_refused_with_advice() {
    let path = |field: &str| format!("spec.lookupEvents.sweeps{field}");
    let (all, first, every, back) = (path(""), path("[0]"), path("[0].every"), path("[0].back"));
    let mut cases: Vec<(Value, &str, &str)> = Vec::new();
    for duration in ["0s", "9s", "169h", "1d", "", "60", "-1h", "soon", "99999999999999h"] {
        cases.push((sweeps(&[(duration, "2160h")]), &every, "must be a duration from 10s to 168h, such as 1h"));
    }
    let days = "must be a duration from 10s to 2160h (the 90 days that CloudTrail keeps), such as 24h";
    for duration in ["0s", "9s", "2161h", "90d", "", "-24h", "99999999999999h"] {
        cases.push((sweeps(&[("10s", duration)]), &back, days));
    }
    for (interval, range) in [("1h", "59m59s"), ("168h", "24h"), ("11s", "10s")] {
        cases.push((sweeps(&[(interval, range)]), &first, "back must be at least every"));
    }
    let twice = "the same sweep is listed twice; remove one of them";
    cases.push((sweeps(&[("1h", "24h"), ("1h", "24h")]), &all, twice));
    cases.push((sweeps(&[("1h", "24h"), ("2h", "24h"), ("60m", "1440m")]), &all, twice));
    let five = [("1h", "1h"), ("1h", "2h"), ("1h", "3h"), ("1h", "4h"), ("1h", "5h")];
    cases.push((sweeps(&five), &all, "must have at most 4 items"));
    let only = |field: &str| json!({"lookupEvents": {"sweeps": [{field: "24h"}]}});
    cases.push((only("every"), &back, "Required value"));
    cases.push((only("back"), &every, "Required value"));
    assert_refused::<CloudTrailSource>(&cases).await;
}

#[tokio::test]
async fn wrong_fields_of_a_source_are_refused_with_an_example() {
    let mut cases: Vec<(Value, &str, &str)> = Vec::new();
    let poll = "must be a duration from 1s to 1h, such as 60s";
    for interval in ["0s", "999ms", "61m", "", "60", "1 minute", "-1s", "99999999999999h"] {
        cases.push((json!({"lookupEvents": {"pollInterval": interval}}), "spec.lookupEvents.pollInterval", poll));
    }
    let overlap = "must be a duration from 1m to 24h, such as 30m";
    for duration in ["0s", "59s", "25h", "1d", ""] {
        cases.push((json!({"lookupEvents": {"overlap": duration}}), "spec.lookupEvents.overlap", overlap));
    }
    let region = "each Region must be the code of an AWS Region, such as eu-central-1";
    for name in ["EU", "eu_central_1", "eu-central", "Frankfurt", "eu-central-1a", "eu-*", ""] {
        cases.push((regions(&[name]), "spec.lookupEvents.regions", region));
    }
    let many: Vec<String> = (0..65).map(|number| format!("eu-central-{number}")).collect();
    let many = json!({"lookupEvents": {"regions": many}});
    cases.push((many, "spec.lookupEvents.regions", "must have at most 64 items"));
    cases.push((regions(&["eu-central-1", "eu-central-1"]), "spec.lookupEvents.regions[1]", "Duplicate value"));
    let arn = "must be the ARN of an IAM role, such as arn:aws:iam::111122223333:role/offhours";
    for name in [
        "offhours",
        "",
        "arn:aws:iam::111122223333:user/ann",
        "arn:aws:iam::1111:role/x",
        "arn:aws:iam::111122223333:role/",
    ] {
        cases.push((role(json!({ "roleARN": name })), "spec.assumeRole.roleARN", arn));
    }
    cases.push((role(json!({})), "spec.assumeRole.roleARN", "Required value"));
    let short = json!({"roleARN": "arn:aws:iam::111122223333:role/offhours", "externalID": "x"});
    cases.push((role(short), "spec.assumeRole.externalID", "at least 2 chars"));
    let labels: Value =
        (0..17).map(|number| (format!("label-{number}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let labels = json!({"lookupEvents": {}, "allowedNamespaces": {"matchLabels": labels}});
    cases.push((labels, "spec.allowedNamespaces.matchLabels", "must have at most 16 items"));
    assert_refused::<CloudTrailSource>(&cases).await;
}

#[tokio::test]
async fn a_name_of_more_than_63_characters_is_refused_with_the_limit() {
    let complaints = try_create::<CloudTrailSource>(&"x".repeat(64), &json!({"lookupEvents": {}})).await.unwrap_err();
    assert!(complaints[0].message.contains("must have at most 63 characters"), "{complaints:?}");
}
