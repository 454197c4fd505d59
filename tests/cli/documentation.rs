//! The policies, findings and words in the documentation.

use std::process::Command;

use offhours::api::{
    ConditionType, ErrorKind, FindingsCompleteReason, GapReason, Occurrence, PolicyReadyReason, RecordKind,
    SourceReadyReason, SourcesReadyReason, UpToDateReason,
};

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

#[test]
fn the_pages_document_every_word_of_conditions_events_and_metrics_and_no_other() {
    fn words<T: Copy>(all: &[T], as_str: fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().copied().map(as_str).collect()
    }
    let tables = [
        ("conditions.md", "Types", words(ConditionType::ALL, ConditionType::as_str)),
        ("conditions.md", "EcrUploadPolicy: Ready", words(PolicyReadyReason::ALL, PolicyReadyReason::as_str)),
        ("conditions.md", "EcrUploadPolicy: SourcesReady", words(SourcesReadyReason::ALL, SourcesReadyReason::as_str)),
        (
            "conditions.md",
            "EcrUploadPolicy: FindingsComplete",
            words(FindingsCompleteReason::ALL, FindingsCompleteReason::as_str),
        ),
        ("conditions.md", "CloudTrailSource: Ready", words(SourceReadyReason::ALL, SourceReadyReason::as_str)),
        ("conditions.md", "CloudTrailSource: UpToDate", words(UpToDateReason::ALL, UpToDateReason::as_str)),
        ("conditions.md", "Gaps", words(GapReason::ALL, GapReason::as_str)),
        ("conditions.md", "Events", words(Occurrence::ALL, Occurrence::as_str)),
        ("metrics.md", "Kinds of errors", words(ErrorKind::ALL, ErrorKind::as_str)),
        ("metrics.md", "Kinds of records", words(RecordKind::ALL, RecordKind::as_str)),
    ];
    for (page, heading, words) in tables {
        assert_eq!(documented_words(page, heading), words, "docs/{page}, {heading}");
    }
}

/// The first column of the table in a section of a page, without the quotes around each word.
fn documented_words(page: &str, heading: &str) -> Vec<String> {
    let text = std::fs::read_to_string(format!("{}/docs/{page}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let section = text.split("\n## ").find_map(|section| section.strip_prefix(&format!("{heading}\n")));
    let section = section.unwrap_or_else(|| panic!("docs/{page} has no section {heading}"));
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    cells.map(|(word, _)| word.to_owned()).collect()
}
