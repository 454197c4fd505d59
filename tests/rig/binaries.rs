//! The paths of the programs that `tests/rig/install` builds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// `KUBEBUILDER_ASSETS`, when set, holds ready binaries of etcd, kube-apiserver and kubectl.
pub fn etcd() -> PathBuf {
    existing(FOLDERS.kubernetes.join("etcd"))
}

pub fn kube_apiserver() -> PathBuf {
    existing(FOLDERS.kubernetes.join("kube-apiserver"))
}

pub fn kube_controller_manager() -> PathBuf {
    existing(FOLDERS.kubernetes.join("kube-controller-manager"))
}

pub fn kubectl() -> PathBuf {
    existing(FOLDERS.kubernetes.join("kubectl"))
}

pub fn helm() -> PathBuf {
    existing(FOLDERS.helm.join("helm"))
}

pub fn ministack() -> PathBuf {
    // The folder exists as soon as the installation starts, the marker only when it is complete.
    existing(FOLDERS.ministack.with_file_name(".complete"));
    existing(FOLDERS.ministack.join("ministack"))
}

/// Python with the packages that `data/holidays/generate.py` needs.
pub fn holidays_python() -> PathBuf {
    existing(FOLDERS.holidays.with_file_name(".complete"));
    existing(FOLDERS.holidays.join("python"))
}

struct Folders {
    kubernetes: PathBuf,
    helm: PathBuf,
    ministack: PathBuf,
    holidays: PathBuf,
}

static FOLDERS: LazyLock<Folders> = LazyLock::new(|| {
    // The script prints shell assignments, so a shell reads them.
    let install = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/install");
    let output = Command::new("bash")
        .args([
            "-c",
            r#"paths=$("$0" --paths) && eval "$paths" && printf '%s\n' "$KUBERNETES_BIN" "$HELM_BIN" "$MINISTACK_BIN" "$HOLIDAYS_BIN""#,
        ])
        .arg(&install)
        .output()
        .unwrap_or_else(|error| panic!("cannot run bash: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    let [kubernetes, helm, ministack, holidays] =
        text.lines().map(PathBuf::from).collect::<Vec<_>>().try_into().unwrap_or_else(|_| {
            panic!("{} --paths failed: {}", install.display(), String::from_utf8_lossy(&output.stderr))
        });
    Folders { kubernetes, helm, ministack, holidays }
});

fn existing(path: PathBuf) -> PathBuf {
    assert!(path.is_file(), "{} is missing: run make rig (or make test) first", path.display());
    path
}
