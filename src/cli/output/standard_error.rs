//! Messages on standard error: standard output has the result and nothing else. Standard error may be closed or full, which is
//! ignored: there is nowhere left to report it.

use std::io::Write as _;

use super::plain::plain;

/// An error, on a line of its own.
pub fn complain(error: &str) {
    say(&format!("error: {}", plain(error)));
}

/// Something that is not an error but may be unexpected.
pub fn note(text: &str) {
    say(&format!("note: {}", plain(text)));
}

/// Lines as they are.
pub fn say(lines: &str) {
    let _ = writeln!(std::io::stderr(), "{lines}");
}
