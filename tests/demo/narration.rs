//! What the demo says: what happens, each command as a user would type it, and what is seen.

use std::io::Write as _;
use std::time::Instant;

use crate::rig::Kubectl;

/// Says what is being done, and how long it took once it is done.
pub async fn step<T>(what: &str, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    print!("{what} … ");
    std::io::stdout().flush().ok();
    let result = work.await;
    println!("{:.1} s", started.elapsed().as_secs_f64());
    result
}

/// Says something, after an empty line.
pub fn say(text: &str) {
    println!("\n{text}");
}

/// Shows a kubectl command as a user would type it, runs it, and shows what it prints. Spaces separate arguments; single quotes
/// are for the eye.
pub fn show(kubectl: &Kubectl, arguments: &str) {
    println!("\n$ kubectl {arguments}");
    let unquoted = arguments.replace('\'', "");
    let words: Vec<&str> = unquoted.split(' ').collect();
    print!("{}", kubectl.run(&words).expect_success());
}

/// The rig ends with a panic whose message is for people; the place in its source is not.
pub fn tell_failures_in_one_line() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("for an unknown reason");
        eprintln!("\nthe demo failed: {message}");
    }));
}
