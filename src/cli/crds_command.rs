//! `offhours crds`.

use std::io::Write as _;
use std::path::Path;

use super::CommandError;
use crate::api::{crds, to_yaml};

/// Prints the definitions as a stream of YAML documents, or writes each into a file of the folder.
///
/// # Errors
/// When something can't be written.
pub fn print_crds(output_dir: Option<&Path>) -> Result<(), CommandError> {
    for crd in crds() {
        let yaml = to_yaml(&crd)?;
        match output_dir {
            None => writeln!(std::io::stdout(), "---\n{}", yaml.trim_end())
                .map_err(|source| CommandError::Write { path: "standard output".to_owned(), source })?,
            Some(folder) => {
                let path = folder.join(format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural));
                std::fs::write(&path, yaml)
                    .map_err(|source| CommandError::Write { path: path.display().to_string(), source })?;
            }
        }
    }
    Ok(())
}
