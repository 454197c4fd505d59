//! The policies to judge by, read from files.

mod arguments;
mod config_maps;
mod holiday_years;
mod manifest;
mod policy_file;
mod read;

pub use arguments::{ConfigMapArguments, PolicyArguments};
pub use holiday_years::note_unknown_years;
pub use manifest::ManifestError;
pub use policy_file::{PolicyFile, policy_of};
pub use read::{PoliciesError, read_current_and_changed, read_policies};
