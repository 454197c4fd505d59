//! Texts within the limits of the schema, so that the API server never rejects a status because an error message is too long.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A text of at most `LONGEST` characters. A longer text is cut, and ends with `…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct BoundedText<const LONGEST: usize>(String);

impl<const LONGEST: usize> From<String> for BoundedText<LONGEST> {
    fn from(mut text: String) -> Self {
        if let Some((last, _)) = text.char_indices().nth(LONGEST.saturating_sub(1))
            && text[last..].chars().nth(1).is_some()
        {
            text.truncate(last);
            text.push('…');
        }
        Self(text)
    }
}

impl<const LONGEST: usize> From<&str> for BoundedText<LONGEST> {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl<const LONGEST: usize> From<BoundedText<LONGEST>> for String {
    fn from(text: BoundedText<LONGEST>) -> Self {
        text.0
    }
}

impl<const LONGEST: usize> Deref for BoundedText<LONGEST> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const LONGEST: usize> fmt::Display for BoundedText<LONGEST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const LONGEST: usize> JsonSchema for BoundedText<LONGEST> {
    fn schema_name() -> Cow<'static, str> {
        format!("TextOf{LONGEST}").into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": LONGEST })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_ends_with_an_ellipsis() {
        for (text, expected) in
            [("", ""), ("abcd", "abcd"), ("abcde", "abc…"), ("🚀🚀🚀🚀", "🚀🚀🚀🚀"), ("🚀🚀🚀🚀🚀", "🚀🚀🚀…")]
        {
            assert_eq!(&*BoundedText::<4>::from(text), expected);
        }
    }
}
