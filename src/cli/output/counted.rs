//! Counts with their noun.

use std::fmt::Display;

/// `1 push`, `2 pushes`. The count is any integer.
pub fn counted(count: impl Display, noun: &str) -> String {
    let count = count.to_string();
    let plural = if noun.ends_with("sh") { "es" } else { "s" };
    format!("{count} {noun}{}", if count == "1" { "" } else { plural })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_and_all_else_plural() {
        let counts =
            [(1, "push"), (0, "push"), (2, "push"), (1, "day"), (12, "half hour")].map(|(n, noun)| counted(n, noun));
        assert_eq!(counts, ["1 push", "0 pushes", "2 pushes", "1 day", "12 half hours"]);
    }
}
