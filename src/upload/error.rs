//! Why a record could not be decoded.

use std::fmt;

use serde_json::Value;

/// A record that may be an upload but cannot be judged. Its text is safe to log: what it quotes from the
/// record is escaped and short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The text is not JSON.
    #[error("record is not JSON: {message}")]
    NotJson {
        /// What is wrong, with line and column.
        message: String,
    },
    /// The text is JSON, but not an object.
    #[error("record: expected an object, found {found}")]
    NotAnObject {
        /// The type that it has instead.
        found: &'static str,
    },
    /// A field is missing, or not what it must be.
    #[error("{}{field}: expected {expected}, found {found}", RecordLabel(.id.as_deref()))]
    Field {
        /// The record's `eventID`, where it has one.
        id: Option<String>,
        /// The path of the field, such as `requestParameters.repositoryName`.
        field: String,
        /// The type or form that it must have.
        expected: &'static str,
        /// The type or value that it has.
        found: String,
    },
}

impl RecordError {
    /// The record's own `eventID`, where it could be read.
    pub fn record_id(&self) -> Option<&str> {
        match self {
            Self::NotJson { .. } | Self::NotAnObject { .. } => None,
            Self::Field { id, .. } => id.as_deref(),
        }
    }

    /// The path of the field at fault, where there is one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::NotJson { .. } | Self::NotAnObject { .. } => None,
            Self::Field { field, .. } => Some(field),
        }
    }

    /// What is wrong, without the record, for a text that already names it.
    pub fn message(&self) -> String {
        match self {
            Self::NotJson { message } => format!("not JSON: {message}"),
            Self::NotAnObject { found } => format!("expected an object, found {found}"),
            Self::Field { field, expected, found, .. } => format!("{field}: expected {expected}, found {found}"),
        }
    }

    /// The kind of error, from a closed set, as the label of a metric.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "NotJson",
            Self::NotAnObject { .. } => "NotAnObject",
            Self::Field { .. } => "Field",
        }
    }
}

/// `record ID: `, or `record: ` if the id is not known.
struct RecordLabel<'a>(Option<&'a str>);

impl fmt::Display for RecordLabel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, "record {}: ", excerpt(id)),
            None => f.write_str("record: "),
        }
    }
}

/// The type of a JSON value, in words.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The beginning of a text from a record, on one line and without control characters.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 64;
    let mut excerpt: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        excerpt.push('…');
    }
    excerpt
}
