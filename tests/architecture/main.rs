//! The structure of the code: the pure core stays pure, and no files use each other in a circle.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't continue fails with the reason")]

mod circles;
mod contributing;
mod imports;
mod mutants;

use std::fs;
use std::path::{Path, PathBuf};

/// What each part of the core may use of this crate.
const CORE: [(&str, &[&str]); 5] = [
    ("coverage", &["coverage", "upload"]),
    ("calendar", &["calendar"]),
    ("upload", &["upload"]),
    ("detect", &["detect", "api", "calendar", "upload"]),
    ("learn", &["learn", "api", "calendar", "upload"]),
];

/// What the other parts below the controller may use of this crate.
const OTHERS: [(&str, &[&str]); 3] = [
    ("api", &["api"]),
    ("source", &["source", "api", "coverage", "error_chain", "upload"]),
    ("telemetry", &["telemetry"]),
];

/// Clients, runtimes, the clock, the environment, files, processes and the network.
const IMPURE: [&str; 19] = [
    "kube::",
    "k8s_openapi",
    "aws_",
    "tokio",
    "axum",
    "tracing",
    "futures",
    "async fn",
    "Utc::now",
    "Local::now",
    "SystemTime",
    "Instant",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "rand",
];

#[test]
fn the_core_has_no_io_and_no_clock() {
    let mut violations = Vec::new();
    for (part, _) in CORE {
        for file in sources(part) {
            for (number, line) in code_lines(&file) {
                violations
                    .extend(IMPURE.iter().filter(|name| uses(&line, name)).map(|name| place(&file, number, name)));
            }
        }
    }
    assert!(violations.is_empty(), "the core uses what only the shell may:\n{}", violations.join("\n"));
}

/// Whether the code has this name, and not only a longer one that ends in it.
fn uses(line: &str, name: &str) -> bool {
    line.match_indices(name)
        .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

#[test]
fn dependencies_point_inwards() {
    let mut violations = Vec::new();
    for (part, allowed) in CORE.into_iter().chain(OTHERS) {
        for file in sources(part) {
            for (number, line) in code_lines(&file) {
                for used in line.split("crate::").skip(1) {
                    let module = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                    if !module.is_empty() && !allowed.contains(&module) {
                        violations.push(place(&file, number, module));
                    }
                }
            }
        }
    }
    assert!(violations.is_empty(), "a part knows what lies outside of it:\n{}", violations.join("\n"));
}

/// The files of a part of the core, without its tests, which may read fixtures.
fn sources(part: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(part), &mut files);
    assert!(!files.is_empty(), "src/{part} has no files");
    files
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name.contains("tests") {
            continue;
        }
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// The lines of a file up to its tests, without comments.
fn code_lines(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\n#[allow").next().unwrap_or_default();
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().enumerate().map(|(number, line)| (number + 1, line));
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number, line.to_owned()))
        .collect()
}

fn place(file: &Path, number: usize, what: &str) -> String {
    format!("{}:{number}: {what}", file.display())
}
