//! Excerpts of a feed in messages.

use std::fmt;

/// The most characters of a feed that a message quotes.
const MAX_QUOTED_CHARS: usize = 60;

/// The most characters of another crate's message that are kept.
const MAX_REPORTED_CHARS: usize = 160;

/// A part of the feed in quotes, cut to 60 characters.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", cut(text, MAX_QUOTED_CHARS))
}

/// The message of another crate about a part of the feed, which it may quote whole: in one line, cut to 160 characters.
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
