//! The order of files, records and policies does not change the output.

use serde_json::{Value, json};

use crate::program::{at, folder_with_freeze, offhours, other_call, write_policy};
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{RunFolder, Seed};

/// Records with everything that could depend on their order: repeats, copies in other accounts, corrections, findings of several
/// parts, indexes and their images, several tags of one image, equal times.
fn records() -> Vec<Value> {
    let time = at("2026-11-20T22:00:00Z");
    let later = |seconds: i64| time + chrono::TimeDelta::seconds(seconds);
    let mut records: Vec<PutImage> =
        (0..150).map(|number| PutImage::new("prod/many", later(number / 3)).seed(number as u64).tag("v")).collect();
    records.extend(PutImage::new("prod/multi", later(5)).seed(900).multi_platform(2, true));
    let image = PutImage::new("prod/api", later(9)).seed(901);
    records.extend(["a", "b", "c"].map(|tag| image.clone().tag(tag)));
    let shared = PutImage::new("prod/shared", later(7)).seed(902).with("/sharedEventID", json!("shared-1"));
    records.push(shared.clone().event_id("copy-1"));
    records.push(shared.clone().event_id("copy-2").with("/recipientAccountId", json!("444455556666")));
    let original = PutImage::new("prod/api", later(8)).seed(903).by(Principal::user("ann"));
    records.push(original.clone().corrects(&original.id()).event_id("correction"));
    records.push(original);
    let mut records: Vec<Value> = records.iter().map(PutImage::json).collect();
    records.extend(records[..20].to_vec());
    records.extend((0..20).map(|number| other_call(&format!("pull-{number}"))));
    records.push(json!({"eventSource": "ecr.amazonaws.com", "eventName": "PutImage", "eventID": "broken"}));
    records
}

fn shuffled<T: Clone>(seed: &mut Seed, items: &[T]) -> Vec<T> {
    let mut keyed: Vec<(u64, T)> = items.iter().map(|item| ((seed.fraction() * 1e15) as u64, item.clone())).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// The outputs of `scan` and `explain` in every format.
fn everything(folder: &RunFolder, policies: &[&str], paths: &[&str], threads: &str) -> Vec<(String, String)> {
    let policies: Vec<&str> = policies.iter().flat_map(|policy| ["--policy", policy]).collect();
    let runs = ["table", "wide", "json", "yaml", "csv"].map(|format| ("scan", format)).into_iter();
    runs.chain(["table", "wide", "json"].map(|format| ("explain", format)))
        .map(|(command, format)| {
            let arguments = [&[command, "-o", format, "--threads", threads], &policies[..], paths].concat();
            let output = offhours(folder, &arguments);
            (format!("{command} {format}"), output.stdout)
        })
        .collect()
}

#[test]
fn files_records_policies_and_threads_in_any_order_give_the_same_bytes() {
    let folder = folder_with_freeze();
    write_policy(&folder, "office.yaml", "office", json!({"timeZone": "Asia/Tokyo", "failedPushes": "Ignore"}));
    write_policy(&folder, "night.yaml", "night", json!({"severity": "High"}));
    let records = records();
    let mut seed = Seed::new(7);
    let mut expected: Option<Vec<(String, String)>> = None;
    for (run, threads) in ["1", "2", "8"].into_iter().enumerate() {
        let records = if run == 0 { records.clone() } else { shuffled(&mut seed, &records) };
        for (number, part) in records.chunks(records.len().div_ceil(4)).enumerate() {
            let text = if number % 2 == 0 {
                json!({ "Records": part }).to_string()
            } else {
                part.iter().map(|record| format!("{record}\n")).collect()
            };
            folder.write(&format!("part-{number}.json"), text);
        }
        let policies = shuffled(&mut seed, &["policy.yaml", "office.yaml", "night.yaml"]);
        let paths = shuffled(&mut seed, &["part-0.json", "part-1.json", "part-2.json", "part-3.json"]);
        let printed = everything(&folder, &policies, &paths, threads);
        match &expected {
            None => {
                assert!(printed.iter().all(|(_, text)| text.lines().count() > 3), "{printed:?}");
                expected = Some(printed);
            }
            Some(expected) => {
                for ((what, printed), (_, expected)) in printed.iter().zip(expected) {
                    assert_eq!(printed, expected, "{what}, {threads} threads");
                }
            }
        }
    }
}
