//! Excerpts of a feed, as messages show them.

use std::fmt;

/// Characters of a feed that a message quotes at most.
const MAX_QUOTED_CHARS: usize = 60;

/// Characters of another crate's message that are kept.
const MAX_REPORTED_CHARS: usize = 160;

/// A part of the feed in quotes, cut short.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", cut(text, MAX_QUOTED_CHARS))
}

/// What a crate says of a part of the feed, which it may quote whole: in one line, cut short.
pub(super) fn reported(error: &impl fmt::Display) -> String {
    cut(&error.to_string(), MAX_REPORTED_CHARS)
}

fn cut(text: &str, max: usize) -> String {
    let mut characters = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    let mut shown: String = characters.by_ref().take(max).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
