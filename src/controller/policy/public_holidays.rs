//! The end of the public holiday data, for a policy that names countries. Pure.

use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

use crate::api::{PublicHolidayData, PublicHolidayState};
use crate::calendar::{HOLIDAY_DATA, Outlook, PublicHolidays, last_day};
use crate::detect::Policy;

/// The data ends when its last day ends in the first zone where it does (Pacific/Kiritimati).
const AHEAD_OF_UTC: TimeDelta = TimeDelta::hours(14);

/// How long before the end an Event warns of it. Releases are more frequent than that.
const WARNING: Months = Months::new(6);

/// The maximum number of codes in a message.
const MAX_CODES: usize = 5;

/// The value of `status.calendarData.publicHolidays` at `now`; None for a policy that names no country.
pub(super) fn public_holiday_data(policy: &Policy, now: DateTime<Utc>) -> Option<PublicHolidayData> {
    let public = policy.public_holidays();
    if public.codes().is_empty() {
        return None;
    }
    let Outlook { days, estimates, first_estimate } = public.outlook(now.date_naive());
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let (data_set, version) = HOLIDAY_DATA;
    Some(PublicHolidayData {
        data_set: data_set.to_owned(),
        version: version.to_owned(),
        through: last_day(),
        days_ahead: number(days),
        estimates_ahead: number(estimates),
        first_estimate,
        state: state(now),
    })
}

/// The next change of the state of the data; None for a policy that names no country.
pub(super) fn next_change(policy: &Policy, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let changes = || [first_day_of_warning(), last_day().succ_opt()?].map(first_instant).into();
    let changes: Option<[DateTime<Utc>; 2]> =
        if policy.public_holidays().codes().is_empty() { None } else { changes() };
    changes.into_iter().flatten().find(|change| *change > now)
}

/// The message when the data has ended, so that the policy cannot be relied on.
pub(super) fn ended(policy: &Policy, data: Option<&PublicHolidayData>) -> Option<String> {
    let data = data.filter(|data| data.state == PublicHolidayState::Ended)?;
    Some(format!(
        "the controller knows the public holidays of {} only through {}, so later pushes are judged without them, and findings \
         may be missing; upgrade the controller, or list the holidays in holidays.dates or holidays.calendars in place of \
         holidays.countries",
        codes(policy.public_holidays()),
        data.through
    ))
}

/// The message when the data will end soon.
pub(super) fn ending(policy: &Policy, data: Option<&PublicHolidayData>) -> Option<String> {
    let data = data.filter(|data| data.state == PublicHolidayState::Ending)?;
    Some(format!(
        "the controller knows the public holidays of {} only through {}; upgrade it before that date, or list later holidays in \
         holidays.dates or holidays.calendars",
        codes(policy.public_holidays()),
        data.through
    ))
}

/// The same message, if the status before did not have it yet.
pub(super) fn ending_news(
    policy: &Policy,
    before: Option<&PublicHolidayData>,
    after: Option<&PublicHolidayData>,
) -> Option<String> {
    let was_said = before.is_some_and(|data| data.state != PublicHolidayState::Current);
    ending(policy, after).filter(|_| !was_said)
}

fn state(now: DateTime<Utc>) -> PublicHolidayState {
    if last_day().succ_opt().is_some_and(|day| now >= first_instant(day)) {
        PublicHolidayState::Ended
    } else if now >= first_instant(first_day_of_warning()) {
        PublicHolidayState::Ending
    } else {
        PublicHolidayState::Current
    }
}

fn first_day_of_warning() -> NaiveDate {
    let end = last_day().succ_opt().unwrap_or(NaiveDate::MAX);
    end.checked_sub_months(WARNING).unwrap_or(end)
}

/// The beginning of a date in the first zone where it begins.
fn first_instant(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc() - AHEAD_OF_UTC
}

fn codes(public: &PublicHolidays) -> String {
    let codes = public.codes();
    match codes.len().checked_sub(MAX_CODES) {
        Some(more) if more > 0 => format!("{} and {more} more", codes[..MAX_CODES].join(", ")),
        _ => codes.join(", "),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::EcrUploadPolicySpec;
    use crate::detect::Calendars;

    fn policy(spec: Value) -> Policy {
        let spec: EcrUploadPolicySpec = serde_json::from_value(spec).unwrap();
        Policy::compile("production", &spec, &Calendars::default()).unwrap()
    }

    fn of_countries(countries: &[&str]) -> Policy {
        policy(json!({"holidays": {"countries": countries}}))
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    #[test]
    fn the_data_names_its_version_its_end_and_the_estimates_ahead() {
        let turkey = policy(json!({"teams": [
            {"name": "istanbul", "match": {"repositories": ["x"]}, "holidays": {"countries": ["TR"]}}
        ]}));
        let data = public_holiday_data(&turkey, at("2032-12-31T12:00:00Z")).unwrap();
        assert_eq!((data.data_set.as_str(), data.through), ("holidays", last_day()));
        assert_eq!((data.estimates_ahead, data.first_estimate), (24, Some("2033-01-02".parse().unwrap())));
        assert_eq!(data.days_ahead, 24 + 3 * 7);
        assert_eq!(public_holiday_data(&policy(json!({})), at("2032-12-31T12:00:00Z")), None);
    }

    #[test]
    fn the_data_ends_in_the_first_zone_where_its_last_day_does_and_this_is_said_six_months_before() {
        let germany = of_countries(&["DE"]);
        let mut now = at("2026-11-26T00:00:00Z");
        let mut changes = Vec::new();
        while let Some(next) = next_change(&germany, now) {
            let state = |at| public_holiday_data(&germany, at).unwrap().state;
            changes.push((next, state(next - TimeDelta::seconds(1)), state(next)));
            now = next;
        }
        use PublicHolidayState::{Current, Ended, Ending};
        let expected = [(at("2035-06-30T10:00:00Z"), Current, Ending), (at("2035-12-31T10:00:00Z"), Ending, Ended)];
        assert_eq!(changes, expected);
        assert_eq!(next_change(&policy(json!({})), at("2026-11-26T00:00:00Z")), None);
    }

    #[test]
    fn that_the_data_will_end_is_news_once() {
        let germany = of_countries(&["DE"]);
        let data = |time: &str| public_holiday_data(&germany, at(time));
        let (current, early) = (data("2035-06-30T09:59:59Z"), data("2035-06-30T10:00:00Z"));
        let (late, ended) = (data("2035-12-31T09:59:59Z"), data("2035-12-31T10:00:00Z"));
        let is_news =
            |before: &Option<_>, after: &Option<_>| ending_news(&germany, before.as_ref(), after.as_ref()).is_some();
        assert!(is_news(&current, &early) && is_news(&None, &late));
        assert!(!is_news(&early, &late) && !is_news(&late, &ended) && !is_news(&None, &current));
    }

    #[test]
    fn the_messages_name_the_codes_and_what_to_do() {
        let message = |countries: &[&str], time: &str| {
            let policy = of_countries(countries);
            let data = public_holiday_data(&policy, at(time));
            (ending(&policy, data.as_ref()), ended(&policy, data.as_ref()))
        };
        assert_eq!(message(&["DE"], "2035-01-01T00:00:00Z"), (None, None));
        let ending = "the controller knows the public holidays of DE-BY, TR only through 2035-12-31; upgrade it before that \
                      date, or list later holidays in holidays.dates or holidays.calendars";
        assert_eq!(message(&["DE-BY", "TR"], "2035-12-01T00:00:00Z"), (Some(ending.to_owned()), None));
        let ended = "the controller knows the public holidays of AT, BE, CH, DE, DK and 2 more only through 2035-12-31, so \
                     later pushes are judged without them, and findings may be missing; upgrade the controller, or list the \
                     holidays in holidays.dates or holidays.calendars in place of holidays.countries";
        let seven = ["AT", "BE", "CH", "DE", "DK", "ES", "FR"];
        assert_eq!(message(&seven, "2036-01-01T00:00:00Z"), (None, Some(ended.to_owned())));
    }
}
