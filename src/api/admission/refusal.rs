//! One thing that the API server refuses.

use serde_json::Value;

/// Why the API server would refuse a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A field has a value that it can't have.
    #[error("{field}: {problem}")]
    Invalid {
        /// The path of the field, such as `spec.scope.accounts[0]`.
        field: String,
        /// What is wrong with it, in the words of the API server and of the rules.
        problem: String,
    },
    /// A text or a list is shorter than it may be.
    #[error("{field}: {problem}")]
    TooShort {
        /// The path of the field.
        field: String,
        /// The limit, in the words of the API server.
        problem: String,
    },
    /// There is no such field.
    #[error("unknown field {field:?}; the fields here are {}", .known.join(", "))]
    UnknownField {
        /// The path of the field.
        field: String,
        /// What there is in its place.
        known: Vec<String>,
    },
}

impl Refusal {
    pub(super) fn invalid(field: &str, problem: impl Into<String>) -> Self {
        Self::Invalid { field: field.to_owned(), problem: problem.into() }
    }

    /// Whether the rules of a field are not looked at then, as in the API server: they count on types and are bounded by limits.
    pub(super) fn keeps_from_rules(&self) -> bool {
        match self {
            Self::Invalid { .. } => true,
            Self::TooShort { .. } | Self::UnknownField { .. } => false,
        }
    }

    /// A field that this schema of an object does not have.
    pub(super) fn unknown(field: String, schema: &Value) -> Self {
        let known = schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        Self::UnknownField { field, known: known.collect() }
    }
}
