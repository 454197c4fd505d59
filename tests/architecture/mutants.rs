//! The patches of `make mutants` fit the code: it takes minutes, so nobody else would notice that one does not.

use std::fs;
use std::path::Path;

#[test]
fn every_mutant_fits_the_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in fs::read_dir(root.join("tests/mutants")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "patch") {
            continue;
        }
        let patch = fs::read_to_string(&path).unwrap();
        let file = patch.lines().next().and_then(|line| line.strip_prefix("--- a/")).unwrap();
        let code = fs::read_to_string(root.join(file)).unwrap();
        for hunk in patch.split("\n@@ ").skip(1) {
            let is_before = |line: &&str| line.starts_with([' ', '-']);
            let before: Vec<&str> = hunk.lines().skip(1).filter(is_before).map(|line| &line[1..]).collect();
            assert!(code.contains(&before.join("\n")), "{} does not fit {file}: {before:#?}", path.display());
            count += 1;
        }
    }
    assert!(count > 40, "the patches are not found: {count}");
}
