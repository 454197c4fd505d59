//! Calendars that vanish and come back.

use chrono::Utc;

use crate::installation::{ACCOUNT, Installation, REGION, assert_each_reported_once, policy};
use crate::rig::FakeCloudTrail;
use crate::rig::fake_cloudtrail::{PutImage, Refusal};

#[tokio::test]
async fn pushes_judged_without_a_calendar_are_judged_again_when_it_is_back_although_reads_failed_meanwhile() {
    let fake = FakeCloudTrail::start(1);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    let kubectl = installation.control_plane.kubectl();
    let today = Utc::now().format("%Y%m%d");
    let feed = format!(
        "BEGIN:VCALENDAR\\nBEGIN:VEVENT\\nUID:1\\nDTSTART;VALUE=DATE:{today}\\nSUMMARY:Founders\\nEND:VEVENT\\nEND:VCALENDAR\\n"
    );
    let calendar = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: holidays, namespace: default, labels: {{offhours.dev/calendar: \"true\"}}}}, data: {{company.ics: \"{feed}\"}}}}"
    );
    installation.apply(&calendar).await;
    let always = "businessHours: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: '00:00', end: '24:00'}]";
    let holidays = "holidays: {calendars: [{configMap: holidays, key: company.ics}]}, lookback: 30m";
    installation.apply(&policy("company", &format!("{always}, {holidays}"))).await;
    installation.wait_until_applied("company").await;
    installation.wait_for_condition("eup", "company", "Ready", "True").await;

    // Without the holiday it is business hours.
    kubectl.run(&["delete", "configmap", "holidays"]).expect_success();
    installation.wait_for_reason("eup", "company", "Ready", "InvalidHolidays").await;
    let push = PutImage::new("prod/api", Utc::now());
    fake.push(push.clone());
    installation.wait_for_metric(r#"offhours_verdicts_total{verdict="BusinessHours"}"#, 1.0).await;
    assert_eq!(installation.findings().await.len(), 0);
    installation.wait_until_applied("company").await;

    // It is back with the same text while nothing can be read, and must not count as judged with it.
    fake.refuse(ACCOUNT, None, Refusal::AccessDenied);
    installation.wait_for_reason("cts", "default", "Ready", "AccessDenied").await;
    installation.apply(&calendar).await;
    installation.wait_for_reason("eup", "company", "Ready", "SourceNotReady").await;
    installation.wait_for_condition("eup", "company", "FindingsComplete", "False").await;
    fake.accept(ACCOUNT, None);

    assert_each_reported_once(&installation.wait_for_uploads(1).await, [push.id()]);
    installation.wait_until_applied("company").await;
}
