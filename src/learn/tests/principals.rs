//! Proposals for principals.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::{Options, Push, Rhythm, propose};
use super::{MONDAY_TO_FRIDAY, WORKING_DAY, proposal, push, times};

fn hours(times: &[DateTime<Utc>], office: Tz) -> String {
    let place = proposal(times, office).place.unwrap();
    format!("{} {}", place.guess.zone.name(), place.hours)
}

#[test]
fn hours_reach_over_the_pushes_of_the_working_days_by_the_clock_of_the_zone() {
    for (zone, expected) in [
        (Tz::Europe__Berlin, "Europe/Berlin Mon-Fri 09:00-17:30"),
        (Tz::Asia__Kolkata, "Asia/Kolkata Mon-Fri 09:00-17:30"),
        (Tz::Asia__Kathmandu, "Asia/Kathmandu Mon-Fri 09:00-17:30"),
        (Tz::Pacific__Auckland, "Pacific/Auckland Mon-Fri 09:00-17:30"),
        (Tz::Pacific__Honolulu, "Pacific/Honolulu Mon-Fri 09:00-17:30"),
    ] {
        // Sixty days from March on, in which the clocks of Berlin and Auckland change.
        assert_eq!(hours(&times(zone, &WORKING_DAY, MONDAY_TO_FRIDAY, 60), zone), expected);
    }
}

#[test]
fn a_week_from_sunday_to_thursday_is_seen() {
    let sunday_to_thursday = times(Tz::Asia__Riyadh, &WORKING_DAY, 0..=3, 60)
        .into_iter()
        .chain(times(Tz::Asia__Riyadh, &WORKING_DAY, 6..=6, 60))
        .collect::<Vec<_>>();
    assert_eq!(hours(&sunday_to_thursday, Tz::Asia__Riyadh), "Asia/Riyadh Mon-Thu,Sun 09:00-17:30");
}

#[test]
fn a_day_that_is_never_worked_is_no_business_day() {
    let monday_to_thursday = times(Tz::Europe__Berlin, &WORKING_DAY, 0..=3, 60);
    assert_eq!(hours(&monday_to_thursday, Tz::Europe__Berlin), "Europe/Berlin Mon-Thu 09:00-17:30");
}

#[test]
fn late_work_is_within_the_hours_and_a_rare_night_is_not() {
    let mut late = times(Tz::Europe__Berlin, &[13.0, 14.0, 16.0, 18.0, 20.0, 21.0, 21.5], MONDAY_TO_FRIDAY, 60);
    late.extend(times(Tz::Europe__Berlin, &[3.0], 2..=2, 14));
    assert_eq!(hours(&late, Tz::Europe__Berlin), "Europe/Berlin Mon-Fri 13:00-22:00");
}

#[test]
fn hours_learned_from_a_short_day_are_eight_nevertheless() {
    let mornings = times(Tz::Europe__Berlin, &[9.0, 9.5, 10.0, 10.5, 11.0, 11.5, 12.0], MONDAY_TO_FRIDAY, 30);
    let window = proposal(&mornings, Tz::Europe__Berlin).place.unwrap().hours;
    let length = window.end().minutes_since_midnight() - window.start().minutes_since_midnight();
    assert_eq!(length, 8 * 60, "{window}");
}

#[test]
fn daylight_saving_distinguishes_zones_that_have_the_same_hours_in_winter() {
    let berlin = times(Tz::Europe__Berlin, &WORKING_DAY, MONDAY_TO_FRIDAY, 90);
    let pushes: Vec<Push<'_>> = berlin.iter().map(|time| push("somebody", *time)).collect();
    let options = Options::new(vec![Tz::Africa__Lagos, Tz::Europe__Berlin]);
    let guess = propose(&pushes, &options).remove(0).place.unwrap().guess;
    assert_eq!((guess.zone, guess.offset), (Tz::Europe__Berlin, 7200));
    assert!(guess.confidence > 0.8, "{guess:?}");
}

#[test]
fn somebody_who_works_in_none_of_the_offices_gets_nothing() {
    let tokyo = times(Tz::Asia__Tokyo, &WORKING_DAY, MONDAY_TO_FRIDAY, 60);
    let pushes: Vec<Push<'_>> = tokyo.iter().map(|time| push("somebody", *time)).collect();
    let proposal = propose(&pushes, &Options::new(vec![Tz::Europe__Berlin, Tz::America__New_York])).remove(0);
    assert_eq!((proposal.rhythm, proposal.place), (Rhythm::Elsewhere, None));
    let hours_off = (proposal.elsewhere.unwrap() - 9 * 3600).abs() / 3600;
    assert!(hours_off <= 1, "{hours_off}");
}

#[test]
fn pushes_of_one_half_hour_are_one_observation() {
    let one = times(Tz::Europe__Berlin, &[9.0], MONDAY_TO_FRIDAY, 7);
    let many: Vec<DateTime<Utc>> =
        one.iter().flat_map(|time| (0..20).map(|second| *time + TimeDelta::seconds(second))).collect();
    let proposal = proposal(&many, Tz::Europe__Berlin);
    assert_eq!((proposal.pushes, proposal.observations, proposal.rhythm), (100, 5, Rhythm::TooFew));
}

#[test]
fn too_few_days_are_too_few_however_many_pushes_there_are() {
    let busy: Vec<f64> = (0..40).map(|number| 8.0 + f64::from(number) / 4.0).collect();
    let proposal = proposal(&times(Tz::Europe__Berlin, &busy, MONDAY_TO_FRIDAY, 3), Tz::Europe__Berlin);
    assert_eq!((proposal.days, proposal.rhythm), (3, Rhythm::TooFew));
}

#[test]
fn service_roles_and_those_who_only_failed_are_named_and_get_nothing() {
    let times = times(Tz::Europe__Berlin, &WORKING_DAY, MONDAY_TO_FRIDAY, 30);
    let mut pushes: Vec<Push<'_>> =
        times.iter().map(|time| Push { is_service_role: true, ..push("service", *time) }).collect();
    pushes.extend(times.iter().map(|time| Push { is_failed: true, ..push("denied", *time) }));
    let proposals = propose(&pushes, &Options::new(vec![Tz::Europe__Berlin]));
    let seen: Vec<_> =
        proposals.iter().map(|p| (p.principal.as_str(), p.rhythm, p.pushes, p.place.is_some())).collect();
    let service = ("service", Rhythm::ServiceRole, times.len(), false);
    assert_eq!(seen, [("denied", Rhythm::TooFew, 0, false), service]);
}

/// The pushes of a role that these sessions share.
fn shared<'a>(sessions: &[(&'a str, &[DateTime<Utc>])]) -> Vec<Push<'a>> {
    let of = |session, times: &[DateTime<Utc>]| -> Vec<Push<'a>> {
        times.iter().map(|time| Push { session: Some(session), ..push("role", *time) }).collect()
    };
    sessions.iter().flat_map(|(session, times)| of(session, times)).collect()
}

#[test]
fn sessions_of_a_role_on_two_continents_are_reported() {
    let berlin = times(Tz::Europe__Berlin, &WORKING_DAY, MONDAY_TO_FRIDAY, 60);
    let tokyo = times(Tz::Asia__Tokyo, &WORKING_DAY[..5], MONDAY_TO_FRIDAY, 60);
    let offices = vec![Tz::Europe__Berlin, Tz::Asia__Tokyo];
    let proposals = propose(&shared(&[("hanna", &berlin), ("kaori", &tokyo)]), &Options::new(offices));
    let sessions: Vec<&str> = proposals[0].sessions.iter().map(|session| session.session.as_str()).collect();
    assert_eq!(sessions, ["hanna", "kaori"]);
    let apart = proposals[0].sessions[1].guess.offset - proposals[0].sessions[0].guess.offset;
    assert!((6 * 3600..=9 * 3600).contains(&apart), "{apart}");
}

#[test]
fn sessions_of_a_role_in_one_place_are_not() {
    let early = times(Tz::Europe__Berlin, &WORKING_DAY, MONDAY_TO_FRIDAY, 60);
    let late: Vec<DateTime<Utc>> = early.iter().map(|time| *time + TimeDelta::minutes(75)).collect();
    let proposals = propose(&shared(&[("hanna", &early), ("jan", &late)]), &Options::new(vec![Tz::Europe__Berlin]));
    assert_eq!((proposals[0].sessions.len(), proposals[0].rhythm), (0, Rhythm::WorkingHours));
}
