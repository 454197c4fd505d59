//! The API server accepts all manifests in `examples/` and in the documentation.

use std::path::Path;

use crate::cluster::cluster;
use crate::snippets::snippets;

#[tokio::test]
async fn every_example_is_accepted_as_it_is() {
    let kubectl = cluster().await.kubectl();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for (folder, least) in [("policies", 8), ("calendars", 1)] {
        let folder = examples.join(folder);
        let folder = folder.to_str().unwrap();
        let applied = kubectl.run(&["apply", "--dry-run=server", "--validate=strict", "-f", folder]);
        assert_eq!(applied.stderr, "", "the API server warns about {folder}");
        assert!(applied.expect_success().matches("created").count() >= least, "{folder} lacks examples");
    }
}

#[tokio::test]
async fn every_manifest_that_the_pages_show_is_accepted() {
    let kubectl = cluster().await.kubectl();
    for snippet in ["docs/policies.md", "docs/calendar-feeds.md", "README.md"].into_iter().flat_map(snippets) {
        let applied =
            kubectl.run_with(&["apply", "--dry-run=server", "--validate=strict", "-f", "-"], &snippet.manifest);
        assert!(applied.success(), "{}\n{}\n{}", snippet.place, snippet.manifest, applied.stderr);
    }
}
