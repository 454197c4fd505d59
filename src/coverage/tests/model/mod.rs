//! A model of everything around the ledger, on a simulated clock: CloudTrail with its delays, repeats and rejections,
//! people who edit and delete, an API server that rejects writes, and a process that is killed at any point. A seed
//! determines a history of steps. After each step, the claims of the ledger are compared with the truth; at the end, when
//! all failures are resolved, each off-hours upload must be in a finding of each policy that covers its time.
//!
//! The world decides nothing that the ledger decides: it plays the controller, which does what the ledger plans.

mod check;
mod process;
mod random;
mod step;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use step::Step;
use world::World;

/// Seeds in `cargo test`.
const SEEDS: u64 = 2_000;
/// Steps of a history, before all failures are resolved.
const STEPS: usize = 250;

/// What does not hold after these steps; None if everything does.
fn failure(steps: &[Step]) -> Option<String> {
    let run = || {
        let mut world = World::new();
        for (number, step) in steps.iter().enumerate() {
            world.step(*step);
            world.check().map_err(|violation| format!("after step {number}: {violation}"))?;
        }
        world.heal()?;
        world.check_at_the_end()
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.err(),
        Err(panic) => Some(panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic".to_owned())),
    }
}

/// The shortest history found in which something still does not hold.
fn shortened(mut steps: Vec<Step>) -> Vec<Step> {
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut start = 0;
        while start < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(start..(start + size).min(steps.len()));
            if failure(&fewer).is_some() {
                steps = fewer;
            } else {
                start += size;
            }
        }
        size /= 2;
    }
    steps
}

/// What does not hold for this seed, with the shortest history found.
fn run(seed: u64) -> Option<String> {
    let steps = step::history(seed, STEPS);
    failure(&steps)?;
    let steps = shortened(steps);
    let violation = failure(&steps).unwrap_or_default();
    let history: Vec<String> = steps.iter().enumerate().map(|(number, step)| format!("{number:3} {step:?}")).collect();
    Some(format!(
        "seed {seed}: {violation}\n{}\nreplay: OFFHOURS_MODEL_SEEDS={seed}..{} cargo test --lib coverage::tests::model",
        history.join("\n"),
        seed + 1
    ))
}

/// `OFFHOURS_MODEL_SEEDS=0..100000` runs others.
fn seeds() -> std::ops::Range<u64> {
    let given = std::env::var("OFFHOURS_MODEL_SEEDS").ok();
    let range = given.as_deref().and_then(|given| {
        let (first, last) = given.split_once("..")?;
        Some(first.parse().ok()?..last.parse().ok()?)
    });
    range.unwrap_or(0..SEEDS)
}

#[test]
fn whatever_happens_each_push_is_in_one_finding_and_nothing_is_claimed_that_does_not_hold() {
    let seeds = seeds();
    let started = std::time::Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                let seeds = seeds.clone();
                scope.spawn(move || seeds.skip(first as usize).step_by(threads as usize).find_map(run))
            })
            .collect();
        workers.into_iter().filter_map(|worker| worker.join().unwrap_or_else(|_| Some("a panic".to_owned()))).collect()
    });
    let count = seeds.end - seeds.start;
    println!("{count} seeds in {:.1} s", started.elapsed().as_secs_f64());
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
