//! What is printed when a test fails: the state of its namespace, so that nobody has to run it again to see that.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::rig::Kubectl;

/// The most lines of one kind of objects.
const OBJECT_LINES: usize = 120;
const LOG_LINES: usize = 60;
/// Of the log, no more is read for its last lines.
const LOG_BYTES: u64 = 64 * 1024;

/// An API server that was stopped on purpose must not keep a failed test waiting.
const TIMEOUT: &str = "--request-timeout=5s";

const EVENT_COLUMNS: &str = "custom-columns=LAST:.metadata.managedFields[-1:].time,TYPE:.type,REASON:.reason,\
    OBJECT:.regarding.name,COUNT:.deprecatedCount,NOTE:.note";

/// Prints the policies, findings and Events of a namespace, the sources, and the end of the controller's log. Panics for no
/// reason: the test is panicking already.
pub fn print_state(test: &str, namespace: &str, kubectl: &Kubectl, log: &Path) {
    eprintln!("\n======== the state in which {test} failed, in the namespace {namespace} ========");
    for (title, arguments) in [
        ("policies", &["get", "ecruploadpolicies", "-o", "yaml"][..]),
        ("findings", &["get", "offhoursuploads", "-o", "wide"]),
        ("Events", &["get", "events.events.k8s.io", "-o", EVENT_COLUMNS]),
        ("sources", &["get", "cloudtrailsources", "-o", "yaml"]),
        ("Events of sources", &["get", "events.events.k8s.io", "--namespace", "default", "-o", EVENT_COLUMNS]),
    ] {
        eprintln!("-------- {title} --------");
        print_end(&output(kubectl, arguments), OBJECT_LINES);
    }
    eprintln!("-------- the end of {} --------", log.display());
    print_end(&end(log).unwrap_or_else(|error| error.to_string()), LOG_LINES);
    eprintln!("======== all logs: {} ========\n", log.parent().unwrap_or(log).display());
}

fn output(kubectl: &Kubectl, arguments: &[&str]) -> String {
    match kubectl.command().args(arguments).arg(TIMEOUT).output() {
        Ok(output) => format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        Err(error) => error.to_string(),
    }
}

/// Prints the last lines of a text.
fn print_end(text: &str, lines: usize) {
    let all: Vec<&str> = text.lines().collect();
    let left_out = all.len().saturating_sub(lines);
    if left_out > 0 {
        eprintln!("({left_out} lines before these are left out)");
    }
    all[left_out..].iter().for_each(|line| eprintln!("{line}"));
}

/// The end of a file.
fn end(path: &Path) -> std::io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
