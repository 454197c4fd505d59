//! The policies in docs/from-splunk.md.

use std::path::Path;

use crate::ours::Ours;
use crate::record::Record;
use crate::snippets::snippets;

const PAGE: &str = "docs/from-splunk.md";

/// The policy of this name.
pub fn policy(name: &str) -> String {
    let mut manifests = snippets(PAGE).into_iter().map(|snippet| snippet.manifest);
    let is_it = |manifest: &String| manifest.contains(&format!("\n  name: {name}\n"));
    manifests.find(is_it).unwrap_or_else(|| panic!("the page has no policy {name}"))
}

#[test]
fn every_policy_of_the_page_judges() {
    let policies = snippets(PAGE);
    assert!(policies.len() >= 4, "{}", policies.len());
    for policy in policies {
        let explained = Ours::by(&policy.manifest).explain(&[Record::docker().json()]);
        assert_eq!(explained.len(), 1, "{}", policy.place);
    }
}

#[test]
fn every_difference_of_the_page_has_a_test_with_its_number() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(folder.join(PAGE)).unwrap();
    let table = page.split("\n## Differences\n").nth(1).unwrap();
    let numbers: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| D")?.split(' ').next()).collect();
    assert_eq!(numbers, (1..=16).map(|number| number.to_string()).collect::<Vec<_>>());
    let tests: String = ["clocks", "fields", "handling"]
        .map(|file| std::fs::read_to_string(folder.join(format!("tests/parity/defects/{file}.rs"))).unwrap())
        .concat();
    for number in numbers {
        assert!(tests.contains(&format!("\n#[test]\nfn d{number}_")), "D{number}");
    }
}
