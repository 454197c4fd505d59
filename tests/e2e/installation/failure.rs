//! What is printed when a test fails: the state of its namespace, so that nobody has to run the test again to see it.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::rig::Kubectl;

/// The most lines that are printed of one kind of object.
const OBJECT_LINES: usize = 150;
const LOG_LINES: usize = 80;
/// How much of the end of a log is read to find its last lines.
const LOG_BYTES: u64 = 1024 * 1024;

/// Short, because a test may have stopped the API server on purpose.
const TIMEOUT: &str = "--request-timeout=5s";

const EVENT_COLUMNS: &str = "custom-columns=LAST:.metadata.managedFields[-1:].time,TYPE:.type,REASON:.reason,\
    OBJECT:.regarding.name,COUNT:.deprecatedCount,NOTE:.note";

/// Where a test failed.
pub struct Failure<'a> {
    pub test: &'a str,
    pub namespace: &'a str,
    pub kubectl: &'a Kubectl,
    /// The log of the controller, in the folder with all logs.
    pub log: &'a Path,
    /// A word in every line of the log about this test, if other tests use the same controller.
    pub word: Option<&'a str>,
}

impl Failure<'_> {
    /// Prints the policies, findings and Events of the namespace, the sources, and the end of the controller's log. Never
    /// panics, because it runs while the test panics.
    pub fn print_state(&self) {
        let Self { test, namespace, .. } = self;
        eprintln!("\n======== state of the namespace {namespace} when {test} failed ========");
        for (title, arguments) in [
            ("policies", &["get", "ecruploadpolicies", "-o", "yaml"][..]),
            ("findings", &["get", "offhoursuploads", "-o", "wide"]),
            ("Events", &["get", "events.events.k8s.io", "-o", EVENT_COLUMNS]),
            ("sources", &["get", "cloudtrailsources", "-o", "yaml"]),
            ("Events of sources", &["get", "events.events.k8s.io", "--namespace", "default", "-o", EVENT_COLUMNS]),
        ] {
            eprintln!("-------- {title} --------");
            print_end(&without_repeated_spec(&self.output(arguments)), OBJECT_LINES);
        }
        eprintln!("-------- end of {} --------", self.log.display());
        match end(self.log) {
            Ok(text) => print_end(&self.relevant(&text), LOG_LINES),
            Err(error) => eprintln!("{error}"),
        }
        eprintln!("======== all logs: {} ========\n", self.log.parent().unwrap_or(self.log).display());
    }

    fn output(&self, arguments: &[&str]) -> String {
        match self.kubectl.command().args(arguments).arg(TIMEOUT).output() {
            Ok(output) => String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// The lines of a log that are about this test, or that may explain anything.
    fn relevant(&self, log: &str) -> String {
        let Some(word) = self.word else { return log.to_owned() };
        let is_relevant = |line: &&str| [word, " WARN ", " ERROR "].iter().any(|text| line.contains(text));
        log.lines().filter(is_relevant).collect::<Vec<_>>().join("\n")
    }
}

/// YAML without the annotation in which `kubectl apply` keeps the spec.
fn without_repeated_spec(yaml: &str) -> String {
    let is_repeated = |line: &&str| line.contains("last-applied-configuration") || line.contains(r#"{"apiVersion":"#);
    yaml.lines().filter(|line| !is_repeated(line)).collect::<Vec<_>>().join("\n")
}

/// Prints the last lines of a text.
fn print_end(text: &str, lines: usize) {
    let all: Vec<&str> = text.lines().collect();
    let left_out = all.len().saturating_sub(lines);
    if left_out > 0 {
        eprintln!("({left_out} earlier lines are left out)");
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
