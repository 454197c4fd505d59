//! What the pages show works.

use std::process::Command;

use crate::rig::{Output, RunFolder};
use crate::snippets::snippets;

#[test]
fn every_policy_that_the_pages_show_can_judge() {
    let folder = RunFolder::new("snippets");
    let snippets: Vec<_> = ["docs/policies.md", "README.md"].into_iter().flat_map(snippets).collect();
    let (policies, config_maps): (Vec<_>, Vec<_>) =
        snippets.iter().partition(|snippet| snippet.manifest.contains("kind: EcrUploadPolicy"));
    let config_maps: Vec<&str> = config_maps.iter().map(|snippet| snippet.manifest.as_str()).collect();
    let config_maps = folder.write("config-maps.yaml", config_maps.join("\n---\n"));
    assert!(policies.len() >= 9, "{} policies", policies.len());
    for snippet in policies {
        let policy = folder.write("policy.yaml", &snippet.manifest);
        let mut explain = Command::new(env!("CARGO_BIN_EXE_offhours"));
        explain.current_dir(env!("CARGO_MANIFEST_DIR")).arg("explain").arg("--policy").arg(policy);
        let output = Output::of(explain.arg("--config-map").arg(&config_maps).arg("examples/records"));
        assert!(output.success(), "{}\n{}\n{}", snippet.place, snippet.manifest, output.stderr);
    }
}

#[test]
fn every_example_has_its_section_among_the_situations() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/policies.md")).unwrap();
    for name in crate::examples::names() {
        assert!(
            page.contains(&format!("(../examples/policies/{name}.yaml)")),
            "docs/policies.md has no link to {name}"
        );
    }
}

#[test]
fn the_findings_that_the_readme_shows_are_those_of_the_example() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (readme, findings) = (read("README.md"), read("examples/findings/one-office.txt"));
    let shown: Vec<&str> = readme.lines().filter(|line| line.starts_with("berlin ")).collect();
    assert!(shown.len() >= 3, "{shown:?}");
    for line in shown {
        assert!(findings.lines().any(|finding| finding == line), "not among the findings: {line}");
    }
}
