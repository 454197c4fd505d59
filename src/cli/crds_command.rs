//! `offhours crds`.

use std::path::PathBuf;

use clap::{Args, ColorChoice};

use super::output::print;
use super::{CommandError, Outcome};
use crate::api::{crds, to_yaml};

/// Flags of `crds`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct CrdsArguments {
    /// Existing folder to write one file per definition to, instead of printing them
    #[arg(long, value_name = "FOLDER")]
    pub output_dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  offhours crds | kubectl apply --server-side -f -
  offhours crds --output-dir crds";

/// Prints the definitions as a stream of YAML documents, or writes each into a file of the folder.
///
/// # Errors
/// When something can't be written.
pub fn print_crds(arguments: &CrdsArguments) -> Result<Outcome, CommandError> {
    let mut text = String::new();
    for crd in crds() {
        let yaml = to_yaml(&crd)?;
        match &arguments.output_dir {
            None => text.push_str(&format!("---\n{}\n", yaml.trim_end())),
            Some(folder) => {
                let path = folder.join(format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural));
                std::fs::write(&path, yaml)
                    .map_err(|source| CommandError::Write { path: path.display().to_string(), source })?;
            }
        }
    }
    print(&text, ColorChoice::Never)?;
    Ok(Outcome::Clear)
}
