//! Holidays from ConfigMaps that are created, changed, broken and deleted.

use chrono::{Days, TimeDelta, Utc};
use offhours::api::{EcrUploadPolicyStatus, OffHoursReason};

use crate::findings::assert_each_reported_once;
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant};
use crate::manifests::{ALWAYS_OPEN, policy};
use crate::rig::fake_cloudtrail::{PutImage, Refusal};
use crate::rig::{FakeCloudTrail, Progress, wait_for};

const LABEL: &str = "offhours.dev/calendar: 'true'";
const HOLIDAYS: &str = "holidays: {calendars: [{configMap: holidays, key: company.ics}]}";
const NOT_FOUND: &str = "not found: create the ConfigMap";

#[tokio::test]
async fn pushes_judged_without_a_calendar_are_judged_again_when_it_is_back_even_if_reads_failed_meanwhile() {
    let fake = FakeCloudTrail::start(1);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    let calendar = calendar(LABEL, &[("Founders", days_ago(0), 1)]);
    installation.apply(&calendar).await;
    installation.apply(&policy("company", &format!("{ALWAYS_OPEN}, {HOLIDAYS}, lookback: 30m"))).await;
    installation.wait_until_applied("company").await;
    installation.wait_for_condition("eup", "company", "Ready", "True").await;

    // Without the holiday, every minute is business time.
    installation.kubectl().run(&["delete", "configmap", "holidays"]).expect_success();
    installation.wait_for_reason("eup", "company", "Ready", "InvalidHolidays").await;
    let push = PutImage::new("prod/api", Utc::now());
    fake.push(push.clone());
    installation.wait_for_metric(r#"offhours_verdicts_total{verdict="BusinessHours"}"#, 1.0).await;
    assert_eq!(installation.findings().await.len(), 0);
    installation.wait_until_applied("company").await;

    // It is back with the same text while nothing can be read. The push must not count as judged with it.
    fake.refuse(ACCOUNT, None, Refusal::AccessDenied);
    installation.wait_for_reason("cts", "default", "Ready", "AccessDenied").await;
    installation.apply(&calendar).await;
    installation.wait_for_reason("eup", "company", "Ready", "SourceNotReady").await;
    installation.wait_for_condition("eup", "company", "FindingsComplete", "False").await;
    fake.accept(ACCOUNT, None);

    assert_each_reported_once(&installation.wait_for_uploads(1).await, [push.id()]);
    installation.wait_until_applied("company").await;
}

/// A policy `production` that is always open, except on the holidays of a calendar, and two pushes.
struct Company {
    tenant: Tenant,
    recent: String,
    a_week_ago: String,
}

impl Company {
    async fn without_calendar() -> Self {
        let tenant = Tenant::start().await;
        let recent = tenant.push(tenant.put_image("prod/api", Utc::now() - TimeDelta::minutes(1)));
        let a_week_ago = tenant.push(tenant.put_image("prod/api", Utc::now() - TimeDelta::days(7)));
        tenant.apply(&policy("production", &format!("{ALWAYS_OPEN}, {HOLIDAYS}, lookback: 240h"))).await;
        Self { tenant, recent, a_week_ago }
    }

    /// With a holiday that includes today, so that the recent push is a finding.
    async fn with_calendar() -> Self {
        let company = Self::without_calendar().await;
        company.tenant.apply(&calendar(LABEL, &[company_day()])).await;
        assert_each_reported_once(&company.tenant.wait_for_uploads(1).await, [company.recent.clone()]);
        company.tenant.wait_for_condition("eup", "production", "Ready", "True").await;
        company.tenant.wait_until_applied("production").await;
        company
    }

    /// Also with a holiday in the last week, so that the other push is a finding, and an event that cannot be read.
    async fn with_retreat_and_broken_event() -> Self {
        let company = Self::with_calendar().await;
        let events = [company_day(), ("Retreat", days_ago(9), 4), ("Broken", "2026-12-24".to_owned(), 1)];
        company.tenant.apply(&calendar(LABEL, &events)).await;
        company.tenant.wait_for_uploads(2).await;
        company
    }

    /// Waits until `Ready` reports this error of the calendar.
    async fn wait_for_error(&self, words: &str) {
        let place = format!("spec.holidays.calendars[0] (ConfigMap holidays, key company.ics): {words}");
        wait_for(&format!("Ready to say: {words}"), DEADLINE, async || {
            let message = self.tenant.wait_for_reason("eup", "production", "Ready", "InvalidHolidays").await;
            if message.contains(&place) { Progress::Done(()) } else { Progress::Waiting(message) }
        })
        .await;
    }

    async fn status(&self) -> EcrUploadPolicyStatus {
        self.tenant.policy("production").await.status.unwrap()
    }

    async fn assert_findings_stay(&self) {
        self.tenant.wait_until_applied("production").await;
        assert_each_reported_once(&self.tenant.findings().await, [self.recent.clone()]);
    }
}

/// A name, the value of DTSTART, and how many days.
type Holiday = (&'static str, String, u64);

/// Five days around today.
fn company_day() -> Holiday {
    ("Company day", days_ago(2), 5)
}

#[tokio::test]
async fn a_calendar_that_does_not_exist_is_an_error_in_ready() {
    let company = Company::without_calendar().await;

    company.wait_for_error(NOT_FOUND).await;
}

#[tokio::test]
async fn a_calendar_without_its_label_is_not_used() {
    let company = Company::without_calendar().await;
    company.wait_for_error(NOT_FOUND).await;

    company.tenant.apply(&calendar("app: calendar", &[company_day()])).await;

    company.tenant.wait_until_applied("production").await;
    company.tenant.wait_for_polls(&company.tenant.source, 1).await;
    assert!(company.tenant.findings().await.is_empty(), "without the calendar every minute is business time");
    company.wait_for_error(NOT_FOUND).await;
}

#[tokio::test]
async fn a_calendar_that_gets_its_label_is_applied_to_the_lookback() {
    let company = Company::without_calendar().await;
    company.tenant.apply(&calendar("app: calendar", &[company_day()])).await;
    company.wait_for_error(NOT_FOUND).await;

    company.tenant.kubectl().run(&["label", "configmap", "holidays", "offhours.dev/calendar=true"]).expect_success();

    let findings = company.tenant.wait_for_uploads(1).await;
    assert_each_reported_once(&findings, [company.recent.clone()]);
    let finding = findings[0].status.as_ref().unwrap();
    assert_eq!(finding.reason, OffHoursReason::Holiday);
    assert!(finding.message.ends_with("holiday: Company day"), "{}", finding.message);
}

#[tokio::test]
async fn the_status_says_which_calendars_are_used_and_that_it_is_a_holiday_now() {
    let company = Company::with_calendar().await;

    let status = company.status().await;

    let data = status.calendar_data.unwrap();
    assert_eq!(data.time_zone_database, chrono_tz::IANA_TZDB_VERSION);
    assert_eq!((data.calendars.len(), data.calendars[0].entries, data.public_holidays), (1, 1, None));
    assert_eq!(status.off_hours_now, Some(true));
}

#[tokio::test]
async fn a_holiday_added_to_a_calendar_counts_for_the_past_and_reports_nothing_twice() {
    let company = Company::with_retreat_and_broken_event().await;

    let findings = company.tenant.findings().await;

    assert_each_reported_once(&findings, [company.recent, company.a_week_ago]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_reported_with_its_line_and_the_others_count() {
    let company = Company::with_retreat_and_broken_event().await;

    company.wait_for_error("line 18: ").await;

    let status = company.status().await;
    assert_eq!((status.calendar_data.unwrap().calendars[0].entries, status.off_hours_now), (2, Some(true)));
    let note = company.tenant.wait_for_event("production", "InvalidHolidays").await;
    assert!(note.contains("key company.ics): "), "{note}");
}

#[tokio::test]
async fn a_calendar_of_binary_data_is_an_error_and_findings_stay() {
    let company = Company::with_calendar().await;

    let binary = r#"[{"op": "remove", "path": "/data"}, {"op": "add", "path": "/binaryData", "value": {"company.ics": "/w=="}}]"#;
    let patch = ["patch", "configmap", "holidays", "--type=json", "-p", binary];
    company.tenant.kubectl().run(&patch).expect_success();

    company.wait_for_error("the key holds binary data").await;
    assert_eq!(company.status().await.off_hours_now, Some(false));
    company.assert_findings_stay().await;
}

#[tokio::test]
async fn a_calendar_that_is_deleted_is_an_error_and_findings_stay() {
    let company = Company::with_calendar().await;

    company.tenant.kubectl().run(&["delete", "configmap", "holidays"]).expect_success();

    company.wait_for_error(NOT_FOUND).await;
    company.assert_findings_stay().await;
}

/// The ConfigMap `holidays` with a calendar of these holidays.
fn calendar(label: &str, events: &[Holiday]) -> String {
    let mut lines = vec!["BEGIN:VCALENDAR".to_owned(), "VERSION:2.0".to_owned(), "PRODID:test".to_owned()];
    for (name, start, days) in events {
        let event =
            format!("BEGIN:VEVENT|UID:{name}|DTSTART;VALUE=DATE:{start}|DURATION:P{days}D|SUMMARY:{name}|END:VEVENT");
        lines.extend(event.split('|').map(str::to_owned));
    }
    lines.push("END:VCALENDAR".to_owned());
    let text: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: holidays\n  labels: {{{label}}}\n\
         data:\n  company.ics: |\n{text}"
    )
}

/// The date so many days ago, in UTC, as iCalendar writes it.
fn days_ago(days: u64) -> String {
    (Utc::now().date_naive() - Days::new(days)).format("%Y%m%d").to_string()
}
