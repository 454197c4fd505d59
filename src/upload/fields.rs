//! Reading the fields of a record by their paths.

use serde_json::{Map, Value};

use super::error::{RecordError, excerpt, type_of};

/// A record, with two ways to read a field: strictly, and as evidence.
///
/// In both, a field that is absent, null, empty or cut (`"omitted": true`) has no value, and that is not an error.
pub(super) struct Fields<'a> {
    record: &'a Map<String, Value>,
    unreadable: Vec<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(record: &'a Map<String, Value>) -> Self {
        Self { record, unreadable: Vec::new() }
    }

    /// A field that a verdict or the identity of the upload depends on: any type other than text is an error.
    pub(super) fn text(&self, path: &str) -> Result<Option<&'a str>, RecordError> {
        match self.value(path)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(cut) if is_cut(cut) => Ok(None),
            Some(other) => Err(self.wrong_type(path, "a string", other)),
        }
    }

    /// As [`Self::text`], for the first of several fields that has a value. The fields after it are not read.
    pub(super) fn first_text(&self, paths: &[&str]) -> Result<Option<&'a str>, RecordError> {
        for path in paths {
            if let Some(text) = self.text(path)? {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }

    /// As [`Self::text`], for a field that every upload must have.
    pub(super) fn required(&self, path: &str, expected: &'static str) -> Result<&'a str, RecordError> {
        self.text(path)?.ok_or_else(|| self.missing(path, expected))
    }

    /// A field that is only evidence: one of any type other than text counts as absent, and its path is remembered.
    pub(super) fn evidence(&mut self, path: &str) -> Option<&'a str> {
        match self.text(path) {
            Ok(text) => text,
            Err(error) => {
                self.remember(error.field().unwrap_or(path));
                None
            }
        }
    }

    /// A field of evidence that must also have a certain form.
    pub(super) fn evidence_as<T>(&mut self, path: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.evidence(path)?;
        let parsed = parse(text);
        if parsed.is_none() {
            self.remember(path);
        }
        parsed
    }

    /// The ARNs of `resources`. CloudTrail writes objects with the key `ARN`; some re-emitters write `arn`, or
    /// the ARNs alone.
    pub(super) fn resource_arns(&self) -> Result<Vec<&'a str>, RecordError> {
        let resources = match self.value("resources")? {
            None => return Ok(Vec::new()),
            Some(Value::Array(resources)) => resources,
            Some(cut) if is_cut(cut) => return Ok(Vec::new()),
            Some(other) => return Err(self.wrong_type("resources", "an array", other)),
        };
        let mut arns = Vec::new();
        for (index, resource) in resources.iter().enumerate() {
            let (key, arn) = match resource {
                Value::Null => continue,
                Value::String(arn) => {
                    arns.push(arn.as_str());
                    continue;
                }
                Value::Object(resource) if resource.get("ARN").is_some_and(|arn| !arn.is_null()) => {
                    ("ARN", resource.get("ARN"))
                }
                Value::Object(resource) => ("arn", resource.get("arn")),
                other => return Err(self.wrong_type(&format!("resources[{index}]"), "an object", other)),
            };
            match arn {
                None | Some(Value::Null) => {}
                Some(Value::String(arn)) => arns.push(arn),
                Some(other) => {
                    return Err(self.wrong_type(&format!("resources[{index}].{key}"), "a string", other));
                }
            }
        }
        Ok(arns)
    }

    /// Whether CloudTrail cut this field or something in it.
    pub(super) fn has_cut(&self, name: &str) -> bool {
        self.record.get(name).is_some_and(contains_cut)
    }

    /// The paths of the evidence that could not be read.
    pub(super) fn into_unreadable(self) -> Vec<String> {
        self.unreadable
    }

    /// The error for a field that is not there.
    pub(super) fn missing(&self, path: &str, expected: &'static str) -> RecordError {
        self.field_error(path, expected, "nothing".to_owned())
    }

    /// The error for a text in a wrong form.
    pub(super) fn malformed(&self, path: &str, expected: &'static str, text: &str) -> RecordError {
        self.field_error(path, expected, format!("\"{}\"", excerpt(text)))
    }

    fn wrong_type(&self, path: &str, expected: &'static str, found: &Value) -> RecordError {
        self.field_error(path, expected, type_of(found).to_owned())
    }

    fn field_error(&self, path: &str, expected: &'static str, found: String) -> RecordError {
        let id = self.record.get("eventID").and_then(Value::as_str).filter(|id| !id.is_empty());
        RecordError::Field { id: id.map(str::to_owned), field: path.to_owned(), expected, found }
    }

    /// The value at a path of names separated by dots; None if it, or an object on the way, is absent or null.
    fn value(&self, path: &str) -> Result<Option<&'a Value>, RecordError> {
        let mut object = self.record;
        let mut names = path.split('.').peekable();
        let mut walked = 0;
        while let Some(name) = names.next() {
            walked += name.len();
            match object.get(name) {
                None | Some(Value::Null) => return Ok(None),
                Some(value) if names.peek().is_none() => return Ok(Some(value)),
                Some(Value::Object(inner)) => object = inner,
                Some(other) => return Err(self.wrong_type(&path[..walked], "an object", other)),
            }
            walked += ".".len();
        }
        Ok(None)
    }

    fn remember(&mut self, path: &str) {
        if !self.unreadable.iter().any(|known| known == path) {
            self.unreadable.push(path.to_owned());
        }
    }
}

/// CloudTrail replaces a field that is too large: "If a field is truncated, `omitted` is present with a value of
/// true" (CloudTrail User Guide, "CloudTrail record contents").
fn is_cut(value: &Value) -> bool {
    value.get("omitted") == Some(&Value::Bool(true))
}

fn contains_cut(value: &Value) -> bool {
    is_cut(value) || value.as_object().is_some_and(|object| object.values().any(contains_cut))
}
