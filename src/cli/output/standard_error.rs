//! What is said beside the result. Standard output has the result and nothing else. That standard error is closed or full is no
//! reason to fail: nobody could be told.

use std::io::Write as _;

use super::plain;

/// An error, on a line of its own.
pub fn complain(problem: &str) {
    say(&format!("error: {}", plain(problem)));
}

/// Something that changes nothing and may surprise.
pub fn note(text: &str) {
    say(&format!("note: {}", plain(text)));
}

/// Lines as they are.
pub fn say(lines: &str) {
    let _ = writeln!(std::io::stderr(), "{lines}");
}
