//! The errors of `offhours holidays`.

use crate::calendar::CountryError;
use crate::cli::output::{JsonError, OutputError};

/// The holidays or countries are not printed.
#[derive(Debug, thiserror::Error)]
pub enum HolidaysError {
    #[error(transparent)]
    Country(#[from] CountryError),
    #[error("-o ical prints holidays: name the countries or parts, such as DE-BY, and leave out --parts")]
    NoCodes,
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error(transparent)]
    Output(#[from] OutputError),
}
