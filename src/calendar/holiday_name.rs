//! The names of holidays.

use std::sync::Arc;

/// The most characters of a holiday's name.
const MAX_NAME_CHARS: usize = 256;

/// A name in one line, cut to 256 characters.
pub(super) fn shown_name(name: &str) -> Arc<str> {
    let one_line: String =
        name.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_NAME_CHARS).collect();
    Arc::from(one_line)
}
