//! The text of the demo: what happens, each command as a user would type it, and its output.

use std::io::Write as _;
use std::time::Instant;

use crate::rig::Kubectl;

/// Prints what is being done, and afterwards how long it took.
pub async fn step<T>(what: &str, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    print!("{what} … ");
    std::io::stdout().flush().ok();
    let result = work.await;
    println!("{:.1} s", started.elapsed().as_secs_f64());
    result
}

/// Prints a text after an empty line.
pub fn say(text: &str) {
    println!("\n{text}");
}

/// Prints a kubectl command as a user would type it, and its output. Spaces separate arguments; single quotes are only shown.
pub fn show(kubectl: &Kubectl, arguments: &str) {
    println!("\n$ kubectl {arguments}");
    let unquoted = arguments.replace('\'', "");
    let words: Vec<&str> = unquoted.split(' ').collect();
    print!("{}", kubectl.run(&words).expect_success());
}

/// The rig panics with messages for people. The place in the source is left out.
pub fn print_failures_in_one_line() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("for an unknown reason");
        eprintln!("\nthe demo failed: {message}");
    }));
}
