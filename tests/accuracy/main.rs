//! How often `learn` is right about synthetic people in known time zones. `cargo test --test accuracy -- --nocapture` prints the
//! table in docs/learn.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on fails with the reason"
)]

mod synthetic;
mod tally;

use std::thread;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use offhours::learn::{Options, Proposal, Push, Rhythm, propose};

use synthetic::{MACHINES, Machine, Seed, Size, WORLD, pushes_of_a_machine, pushes_of_a_person};
use tally::Tally;

const SIZES: [Size; 7] = [
    Size { pushes: 12, days: 14 },
    Size { pushes: 25, days: 14 },
    Size { pushes: 50, days: 30 },
    Size { pushes: 100, days: 30 },
    Size { pushes: 100, days: 90 },
    Size { pushes: 300, days: 90 },
    Size { pushes: 1000, days: 90 },
];

/// The number of people for each size.
const PEOPLE: usize = 100;

/// The numbers of offices and of people in one call.
const OFFICES: usize = 4;
const COLLEAGUES: usize = 10;

/// A seed that was not used to make the model.
const SEED: u64 = 20_261_124;

fn learn(pushers: &[(String, Vec<DateTime<Utc>>)], offices: &[Tz]) -> Vec<Proposal> {
    let push = |principal, time| Push { principal, session: None, time, is_failed: false, is_service_role: false };
    let pushes: Vec<Push<'_>> =
        pushers.iter().flat_map(|(name, times)| times.iter().map(|time| push(name.as_str(), *time))).collect();
    propose(&pushes, &Options::new(offices.to_vec()))
}

fn measure(size: Size) -> Tally {
    let mut seed = Seed::new(SEED);
    let mut tally = Tally::default();
    while tally.people < PEOPLE {
        let offices: Vec<Tz> = (0..OFFICES).map(|_| seed.one_of(&WORLD)).collect();
        let zones: Vec<Tz> = (0..COLLEAGUES).map(|_| seed.one_of(&offices)).collect();
        let pushers: Vec<(String, Vec<DateTime<Utc>>)> = (zones.iter().enumerate())
            .map(|(number, zone)| (format!("person-{number}"), pushes_of_a_person(&mut seed, *zone, size)))
            .collect();
        let proposals = learn(&pushers, &offices);
        for ((name, _), zone) in pushers.iter().zip(&zones) {
            // Somebody who was on holiday all the time has no proposal.
            tally.count(proposals.iter().find(|proposal| proposal.principal == *name), *zone);
        }
    }
    tally
}

/// A tally for each size, each measured on its own thread.
fn measure_all() -> Vec<Tally> {
    thread::scope(|scope| {
        let threads: Vec<_> = SIZES.iter().map(|size| scope.spawn(|| measure(*size))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn table(tallies: &[Tally]) -> String {
    let mut table = String::from(
        "| pushes | days | zone proposed | offset right | right to an hour | 90 % sure or more | of these right |\n\
         |---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (size, tally) in SIZES.iter().zip(tallies) {
        table.push_str(&format!("| {} | {} | {} |\n", size.pushes, size.days, tally.row()));
    }
    table
}

#[test]
fn offsets_are_as_often_right_as_the_documentation_says() {
    let tallies = measure_all();
    let table = table(&tallies);
    println!("{table}");

    for (size, tally) in SIZES.iter().zip(&tallies) {
        // A few pushes can be at the same times of the day by chance.
        let most = if size.pushes < 25 { 4 } else { 2 };
        assert!(tally.machines * 100 <= most * tally.people, "people taken for machines: {tally:?}");
        assert!(tally.share(tally.right) >= 0.80 && tally.share(tally.within_hour) >= 0.88, "{tally:?}");
    }
    let all = Tally::sum(&tallies);
    let surer_than_right = all.confidence / all.placed as f64 - all.share(all.right);
    assert!(surer_than_right.abs() <= 0.10, "{surer_than_right} {all:?}");
    assert!(all.sure >= 200 && all.sure_right * 100 >= all.sure * 95, "{all:?}");

    let docs = include_str!("../../docs/learn.md");
    assert!(docs.contains(&table), "docs/learn.md shows other figures than\n{table}");
}

/// The office is in Europe, and the people are in Tokyo and Los Angeles, at least eight hours away.
#[test]
fn people_in_none_of_the_offices_seldom_get_the_zone_of_one() {
    for size in SIZES {
        let mut seed = Seed::new(SEED);
        let pushers: Vec<(String, Vec<DateTime<Utc>>)> = (0..PEOPLE)
            .map(|number| {
                let zone = [Tz::Asia__Tokyo, Tz::America__Los_Angeles][number % 2];
                (format!("person-{number}"), pushes_of_a_person(&mut seed, zone, size))
            })
            .collect();
        let proposals = learn(&pushers, &[Tz::Europe__Berlin]);
        let placed = proposals.iter().filter(|proposal| proposal.place.is_some()).count();
        let noticed = proposals.iter().filter(|proposal| proposal.rhythm == Rhythm::Elsewhere).count();
        println!("{} pushes: {noticed} noticed, {placed} placed wrongly", size.pushes);
        assert!(placed * 100 <= 8 * PEOPLE, "{placed} for {size:?}");
        assert!(size.pushes < 25 || noticed * 100 >= 75 * PEOPLE, "{noticed} for {size:?}");
    }
}

#[test]
fn machines_get_no_zone_and_are_named_as_machines() {
    for machine in MACHINES {
        let mut seed = Seed::new(SEED);
        for days in [30, 90, 300] {
            for _ in 0..6 {
                let times = pushes_of_a_machine(&mut seed, machine, days);
                let proposals = learn(&[("machine".to_owned(), times)], &[Tz::Europe__Berlin]);
                let is_named = match machine {
                    Machine::AroundTheClock | Machine::Hourly => proposals[0].rhythm == Rhythm::AllHours,
                    Machine::Nightly | Machine::EveryWorkday => proposals[0].rhythm == Rhythm::Timetable,
                    // Four starts a day, which daylight saving and the length of a build spread over more half hours.
                    Machine::FourTimesADay => matches!(proposals[0].rhythm, Rhythm::Timetable | Rhythm::AllHours),
                };
                assert!(is_named && proposals[0].place.is_none(), "{machine:?} over {days} days: {proposals:?}");
            }
        }
    }
}
