//! The paths that CONTRIBUTING.md names.

use std::fs;
use std::path::Path;

#[test]
fn every_path_in_contributing_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    let mut folder = root.to_owned();
    let mut missing = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        for name in line.split('`').skip(1).step_by(2).filter(|name| is_path(name)) {
            // `a/b.rs`, `c.rs` are two files of one folder.
            let path = if name.contains('/') { root.join(name) } else { folder.join(name) };
            folder = path.parent().unwrap().to_owned();
            count += 1;
            if !path.exists() {
                missing.push(name.to_owned());
            }
        }
    }
    assert!(count > 20, "the paths are not found in the text: {count}");
    assert!(missing.is_empty(), "CONTRIBUTING.md names what is not there: {missing:?}");
}

fn is_path(name: &str) -> bool {
    let is_of_the_project = ["src/", "tests/", "data/", "examples/", "docs/", "crds/", "deploy/", "fuzz/", ".ci/"];
    !name.contains(' ') && (is_of_the_project.iter().any(|start| name.starts_with(start)) || name.ends_with(".rs"))
}
