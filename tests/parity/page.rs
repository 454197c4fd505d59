//! docs/from-splunk.md: its policies.

use std::path::Path;

use crate::ours::Ours;
use crate::push::Push;

/// The policy of this name.
pub fn policy(name: &str) -> String {
    let is_it = |block: &String| block.contains(&format!("\n  name: {name}\n"));
    policies().into_iter().find(is_it).unwrap_or_else(|| panic!("the page has no policy {name}"))
}

/// All blocks of YAML.
fn policies() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/from-splunk.md");
    let page = std::fs::read_to_string(page).unwrap();
    let blocks = page.split("\n```yaml\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn every_policy_of_the_page_judges() {
    let policies = policies();
    assert!(policies.len() >= 4, "{}", policies.len());
    for policy in policies {
        let explained = Ours::by(&policy).explain(&[Push::docker().json()]);
        assert_eq!(explained.len(), 1, "{policy}");
    }
}

#[test]
fn every_difference_of_the_page_has_a_test_with_its_number() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(folder.join("docs/from-splunk.md")).unwrap();
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
