//! The severity of findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How severe a finding is.
#[derive(JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // Low to Critical is a scale.
pub enum Severity {
    Low,
    #[default]
    Medium,
    High,
    Critical,
}
