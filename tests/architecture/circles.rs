//! No files use each other in a circle: whoever reads one can stop somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::imports::Imports;

#[test]
fn no_files_use_each_other_in_a_circle() {
    let edges = Imports::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).edges();
    assert!(edges["controller/run"].len() > 5, "the imports are not read: {:?}", edges["controller/run"]);
    let circles = circles(&edges);
    assert!(circles.is_empty(), "these files use each other:\n{}", describe(&circles, &edges));
}

/// Groups of files each of which reaches all others of the group.
fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = edges.keys().map(|file| (file, reach(file, edges))).collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (file, reached_from_it) in &reached {
        let circle: BTreeSet<String> = reached_from_it
            .iter()
            .filter(|other| reached[*other].contains(file))
            .map(|other| (*other).clone())
            .collect();
        if !circle.is_empty() && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

/// Everything that a file uses, directly or through others.
fn reach<'a>(file: &'a String, edges: &'a BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![file];
    while let Some(file) = next.pop() {
        for other in edges.get(file).into_iter().flatten() {
            if reached.insert(other) {
                next.push(other);
            }
        }
    }
    reached
}

fn describe(circles: &[BTreeSet<String>], edges: &BTreeMap<String, BTreeSet<String>>) -> String {
    let lines = circles.iter().flat_map(|circle| {
        let arrows = circle
            .iter()
            .flat_map(|file| edges[file].intersection(circle).map(move |other| format!("  {file} -> {other}")));
        std::iter::once(format!("a circle of {}:", circle.len())).chain(arrows)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_circle_through_several_files_is_found_once() {
    let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "e2")].into_iter().fold(
        BTreeMap::<String, BTreeSet<String>>::new(),
        |mut edges, (from, to)| {
            edges.entry(from.to_owned()).or_default().insert(to.to_owned());
            edges.entry(to.to_owned()).or_default();
            edges
        },
    );
    assert_eq!(circles(&edges), [["a", "b", "c"].map(str::to_owned).into()]);
}
