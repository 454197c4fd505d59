//! D1, D2, D3, D16: clocks, time zones, weekends and holidays.

use chrono_tz::{America, Europe, Tz};
use serde_json::{Value, json};

use super::{SATURDAY, SEARCH};
use crate::ocsf::{Form, ocsf};
use crate::ours::Ours;
use crate::record::Record;
use crate::security_lake_search::SecurityLakeSearch;

#[test]
fn d1_the_fixed_clock_flags_a_morning_in_tokyo_and_misses_the_night_there() {
    let morning = Record::docker().at("2024-01-16T00:30:00Z").json(); // 09:30 in Tokyo
    let night = Record::docker().at("2024-01-16T13:00:00Z").json(); // 22:00 in Tokyo
    assert!(SEARCH.group(&morning).is_some() && SEARCH.group(&night).is_none());
    let ours = Ours::by_spec(json!({"timeZone": "Asia/Tokyo"}));
    assert_eq!((ours.verdict(&morning).as_str(), ours.verdict(&night).as_str()), ("BusinessHours", "OffHours"));
}

#[test]
fn d1_the_fixed_clock_knows_no_holidays() {
    let christmas = Record::docker().at("2024-12-25T10:00:00Z").json(); // A Wednesday.
    assert!(SEARCH.group(&christmas).is_none());
    let ours = Ours::by_spec(json!({"holidays": {"countries": ["DE"]}}));
    assert_eq!(ours.explain(&[christmas])[0]["reason"], "Holiday");
}

#[test]
fn d1_the_fixed_clock_knows_no_teams() {
    let teams = json!([{"name": "tokyo", "match": {"repositories": ["tokyo/*"]}, "timeZone": "Asia/Tokyo"}]);
    let ours = Ours::by_spec(json!({"timeZone": "Europe/Berlin", "teams": teams}));
    let at_one_instant = |repository| Record::docker().repository(repository).at("2024-01-16T13:00:00Z").json();
    assert_eq!(ours.verdict(&at_one_instant("tokyo/api")), "OffHours");
    assert_eq!(ours.verdict(&at_one_instant("berlin/api")), "BusinessHours");
}

/// The published record is of a push on Wednesday at 23:17:30 UTC.
#[test]
fn d2_the_two_searches_disagree_on_one_push() {
    let record = Record::docker().json();
    let in_lake = ocsf(&record, Form::Version2);
    let lake_finds = |zone: Tz| !SecurityLakeSearch::as_it_fires(zone).rows(std::slice::from_ref(&in_lake)).is_empty();
    assert!(SEARCH.group(&record).is_some());
    assert!(lake_finds(Europe::Berlin) && !lake_finds(America::New_York), "it depends on who runs it");
}

#[test]
fn d2_a_push_has_the_same_verdict_in_every_form_of_its_record() {
    let record = Record::docker().json();
    let forms: Vec<Value> =
        [Form::Version1, Form::EarlyVersion2, Form::Version2].iter().map(|form| ocsf(&record, *form)).collect();
    for (zone, verdict) in [("UTC", "OffHours"), ("America/New_York", "BusinessHours")] {
        let ours = Ours::by_spec(json!({"timeZone": zone}));
        assert_eq!(ours.verdict(&record), verdict);
        assert!(forms.iter().all(|form| ours.verdict(form) == verdict));
    }
}

#[test]
fn d3_the_security_lake_search_misses_the_weekend_that_it_promises() {
    let record = Record::docker().at(SATURDAY).json();
    let in_lake = [ocsf(&record, Form::Version2)];
    assert!(SecurityLakeSearch::as_it_fires(Tz::UTC).rows(&in_lake).is_empty());
    assert_eq!(SecurityLakeSearch::as_meant(Tz::UTC).rows(&in_lake).len(), 1);
    let explained = &Ours::by_reference().explain(&in_lake)[0];
    assert_eq!((&explained["verdict"], &explained["reason"]), (&json!("OffHours"), &json!("NonWorkingDay")));
}

#[test]
fn d3_as_it_fires_the_security_lake_search_misses_24_of_the_108_off_hours_of_a_week() {
    let monday = chrono::DateTime::from_timestamp(1_705_276_800, 0).unwrap();
    let hours =
        (0..7 * 24).map(|hour| (monday + chrono::TimeDelta::hours(hour)).format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let records: Vec<Value> =
        (1..).zip(hours).map(|(number, at)| ocsf(&Record::numbered(number).at(&at).json(), Form::Version2)).collect();
    let found =
        |search: SecurityLakeSearch| -> usize { search.rows(&records).iter().map(|row| row.event_ids.len()).sum() };
    assert_eq!(found(SecurityLakeSearch::as_it_fires(Tz::UTC)), 84);
    assert_eq!(found(SecurityLakeSearch::as_meant(Tz::UTC)), 108);
    assert_eq!(Ours::by_reference().uploads(&records).len(), 108);
}

#[test]
fn d16_the_searches_know_whole_hours_only() {
    // Business hours from 08:30 to 17:30: a quarter of an hour before, and after.
    let early = Record::docker().at("2024-01-16T08:15:00Z").json();
    let late = Record::docker().at("2024-01-16T17:45:00Z").json();
    assert!(SEARCH.group(&early).is_none() && SEARCH.group(&late).is_none());
    let hours = json!([{"days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "start": "08:30", "end": "17:30"}]);
    let ours = Ours::by_spec(json!({"businessHours": hours}));
    assert_eq!((ours.verdict(&early).as_str(), ours.verdict(&late).as_str()), ("OffHours", "OffHours"));
}

#[test]
fn d16_the_searches_print_times_without_a_zone() {
    let record = Record::docker().json();
    assert_eq!(SEARCH.rows(std::slice::from_ref(&record))[0].first_time, "2021-08-18T23:17:30");
    let ours = Ours::by_spec(json!({"timeZone": "Asia/Kolkata"}));
    let (finding, upload) = &ours.uploads(&[record])[0];
    assert_eq!(finding["status"]["firstTime"], "2021-08-18T23:17:30Z");
    assert_eq!(upload["localTime"], "2021-08-19T04:47:30+05:30");
}
