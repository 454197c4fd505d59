//! Documents in every shape of CloudTrail records, for the tests of [`Contents`](super::super::Contents).

use serde_json::{Value, json};

use super::ocsf::{Data, to_ocsf};
use super::samples::{docker_push, fixture};

/// A string in every record of [`records`]. Without its quotes, it is not JSON.
pub(super) const MARK: &str = "intact";

/// Five records: uploads with the ids `push-1` to `push-3`, and something else after the first and after the second.
pub(in crate::upload) fn records() -> Vec<Value> {
    let push = |number: u32| {
        let mut record = docker_push();
        record["eventID"] = json!(format!("push-{number}"));
        record["userAgent"] = json!(MARK);
        record
    };
    let pull = |number: u32| {
        let mut record: Value = serde_json::from_str(&fixture("other/awsdocs_ecr_BatchGetImage.json")).expect("JSON");
        record["eventID"] = json!(format!("pull-{number}"));
        record["userAgent"] = json!(MARK);
        record
    };
    vec![push(1), pull(1), push(2), pull(2), push(3)]
}

/// The text of a record with its fields in the order in which CloudTrail writes them, and without white space.
pub(in crate::upload) fn as_written(record: &Value) -> String {
    const FIRST: [&str; 6] = ["eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion"];
    let fields = record.as_object().expect("an object");
    let first = FIRST.iter().filter_map(|name| fields.get_key_value(*name));
    let rest = fields.iter().filter(|(name, _)| !FIRST.contains(&name.as_str()));
    let fields: Vec<String> =
        first.chain(rest).map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
    format!("{{{}}}", fields.join(","))
}

/// A document in each shape with these records, and the name of the shape.
pub(super) fn documents(records: &[Value]) -> Vec<(&'static str, String)> {
    let texts: Vec<String> = records.iter().map(as_written).collect();
    let sorted: Vec<String> = records.iter().map(Value::to_string).collect();
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
    let entries: Vec<Value> = records
        .iter()
        .zip(&texts)
        .map(|(record, text)| {
            json!({
                "EventId": record["eventID"], "EventName": record["eventName"], "EventTime": 1_629_328_650,
                "Username": "test", "Resources": [], "CloudTrailEvent": text,
            })
        })
        .collect();
    let bridged: Vec<Value> = records
        .iter()
        .map(|record| {
            json!({
                "version": "0", "id": "e1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ecr",
                "account": "111111111111", "time": "2021-08-18T23:17:30Z", "region": "eu-central-1", "resources": [],
                "detail": record,
            })
        })
        .collect();
    let ocsf: Vec<Value> = records.iter().map(|record| to_ocsf(record, 2, Data::Text)).collect();
    let lines = |values: &[Value]| values.iter().map(|value| format!("{value}\n")).collect::<String>();
    let queried: Vec<String> = texts.iter().map(|text| Value::from(text.as_str()).to_string()).collect();
    let halves = json!([{"Records": &records[..2]}, [{"Records": &records[2..]}]]);
    vec![
        ("a trail", format!(r#"{{"Records":[{}]}}"#, texts.join(","))),
        ("a trail, pretty", pretty(&json!({ "Records": records }))),
        ("a trail with a byte order mark", format!("\u{feff}{{\"Records\":[{}]}}", texts.join(","))),
        ("a trail with another key first", format!(r#"{{"Owner":"x","Records":[{}]}}"#, texts.join(","))),
        ("an array", format!("[{}]", texts.join(","))),
        ("an array, with the keys in the order of the alphabet", format!("[{}]", sorted.join(","))),
        ("an array, pretty", pretty(&Value::from(records.to_vec()))),
        ("lines", texts.join("\n") + "\n"),
        ("lines of Windows", texts.join("\r\n")),
        ("one after the other", texts.concat()),
        ("arrays of documents", halves.to_string()),
        ("lookup-events", json!({"Events": entries, "NextToken": "x"}).to_string()),
        ("lookup-events, pretty", pretty(&json!({ "Events": entries }))),
        ("lookup-events --query Events", pretty(&Value::from(entries.clone()))),
        ("lookup-events --query Events, in lines", lines(&entries)),
        ("lookup-events --query Events[].CloudTrailEvent", format!("[\n    {}\n]", queried.join(",\n    "))),
        ("the same with --output text", texts.join("\t")),
        ("EventBridge, in lines", lines(&bridged)),
        ("EventBridge, as an array", Value::from(bridged.clone()).to_string()),
        ("OCSF, in lines", lines(&ocsf)),
        ("OCSF, as an array", Value::from(ocsf.clone()).to_string()),
        ("OCSF, pretty", pretty(&Value::from(ocsf.clone()))),
        ("OCSF, one after the other", ocsf.iter().map(Value::to_string).collect()),
    ]
}
