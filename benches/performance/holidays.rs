//! What holidays cost: a policy with 64 countries and parts of countries, and a verdict with and without.

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use offhours::api::EcrUploadPolicySpec;
use offhours::calendar::{PublicHolidays, countries, country_holidays};
use offhours::detect::{Calendars, Policy};
use offhours::upload::{Decoded, Upload, decode};
use opening_hours::localization::Country;
use serde_json::json;

use crate::rig::fake_cloudtrail::PutImage;

/// The most that `holidays.countries` may name.
const MOST: usize = 64;
/// Policies that are kept, so that their memory can be distinguished from that of everything else.
const POLICIES: usize = 100;
const SPAN: Duration = Duration::from_millis(500);
const ROUNDS: usize = 7;

pub fn measure() {
    let most = most_codes();
    let before = resident_bytes();
    let started = Instant::now();
    let policies: Vec<Policy> = (0..POLICIES).map(|_| policy(&most)).collect();
    let compiling = started.elapsed();
    println!(
        "a policy with {} countries and parts: compiled in {:.2} ms, {:.0} KB of memory, {} holidays",
        most.len(),
        compiling.as_secs_f64() * 1e3 / POLICIES as f64,
        (resident_bytes() - before) as f64 / 1e3 / POLICIES as f64,
        policies[0].public_holidays().outlook(NaiveDate::MIN).days,
    );
    let started = Instant::now();
    (0..POLICIES).for_each(|_| drop(black_box(policy(&["DE-BY".to_owned()]))));
    println!("a policy with DE-BY: compiled in {:.2} ms", started.elapsed().as_secs_f64() * 1e3 / POLICIES as f64);

    let uploads = uploads();
    for (name, codes) in [("no holidays", Vec::new()), ("DE-BY", vec!["DE-BY".to_owned()]), ("64 codes", most.clone())]
    {
        let policy = policy(&codes);
        let rate = per_second(|| uploads.iter().for_each(|upload| consume(policy.judge(upload))), uploads.len());
        println!("verdicts a second, {name}: {:.2} million", rate / 1e6);
    }

    let dates: Vec<NaiveDate> = uploads.iter().map(|upload| upload.time.date_naive()).collect();
    let theirs = Country::DE.holidays();
    let look_ups = |what: &str, is_holiday: &dyn Fn(NaiveDate) -> bool| {
        let rate = per_second(|| dates.iter().for_each(|date| consume(is_holiday(*date))), dates.len());
        println!("look-up of a date, {what}: {:.1} ns", 1e9 / rate);
    };
    let ours = public(&["DE".to_owned()]);
    look_ups("DE", &|date| ours.name_on(date).is_some());
    let ours = public(&most);
    look_ups("64 codes", &|date| ours.name_on(date).is_some());
    look_ups("DE in opening-hours, without a name", &|date| theirs.get_public().contains(date));
}

fn public(codes: &[String]) -> PublicHolidays {
    let mut public = PublicHolidays::default();
    codes.iter().for_each(|code| public.add(&PublicHolidays::of(&country_holidays(code).expect("a code"))));
    public
}

/// Those with the largest files, half of them parts.
fn most_codes() -> Vec<String> {
    let large = ["IN", "US", "MY", "ES", "AU", "DE", "CH", "CA"];
    let parts = |code: &str| {
        let country = countries().find(|country| country.code == code).expect("a country");
        country.parts.into_iter().take(4).map(move |part| format!("{}-{}", country.code, part.code))
    };
    let parts = large.into_iter().flat_map(parts);
    let whole = countries().map(|country| country.code.to_owned()).filter(|code| !large.contains(&code.as_str()));
    parts.chain(whole).take(MOST).collect()
}

fn policy(countries: &[String]) -> Policy {
    let spec: EcrUploadPolicySpec = serde_json::from_value(json!({
        "timeZone": "Europe/Berlin", "holidays": {"countries": countries}
    }))
    .expect("a spec");
    let policy = Policy::compile("production", &spec, &Calendars::default()).expect("a policy");
    assert!(policy.holiday_errors().is_empty());
    policy
}

/// One upload at each third hour of ten years.
fn uploads() -> Vec<Upload> {
    let first: DateTime<Utc> = "2025-01-01T00:00:00Z".parse().expect("a time");
    let record = PutImage::new("prod/api", first).tag("v1").json().to_string();
    let Ok(Decoded::Upload(upload)) = decode(&record) else { panic!("an upload") };
    (0..10 * 365 * 8).map(|number| Upload { time: first + TimeDelta::hours(3 * number), ..(*upload).clone() }).collect()
}

/// The fastest of some rounds, since other work on the machine only ever slows one down.
fn per_second(mut run: impl FnMut(), items: usize) -> f64 {
    let mut round = || {
        let (started, mut runs) = (Instant::now(), 0);
        while started.elapsed() < SPAN {
            run();
            runs += 1;
        }
        (runs * items) as f64 / started.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(|_| round()).fold(0.0, f64::max)
}

/// Keeps the compiler from leaving out what nobody looks at.
fn consume<T>(value: T) {
    black_box(value);
}

fn resident_bytes() -> i64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: i64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * 4096
}
