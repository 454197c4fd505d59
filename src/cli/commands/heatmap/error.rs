//! The errors of `offhours heatmap`.

use crate::cli::output::OutputError;
use crate::cli::policies::PoliciesError;
use crate::cli::records::RecordsError;

/// The heat maps are not drawn.
#[derive(Debug, thiserror::Error)]
pub enum HeatmapError {
    #[error(transparent)]
    Policies(#[from] PoliciesError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Output(#[from] OutputError),
}
