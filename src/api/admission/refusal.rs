//! What the API server rejects.

use serde_json::Value;

/// One reason why the API server would reject a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field has an invalid value.
    #[error("{field}: {message}")]
    Invalid {
        /// The path of the field, such as `spec.scope.accounts[0]`.
        field: String,
        /// What is wrong with the value, in the words of the API server and of the rules.
        message: String,
    },
    /// A text or a list is too short.
    #[error("{field}: {message}")]
    TooShort {
        /// The path of the field.
        field: String,
        /// The limit, in the words of the API server.
        message: String,
    },
    /// There is no such field.
    #[error("unknown field {field:?}; the fields here are {}", .known.join(", "))]
    UnknownField {
        /// The path of the field.
        field: String,
        /// The names of the fields that exist there.
        known: Vec<String>,
    },
}

impl Refusal {
    pub(super) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid { field: field.to_owned(), message: message.into() }
    }

    /// Whether the rules of the field are not checked then, as in the API server: they rely on types, and limits bound
    /// their cost.
    pub(super) fn keeps_from_rules(&self) -> bool {
        match self {
            Self::Invalid { .. } => true,
            Self::TooShort { .. } | Self::UnknownField { .. } => false,
        }
    }

    /// A field that is not in this schema of an object.
    pub(super) fn unknown(field: String, schema: &Value) -> Self {
        let known = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        Self::UnknownField { field, known: known.collect() }
    }
}
