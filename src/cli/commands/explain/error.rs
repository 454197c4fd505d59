//! The errors of `offhours explain`.

use crate::cli::output::{JsonError, OutputError};
use crate::cli::policies::PoliciesError;
use crate::cli::records::RecordsError;

/// The explanations are not printed, or there are none.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("no PutImage record in the input has the eventID {0}")]
    NoSuchEvent(String),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Output(#[from] OutputError),
}
