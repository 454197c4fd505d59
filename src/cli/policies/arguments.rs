//! The flags that name the policies and their calendars.

use std::path::PathBuf;

use clap::Args;

/// Where the policies come from.
#[derive(Debug, Clone, Args)]
pub struct PolicyArguments {
    /// EcrUploadPolicies to judge by: a file, a folder, or - for standard input; repeatable
    ///
    /// YAML or JSON, read as kubectl reads it: several documents, a List (kubectl get eup -o yaml), or all *.yaml, *.yml and
    /// *.json files in a folder. Objects of other kinds are skipped with a note.
    #[arg(long = "policy", required = true, value_name = "FILE")]
    pub policies: Vec<PathBuf>,

    /// The calendars that they name.
    #[command(flatten)]
    pub config_maps: ConfigMapArguments,
}

/// Where the calendars come from.
#[derive(Debug, Clone, Args)]
pub struct ConfigMapArguments {
    /// ConfigMaps with the holiday calendars that the policies name; repeatable
    ///
    /// A file, a folder, or - for standard input, in the same formats as --policy.
    #[arg(long = "config-map", value_name = "FILE")]
    pub config_maps: Vec<PathBuf>,
}
