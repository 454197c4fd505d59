//! Patterns, by the rules of IAM (IAM User Guide, "IAM JSON policy elements: Condition operators", `StringLike`).

use wildmatch::WildMatch;

/// A list of patterns: `*` matches any number of characters, including `/`; `?` matches one character; everything else is
/// literal. A pattern must match the whole value, and is case-sensitive.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Patterns(Vec<WildMatch>);

impl Patterns {
    pub(super) fn new(patterns: &[String]) -> Self {
        Self(patterns.iter().map(|pattern| WildMatch::new(pattern)).collect())
    }

    /// Whether one of the patterns matches. An empty list matches everything.
    pub(super) fn match_or_empty(&self, value: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|pattern| pattern.matches(value))
    }

    /// The same as [`Self::match_or_empty`] for a field that a record may lack: only an empty list matches None.
    pub(super) fn match_present(&self, value: Option<&str>) -> bool {
        self.0.is_empty() || value.is_some_and(|value| self.match_or_empty(value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, value: &str) -> bool {
        Patterns::new(&[pattern.to_owned()]).match_or_empty(value)
    }

    #[test]
    fn patterns_follow_iam() {
        for (pattern, value, expected) in [
            ("prod/*", "prod/api", true),
            ("prod/*", "prod/team/api", true),
            ("prod/*", "prod", false),
            ("prod/*", "Prod/api", false),
            ("*", "", true),
            ("?", "", false),
            ("ap?", "api", true),
            ("ap?", "apis", false),
            ("a.c", "abc", false),
            ("[a]", "a", false),
            ("*-west-*", "us-west-2", true),
        ] {
            assert_eq!(matches(pattern, value), expected, "{pattern} on {value}");
        }
    }

    #[test]
    fn an_empty_list_matches_everything() {
        assert!(Patterns::new(&[]).match_or_empty("anything"));
    }

    /// The textbook recursion, independent of the crate in use.
    fn by_recursion(pattern: &[char], value: &[char]) -> bool {
        match (pattern.split_first(), value.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => (0..=value.len()).any(|skip| by_recursion(rest, &value[skip..])),
            (Some(('?', rest)), Some((_, tail))) => by_recursion(rest, tail),
            (Some((p, rest)), Some((v, tail))) => p == v && by_recursion(rest, tail),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn patterns_agree_with_the_textbook(pattern in "[ab/*?]{0,7}", value in "[ab/]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &value), by_recursion(&chars(&pattern), &chars(&value)));
        }
    }
}
