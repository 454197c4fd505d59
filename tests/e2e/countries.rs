//! Public holidays of countries and their parts, as the controller applies them.

use chrono::{NaiveDate, TimeDelta, Utc};
use offhours::api::{OffHoursReason, PublicHolidayState};
use offhours::calendar::{HOLIDAY_DATA, country_holidays, last_day};

use crate::findings::assert_each_reported_once;
use crate::installation::Tenant;
use crate::manifests::{ALWAYS_OPEN, policy};

/// The latest holiday of a code that is over in every time zone, with its name.
fn latest_holiday(code: &str) -> (NaiveDate, String) {
    let before = Utc::now().date_naive() - TimeDelta::days(1);
    let holidays = country_holidays(code).unwrap();
    let latest = holidays.days().iter().rev().find(|day| day.date < before).unwrap().clone();
    let same_date = holidays.days().iter().filter(|day| day.date == latest.date);
    (latest.date, same_date.map(|day| &*day.name).collect::<Vec<_>>().join("; "))
}

/// A policy that is always open, except on the holidays of these countries.
fn bengaluru(countries: &str) -> String {
    let holidays = format!("holidays: {{countries: [{countries}]}}");
    policy("bengaluru", &format!("timeZone: Asia/Kolkata, lookback: 2160h, {holidays}, {ALWAYS_OPEN}"))
}

#[tokio::test]
async fn a_push_on_a_holiday_of_a_part_of_a_country_is_a_finding_that_names_the_holiday() {
    let tenant = Tenant::start().await;
    // Karnataka has two dozen holidays a year, so that one is always within the last three months.
    let (date, name) = latest_holiday("IN-KA");
    let push = tenant.push(tenant.put_image("prod/api", date.and_hms_opt(6, 30, 0).unwrap().and_utc()));

    tenant.apply(&bengaluru("IN-KA, DE-CA")).await; // the second of which does not exist

    let findings = tenant.wait_for_uploads(1).await;
    assert_each_reported_once(&findings, [push]);
    let finding = findings[0].status.as_ref().unwrap();
    assert_eq!(finding.reason, OffHoursReason::Holiday);
    assert!(finding.message.ends_with(&format!("holiday: {name} (IN-KA)")), "{}", finding.message);
}

#[tokio::test]
async fn a_part_that_a_country_does_not_have_is_an_error_until_it_is_corrected() {
    let tenant = Tenant::start().await;
    tenant.apply(&bengaluru("IN-KA, DE-CA")).await;

    let message = tenant.wait_for_reason("eup", "bengaluru", "Ready", "InvalidHolidays").await;

    let expected = "spec.holidays.countries[1]: \"DE-CA\": the holiday data has no such part of Germany; did you mean ";
    assert!(message.contains(expected), "{message}");
    tenant.apply(&bengaluru("IN-KA")).await;
    tenant.wait_for_condition("eup", "bengaluru", "Ready", "True").await;
}

#[tokio::test]
async fn the_status_says_which_holiday_data_is_used_and_how_far_it_reaches() {
    let tenant = Tenant::start().await;
    tenant.apply(&bengaluru("IN-KA")).await;
    tenant.wait_for_condition("eup", "bengaluru", "Ready", "True").await;

    let status = tenant.policy("bengaluru").await.status.unwrap();

    let data = status.calendar_data.unwrap().public_holidays.unwrap();
    assert_eq!((data.data_set.as_str(), data.version.as_str()), HOLIDAY_DATA);
    assert_eq!((data.through, data.state), (last_day(), PublicHolidayState::Current));
    assert!(data.days_ahead > data.estimates_ahead && data.estimates_ahead > 0, "{data:?}");
}
