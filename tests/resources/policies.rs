//! EcrUploadPolicy: accepted specs, and the errors for all others.

use std::path::Path;

use offhours::api::EcrUploadPolicy;
use offhours::cli::{ManifestError, policy_of};
use offhours::detect::Policy;
use serde_json::{Value, json};

use crate::cluster::{self, Complaint, cluster, try_create};

/// Asserts that the API server rejects each spec with this field and these words, and that for a file with this spec the errors
/// include all complaints of the API server.
pub async fn assert_refused(cases: &[(Value, &str, &str)]) {
    cluster::assert_refused::<EcrUploadPolicy>(cases).await;
    let mut missing = Vec::new();
    for (spec, field, _) in cases {
        let errors: Vec<String> = in_a_file(spec).expect_err(field).iter().map(ToString::to_string).collect();
        for complaint in try_create::<EcrUploadPolicy>("example", spec).await.expect_err(field) {
            let Complaint { field, message } = complaint;
            // A file has the same error; a hint may follow.
            let is_in_file = errors.iter().any(|error| error.starts_with(&format!("policy.json: {field}: {message}")));
            // The API server also reports that an item of the wrong type has no key. A file has one error for both.
            let is_about_others = field == "<nil>" || message.contains("must be an object for an array");
            // The API server failed to evaluate the rule. A file has the message of the rule, or of the time zone.
            let is_evaluation = message.contains(" evaluating rule: ")
                && errors.iter().any(|error| error.starts_with(&format!("policy.json: {field}: ")));
            let text = format!("{field}: {message}");
            if !is_in_file && !is_about_others && !is_evaluation {
                missing.push(format!("{text}\n  not in {errors:#?}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Asserts that each spec is accepted by the API server and in a file.
pub async fn assert_accepted(specs: &[Value]) {
    cluster::assert_accepted::<EcrUploadPolicy>(specs).await;
    for spec in specs {
        in_a_file(spec).unwrap();
    }
}

/// The policy that `scan` reads from a file with this spec.
fn in_a_file(spec: &Value) -> Result<Policy, Vec<ManifestError>> {
    named_in_a_file("example", spec)
}

fn named_in_a_file(name: &str, spec: &Value) -> Result<Policy, Vec<ManifestError>> {
    let manifest = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy", "metadata": {"name": name}, "spec": spec,
    });
    policy_of(Path::new("policy.json"), &manifest.to_string())
}

fn hours(start: &str, end: &str) -> Value {
    json!({"businessHours": [{"days": ["Mon"], "start": start, "end": end}]})
}

/// `count` different texts of `length` characters.
fn texts(count: usize, length: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:0>length$}")).collect()
}

/// `count` different patterns of `length` characters that begin with this text.
fn patterns(beginning: &str, count: usize, length: usize) -> Vec<String> {
    texts(count, length - beginning.len()).iter().map(|text| format!("{beginning}{text}")).collect()
}

/// `count` different windows.
fn windows(count: usize) -> Vec<Value> {
    (0..count)
        .map(|hour| json!({"days": ["Mon", "Sun"], "start": format!("{:02}:{:02}", hour % 24, hour), "end": "24:00"}))
        .collect()
}

#[tokio::test]
async fn every_zone_of_the_iana_database_is_accepted_by_its_name() {
    let zones = [
        "UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
        "America/Port-au-Prince",
        "US/Pacific",
        "Etc/GMT+5",
        "Etc/UTC",
        "Asia/Kolkata",
        "Pacific/Kiritimati",
        "Antarctica/DumontDUrville",
    ];
    assert_accepted(&zones.map(|zone| json!({ "timeZone": zone }))).await;
}

#[tokio::test]
async fn a_name_that_is_not_a_time_zone_is_refused_with_an_example() {
    let example = "such as Europe/Berlin, Asia/Tokyo or UTC";
    let not_names =
        ["", "Local", "+05:30", "EST", "EST5EDT", "CET", "GMT", "europe/berlin", "Berlin", "UTC+1", "Europe/"];
    let cases = not_names.map(|zone| (json!({ "timeZone": zone }), "spec.timeZone", example));
    assert_refused(&cases).await;
    let unknown = "is not in the IANA time zone database; use a name such as Europe/Berlin";
    let cases = ["Mars/Olympus", "Europe/Berln", "Europe/berlin"]
        .map(|zone| (json!({ "timeZone": zone }), "spec.timeZone", unknown));
    assert_refused(&cases).await;
}

#[tokio::test]
async fn business_hours_may_run_over_midnight_to_24_00_or_be_none_at_all() {
    assert_accepted(&[
        json!({"businessHours": []}),
        hours("00:00", "24:00"),
        hours("22:00", "06:00"),
        hours("00:00", "23:59"),
        hours("23:59", "00:00"),
        json!({"businessHours": [
            {"days": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "start": "08:00", "end": "12:00"},
            {"days": ["Mon"], "start": "08:00", "end": "20:00"},
            {"days": ["Mon"], "start": "13:00", "end": "20:00"},
        ]}),
    ])
    .await;
}

#[tokio::test]
async fn wrong_business_hours_are_refused_with_the_window_and_an_example() {
    let (start, end) = ("spec.businessHours[0].start", "spec.businessHours[0].end");
    let start_example = "must be a time of day HH:MM from 00:00 to 23:59, such as \"08:00\"";
    let end_example = "must be a time of day HH:MM from 00:00 to 24:00, such as \"20:00\"";
    let mut cases: Vec<(Value, &str, &str)> = Vec::new();
    for time in ["8:00", "24:00", "24:01", "25:00", "08:60", "0800", "", "8", "08:00:00", "8am", "08.00"] {
        cases.push((hours(time, "20:00"), start, start_example));
    }
    for time in ["8:00", "24:01", "25:00", "20:60", "", "20:00:00", "8:00 PM", "24:00:00"] {
        cases.push((hours("08:00", time), end, end_example));
    }
    let window = "spec.businessHours[0]";
    let empty = "for a whole day, use start \"00:00\" and end \"24:00\"";
    cases.push((hours("08:00", "08:00"), window, empty));
    let twice = json!({"days": ["Mon"], "start": "08:00", "end": "20:00"});
    let remove = "the same window is listed twice; remove one of them";
    cases.push((json!({"businessHours": [twice, twice]}), "spec.businessHours", remove));
    let days = |days: Value| json!({"businessHours": [{"days": days, "start": "08:00", "end": "20:00"}]});
    cases.push((days(json!([])), "spec.businessHours[0].days", "at least 1 items"));
    cases.push((days(json!(["Mon", "Mon"])), "spec.businessHours[0].days[1]", "Duplicate value: \"Mon\""));
    let weekdays = "supported values: \"Mon\", \"Tue\", \"Wed\", \"Thu\", \"Fri\", \"Sat\", \"Sun\"";
    cases.push((days(json!(["Monday"])), "spec.businessHours[0].days[0]", weekdays));
    let without_days = json!({"businessHours": [{"start": "08:00", "end": "20:00"}]});
    cases.push((without_days, "spec.businessHours[0].days", "Required value"));
    cases.push((json!({"businessHours": windows(29)}), "spec.businessHours", "must have at most 28 items"));
    assert_refused(&cases).await;
}

#[tokio::test]
async fn a_wrong_scope_is_refused_with_the_field() {
    let accounts = |accounts: Value| json!({"scope": {"accounts": accounts}});
    let digits = "exactly 12 digits, in quotes, such as \"111122223333\"";
    let field = "spec.scope.accounts";
    let scope = |field: &str, value: Value| json!({"scope": {field: value}});
    assert_refused(&[
        (accounts(json!(["11112222333"])), field, digits),
        (accounts(json!(["11112222333a"])), field, digits),
        (accounts(json!([""])), field, digits),
        (accounts(json!(["*"])), field, digits),
        (accounts(json!(["1111222233334"])), "spec.scope.accounts[0]", "may not be more than 12"),
        (accounts(json!([111122223333_i64])), "spec.scope.accounts[0]", "must be of type string"),
        (accounts(json!(["111122223333", "111122223333"])), "spec.scope.accounts[1]", "Duplicate value"),
        (accounts(json!(texts(1001, 12))), field, "must have at most 1000 items"),
        (scope("regions", json!([""])), "spec.scope.regions[0]", "at least 1 chars"),
        (scope("regions", json!(texts(65, 4))), "spec.scope.regions", "must have at most 64 items"),
        (scope("regions", json!(["x".repeat(33)])), "spec.scope.regions[0]", "may not be more than 32"),
        (scope("repositories", json!([""])), "spec.scope.repositories[0]", "at least 1 chars"),
        (scope("repositories", json!(texts(257, 4))), "spec.scope.repositories", "must have at most 256 items"),
        (scope("repositories", json!(["x".repeat(257)])), "spec.scope.repositories[0]", "may not be more than 256"),
        (
            scope("registries", json!(["private"])),
            "spec.scope.registries[0]",
            "supported values: \"Private\", \"Public\"",
        ),
        (scope("registries", json!(["Public", "Public"])), "spec.scope.registries[1]", "Duplicate value"),
    ])
    .await;
}

#[tokio::test]
async fn the_lookback_is_a_duration_of_at_most_90_days() {
    let accepted = ["24h", "90m", "1h30m", "0s", "2160h", "129600m", "7776000s"];
    assert_accepted(&accepted.map(|lookback| json!({ "lookback": lookback }))).await;
    let words = "must be a duration such as 24h or 90m, of at most 2160h (the 90 days that CloudTrail keeps)";
    let refused = ["", "24", "1d", "90 days", "-1h", "1.5h", "2161h", "2160h1s", "24H", "99999999999999h", "5ms"];
    assert_refused(&refused.map(|lookback| (json!({ "lookback": lookback }), "spec.lookback", words))).await;
}

#[tokio::test]
async fn wrong_choices_and_source_names_are_refused_with_the_field() {
    assert_refused(&[
        (json!({"failedPushes": "report"}), "spec.failedPushes", "supported values: \"Report\", \"Ignore\""),
        (
            json!({"severity": "Severe"}),
            "spec.severity",
            "supported values: \"Low\", \"Medium\", \"High\", \"Critical\"",
        ),
        (json!({"suspend": "yes"}), "spec.suspend", "must be of type boolean"),
        (json!({"sources": []}), "spec.sources", "at least 1 items"),
        (json!({"sources": [""]}), "spec.sources[0]", "at least 1 chars"),
        (json!({"sources": ["a", "a"]}), "spec.sources[1]", "Duplicate value: \"a\""),
        (json!({"sources": ["x".repeat(64)]}), "spec.sources[0]", "may not be more than 63"),
        (json!({"sources": texts(33, 4)}), "spec.sources", "must have at most 32 items"),
    ])
    .await;
}

#[tokio::test]
async fn a_name_of_more_than_63_characters_is_refused_with_the_limit() {
    let complaints = try_create::<EcrUploadPolicy>(&"x".repeat(64), &json!({})).await.unwrap_err();
    assert!(complaints[0].message.contains("must have at most 63 characters"), "{complaints:?}");
}

#[tokio::test]
async fn a_name_is_accepted_in_a_file_if_the_api_server_accepts_it() {
    for name in ["Production", "-a", "a-", "a..b", "a_b", "a/b", "", &"x".repeat(64)] {
        assert!(try_create::<EcrUploadPolicy>(name, &json!({})).await.is_err(), "{name:?}");
        assert!(named_in_a_file(name, &json!({})).is_err(), "{name:?}");
    }
    for name in ["a", "2", "a-1.b", &"x".repeat(63)] {
        try_create::<EcrUploadPolicy>(name, &json!({})).await.unwrap();
        named_in_a_file(name, &json!({})).unwrap();
    }
}

#[tokio::test]
async fn a_policy_with_every_list_at_its_maximum_is_within_the_cost_limits_of_the_rules() {
    let spec = json!({
        "scope": {
            "accounts": texts(1000, 12),
            "regions": patterns("eu-*", 64, 32),
            "repositories": texts(256, 256),
            "registries": ["Private", "Public"],
        },
        "businessHours": windows(28),
        "sources": texts(32, 63),
        "holidays": holidays(),
        "teams": (0..64).map(|number| json!({
            "name": format!("{number:0>63}"),
            "match": {
                "principals": patterns("arn:aws:iam::*:role/", 8, 512), "repositories": texts(8, 256), "accounts": texts(64, 12),
            },
            "timeZone": "America/Argentina/Buenos_Aires",
            "businessHours": windows(14),
        })).collect::<Vec<_>>(),
    });
    let rules = json!({
        "allow": (0..64).map(|number| json!({
            "name": format!("{number:0>63}"), "reason": "x".repeat(512),
            "principals": patterns("arn:aws:iam::*:role/", 8, 512), "sessions": texts(8, 128),
            "repositories": texts(8, 256), "tags": texts(16, 128), "accounts": texts(64, 12),
            "regions": patterns("eu-*", 64, 32),
            "sourceIPs": (0..64).map(|number| format!("2001:db8:0:{number}::/64")).collect::<Vec<_>>(),
            "userAgents": texts(4, 256),
            "kinds": ["Image", "Index", "IndexChild", "Retag", "Signature", "Attestation", "SBOM", "HelmChart",
                      "Artifact", "Unknown"],
            "during": windows(14), "notBefore": "2026-01-01T00:00:00Z", "expires": "2027-01-01T00:00:00Z",
        })).collect::<Vec<_>>(),
    });
    assert_accepted(&[rules]).await;
    assert_accepted(&[spec]).await;
}

/// Holidays with every list at its maximum.
fn holidays() -> Value {
    let day = |number: usize| chrono::NaiveDate::from_yo_opt(2026, number as u32 + 1).unwrap().to_string();
    json!({
        "countries": (0..64).map(|number| format!("DE-{number:0>29}")).collect::<Vec<_>>(),
        "dates": (0..256).map(|number| json!({"date": day(number), "name": "x".repeat(128)})).collect::<Vec<_>>(),
        "calendars": texts(16, 253).into_iter().map(|name| json!({"configMap": name, "key": name})).collect::<Vec<_>>(),
        "except": (0..256).map(day).collect::<Vec<_>>(),
    })
}

pub fn team(changes: Value) -> Value {
    let mut team = json!({"name": "tokyo", "match": {"repositories": ["prod/*"]}});
    team.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({ "teams": [team] })
}

pub fn rule(changes: Value) -> Value {
    let mut rule = json!({"name": "nightly", "reason": "CHG-1234", "repositories": ["prod/*"]});
    rule.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({ "allow": [rule] })
}

#[tokio::test]
async fn teams_holidays_and_allow_rules_with_all_their_fields_are_accepted() {
    assert_accepted(&[
        team(json!({"timeZone": "Asia/Tokyo", "businessHours": [{"days": ["Mon"], "start": "09:00", "end": "18:00"}]})),
        team(json!({"businessHours": [], "holidays": {}})),
        json!({"holidays": {
            "countries": ["DE", "DE-BY", "IN-KA", "PT-30", "FR-6AE", "BR-Sao-Paulo-Capital"],
            "dates": [{"date": "2026-12-24", "name": "Christmas Eve"}],
            "calendars": [{"configMap": "holidays", "key": "company.ics"}], "except": ["2026-10-03"],
        }}),
        rule(json!({
            "principals": ["arn:aws:iam::*:role/ci/release"], "sessions": ["run-*"], "tags": ["nightly-*"],
            "during": [{"days": ["Mon", "Tue"], "start": "01:00", "end": "03:00"}], "expires": "2027-01-31T00:00:00Z",
        })),
        rule(json!({"sourceIPs": ["203.0.113.7", "203.0.113.0/24", "2001:db8::/32"], "kinds": ["Image", "SBOM"]})),
        json!({"serviceRoles": "Ignore"}),
        // Some tools write null for fields that are not set.
        json!({"scope": null, "holidays": null, "sources": null}),
        team(json!({"timeZone": null, "businessHours": null, "holidays": null})),
        rule(json!({"notBefore": null, "expires": null})),
        rule(json!({"notBefore": null, "expires": "2027-01-01T00:00:00Z"})),
    ])
    .await;
}

#[tokio::test]
async fn wrong_teams_and_holidays_are_refused_with_the_field() {
    let holidays = |changes: Value| json!({ "holidays": changes });
    let iso = "must be an ISO 3166 code in capitals: a country such as DE, or a part of one such as DE-BY";
    assert_refused(&[
        (team(json!({"name": "Tokyo"})), "spec.teams[0].name", "must be lower-case letters, digits and hyphens"),
        (team(json!({"match": {}})), "spec.teams[0].match", "a team must match something"),
        (team(json!({"timeZone": "JST"})), "spec.teams[0].timeZone", "must be an IANA time zone name"),
        (team(json!({"timeZone": "Asia/Tokio"})), "spec.teams[0].timeZone", "is not in the IANA time zone database"),
        (team(json!({"match": {"accounts": ["1"]}})), "spec.teams[0].match.accounts", "exactly 12 digits"),
        (
            json!({"teams": [team(json!({}))["teams"][0], team(json!({}))["teams"][0]]}),
            "spec.teams[1]",
            "Duplicate value",
        ),
        (holidays(json!({"countries": ["Germany"]})), "spec.holidays.countries", iso),
        (holidays(json!({"countries": ["de"]})), "spec.holidays.countries", iso),
        (
            holidays(json!({"dates": [{"date": "24.12.2026", "name": "x"}]})),
            "spec.holidays.dates[0].date",
            "must be of type date",
        ),
        (holidays(json!({"dates": [{"date": "2026-12-24"}]})), "spec.holidays.dates[0].name", "Required value"),
        (holidays(json!({"except": ["2026-02-30"]})), "spec.holidays.except[0]", "must be of type date"),
        (holidays(json!({"calendars": [{"configMap": "x"}]})), "spec.holidays.calendars[0].key", "Required value"),
        (
            holidays(json!({"dates": [{"date": "2026-12-24", "name": "x"}, {"date": "2026-12-24", "name": "y"}]})),
            "spec.holidays.dates[1]",
            "Duplicate value",
        ),
        (
            team(json!({"businessHours": [{"days": ["Mon"], "start": "09:00", "end": "09:00"}]})),
            "spec.teams[0].businessHours[0]",
            "start and end are the same",
        ),
        (team(json!({"holidays": {"countries": ["Japan"]}})), "spec.teams[0].holidays.countries", iso),
        (json!({"serviceRoles": "ignore"}), "spec.serviceRoles", "supported values: \"Report\", \"Ignore\""),
    ])
    .await;
}

#[tokio::test]
async fn allow_rules_that_allow_too_much_are_refused_with_what_to_write() {
    let everything = json!({"allow": [{"name": "all", "reason": "CHG-1"}]});
    let sessions = "sessions must be used together with principals";
    let nothing = "an allow rule must not match every push";
    assert_refused(&[
        (everything, "spec.allow[0]", nothing),
        (json!({"allow": [{"name": "all", "repositories": ["x"]}]}), "spec.allow[0].reason", "Required value"),
        (rule(json!({"reason": ""})), "spec.allow[0].reason", "at least 1 chars"),
        (rule(json!({"reason": "  "})), "spec.allow[0].reason", "must say why these pushes are allowed"),
        (rule(json!({"sessions": ["run-*"]})), "spec.allow[0]", sessions),
        (rule(json!({"sessions": ["run-*"], "principals": ["*"]})), "spec.allow[0]", sessions),
        (rule(json!({"sessions": ["run-*"], "principals": ["*/ci/*", "**"]})), "spec.allow[0]", sessions),
        (rule(json!({"repositories": ["*"]})), "spec.allow[0]", nothing),
        (rule(json!({"repositories": ["prod/*", "**"], "principals": ["*"], "tags": ["*"]})), "spec.allow[0]", nothing),
        (rule(json!({"name": "Nightly"})), "spec.allow[0].name", "must be lower-case letters, digits and hyphens"),
        (rule(json!({"accounts": ["111122223333", "1"]})), "spec.allow[0].accounts", "exactly 12 digits"),
        (
            rule(json!({"during": [{"days": ["Mon"], "start": "1:00", "end": "03:00"}]})),
            "spec.allow[0].during[0].start",
            "such as \"08:00\"",
        ),
        (
            json!({"allow": [rule(json!({}))["allow"][0], rule(json!({}))["allow"][0]]}),
            "spec.allow[1]",
            "Duplicate value",
        ),
        (
            rule(json!({"sourceIPs": ["AWS Internal"]})),
            "spec.allow[0].sourceIPs",
            "must be an IP address or a CIDR block",
        ),
        (
            rule(json!({"sourceIPs": ["203.0.113.0/33"]})),
            "spec.allow[0].sourceIPs",
            "must be an IP address or a CIDR block",
        ),
        (rule(json!({"kinds": ["image"]})), "spec.allow[0].kinds[0]", "supported values"),
        (
            rule(json!({"notBefore": "2027-01-01T00:00:00Z", "expires": "2026-01-01T00:00:00Z"})),
            "spec.allow[0]",
            "notBefore must be before expires",
        ),
        (rule(json!({"expires": "soon"})), "spec.allow[0].expires", "must be of type date-time"),
    ])
    .await;
}

#[tokio::test]
async fn a_policy_without_a_spec_shows_the_reference_detection() {
    let kubectl = cluster().await.kubectl();
    let text = "{apiVersion: offhours.dev/v1alpha1, kind: EcrUploadPolicy, metadata: {name: without-spec}}";
    kubectl.apply(text).expect_success();
    let yaml = kubectl.run(&["get", "eup", "without-spec", "-o", "yaml"]).expect_success();
    let spec = yaml.split_once("\nspec:\n").expect("a spec").1;
    let expected = r#"  businessHours:
  - days:
    - Mon
    - Tue
    - Wed
    - Thu
    - Fri
    end: "20:00"
    start: "08:00"
  failedPushes: Report
  lookback: 24h
  serviceRoles: Report
  severity: Medium
  suspend: false
  timeZone: UTC
"#;
    assert_eq!(spec, expected);
}

#[tokio::test]
async fn kubectl_knows_the_full_name_of_the_resource() {
    let kubectl = cluster().await.kubectl();
    let text = "{apiVersion: offhours.dev/v1alpha1, kind: EcrUploadPolicy, metadata: {name: named}}";
    kubectl.apply(text).expect_success();
    let named = kubectl.run(&["get", "ecruploadpolicy/named", "-o", "name"]).expect_success();
    assert_eq!(named.trim(), "ecruploadpolicy.offhours.dev/named");
}

/// A policy in YAML with this spec, which has no quotes.
fn unquoted(name: &str, spec: &str) -> String {
    format!("apiVersion: offhours.dev/v1alpha1\nkind: EcrUploadPolicy\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
}

#[tokio::test]
async fn times_need_no_quotes() {
    let kubectl = cluster().await.kubectl();
    let spec = "businessHours: [{days: [Mon], start: 08:00, end: 20:00}], lookback: 90m";
    kubectl.apply(&unquoted("unquoted", spec)).expect_success();
    let hours =
        kubectl.run(&["get", "eup", "unquoted", "-o", "jsonpath={.spec.businessHours[0].end}"]).expect_success();
    assert_eq!(hours, "20:00");
}

#[tokio::test]
async fn a_misspelt_field_is_refused_by_name() {
    let kubectl = cluster().await.kubectl();
    let message = kubectl.apply(&unquoted("misspelt", "timezone: UTC")).expect_failure();
    assert!(message.contains(r#"unknown field "spec.timezone""#), "{message}");
}

#[tokio::test]
async fn a_file_is_refused_in_the_words_of_the_api_server() {
    let body = "in body must be of type";
    assert_refused(&[
        (json!({"lookback": 7}), "spec.lookback", body),
        (json!({"lookback": "7d", "timeZone": "Mars/X"}), "spec.lookback", "must be a duration such as 24h or 90m"),
        (rule(json!({"expires": "2027-01-31"})), "spec.allow[0].expires", "must be of type date-time"),
        (json!({"holidays": {"dates": ["2026-12-24"]}}), "spec.holidays.dates[0]", body),
        (json!({"holidays": {"countries": "DE"}}), "spec.holidays.countries", body),
        (json!({"suspend": "yes", "severity": "Severe"}), "spec.severity", "Unsupported value: \"Severe\""),
        (json!({"teams": [{"name": null}]}), "spec.teams[0].name", "Required value"),
        (json!({"teams": {"a": 1}}), "spec.teams", body),
        (json!({"scope": {"accounts": [5, null]}}), "spec.scope.accounts[1]", body),
        (
            json!({"businessHours": [{"days": ["Mon"], "start": 8.5, "end": "8:00"}]}),
            "spec.businessHours[0].start",
            body,
        ),
        (json!("x"), "spec", body),
    ])
    .await;
}

#[tokio::test]
async fn null_counts_as_absent() {
    assert_accepted(&[json!({"lookback": null, "teams": null, "businessHours": null, "holidays": {"dates": null}})])
        .await;
}
