//! LookupEvents requests an hour with the default sweeps, and without some of them. Simulated: the ledger plans what is read,
//! as in the controller, and a page holds 50 records; only AWS and the clock are made up.

use chrono::{DateTime, TimeDelta, Utc};
use offhours::api::{LookupEvents, Sweep as Setting};
use offhours::coverage::{Ledger, PolicyInput, Revision, SourceInput, StreamKey, Sweep, TimeRange, Uid};

use crate::{ACCOUNT, REGION};

const PUSHES_A_DAY: [i64; 4] = [0, 1_000, 10_000, 100_000];
const POLL_INTERVAL: TimeDelta = TimeDelta::seconds(60);
/// The first week is for sweeps to come to their pace.
const WARM_UP: TimeDelta = TimeDelta::days(8);
const WINDOW: TimeDelta = TimeDelta::days(14);
const PAGE: i64 = 50;

#[derive(Default)]
struct Requests {
    polls: i64,
    past: i64,
    sweeps: i64,
}

pub fn measure() {
    let default = LookupEvents::default().sweeps;
    let choices = [("default", default.clone()), ("none", Vec::new())];
    let single = default.iter().map(|sweep| (String::new(), vec![*sweep]));
    let choices = choices.map(|(name, sweeps)| (name.to_owned(), sweeps)).into_iter().chain(single);
    for (name, sweeps) in choices {
        let text: Vec<String> = sweeps.iter().map(|sweep| format!("{} every {}", sweep.back, sweep.every)).collect();
        println!("LookupEvents requests an hour, simulated, poll interval 60 s, sweeps: {name} [{}]", text.join(", "));
        for pushes in PUSHES_A_DAY {
            let Requests { polls, past, sweeps } = simulate(&sweeps, pushes);
            let an_hour = |pages: i64| pages as f64 / (WINDOW.num_minutes() as f64 / 60.0);
            println!(
                "  {pushes} pushes a day: {:.1}, of which {:.1} polls, {:.1} sweeps, {:.1} other",
                an_hour(polls + past + sweeps),
                an_hour(polls),
                an_hour(sweeps),
                an_hour(past)
            );
        }
    }
}

fn simulate(sweeps: &[Setting], pushes_a_day: i64) -> Requests {
    let delta = |duration: offhours::api::Duration| TimeDelta::from_std(duration.into()).expect("days");
    let begin = DateTime::from_timestamp(1_795_000_000, 0).expect("2026");
    let (source, policy) = (Uid::from("source"), Uid::from("policy"));
    let key = StreamKey { account: ACCOUNT.to_owned(), region: REGION.to_owned() };
    let mut ledger = Ledger::new(TimeDelta::minutes(15));
    let settings = SourceInput {
        regions: vec![REGION.to_owned()],
        poll_interval: delta(LookupEvents::default().poll_interval),
        overlap: delta(LookupEvents::default().overlap),
        sweeps: sweeps.iter().map(|sweep| Sweep { every: delta(sweep.every), back: delta(sweep.back) }).collect(),
        revised_at: begin,
        checkpoint: None,
    };
    ledger.set_source(&source, settings, begin);
    ledger.open(&source, REGION, ACCOUNT, begin);
    let input = PolicyInput {
        revision: Revision { generation: 1, calendars: None },
        revised_at: begin,
        lookback: TimeDelta::days(1),
        judges: true,
        sources: [source.clone()].into(),
        checkpoint: None,
    };
    ledger.set_policy(&policy, input, begin);

    let mut requests = Requests::default();
    let mut now = begin;
    while now < begin + WARM_UP + WINDOW {
        if now - begin == WARM_UP {
            requests = Requests::default();
        }
        while let Some(poll) = ledger.plan_poll(&source, &key, now) {
            let pages = pages(poll.range, pushes_a_day);
            requests.polls += pages;
            ledger.polled(&source, &key, &poll, usize::try_from(pages).expect("some"), now);
            if !poll.has_more {
                break;
            }
        }
        loop {
            if let (Some(past), _) = ledger.plan_past(&source, &key, now) {
                let pages = pages(past.range, pushes_a_day);
                requests.past += pages;
                ledger.read_past(&source, &key, &past, usize::try_from(pages).expect("some"), now);
            } else if let Some(sweep) = ledger.plan_sweep(&source, &key, now) {
                let pages = pages(sweep.range, pushes_a_day);
                requests.sweeps += pages;
                ledger.swept(&source, &key, &sweep, usize::try_from(pages).expect("some"));
            } else {
                break;
            }
        }
        now += POLL_INTERVAL;
    }
    requests
}

/// Pushes come evenly, day and night.
fn pages(range: TimeRange, pushes_a_day: i64) -> i64 {
    let before = |time: DateTime<Utc>| time.timestamp() * pushes_a_day / 86_400;
    let records = before(range.end) - before(range.start - TimeDelta::seconds(1));
    records.max(1).div_euclid(PAGE) + i64::from(records.max(1) % PAGE > 0)
}
