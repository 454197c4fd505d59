//! Admission: finding everything that the API server would reject in a policy from a file, in the words of the API server.
//!
//! The API server checks the rules of a schema only if everything else is valid. Here the rules of each field of the spec
//! are checked if everything else about that field is valid, so that more errors are found at once.

mod hint;
mod refusal;
mod rules;
mod structure;

use std::sync::LazyLock;

use serde_json::{Map, Value};

pub use refusal::Refusal;

/// The schema of `spec` in the definition of the policy. Generating it takes longer than admitting a policy.
static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let definition = super::crds::policy_definition();
    let version = definition.spec.versions.into_iter().next();
    let schema = version.and_then(|version| version.schema?.open_api_v3_schema?.properties?.remove("spec"));
    serde_json::to_value(schema).unwrap_or_default()
});

/// Admits the spec of an `EcrUploadPolicy` if the API server would store it. Returns the spec as it would be stored: without
/// fields that are null. The defaults, which break no rule, are not filled in.
///
/// # Errors
/// Everything that the API server would reject.
pub fn admit(spec: &Value) -> Result<Value, Vec<Refusal>> {
    let spec = match without_nulls(spec) {
        Value::Null => Value::Object(Map::new()),
        spec => spec,
    };
    let mut refusals = Vec::new();
    match &spec {
        Value::Object(fields) => {
            for (name, value) in fields {
                admit_field(name, value, &mut refusals);
            }
        }
        other => structure::check("spec", other, &SCHEMA, &mut refusals),
    }
    if refusals.is_empty() { Ok(spec) } else { Err(refusals) }
}

fn admit_field(name: &str, value: &Value, refusals: &mut Vec<Refusal>) {
    let field = format!("spec.{name}");
    let Some(schema) = SCHEMA["properties"].get(name) else {
        refusals.push(Refusal::unknown(field, &SCHEMA));
        return;
    };
    let before = refusals.len();
    structure::check(&field, value, schema, refusals);
    if !refusals[before..].iter().any(Refusal::keeps_from_rules) {
        rules::check(&field, value, schema, refusals);
    }
}

/// The value without fields that are null, as in the API server. A null in a list stays, and is an error.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let set = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(set.map(|(name, value)| (name.clone(), without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::EcrUploadPolicySpec;

    fn refusals(spec: &Value) -> Vec<String> {
        admit(spec).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_reported_at_once() {
        let spec = json!({
            "lookback": "7d", "severity": "Severe", "suspend": "yes", "windows": [],
            "allow": [{"name": "a", "tags": ["x"], "expires": "2027-01-31"}, {"name": "A", "reason": "b", "regions": [5]}],
        });
        assert_eq!(
            refusals(&spec),
            [
                "spec.allow[0].expires: Invalid value: \"2027-01-31\": spec.allow[0].expires in body must be of type date-time: \"2027-01-31\"; write a time, such as \"2027-01-31T00:00:00Z\"",
                "spec.allow[0].reason: Required value",
                "spec.allow[1].regions[0]: Invalid value: \"integer\": spec.allow[1].regions[0] in body must be of type string: \"integer\"; write it in quotes: \"5\"",
                "spec.lookback: Invalid value: \"7d\": must be a duration such as 24h or 90m, of at most 2160h (the 90 days that CloudTrail keeps)",
                "spec.severity: Unsupported value: \"Severe\": supported values: \"Low\", \"Medium\", \"High\", \"Critical\"",
                "spec.suspend: Invalid value: \"string\": spec.suspend in body must be of type boolean: \"string\"; write true or false",
                "unknown field \"spec.windows\"; the fields here are allow, businessHours, failedPushes, holidays, lookback, scope, serviceRoles, severity, sources, suspend, teams, timeZone",
            ]
        );
    }

    #[test]
    fn what_was_meant_is_shown_where_the_api_server_only_names_a_type() {
        for (spec, hint) in [
            (json!({"holidays": {"dates": ["2026-12-24"]}}), "; write {date: \"2026-12-24\", name: …}"),
            (
                json!({"holidays": {"dates": [{"date": "24.12.2026", "name": "x"}]}}),
                "; write a date, such as 2026-12-24",
            ),
            (json!({"holidays": {"countries": "DE"}}), "; write a list: [\"DE\"]"),
            (json!({"scope": {"accounts": [111122223333_i64]}}), "; write it in quotes: \"111122223333\""),
            (json!({"teams": ["tokyo"]}), "; write {match: …, name: …}"),
        ] {
            let refusals = refusals(&spec);
            assert_eq!(refusals.len(), 1, "{refusals:?}");
            assert!(refusals[0].ends_with(hint), "{refusals:?}");
        }
    }

    #[test]
    fn nulls_are_absent_and_every_default_is_admitted() {
        let spec = json!({"lookback": null, "teams": null, "holidays": {"dates": null}});
        assert_eq!(admit(&spec), Ok(json!({"holidays": {}})));
        assert_eq!(admit(&Value::Null), Ok(json!({})));
        let every_default = serde_json::to_value(EcrUploadPolicySpec::default()).unwrap();
        assert!(admit(&every_default).is_ok());
    }

    #[test]
    fn what_is_admitted_can_be_read_into_the_type() {
        let window = json!({"days": ["Mon"], "start": "22:00", "end": "24:00"});
        let spec = json!({
            "scope": {"accounts": ["111122223333"], "registries": ["Public"]}, "businessHours": [window],
            "holidays": {"dates": [{"date": "2026-12-24", "name": "x"}], "except": ["2026-12-25"], "countries": ["DE"]},
            "allow": [{"name": "a", "reason": "b", "kinds": ["SBOM"], "expires": "2027-01-31T00:00:00+01:00"}],
            "sources": ["default"], "suspend": true, "lookback": "1h30m",
        });
        serde_json::from_value::<EcrUploadPolicySpec>(admit(&spec).unwrap()).unwrap();
    }
}
