//! The errors of `offhours learn`.

use crate::api::YamlError;
use crate::cli::output::{JsonError, OutputError};
use crate::cli::records::RecordsError;
use crate::detect::PolicyError;

/// No policy is proposed.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("no pushes to learn from ({read}): give PutImage records, or read an account with --lookup --since 90d")]
    NothingToLearn { read: String },
    #[error("the proposed policy is not valid, which is a bug in offhours: {0}")]
    Proposal(#[source] PolicyError),
    #[error("no hours to propose; {advice}")]
    NothingLearned { advice: String },
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Yaml(#[from] YamlError),
    #[error(transparent)]
    Output(#[from] OutputError),
}
