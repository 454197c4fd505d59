//! The folder of one run: data, certificates and logs of what was started.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::process::Watchdog;

/// Removed when the run ends, however it ends. If the test that owns it fails, the files in it (the logs) are kept and their
/// path is printed. `OFFHOURS_KEEP_RUN=1` keeps everything.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    watchdog: Mutex<Option<Watchdog>>,
    keeps_logs: AtomicBool,
}

impl RunFolder {
    /// A fresh folder under the system's folder for temporary files.
    ///
    /// # Panics
    /// When it can't be made.
    pub fn new(name: &str) -> Self {
        let path = tempfile::Builder::new()
            .prefix(&format!("offhours-{name}-"))
            .tempdir()
            .expect("a folder for the run under the system's temporary folder")
            .keep();
        let watchdog = std::env::var_os("OFFHOURS_KEEP_RUN").is_none().then(|| Watchdog::removes(&path));
        Self { path, watchdog: Mutex::new(watchdog), keeps_logs: AtomicBool::new(false) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the files in it (the logs) at the end of the run: for a test that fails in a folder that other tests use too.
    pub fn keep_logs(&self) {
        let mut watchdog = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(removing_all) = watchdog.take() {
            removing_all.disarm();
            *watchdog = Some(Watchdog::removes_folders_in(&self.path));
            self.keeps_logs.store(true, Ordering::Relaxed);
        }
    }

    /// Writes a file and returns its path.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(name);
        std::fs::write(&path, content).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        path
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        let watchdog = self.watchdog.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(watchdog) = watchdog else {
            eprintln!("kept the run: {}", self.path.display());
            return;
        };
        watchdog.disarm();
        if thread::panicking() || self.keeps_logs.load(Ordering::Relaxed) {
            eprintln!("logs of the failed run: {}", self.path.display());
            remove_folders_in(&self.path);
        } else if let Err(error) = std::fs::remove_dir_all(&self.path) {
            eprintln!("cannot remove {}: {error}", self.path.display());
        }
    }
}

/// etcd's data alone takes 120 MB, and never explains a failed test.
fn remove_folders_in(path: &Path) {
    let folders = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    for folder in folders.filter(|path| path.is_dir()) {
        std::fs::remove_dir_all(folder).ok();
    }
}
