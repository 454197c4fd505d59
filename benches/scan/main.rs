//! The speed of `offhours scan` with a trail: `make bench-scan`. One run compares it with only inflating the same files, and with
//! DuckDB, jq and zgrep, and prints the section of docs/performance.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that can't go on fails with the reason"
)]

#[path = "../../tests/rig/mod.rs"]
mod rig;

mod calls;
mod inflate;
mod measured;
mod rivals;
mod trail;

use std::path::{Path, PathBuf};
use std::process::Command;

use measured::{Run, run};
use trail::{Mix, Size, Trail};

const SEED: u64 = 20_261_124;
/// A guess: in an account with workloads, pushes are few among all calls.
const MIX: Mix = Mix { seed: SEED, records_per_push: 100_000 };
/// An account that does little but push: every third file has a push.
const DENSE_MIX: Mix = Mix { seed: SEED, records_per_push: 5_000 };
/// A trail has at least this many bytes of JSON.
const BYTES: u64 = 1_000_000_000;
const INFLATING: &str = "inflating alone (libdeflate)";
/// Runs of each contestant. They take turns, so that a slow moment of the machine affects all of them.
const ROUNDS: usize = 21;
/// DuckDB takes a minute.
const SLOW_ROUNDS: usize = 1;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, folder, threads] = arguments.as_slice()
        && mode == "--inflate-only"
    {
        println!("{}", inflate::inflate_all(Path::new(folder), threads.parse().expect("a number of threads")));
        return;
    }
    // `cargo bench` passes its own flags, and `cargo test --benches` must not run for minutes.
    if arguments.iter().any(|argument| argument == "--bench") {
        measure();
    } else {
        the_same_seed_gives_the_same_records();
    }
}

/// This makes figures from two machines comparable.
fn the_same_seed_gives_the_same_records() {
    let document = |seed| trail::document(Mix { seed, ..MIX }, 3, chrono::DateTime::UNIX_EPOCH).0;
    assert_eq!(document(1), document(1));
    assert_ne!(document(1), document(2));
}

/// One of the programs that are compared, with its runs.
struct Contestant {
    name: String,
    /// The size of the trail that it reads.
    size: Size,
    command: Box<dyn Fn() -> Command>,
    rounds: usize,
    runs: Vec<Run>,
}

impl Contestant {
    fn new(
        name: impl Into<String>,
        trail: &Trail,
        rounds: usize,
        command: impl Fn(&Path) -> Command + 'static,
    ) -> Self {
        let folder = trail.folder.clone();
        let command = Box::new(move || command(&folder));
        Self { name: name.into(), size: trail.size, command, rounds, runs: Vec::new() }
    }

    fn seconds(&self) -> f64 {
        median(self.runs.iter().map(|run| run.seconds).collect())
    }

    fn least_seconds(&self) -> f64 {
        self.runs.iter().map(|run| run.seconds).fold(f64::INFINITY, f64::min)
    }

    fn peak_mb(&self) -> f64 {
        self.runs.iter().map(|run| run.peak_mb).fold(0.0, f64::max)
    }
}

fn measure() {
    let cache = cache();
    std::fs::create_dir_all(&cache).expect("a folder for the trail");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    eprintln!("the trails are generated into {} unless they are there", cache.display());
    let trail = Trail::at(&cache, MIX, BYTES);
    let dense = Trail::at(&cache, DENSE_MIX, BYTES);
    let duckdb = rivals::duckdb(&cache);
    trail.warm();
    dense.warm();

    let mut threads = vec![1];
    if cores > 1 {
        threads.push(cores);
    }
    let mut contestants = Vec::new();
    for (trail, mix) in [(&trail, String::new()), (&dense, dense_text())] {
        for &threads in &threads {
            let cores = cores_text(threads);
            let scan =
                Contestant::new(format!("scan, {cores}{mix}"), trail, ROUNDS, move |folder| scan(folder, threads, &[]));
            let name = format!("{INFLATING}, {cores}{mix}");
            let inflating = Contestant::new(name, trail, ROUNDS, move |folder| inflate_only(folder, threads));
            contestants.extend([scan, inflating]);
        }
    }
    for &threads in &threads {
        let name = format!("scan --parse-all, {}", cores_text(threads));
        let command = move |folder: &Path| scan(folder, threads, &["--parse-all"]);
        contestants.push(Contestant::new(name, &trail, SLOW_ROUNDS, command));
    }
    for &threads in &threads {
        if let Some(python) = duckdb.clone() {
            let name = format!("DuckDB read_json, {}", cores_text(threads));
            let command = move |folder: &Path| rivals::duckdb_command(&python, folder, threads);
            contestants.push(Contestant::new(name, &trail, SLOW_ROUNDS, command));
        }
    }
    contestants.push(Contestant::new("zgrep", &trail, SLOW_ROUNDS, rivals::grep_command));
    if rivals::has("jq") {
        contestants.push(Contestant::new("zcat and jq", &trail, SLOW_ROUNDS, rivals::jq_command));
    }

    for round in 0..ROUNDS {
        for contestant in contestants.iter_mut().filter(|contestant| round < contestant.rounds) {
            let run = run(&mut (contestant.command)());
            assert!([0, 1].contains(&run.status), "{}: {} {}", contestant.name, run.stdout, run.stderr);
            eprintln!("round {round}: {} {:.2} s", contestant.name, run.seconds);
            contestant.runs.push(run);
        }
    }
    check(&contestants);
    print(&contestants, &trail, &dense);
}

fn scan(folder: &Path, threads: usize, flags: &[&str]) -> Command {
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/policies/reference.yaml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_offhours"));
    command
        .args(["scan", "--policy", policy, "--output", "csv", "--threads", &threads.to_string()])
        .args(flags)
        .arg(folder);
    command
}

fn inflate_only(folder: &Path, threads: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
    command.arg("--inflate-only").arg(folder).arg(threads.to_string());
    command
}

/// Panics unless every contestant found all pushes: the time of one that did not says nothing.
fn check(contestants: &[Contestant]) {
    for contestant in contestants {
        let size = contestant.size;
        let output = contestant.runs.first().map(|run| (run.stdout.trim(), run.stderr.as_str())).expect("it ran");
        let found_all = if contestant.name.starts_with("scan") {
            let expected = format!(
                "{} records read from {} files: {} uploads, {} other",
                size.records,
                size.files,
                size.pushes,
                size.records - size.pushes
            );
            output.1.lines().any(|line| line == expected)
        } else if contestant.name.starts_with("inflating") {
            output.0 == size.inflated.to_string()
        } else {
            output.0 == size.pushes.to_string()
        };
        assert!(found_all, "{} found something else in {size:?}: {output:?}", contestant.name);
    }
}

fn print(contestants: &[Contestant], trail: &Trail, dense: &Trail) {
    let million = |number: u64| number as f64 / 1e6;
    let (size, pushes) = (trail.size, dense.size.pushes);
    println!(
        "{} files, {:.0} MB as stored, {:.0} MB of JSON, {} records, {} pushes (the second trail: {pushes}); medians of \
         {ROUNDS} alternating runs ({SLOW_ROUNDS} of --parse-all, DuckDB, zgrep and jq), with warm caches:\n",
        size.files,
        million(size.stored),
        million(size.inflated),
        size.records,
        size.pushes
    );
    println!("| | Time | Fastest | Events per second | MB of JSON per second | Peak memory |");
    println!("|---|---|---|---|---|---|");
    for contestant in contestants {
        let seconds = contestant.seconds();
        let memory = match contestant.name.starts_with('z') {
            true => "–".to_owned(),
            false => format!("{:.0} MB", contestant.peak_mb()),
        };
        println!(
            "| {} | {seconds:.2} s | {:.2} s | {:.2} million | {:.0} | {memory} |",
            contestant.name,
            contestant.least_seconds(),
            million(contestant.size.records) / seconds,
            million(contestant.size.inflated) / seconds,
        );
    }
    let named = |name: &str| contestants.iter().find(|contestant| contestant.name == name);
    let seconds = |name: &str| named(name).map_or(f64::NAN, Contestant::seconds);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (one, all) = (cores_text(1), cores_text(cores));
    println!();
    println!("| Figure | Goal | Measured |\n|---|---|---|");
    for mix in [String::new(), dense_text()] {
        for cores in [&one, &all] {
            let ratio = ratio(named(&format!("{INFLATING}, {cores}{mix}")), named(&format!("scan, {cores}{mix}")));
            println!("| Speed against inflating alone, {cores}{mix} | at least 0.85 | {ratio:.2} |");
        }
    }
    let to_duckdb = seconds(&format!("DuckDB read_json, {all}")) / seconds(&format!("scan, {all}"));
    println!("| Speed against DuckDB, {all} | at least 30 | {to_duckdb:.0} |");
    let scaling = seconds(&format!("scan, {one}")) / seconds(&format!("scan, {all}"));
    println!("| Speed on {all} against {one} | near {cores} | {scaling:.2} |");
    let peak = contestants.iter().filter(|contestant| contestant.name.starts_with("scan")).map(Contestant::peak_mb);
    println!("| Peak memory of scan | under 200 MB | {:.0} MB |", peak.fold(0.0, f64::max));
}

/// The time of the first divided by that of the second: the median over the rounds, in each of which one ran directly after the
/// other, so that a slow moment of the machine affects both.
fn ratio(first: Option<&Contestant>, second: Option<&Contestant>) -> f64 {
    let (Some(first), Some(second)) = (first, second) else { return f64::NAN };
    median(first.runs.iter().zip(&second.runs).map(|(first, second)| first.seconds / second.seconds).collect())
}

/// The addition to the names of contestants that read the second trail.
fn dense_text() -> String {
    format!(", a push in {} records", DENSE_MIX.records_per_push)
}

fn cores_text(threads: usize) -> String {
    if threads == 1 { "1 core".to_owned() } else { format!("{threads} cores") }
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// The folder of the trails: outside of the checkout, like the programs that the tests run against.
fn cache() -> PathBuf {
    let named = std::env::var_os("OFFHOURS_BENCH_CACHE").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").expect("HOME")).join(".cache/offhours/bench"))
}
