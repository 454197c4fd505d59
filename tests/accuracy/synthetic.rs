//! Synthetic people and machines with a known time zone. They are made from a working life in continuous time, and deliberately
//! not from the weeks of the model: pushes drawn from the model would only confirm it.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

/// A small pseudo-random generator (SplitMix64): the same seed gives the same people on every machine.
#[derive(Debug, Clone)]
pub struct Seed(u64);

impl Seed {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// At least `low`, below `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// A bell around `mean`: the sum of 12 equal distributions has a variance of 1.
    fn around(&mut self, mean: f64, deviation: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.between(-0.5, 0.5)).sum();
        mean + deviation * sum
    }

    pub fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[(self.next() % items.len() as u64) as usize]
    }
}

/// The time zones of the people, all equally frequent although the model considers some of them rare. Some change their clocks, in
/// either hemisphere, and others do not. Some are half an hour or a quarter off, and some are not candidates of the model.
pub const WORLD: [Tz; 30] = [
    Tz::America__Vancouver,
    Tz::America__Los_Angeles,
    Tz::America__Phoenix,
    Tz::America__Denver,
    Tz::America__Chicago,
    Tz::America__Toronto,
    Tz::America__New_York,
    Tz::America__Lima,
    Tz::America__Halifax,
    Tz::America__Argentina__Buenos_Aires,
    Tz::America__Sao_Paulo,
    Tz::Europe__London,
    Tz::Europe__Lisbon,
    Tz::Europe__Berlin,
    Tz::Europe__Paris,
    Tz::Europe__Warsaw,
    Tz::Africa__Lagos,
    Tz::Europe__Helsinki,
    Tz::Asia__Jerusalem,
    Tz::Africa__Nairobi,
    Tz::Asia__Riyadh,
    Tz::Asia__Karachi,
    Tz::Asia__Kolkata,
    Tz::Asia__Kathmandu,
    Tz::Asia__Dhaka,
    Tz::Asia__Ho_Chi_Minh,
    Tz::Asia__Singapore,
    Tz::Asia__Seoul,
    Tz::Australia__Sydney,
    Tz::Pacific__Auckland,
];

/// How much is known about somebody: the number of pushes, and of the days over which they are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub pushes: usize,
    pub days: i64,
}

/// A working life.
#[derive(Debug, Clone, Copy)]
struct Person {
    sunday_to_thursday: bool,
    /// When a usual day begins and ends, in hours.
    start: f64,
    end: f64,
    /// When the break begins, and its length.
    lunch: (f64, f64),
    /// How much the start of the day varies.
    jitter: f64,
    /// The shares of evenings with a push after work, of free days with a push, and of working days off.
    overtime: f64,
    weekends: f64,
    days_off: f64,
    /// The first day of a holiday of two weeks.
    holiday: NaiveDate,
}

/// The times at which somebody in this zone pushes, over some days of 2026. As many half hours have a push as the size says, unless
/// there are not enough working hours for that.
pub fn pushes_of_a_person(seed: &mut Seed, zone: Tz, size: Size) -> Vec<DateTime<Utc>> {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + TimeDelta::days(seed.between(0.0, 330.0) as i64);
    let start = seed.around(9.0, 0.8);
    let person = Person {
        sunday_to_thursday: matches!(zone, Tz::Asia__Jerusalem | Tz::Asia__Riyadh | Tz::Asia__Dhaka),
        start,
        end: start + seed.between(8.0, 9.5),
        lunch: (seed.between(11.75, 13.25), seed.between(0.5, 1.25)),
        jitter: seed.between(0.1, 0.6),
        overtime: seed.between(0.0, 0.15),
        weekends: seed.between(0.0, 0.12),
        days_off: seed.between(0.02, 0.1),
        holiday: first + TimeDelta::days(seed.between(-14.0, 76.0) as i64),
    };
    // Work comes in runs of one to four pushes, so most pushes are on days that are busy anyway.
    let runs = size.pushes as f64 / 2.2 / (size.days as f64 * 5.0 / 7.0);
    let mut times = Vec::new();
    for day in 0..size.days {
        let date = first + TimeDelta::days(day);
        for hour in person.day(seed, date, runs) {
            let seconds = TimeDelta::seconds((hour * 3600.0) as i64);
            let local = date.and_hms_opt(0, 0, 0).unwrap() + seconds;
            times.extend(zone.from_local_datetime(&local).earliest().map(|time| time.to_utc()));
        }
    }
    times
}

impl Person {
    /// The hours of a day with a push. Hours after midnight are above 24.
    fn day(&self, seed: &mut Seed, date: NaiveDate, runs: f64) -> Vec<f64> {
        let is_free = match date.weekday() {
            Weekday::Sat => true,
            Weekday::Fri => self.sunday_to_thursday,
            Weekday::Sun => !self.sunday_to_thursday,
            _ => false,
        };
        let on_holiday = (0..14).contains(&(date - self.holiday).num_days());
        if is_free || on_holiday {
            return if seed.chance(self.weekends) { run(seed, 10.0, 22.0) } else { Vec::new() };
        }
        if seed.chance(self.days_off) {
            return Vec::new();
        }
        let start = seed.around(self.start, self.jitter);
        let end = seed.around(self.end, 1.5 * self.jitter);
        let lunch = seed.around(self.lunch.0, 0.25);
        let mut hours = Vec::new();
        // Days differ in their tempo: some are spent in meetings.
        let mut left = runs * seed.between(0.3, 1.7);
        while left > 0.0 {
            if seed.chance(left) {
                hours.extend(run(seed, start + 0.25, end));
            }
            left -= 1.0;
        }
        hours.retain(|hour| !(lunch..lunch + self.lunch.1).contains(hour) || *hour > end);
        if seed.chance(self.overtime) {
            hours.extend(run(seed, end, end + 4.5));
        }
        hours
    }
}

/// A run of pushes that begins between these hours: build, push, fix, push.
fn run(seed: &mut Seed, from: f64, to: f64) -> Vec<f64> {
    let mut hour = seed.between(from, to);
    let mut hours = vec![hour];
    while hours.len() < 4 && seed.chance(0.55) {
        hour += seed.between(0.05, 0.9);
        if hour < to {
            hours.push(hour);
        }
    }
    hours
}

/// The schedule of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// Triggered by merges around the clock, less often at weekends.
    AroundTheClock,
    /// Every night, some minutes after a fixed hour, in UTC or in a zone with daylight saving.
    Nightly,
    /// Every six hours.
    FourTimesADay,
    /// Every hour.
    Hourly,
    /// At a fixed hour from Monday to Friday.
    EveryWorkday,
}

pub const MACHINES: [Machine; 5] =
    [Machine::AroundTheClock, Machine::Nightly, Machine::FourTimesADay, Machine::Hourly, Machine::EveryWorkday];

/// The times at which a machine pushes over this many days.
pub fn pushes_of_a_machine(seed: &mut Seed, machine: Machine, days: i64) -> Vec<DateTime<Utc>> {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + TimeDelta::days(seed.between(0.0, 330.0) as i64);
    let zone = seed.one_of(&[Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York]);
    let hour = seed.between(0.0, 23.0).floor();
    let mut times = Vec::new();
    for day in 0..days {
        let date = first + TimeDelta::days(day);
        let is_weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        let hours: Vec<f64> = match machine {
            Machine::AroundTheClock => {
                let count = if is_weekend { 2 } else { 6 };
                (0..count).map(|_| seed.between(0.0, 24.0)).collect()
            }
            Machine::Nightly => vec![hour],
            Machine::FourTimesADay => (0..4).map(|n| hour % 6.0 + 6.0 * f64::from(n)).collect(),
            Machine::Hourly => (0..24).map(f64::from).collect(),
            Machine::EveryWorkday if is_weekend => Vec::new(),
            Machine::EveryWorkday => vec![hour],
        };
        for hour in hours {
            // Builds take from five to fifteen minutes.
            let seconds = TimeDelta::seconds(((hour + seed.between(0.08, 0.25)) * 3600.0) as i64);
            let local = date.and_hms_opt(0, 0, 0).unwrap() + seconds;
            times.extend(zone.from_local_datetime(&local).earliest().map(|time| time.to_utc()));
        }
    }
    times
}
