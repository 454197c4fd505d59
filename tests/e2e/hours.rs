//! Whose hours count: teams, holidays from ConfigMaps, and allow rules, as the controller applies them.

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta, Utc};
use offhours::api::{AllowRuleState, OffHoursReason, OffHoursUpload};

use crate::installation::{
    ACCOUNT, DEADLINE, Installation, REGION, assert_each_reported_once, fast_source, policy, upload_ids,
};
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail, Progress, wait_for};

/// Every minute is business time, unless something else says otherwise.
const ALWAYS_OPEN: &str =
    r#"businessHours: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: "00:00", end: "24:00"}]"#;

async fn start(fake: &FakeCloudTrail) -> Installation {
    let aws = fake.caller(ACCOUNT, REGION);
    Installation::start_with(ControlPlaneOptions::default(), &aws, &fast_source(), &[]).await
}

fn recent(repository: &str) -> PutImage {
    PutImage::new(repository, Utc::now() - TimeDelta::minutes(1))
}

#[tokio::test]
async fn the_hours_of_the_team_decide_and_the_team_is_named_everywhere() {
    let fake = FakeCloudTrail::start(21);
    let installation = start(&fake).await;
    let tokyo = recent("prod/api").by(Principal::role("tokyo-release", "run-1"));
    let berlin = recent("prod/api").by(Principal::role("berlin-release", "run-1"));
    let tokyo_id = tokyo.id();
    fake.push_all([tokyo, berlin]);
    let teams = r#"teams: [
        {name: tokyo, match: {principals: ["arn:aws:iam::*:role/tokyo-*"]}, timeZone: Asia/Tokyo, businessHours: []},
        {name: berlin, match: {principals: ["arn:aws:iam::*:role/berlin-*"]}, timeZone: Europe/Berlin},
    ]"#
    .replace('\n', " ");
    installation.apply(&policy("production", &format!("{ALWAYS_OPEN}, {teams}"))).await;
    installation.wait_until_applied("production").await;

    let findings = installation.findings().await;
    assert_each_reported_once(&findings, [tokyo_id]);
    let spec = &findings[0].spec;
    assert_eq!((spec.team.as_deref(), spec.time_zone.as_str()), (Some("tokyo"), "Asia/Tokyo"));
    let kubectl = installation.control_plane.kubectl();
    let selected = kubectl.run(&["get", "ohu", "-l", "offhours.dev/team=tokyo", "-o", "name"]).expect_success();
    assert_eq!(selected.lines().count(), 1);
    let wide = kubectl.run(&["get", "ohu", "-o", "wide"]).expect_success();
    assert!(wide.contains(" tokyo "), "{wide}");
    let name = findings[0].metadata.name.clone().unwrap();
    let event =
        wait_for("an Event", DEADLINE, async || installation.events_about(&name).await.into_iter().next()).await;
    let note = event.note.unwrap();
    assert!(note.starts_with("Container uploaded outside business hours of tokyo from arn:"), "{note}");
    let metric = r#"offhours_uploads_reported_total{namespace="default",policy="production",team="tokyo"}"#;
    assert_eq!(installation.metric(metric).await, 1.0);
}

/// A ConfigMap with one all-day event that covers yesterday, today and tomorrow anywhere on earth.
fn calendar(summary: &str, end_property: &str) -> String {
    let today = Utc::now().date_naive();
    let day = |date: chrono::NaiveDate| date.format("%Y%m%d").to_string();
    let (from, until) = (day(today - Days::new(2)), day(today + Days::new(3)));
    let lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//example//holidays//EN",
        "BEGIN:VEVENT",
        "UID:1@example.com",
        "DTSTAMP:20260101T000000Z",
        &format!("DTSTART;VALUE=DATE:{from}"),
        &format!("{end_property};VALUE=DATE:{until}"),
        &format!("SUMMARY:{summary}"),
        "END:VEVENT",
        "END:VCALENDAR",
    ];
    let text = lines.map(|line| format!("    {line}\n")).concat();
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: holidays\n  namespace: default\n  labels: {{offhours.dev/calendar: 'true'}}\n\
         data:\n  company.ics: |\n{text}"
    )
}

#[tokio::test]
async fn a_calendar_in_a_config_map_is_followed_and_a_broken_one_is_told_with_its_line() {
    let fake = FakeCloudTrail::start(22);
    let installation = start(&fake).await;
    let push = recent("prod/api");
    let id = push.id();
    fake.push(push);
    let holidays = "holidays: {calendars: [{configMap: holidays, key: company.ics}]}";
    installation.apply(&policy("production", &format!("{ALWAYS_OPEN}, {holidays}"))).await;

    // Not there yet: the policy says so, and goes on with what it has.
    let message = installation.wait_for_reason("eup", "production", "Ready", "InvalidHolidays").await;
    assert!(
        message.contains("spec.holidays.calendars[0] (ConfigMap holidays, key company.ics): not found"),
        "{message}"
    );
    installation.wait_until_applied("production").await;
    assert!(installation.findings().await.is_empty(), "without the calendar every minute is business time");

    // It comes, and is applied to the lookback at once.
    installation.apply(&calendar("Company retreat", "DTEND")).await;
    let findings = installation.wait_for_uploads(1).await;
    assert_each_reported_once(&findings, [id.clone()]);
    let status = findings[0].status.as_ref().unwrap();
    assert_eq!(status.reason, OffHoursReason::Holiday);
    assert!(status.message.ends_with("holiday: Company retreat"), "{}", status.message);
    installation.wait_for_condition("eup", "production", "Ready", "True").await;
    installation.wait_until_applied("production").await;
    let status = installation.policy("default", "production").await.status.unwrap();
    let data = status.calendar_data.unwrap();
    assert_eq!(data.time_zone_database, chrono_tz::IANA_TZDB_VERSION);
    assert_eq!((data.calendars.len(), data.calendars[0].entries), (1, 1));
    assert_eq!((status.off_hours_now, data.holiday_data), (Some(true), None));

    // An edit that breaks it: the line, and the clock of the policy without it.
    installation
        .apply(&calendar("Company retreat", "DTEND").replace("DTSTART;VALUE=DATE:", "DTSTART;VALUE=DATE:x"))
        .await;
    let message = installation.wait_for_reason("eup", "production", "Ready", "InvalidHolidays").await;
    assert!(message.contains("key company.ics): line 7: "), "{message}");
    let event = wait_for("an Event about it", DEADLINE, async || {
        let events = installation.events_about("production").await;
        events.into_iter().find(|event| event.reason.as_deref() == Some("InvalidHolidays"))
    });
    assert!(event.await.note.unwrap().contains("key company.ics): "));
    assert_eq!(installation.policy("default", "production").await.status.unwrap().off_hours_now, Some(false));
    assert_eq!(upload_ids(&installation.findings().await), [id], "what was found stays");
}

#[tokio::test]
async fn allow_rules_let_through_what_they_name_count_it_and_expire() {
    let fake = FakeCloudTrail::start(23);
    let mut installation = start(&fake).await;
    let nightly = recent("prod/api").tag("nightly-1");
    let other = recent("prod/api").tag("v1");
    let other_id = other.id();
    fake.push_all([nightly, other]);
    let expires = |days: i64| (Utc::now() + TimeDelta::days(days)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let rules = format!(
        "allow: [{{name: nightly, reason: CHG-1, tags: ['nightly-*']}}, \
         {{name: unused, reason: CHG-2, tags: ['x'], expires: '{}'}}, \
         {{name: soon, reason: CHG-3, tags: ['y'], expires: '{}'}}, \
         {{name: gone, reason: CHG-4, tags: ['v*'], expires: '{}'}}]",
        expires(30),
        expires(3),
        expires(-1),
    );
    installation.apply(&policy("production", &format!("businessHours: [], {rules}"))).await;
    installation.wait_until_applied("production").await;
    assert_each_reported_once(&installation.findings().await, [other_id.clone()]);
    wait_for_allowed(&installation, 1).await;
    let status = installation.policy("default", "production").await.status.unwrap();
    let states: Vec<_> = status.allow_rules.iter().map(|rule| (rule.name.as_str(), rule.state, rule.allowed)).collect();
    assert_eq!(
        states,
        [
            ("nightly", AllowRuleState::Active, 1),
            ("unused", AllowRuleState::Active, 0),
            ("soon", AllowRuleState::Expiring, 0),
            ("gone", AllowRuleState::Expired, 0),
        ]
    );
    let reasons = wait_for("Events about the two rules", DEADLINE, async || {
        let events = installation.events_about("production").await;
        let reasons: BTreeSet<String> = events.into_iter().filter_map(|event| event.reason).collect();
        if reasons.len() >= 2 { Progress::Done(reasons) } else { Progress::Waiting(format!("{reasons:?}")) }
    })
    .await;
    assert_eq!(reasons, BTreeSet::from(["AllowRuleExpired".to_owned(), "AllowRuleExpiring".to_owned()]));
    let metric = r#"offhours_allow_rule_expiry_timestamp_seconds{namespace="default",policy="production",rule="soon"}"#;
    assert!(installation.metric(metric).await > Utc::now().timestamp() as f64);

    // The counts outlive a restart, which reads the same pushes again.
    installation.controller.stop();
    installation.restart().await;
    installation.wait_for_polls("default", 2).await;
    let again = recent("prod/api").tag("nightly-2").at(Utc::now());
    fake.push(again);
    wait_for_allowed(&installation, 2).await;
    assert_each_reported_once(&installation.findings().await, [other_id]);

    // A deleted policy leaves no metric behind.
    installation.control_plane.kubectl().run(&["delete", "eup", "production"]).expect_success();
    wait_for("the metric to go", DEADLINE, async || match installation.metric_exists(metric).await {
        true => Progress::Waiting("there".to_owned()),
        false => Progress::Done(()),
    })
    .await;
}

async fn wait_for_allowed(installation: &Installation, expected: i64) {
    wait_for(&format!("nightly to have let {expected} through"), DEADLINE, async || {
        let status = installation.policy("default", "production").await.status.unwrap_or_default();
        match status.allow_rules.iter().find(|rule| rule.name == "nightly").map(|rule| rule.allowed) {
            Some(allowed) if allowed == expected => Progress::Done(()),
            other => Progress::Waiting(format!("{other:?}")),
        }
    })
    .await;
}

#[tokio::test]
async fn a_rule_for_the_images_of_an_index_waits_for_the_index() {
    let fake = FakeCloudTrail::start(24);
    let installation = start(&fake).await;
    let rule = "allow: [{name: multi-platform, reason: CHG-1, kinds: [Index, IndexChild]}]";
    installation.apply(&policy("production", &format!("businessHours: [], {rule}"))).await;
    installation.wait_until_applied("production").await;
    let mut records = PutImage::new("prod/api", Utc::now()).multi_platform(2, false);
    let index = records.pop().expect("an index");
    let image = PutImage::new("prod/api", Utc::now()).tag("v1");
    let image_id = image.id();
    // The images are read before their index is pushed: nobody knows yet what they are.
    fake.push_all(records);
    fake.push(image);
    installation.wait_for_uploads(1).await;
    installation.wait_for_polls("default", 2).await;
    fake.push(index);
    wait_for("three pushes to be allowed", DEADLINE, async || {
        let status = installation.policy("default", "production").await.status.unwrap_or_default();
        match status.allow_rules.first().map(|rule| rule.allowed) {
            Some(3) => Progress::Done(()),
            other => Progress::Waiting(format!("{other:?}")),
        }
    })
    .await;
    let findings: Vec<OffHoursUpload> = installation.findings().await;
    assert_each_reported_once(&findings, [image_id]);
}
