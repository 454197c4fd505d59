//! The files compared with the Python package that they are made from.

use std::path::Path;
use std::process::Command;

use offhours::calendar::HOLIDAY_DATA;

use crate::rig::{Output, binaries};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_files_are_those_that_the_package_gives() {
    let mut generate = Command::new(binaries::holidays_python());
    generate.current_dir(root()).args(["data/holidays/generate.py", "--check"]);
    let output = Output::of(&mut generate);
    assert!(output.success(), "run `make generate`:\n{}{}", output.stdout, output.stderr);
}

#[test]
fn the_pages_name_the_version_that_is_pinned() {
    let (name, version) = HOLIDAY_DATA;
    for (page, words) in [
        ("data/holidays/requirements.txt", format!("{name}=={version} ")),
        ("data/holidays/README.md", format!("[{name}](https://pypi.org/project/{name}/) {version} ")),
    ] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        assert!(text.contains(&words), "{page} has no {words:?}");
    }
}
