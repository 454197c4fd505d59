//! The table of findings.

use crate::program::{at, folder_with_freeze, offhours, trail};
use crate::rig::fake_cloudtrail::PutImage;

/// The columns of `kubectl get` show the same (`tests/resources/columns.rs`).
#[test]
fn the_row_of_a_multi_platform_push_has_the_tag_and_the_digest_of_the_list() {
    let pushes = PutImage::new("prod/api", at("2026-11-20T18:00:00Z")).tag("v1.2").multi_platform(2, true);
    let list = pushes.last().unwrap();
    let folder = folder_with_freeze();
    folder.write("records.json", trail(pushes.iter().map(PutImage::json)));
    let output = offhours(&folder, &["scan", "--policy", "policy.yaml", "-o", "wide", "records.json"]);
    let row = output.stdout.lines().nth(1).unwrap();
    let columns: Vec<&str> = row.split("   ").map(str::trim).filter(|column| !column.is_empty()).collect();
    assert_eq!((columns[2], columns[5]), ("v1.2", "5"), "{row}");
    assert!(columns.contains(&"Index") && columns.contains(&list.digest()), "{row}");
}
