//! helm, as a user runs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::binaries;
use super::output::Output;

/// helm with one kubeconfig and a home of its own, so that repositories and plugins of the machine have no effect.
#[derive(Debug, Clone)]
pub struct Helm {
    kubeconfig: PathBuf,
    home: PathBuf,
}

impl Helm {
    pub fn new(kubeconfig: &Path, folder: &Path) -> Self {
        Self { kubeconfig: kubeconfig.to_owned(), home: folder.join("helm") }
    }

    /// Runs `helm ARGUMENTS…`. Blocks the thread.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Output::of(self.command().args(arguments))
    }

    /// The command itself, for an environment or a folder of its own.
    pub fn command(&self) -> Command {
        let mut command = Command::new(binaries::helm());
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HELM_CACHE_HOME", self.home.join("cache"))
            .env("HELM_CONFIG_HOME", self.home.join("config"))
            .env("HELM_DATA_HOME", self.home.join("data"));
        command
    }
}
