//! The errors of `offhours diff`.

use crate::cli::output::{JsonError, OutputError};
use crate::cli::policies::PoliciesError;
use crate::cli::records::RecordsError;
use crate::cli::standard_input::StandardInputError;

/// The difference is not printed.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    #[error(transparent)]
    StandardInput(#[from] StandardInputError),
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Output(#[from] OutputError),
}
