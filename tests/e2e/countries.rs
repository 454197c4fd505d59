//! Public holidays of countries and their parts, as the controller applies them.

use chrono::{NaiveDate, TimeDelta, Utc};
use offhours::api::{OffHoursReason, PublicHolidayState};
use offhours::calendar::{HOLIDAY_DATA, country_holidays, last_day};

use crate::installation::{ACCOUNT, Installation, REGION, assert_each_reported_once, fast_source, policy};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{ControlPlaneOptions, FakeCloudTrail};

/// The latest holiday of a code that is over everywhere, with its name.
fn latest_holiday(code: &str) -> (NaiveDate, String) {
    let before = Utc::now().date_naive() - TimeDelta::days(1);
    let holidays = country_holidays(code).unwrap();
    let latest = holidays.days().iter().rev().find(|day| day.date < before).unwrap().clone();
    let same_date = holidays.days().iter().filter(|day| day.date == latest.date);
    (latest.date, same_date.map(|day| &*day.name).collect::<Vec<_>>().join("; "))
}

#[tokio::test]
async fn a_push_on_a_holiday_of_a_part_of_a_country_is_a_finding_with_its_name_and_a_wrong_code_is_told() {
    let fake = FakeCloudTrail::start(31);
    let aws = fake.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &fast_source(), &[]).await;
    // Karnataka has two dozen holidays a year, of which one is never three months away.
    let (date, name) = latest_holiday("IN-KA");
    let push = PutImage::new("prod/api", date.and_hms_opt(6, 30, 0).unwrap().and_utc());
    let id = push.id();
    fake.push_all([push]);
    let spec = |countries: &str| {
        format!(
            "timeZone: Asia/Kolkata, lookback: 2160h, holidays: {{countries: [{countries}]}}, \
             businessHours: [{{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: '00:00', end: '24:00'}}]"
        )
    };
    installation.apply(&policy("bengaluru", &spec("IN-KA, DE-CA"))).await;
    let message = installation.wait_for_reason("eup", "bengaluru", "Ready", "InvalidHolidays").await;
    let expected = "spec.holidays.countries[1]: \"DE-CA\": the holiday data has no such part of Germany; did you mean ";
    assert!(message.contains(expected), "{message}");

    let findings = installation.wait_for_uploads(1).await;
    assert_each_reported_once(&findings, [id]);
    let finding = findings[0].status.as_ref().unwrap();
    assert_eq!(finding.reason, OffHoursReason::Holiday);
    assert!(finding.message.ends_with(&format!("holiday: {name} (IN-KA)")), "{}", finding.message);

    installation.apply(&policy("bengaluru", &spec("IN-KA"))).await;
    installation.wait_for_condition("eup", "bengaluru", "Ready", "True").await;
    let status = installation.policy("default", "bengaluru").await.status.unwrap();
    let data = status.calendar_data.unwrap().public_holidays.unwrap();
    assert_eq!((data.data_set.as_str(), data.version.as_str()), HOLIDAY_DATA);
    assert_eq!((data.through, data.state), (last_day(), PublicHolidayState::Current));
    assert!(data.days_ahead > data.estimates_ahead && data.estimates_ahead > 0, "{data:?}");
}
