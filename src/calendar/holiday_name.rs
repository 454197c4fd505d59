//! The names of holidays.

use std::sync::Arc;

/// Characters of a holiday's name that are kept.
const MAX_NAME_CHARS: usize = 256;

/// A name as it is shown in one line of bounded length.
pub(super) fn shown_name(name: &str) -> Arc<str> {
    let one_line: String =
        name.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_NAME_CHARS).collect();
    Arc::from(one_line)
}
