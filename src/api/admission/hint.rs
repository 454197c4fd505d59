//! Hints for values of the wrong type or format. The API server names only the type.

use chrono::NaiveDate;
use serde_json::Value;

/// What to write instead of a value that has another type than in the schema; empty if that is not known.
pub(super) fn for_type(value: &Value, schema: &Value) -> String {
    // The text of a boolean is not known: n is false in YAML.
    let is_scalar = value.is_string() || value.is_number() || value.is_boolean();
    match schema["type"].as_str() {
        Some("string") if value.is_boolean() => "; write it in quotes".to_owned(),
        Some("string") if is_scalar => format!("; write it in quotes: \"{value}\""),
        Some("boolean") => "; write true or false".to_owned(),
        Some("array") if is_scalar => format!("; write a list: [{value}]"),
        Some("object") if is_scalar => {
            let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let fields: Vec<String> = names.map(|name| field(name, value, &schema["properties"][name])).collect();
            if fields.is_empty() { String::new() } else { format!("; write {{{}}}", fields.join(", ")) }
        }
        _ => String::new(),
    }
}

/// `date: "2026-12-24"` if the field is a date and the value is one, else `name: …`.
fn field(name: &str, value: &Value, schema: &Value) -> String {
    let is_date = |value: &Value| value.as_str().is_some_and(|text| text.parse::<NaiveDate>().is_ok());
    if schema["format"] == "date" && is_date(value) { format!("{name}: {value}") } else { format!("{name}: …") }
}

/// What to write instead of a text that does not have this format.
pub(super) fn for_format(text: &str, format: &str) -> String {
    match format {
        "date-time" => match text.parse::<NaiveDate>() {
            Ok(date) => format!("; write a time, such as \"{date}T00:00:00Z\""),
            Err(_) => "; write a time, such as \"2027-01-31T00:00:00Z\"".to_owned(),
        },
        "date" => "; write a date, such as 2026-12-24".to_owned(),
        _ => String::new(),
    }
}
