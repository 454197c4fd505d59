//! The clock of the CloudTrail search: `date_hour` and `date_wday` are taken from the text of an event's time, digit by digit.

/// `date_hour`: the two digits of the hour, whatever zone the text has.
pub fn date_hour(time: &str) -> Option<u32> {
    number(time, 11, 13)
}

/// `date_wday`, by Sakamoto's method.
pub fn date_wday(time: &str) -> Option<&'static str> {
    const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    const OFFSETS: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let (year, month, day) = date(time)?;
    let year = if month < 3 { year - 1 } else { year };
    let offset = OFFSETS.get(month.checked_sub(1)? as usize)?;
    WEEKDAYS.get(((year + year / 4 - year / 100 + year / 400 + offset + day) % 7) as usize).copied()
}

/// `_time`: seconds since 1970 of a text that ends in Z.
pub fn epoch(time: &str) -> Option<i64> {
    let (year, month, day) = date(time)?;
    let seconds = number(time, 11, 13)? * 3600 + number(time, 14, 16)? * 60 + number(time, 17, 19)?;
    time.ends_with('Z').then(|| days_from_civil(year.into(), month.into(), day.into()) * 86_400 + i64::from(seconds))
}

/// What `ctime` with `%Y-%m-%dT%H:%M:%S` prints for a user whose zone is UTC: a time without a zone.
pub fn printed(epoch: i64) -> String {
    let (days, seconds) = (epoch.div_euclid(86_400), epoch.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

fn date(time: &str) -> Option<(u32, u32, u32)> {
    Some((number(time, 0, 4)?, number(time, 5, 7)?, number(time, 8, 10)?))
}

fn number(text: &str, from: usize, to: usize) -> Option<u32> {
    text.get(from..to)?.parse().ok()
}

/// Days since 1970-01-01 in the Gregorian calendar: 400 years have 146 097 days, and a year that begins in March has its
/// leap day at its end.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[test]
fn the_clock_of_the_searches_agrees_with_chrono() {
    use chrono::{DateTime, Datelike as _, Timelike as _};
    const FROM_MONDAY: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    // Every seven hours and an odd number of seconds, from 1999 to 2041.
    for epoch_seconds in (915_148_800..2_240_000_000_i64).step_by(7 * 3600 + 11) {
        let time = DateTime::from_timestamp(epoch_seconds, 0).unwrap();
        let text = time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        assert_eq!(date_hour(&text), Some(time.hour()));
        assert_eq!(date_wday(&text), Some(FROM_MONDAY[time.weekday().num_days_from_monday() as usize]));
        assert_eq!(epoch(&text), Some(epoch_seconds));
        assert_eq!(printed(epoch_seconds) + "Z", text);
    }
}
