//! `offhours crds`.

use std::path::PathBuf;

use clap::{Args, ColorChoice};

use crate::api::{YamlError, crds, to_yaml};
use crate::cli::exit_status::Outcome;
use crate::cli::output::{OutputError, print};

/// The flags of `crds`.
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

/// The definitions are not printed.
#[derive(Debug, thiserror::Error)]
pub enum CrdsError {
    #[error(transparent)]
    Yaml(#[from] YamlError),
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// Prints the definitions as a stream of YAML documents, or writes each into a file of the folder.
///
/// # Errors
/// When something can't be written.
pub fn print_crds(arguments: &CrdsArguments) -> Result<Outcome, CrdsError> {
    let mut text = String::new();
    for crd in crds() {
        let yaml = to_yaml(&crd)?;
        match &arguments.output_dir {
            None => text.push_str(&format!("---\n{}\n", yaml.trim_end())),
            Some(folder) => {
                let path = folder.join(format!("{}_{}.yaml", crd.spec.group, crd.spec.names.plural));
                std::fs::write(&path, yaml).map_err(|error| OutputError::file(&path, error))?;
            }
        }
    }
    print(&text, ColorChoice::Never)?;
    Ok(Outcome::Clear)
}
