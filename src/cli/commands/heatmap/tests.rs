//! Snapshots of the heat maps. To review a change, look at it: with `cargo insta review`, or by running the tests with
//! `INSTA_UPDATE=always` and looking at the difference.

use serde_json::{Value, json};

use super::numbers::short;
use super::panel::{folded, panels};
use super::svg;
use super::terminal::text;
use crate::cli::policies::PolicyFile;
use crate::detect::{Calendars, HeatMap, Policy};

fn policy(name: &str, spec: Value) -> PolicyFile {
    let spec = serde_json::from_value(spec).unwrap();
    let policy = Policy::compile(name, &spec, &Calendars::default()).unwrap();
    PolicyFile { namespace: Some("security".to_owned()), policy }
}

fn offices() -> PolicyFile {
    let spec = json!({
        "timeZone": "Europe/Berlin",
        "businessHours": [
            {"days": ["Mon", "Tue", "Wed", "Thu"], "start": "08:30", "end": "18:00"},
            {"days": ["Fri"], "start": "08:00", "end": "14:15"},
        ],
        "holidays": {"dates": [{"date": "2026-12-24", "name": "Christmas Eve"}]},
        "teams": [
            {"name": "web", "match": {"repositories": ["web/*"]}},
            {"name": "nights", "match": {"repositories": ["nights/*"]}, "timeZone": "Asia/Kolkata",
             "businessHours": [{"days": ["Sun", "Mon"], "start": "22:00", "end": "06:30"}]},
        ],
    });
    policy("production", spec)
}

/// Some uploads with every verdict in the daytime, and one at night.
fn fill(map: &mut HeatMap<'_>, most: u64) {
    for (day, row) in map.cells.iter_mut().enumerate().take(5) {
        for (hour, cell) in row.iter_mut().enumerate().skip(7).take(12) {
            cell.in_business_hours = most * (hour as u64 - 6) / 12 * (day as u64 + 1) / 5;
        }
    }
    map.cells[2][1].allowed = 2;
    map.cells[5][3].off_hours = 1;
    map.cells[3][9].off_hours = 3;
}

#[test]
fn the_heat_map_of_a_terminal() {
    let offices = [offices()];
    let mut panels = panels(&offices, &[]);
    fill(&mut panels[0].map, 120);
    fill(&mut panels[1].map, 20);
    insta::assert_snapshot!(anstream::adapter::strip_str(&text(&panels)).to_string());
}

#[test]
fn the_heat_map_of_a_terminal_in_colour() {
    let freeze = [policy("freeze", json!({"businessHours": []}))];
    let mut panels = panels(&freeze, &[]);
    panels[0].map.cells[0][0].off_hours = 1;
    panels[0].map.cells[0][1].off_hours = 100_000;
    insta::assert_snapshot!(text(&panels).replace('\u{1b}', "ESC"));
}

#[test]
fn the_heat_map_as_a_picture() {
    let offices = [offices()];
    let mut panels = panels(&offices, &[]);
    fill(&mut panels[0].map, 100_000);
    let picture = svg::picture(&panels);
    assert_eq!(picture, svg::picture(&panels), "the same map, other bytes");
    insta::assert_snapshot!(picture);
}

#[test]
fn no_line_is_wider_than_80_columns_whatever_the_names_and_counts_are() {
    let teams: Vec<Value> = (0..6)
        .map(|number| json!({"name": format!("team-{number}-{}", "n".repeat(50)), "match": {"repositories": ["x"]}}))
        .collect();
    let windows: Vec<Value> = (0..14)
        .map(|number| json!({"days": ["Mon", "Wed"], "start": format!("{number:02}:00"), "end": "15:30"}))
        .collect();
    let names = "long-".repeat(60);
    for most in [0, 1, 100_000, 99_999_999] {
        let file = [policy(&names, json!({"businessHours": windows, "teams": teams}))];
        let mut panels = panels(&file, &[]);
        panels[0].map.cells[6][23].off_hours = most;
        let text = anstream::adapter::strip_str(&text(&panels)).to_string();
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{widest:?}\n{text}");
    }
}

#[test]
fn names_can_neither_break_the_picture_nor_the_terminal() {
    let hostile = [policy("</desc><script>&\"'\u{1b}[2J\u{202e}\u{ffff}", json!({}))];
    let panels = panels(&hostile, &[]);
    let picture = svg::picture(&panels);
    assert!(picture.contains("&lt;/desc&gt;&lt;script&gt;&amp;&quot;&#39;\u{fffd}[2J\u{fffd}\u{fffd}"), "{picture}");
    assert!(!picture.contains("<script>") && !picture.contains(['\u{1b}', '\u{202e}', '\u{ffff}']));
    let text = anstream::adapter::strip_str(&text(&panels)).to_string();
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
}

#[test]
fn words_that_are_longer_than_a_line_are_broken() {
    assert_eq!(folded("ab cd efghijkl m", 5), ["ab cd", "efghi", "jkl m"]);
    assert_eq!(folded("", 5), [""]);
    assert_eq!(folded("abcdefghij", 5), ["abcde", "fghij"]);
}

#[test]
fn counts_take_at_most_four_characters() {
    for (count, expected) in [
        (0, "0"),
        (9_999, "9999"),
        (10_000, "10k"),
        (100_000, "100k"),
        (999_999, "999k"),
        (1_250_000, "1.2M"),
        (10_000_000, "10M"),
        (2_000_000_000, "2G"),
        (u64::MAX, "999G"),
    ] {
        assert_eq!(short(count), expected);
    }
}
