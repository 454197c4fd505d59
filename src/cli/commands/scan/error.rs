//! The errors of `offhours scan`.

use crate::api::YamlError;
use crate::cli::output::{JsonError, OutputError};
use crate::cli::policies::PoliciesError;
use crate::cli::records::RecordsError;

/// The findings are not printed.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Yaml(#[from] YamlError),
    #[error("cannot write CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error(transparent)]
    Output(#[from] OutputError),
}
