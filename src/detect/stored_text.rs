//! Texts of bounded size, as objects store them.

/// A text that takes at most `max` bytes in a stored object, and so has at most `max` characters, which is what OpenAPI's
/// maxLength counts. A longer one is cut and ends with an ellipsis. Without this limit, a full finding of unusual characters
/// would be several times as large as one of letters.
pub(super) fn bounded(text: &str, max: usize) -> String {
    if text.chars().map(stored_length).sum::<usize>() <= max {
        return text.to_owned();
    }
    let mut room = max.saturating_sub(stored_length('…'));
    let fits = |character: &char| {
        let left = room.checked_sub(stored_length(*character));
        room = left.unwrap_or_default();
        left.is_some()
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// The bytes that a character takes in JSON as the API server writes it, which escapes more than JSON requires.
fn stored_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
        _ => character.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_by_its_stored_size_and_says_so() {
        assert_eq!(bounded("für", 4), "für");
        assert_eq!(bounded("fünfzig", 6), "fü…");
        assert_eq!(bounded("üü", 3), "…");
        assert_eq!(bounded("<x>", 13), "<x>");
        assert_eq!(bounded("<x>", 12), "<x…");
        assert_eq!(bounded("", 3), "");
    }
}
