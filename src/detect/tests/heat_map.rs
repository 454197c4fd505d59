//! Uploads by local weekday and hour.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{at, policy, upload};
use crate::detect::{Cell, HeatMap, Policy, Verdict, WEEKDAYS, heat_maps};

fn offices() -> Policy {
    policy(json!({
        "timeZone": "Europe/Berlin",
        "scope": {"repositories": ["prod/*"]},
        "holidays": {"dates": [{"date": "2026-11-18", "name": "Buß- und Bettag"}]},
        "teams": [
            {"name": "tokyo", "match": {"repositories": ["prod/tokyo-*"]}, "timeZone": "Asia/Tokyo"},
            {"name": "web", "match": {"repositories": ["prod/web"]}, "holidays": {}},
            {"name": "nights", "match": {"repositories": ["prod/nights"]},
             "businessHours": [{"days": ["Sun"], "start": "22:30", "end": "06:15"}]},
        ],
        "allow": [{"name": "nightly", "reason": "CHG-1", "tags": ["nightly-*"]}],
    }))
}

fn repository(name: &str) -> (&'static str, Value) {
    ("/requestParameters/repositoryName", json!(name))
}

fn tag(name: &str) -> (&'static str, Value) {
    ("/requestParameters/imageTag", json!(name))
}

/// The cells with uploads, as `Wed 09: 1 business, 0 allowed, 2 off hours`.
fn pushes(map: &HeatMap<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    for (weekday, row) in WEEKDAYS.iter().zip(&map.cells) {
        for (hour, cell) in row.iter().enumerate().filter(|(_, cell)| cell.uploads() > 0) {
            let Cell { in_business_hours, allowed, off_hours, .. } = cell;
            texts.push(format!(
                "{weekday} {hour:02}: {in_business_hours} business, {allowed} allowed, {off_hours} off hours"
            ));
        }
    }
    texts
}

#[test]
fn a_push_is_in_the_cell_of_its_local_hour_in_the_map_of_its_team() {
    let policy = offices();
    let uploads = [
        // The Wednesday of the holiday, 09:30 in Berlin; web has no holidays.
        upload(&[at("2026-11-18T08:30:00Z"), repository("prod/api")]),
        upload(&[at("2026-11-18T08:30:00Z"), repository("prod/web")]),
        upload(&[at("2026-11-19T08:30:00Z"), repository("prod/api")]),
        upload(&[at("2026-11-19T23:59:59Z"), repository("prod/api"), tag("nightly-1")]),
        upload(&[at("2026-11-20T15:00:00Z"), repository("prod/tokyo-api")]),
        upload(&[at("2026-11-20T15:00:00Z"), repository("lab/api")]),
    ];
    let maps = heat_maps(&policy, &uploads);
    let found: Vec<_> = maps.iter().map(|map| (map.hours.team(), map.also.clone(), pushes(map))).collect();
    let cells = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (
                None,
                vec!["web"],
                cells(&[
                    "Wed 09: 1 business, 0 allowed, 1 off hours",
                    "Thu 09: 1 business, 0 allowed, 0 off hours",
                    "Fri 00: 0 business, 1 allowed, 0 off hours",
                ])
            ),
            (Some("tokyo"), vec![], cells(&["Sat 00: 0 business, 0 allowed, 1 off hours"])),
            (Some("nights"), vec![], cells(&[])),
        ]
    );
}

#[test]
fn windows_cover_parts_of_hours_and_run_over_midnight_and_the_end_of_the_week() {
    let policy = offices();
    let maps = heat_maps(&policy, []);
    let covered = |day: usize, hour: usize| {
        let business = maps[2].cells[day][hour].business;
        (0..60).filter(|minute| business.contains(*minute)).count()
    };
    assert_eq!([covered(6, 21), covered(6, 22), covered(6, 23)], [0, 30, 60]);
    assert_eq!([covered(0, 0), covered(0, 5), covered(0, 6), covered(0, 7)], [60, 60, 15, 0]);
    assert!(maps[2].cells[6][23].business.is_whole() && maps[2].cells[6][21].business.is_empty());
    assert!(!maps[2].cells[6][22].business.is_whole() && !maps[2].cells[6][22].business.is_empty());
}

/// Windows that start and end at any minute, some over midnight.
fn any_windows() -> impl Strategy<Value = Vec<Value>> {
    let time = || (0..24u32, prop_oneof![Just(0u32), Just(30), 0..60u32]);
    let days = prop::sample::subsequence(vec!["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], 1..=7);
    let window = (days, time(), time()).prop_filter("starts when it ends", |(_, start, end)| start != end);
    let written = |(h, m): (u32, u32)| format!("{h:02}:{m:02}");
    prop::collection::vec(
        window.prop_map(move |(days, start, end)| json!({"days": days, "start": written(start), "end": written(end)})),
        0..4,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_push_in_scope_is_in_one_cell_and_under_its_verdict(
        own in any_windows(), tokyo in any_windows(),
        pushes in prop::collection::vec((0..1_209_600i64, 0..4usize, any::<bool>()), 0..40),
    ) {
        let policy = policy(json!({
            "timeZone": "America/New_York", "businessHours": own,
            "scope": {"repositories": ["prod/*"]},
            "teams": [{"name": "tokyo", "match": {"repositories": ["prod/tokyo"]}, "timeZone": "Asia/Tokyo", "businessHours": tokyo}],
            "allow": [{"name": "nightly", "reason": "CHG-1", "tags": ["nightly-*"]}],
        }));
        // Two weeks in which New York's clock is set back.
        let from: DateTime<Utc> = "2026-10-25T00:00:00Z".parse().unwrap();
        let uploads: Vec<_> = pushes.iter().map(|(second, place, is_nightly)| {
            let mut upload = upload(&[]);
            upload.time = from + TimeDelta::seconds(*second);
            upload.repository = ["prod/api", "prod/tokyo", "lab/api", "prod/web"][*place].to_owned();
            upload.tag = is_nightly.then(|| "nightly-1".to_owned());
            upload
        }).collect();
        let count = |wanted: &str| uploads.iter().filter(|upload| policy.judge(upload).verdict.as_str() == wanted).count() as u64;
        let maps = heat_maps(&policy, &uploads);
        let sum = |field: fn(&Cell) -> u64| maps.iter().map(|map| field(&map.total())).sum::<u64>();
        prop_assert_eq!(sum(|cell| cell.in_business_hours), count("BusinessHours"));
        prop_assert_eq!(sum(|cell| cell.allowed), count("Allowed"));
        prop_assert_eq!(sum(|cell| cell.off_hours), count("OffHours"));
        let in_scope = uploads.iter().filter(|upload| !matches!(policy.judge(upload).verdict, Verdict::OutOfScope(_)));
        let cells = maps.iter().flat_map(|map| map.cells.iter().flatten());
        prop_assert_eq!(cells.map(Cell::uploads).sum::<u64>(), in_scope.count() as u64);
    }

    #[test]
    fn a_cell_covers_the_minutes_that_a_schedule_without_holidays_calls_business(windows in any_windows()) {
        let policy = policy(json!({
            "businessHours": windows,
            "holidays": {"dates": [{"date": "2026-11-18", "name": "does not matter"}]},
        }));
        let without = super::policy(json!({"businessHours": windows}));
        let maps = heat_maps(&policy, []);
        let monday = NaiveDate::from_ymd_opt(2026, 11, 16).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
        for minute in 0..7 * 1_440 {
            let at = monday + TimeDelta::minutes(minute);
            let cell = maps[0].cells[at.weekday().num_days_from_monday() as usize][at.hour() as usize];
            let is_business = without.hours().schedule().hours(at).is_business();
            prop_assert_eq!(cell.business.contains(at.minute() as u16), is_business, "{}", at);
        }
    }
}
