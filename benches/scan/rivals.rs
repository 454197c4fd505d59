//! Other programs that can select pushes from a trail: DuckDB, jq, zgrep.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The newest version when this was written.
const DUCKDB: &str = "duckdb==2.0.1";

/// A Python with DuckDB, in a virtual environment below the cache. None, with the reason on standard error, if it can't be
/// installed.
pub fn duckdb(cache: &Path) -> Option<PathBuf> {
    let environment = cache.join(DUCKDB);
    let python = environment.join("bin/python");
    let marker = environment.join(".complete");
    if !marker.exists() {
        let made = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&environment))
            && succeeds(Command::new(&python).args(["-m", "pip", "install", "--quiet", DUCKDB]));
        if !made {
            eprintln!("skipped: DuckDB, which pip could not install");
            return None;
        }
        std::fs::write(marker, "").expect("the cache can be written");
    }
    Some(python)
}

/// The selection in DuckDB.
pub fn duckdb_command(python: &Path, folder: &Path, threads: usize) -> Command {
    let mut command = Command::new(python);
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/scan/select_with_duckdb.py"))
        .arg(folder)
        .arg(threads.to_string());
    command
}

/// The selection with zcat and jq, in one pipe.
pub fn jq_command(folder: &Path) -> Command {
    let filter = r#".Records[] | select(.eventName == "PutImage" and (.eventSource | startswith("ecr"))) | .eventID"#;
    shell(folder, &format!("xargs -0 zcat | jq -r '{filter}' | wc -l"))
}

/// zgrep, one file at a time: in one pipe, all files would be a single line, which grep keeps in memory.
pub fn grep_command(folder: &Path) -> Command {
    shell(folder, "xargs -0 zgrep -o -h '\"eventName\":\"PutImage\"' | wc -l")
}

fn shell(folder: &Path, pipe: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("find \"$1\" -name '*.json.gz' -print0 | {pipe}")).arg("sh").arg(folder);
    command
}

/// Whether a program is installed; if not, standard error says so.
pub fn has(program: &str) -> bool {
    let found = succeeds(Command::new("sh").args(["-c", &format!("command -v {program} >/dev/null")]));
    if !found {
        eprintln!("skipped: {program}, which is not installed");
    }
    found
}

fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}
