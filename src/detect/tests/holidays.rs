use std::sync::Arc;

use serde_json::{Value, json};

use super::{at, upload, verdict};
use crate::api::{CalendarReference, EcrUploadPolicySpec};
use crate::calendar::{CalendarWarning, CountryError};
use crate::detect::{Calendars, Feed, FeedError, HolidayErrorKind, NewUpload, Policy, Verdict};

const FEED: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
    DTSTART;VALUE=DATE:20261119\r\nSUMMARY:Company day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn compile(holidays: Value, feeds: &[(&str, &str, &str)]) -> Policy {
    let spec: EcrUploadPolicySpec = serde_json::from_value(json!({"holidays": holidays})).unwrap();
    let mut calendars = Calendars::default();
    for (config_map, key, text) in feeds {
        let reference = CalendarReference { config_map: (*config_map).to_owned(), key: (*key).to_owned() };
        calendars.insert(reference, Arc::new(Feed::read(text)));
    }
    Policy::compile("production", &spec, &calendars).unwrap()
}

#[test]
fn a_missing_feed_says_what_is_missing_and_what_to_do() {
    let reference = |key: &str| CalendarReference { config_map: "holidays".to_owned(), key: key.to_owned() };
    let keys = ["a.ics", "b.ics", "c.ics"];
    let references: Vec<Value> = keys.iter().map(|key| json!({"configMap": "holidays", "key": key})).collect();
    let spec: EcrUploadPolicySpec = serde_json::from_value(json!({"holidays": {"calendars": references}})).unwrap();
    let mut calendars = Calendars::default();
    calendars.insert_error(reference("b.ics"), FeedError::NoKey);
    calendars.insert_error(reference("c.ics"), FeedError::Binary);
    let errors = errors(&Policy::compile("production", &spec, &calendars).unwrap());
    for ((error, key), words) in errors.iter().zip(keys).zip([
        "not found: create the ConfigMap in the namespace of the policy, with this key and the label offhours.dev/calendar=true",
        "the ConfigMap has no such key",
        "the key holds binary data: iCalendar is text in UTF-8",
    ]) {
        assert!(error.contains(&format!("(ConfigMap holidays, key {key}): {words}")), "{error}");
    }
}

fn errors(policy: &Policy) -> Vec<String> {
    policy.holiday_errors().iter().map(ToString::to_string).collect()
}

#[test]
fn dates_countries_and_calendars_are_holidays_except_the_days_that_are_worked() {
    let policy = compile(
        json!({
            "countries": ["DE"],
            "dates": [{"date": "2026-11-18", "name": "Founding day"}],
            "calendars": [{"configMap": "holidays", "key": "company.ics"}],
            "except": ["2026-05-01"],
        }),
        &[("holidays", "company.ics", FEED)],
    );
    assert_eq!(errors(&policy), [""; 0]);
    for (time, expected) in [
        ("2026-11-17T12:00:00Z", "BusinessHours"),
        ("2026-11-18T12:00:00Z", "OffHours(Holiday)"),
        ("2026-11-19T12:00:00Z", "OffHours(Holiday)"),
        ("2026-12-25T12:00:00Z", "OffHours(Holiday)"),
        ("2026-05-01T12:00:00Z", "BusinessHours"),
    ] {
        assert_eq!(verdict(&policy, &upload(&[at(time)])), expected, "{time}");
    }
}

#[test]
fn the_sentence_names_the_holiday() {
    let policy = compile(json!({"dates": [{"date": "2026-11-18", "name": "Founding day"}]}), &[]);
    let upload = upload(&[at("2026-11-18T12:00:00Z")]);
    let judgement = policy.judge(&upload);
    let Verdict::OffHours(reason) = judgement.verdict else { panic!("{judgement:?}") };
    let message = NewUpload::new(&policy, &upload, &judgement, reason).message();
    assert!(message.ends_with("(UTC); holiday: Founding day"), "{message}");
}

#[test]
fn what_cannot_be_used_is_reported_with_its_place_and_the_rest_is_used() {
    let broken = FEED.replace("20261119", "2026-11-19");
    let policy = compile(
        json!({
            "countries": ["DE", "XX"],
            "dates": [{"date": "2026-11-18", "name": "Founding day"}],
            "calendars": [{"configMap": "gone", "key": "a.ics"}, {"configMap": "holidays", "key": "broken.ics"}],
        }),
        &[("holidays", "broken.ics", &broken)],
    );
    let kinds: Vec<_> = policy.holiday_errors().iter().map(|error| &error.kind).collect();
    assert!(
        matches!(
            kinds[..],
            [
                HolidayErrorKind::Country { source: CountryError::Unknown { .. } },
                HolidayErrorKind::Feed { source: FeedError::NoConfigMap },
                HolidayErrorKind::PartOfFeed { warning: CalendarWarning { line: 7, .. } },
            ]
        ),
        "{kinds:?}"
    );
    let errors = errors(&policy);
    assert!(errors[0].starts_with("spec.holidays.countries[1]: "), "{errors:?}");
    assert!(errors[1].starts_with("spec.holidays.calendars[0] (ConfigMap gone, key a.ics): "), "{errors:?}");
    let line = "spec.holidays.calendars[1] (ConfigMap holidays, key broken.ics): line 7: ";
    assert!(errors[2].starts_with(line), "{errors:?}");
    assert_eq!(verdict(&policy, &upload(&[at("2026-11-18T12:00:00Z")])), "OffHours(Holiday)");
    assert_eq!(verdict(&policy, &upload(&[at("2026-12-25T12:00:00Z")])), "OffHours(Holiday)");
}
