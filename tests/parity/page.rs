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
