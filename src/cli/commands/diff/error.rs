//! The errors of `offhours diff`.

use crate::cli::output::{JsonError, OutputError};
use crate::cli::policies::PoliciesError;
use crate::cli::records::RecordsError;

/// The difference is not printed.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Output(#[from] OutputError),
}
