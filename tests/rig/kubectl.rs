//! kubectl, as a user runs it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::binaries;
use super::output::Output;

/// kubectl with one kubeconfig and a cache of its own.
#[derive(Debug, Clone)]
pub struct Kubectl {
    kubeconfig: PathBuf,
    cache: PathBuf,
}

impl Kubectl {
    pub fn new(kubeconfig: &Path, folder: &Path) -> Self {
        Self { kubeconfig: kubeconfig.to_owned(), cache: folder.join("kubectl-cache") }
    }

    /// The same user with another default namespace. Writes a kubeconfig of its own next to the first one.
    ///
    /// # Panics
    /// When the kubeconfig was not written by the rig.
    pub fn in_namespace(&self, namespace: &str) -> Self {
        let text = fs::read(&self.kubeconfig).expect("the kubeconfig can be read");
        let mut config: serde_json::Value = serde_json::from_slice(&text).expect("the rig writes a kubeconfig as JSON");
        config["contexts"][0]["context"]["namespace"] = namespace.into();
        let kubeconfig = self.kubeconfig.with_file_name(format!("{namespace}.kubeconfig"));
        fs::write(&kubeconfig, config.to_string()).expect("a kubeconfig can be written beside another");
        Self { kubeconfig, cache: self.cache.clone() }
    }

    /// Runs `kubectl ARGUMENTS…`. Blocks the thread.
    pub fn run(&self, arguments: &[&str]) -> Output {
        Output::of(self.command().args(arguments))
    }

    /// Runs `kubectl ARGUMENTS… -f FILE` with this text as the file.
    pub fn run_with(&self, arguments: &[&str], file: &str) -> Output {
        let mut manifest = tempfile::NamedTempFile::with_suffix(".yaml").expect("a temporary file");
        manifest.write_all(file.as_bytes()).expect("the temporary file can be written");
        Output::of(self.command().args(arguments).arg("-f").arg(manifest.path()))
    }

    /// Runs `kubectl apply` with this text.
    pub fn apply(&self, file: &str) -> Output {
        self.run_with(&["apply"], file)
    }

    /// The command itself, for a watch or a pipe.
    pub fn command(&self) -> Command {
        let mut command = Command::new(binaries::kubectl());
        command
            .env("KUBECONFIG", &self.kubeconfig)
            .env("KUBECACHEDIR", &self.cache)
            .env("KUBERC", "off") // a developer's kubectl preferences
            .stdin(Stdio::null());
        command
    }
}
