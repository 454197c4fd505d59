//! Text that comes from others.

/// Text without control characters, and without characters that change the direction of text or break a line. Tags, session
/// names and user agents are chosen by whoever pushes, and a terminal would obey them.
pub fn plain(text: &str) -> String {
    let is_plain = |character: char| {
        let is_format = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !character.is_control() && !is_format
    };
    text.chars().map(|character| if is_plain(character) { character } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let (hostile, shown) = ("a\u{1b}[31mb\r\n\tc\u{9b}2Jd\u{202e}txe\u{2066}f\u{2028}", "a�[31mb���c�2Jd�txe�f�");
        assert_eq!(plain(hostile), shown);
        assert_eq!(plain("prod/日本:v1 – é"), "prod/日本:v1 – é");
    }
}
