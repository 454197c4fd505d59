//! The YAML in the documentation, for the tests that try all of it.

use std::path::Path;

/// A manifest that a page shows.
#[derive(Debug)]
pub struct Snippet {
    /// The page and the line at which it begins, such as `docs/policies.md:12`.
    pub place: String,
    /// The manifest. If the page shows only fields of `spec`, these are in a policy.
    pub manifest: String,
}

/// The `yaml` blocks of a page, and what its shell commands apply between `<<EOF` and `EOF`.
///
/// # Panics
/// When the page can't be read.
pub fn snippets(page: &str) -> Vec<Snippet> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"));
    let mut snippets = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let end = match line.trim() {
            "```yaml" => "```",
            command if command.ends_with("<<EOF") => "EOF",
            _ => continue,
        };
        let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != end).collect();
        snippets.push(Snippet { place: format!("{page}:{}", number + 2), manifest: manifest(&block) });
    }
    snippets
}

fn manifest(block: &[&str]) -> String {
    if block.iter().any(|line| line.starts_with("apiVersion:")) {
        return block.join("\n");
    }
    let spec: Vec<String> = block.iter().map(|line| format!("  {line}")).collect();
    let head = "apiVersion: offhours.dev/v1alpha1\nkind: EcrUploadPolicy\nmetadata:\n  name: snippet\nspec:";
    format!("{head}\n{}\n", spec.join("\n"))
}
