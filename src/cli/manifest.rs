//! Kubernetes objects in YAML or JSON, read as kubectl reads them: several documents in a file, a List, the files of a folder,
//! standard input.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Something in a file with objects cannot be used. Its text names the file, the object where there are several, and the
/// field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct ManifestError {
    place: String,
    message: String,
}

/// An object, and where it is from.
#[derive(Debug)]
pub(super) struct Object {
    pub value: Value,
    file: String,
    /// Whether there are others in the file.
    has_others: bool,
}

/// What kubectl takes for files with objects in a folder.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

impl Object {
    pub fn error(&self, message: impl Into<String>) -> ManifestError {
        let place = if self.has_others { format!("{}: {}", self.file, self.title()) } else { self.file.clone() };
        ManifestError { place, message: message.into() }
    }

    fn text(&self, field: &str) -> &str {
        self.value.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn api_version(&self) -> &str {
        self.text("apiVersion")
    }

    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// That it is of a kind which is not read here.
    pub fn skipped(&self, wanted: &str) -> String {
        format!("{}: skipped {}, which is not {wanted}", self.file, self.title())
    }

    /// `EcrUploadPolicy security/production`, as far as it says so.
    fn title(&self) -> String {
        let of_metadata = |field: &str| self.value.get("metadata")?.get(field)?.as_str();
        let kind = if self.kind().is_empty() { "an object without a kind" } else { self.kind() };
        match (of_metadata("namespace"), of_metadata("name")) {
            (_, None) => kind.to_owned(),
            (None, Some(name)) => format!("{kind} {name}"),
            (Some(namespace), Some(name)) => format!("{kind} {namespace}/{name}"),
        }
    }

    /// Reads a part of it into its type. A field that the type does not have is an error: it would have no effect, and somebody
    /// wrote it to have one.
    pub fn part<T: DeserializeOwned>(&self, name: &str, part: Value) -> Result<T, ManifestError> {
        let mut unknown = Vec::new();
        let mut path = serde_path_to_error::Track::new();
        let deserializer = serde_path_to_error::Deserializer::new(part, &mut path);
        let field = |path: &str| readable(&format!("{name}.{path}"));
        let read = serde_ignored::deserialize(deserializer, |path| unknown.push(field(&path.to_string())));
        let read = read.map_err(|error: serde_json::Error| {
            self.error(format!("{}: {}", field(&path.path().to_string()), in_words(&error)))
        })?;
        match unknown.first() {
            None => Ok(read),
            Some(field) => Err(self.error(format!("unknown field {field:?}"))),
        }
    }
}

/// The objects in files, folders, and standard input (`-`), and what is wrong with them.
pub(super) fn read_objects(paths: &[PathBuf]) -> (Vec<Object>, Vec<ManifestError>) {
    let (mut objects, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        match files(path) {
            Ok(files) => {
                for file in files {
                    match read_file(&file) {
                        Ok(found) => objects.extend(found),
                        Err(error) => errors.push(error),
                    }
                }
            }
            Err(error) => errors.push(error),
        }
    }
    (objects, errors)
}

/// The files that a path means: itself, or those of the folder that it is, as `kubectl apply -f FOLDER` takes them.
fn files(path: &Path) -> Result<Vec<PathBuf>, ManifestError> {
    let error = |message: String| ManifestError { place: path.display().to_string(), message };
    if path == Path::new("-") || !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |source: std::io::Error| error(format!("cannot be read: {source}"));
    let mut files = Vec::new();
    for entry in path.read_dir().map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if EXTENSIONS.contains(&extension) && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(error("contains no *.yaml, *.yml or *.json files".to_owned()));
    }
    Ok(files)
}

fn read_file(file: &Path) -> Result<Vec<Object>, ManifestError> {
    let is_standard_input = file == Path::new("-");
    let place = if is_standard_input { "standard input".to_owned() } else { file.display().to_string() };
    let text = if is_standard_input {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    match text {
        Ok(text) => objects_in(&place, &text),
        Err(error) => Err(ManifestError { place, message: format!("cannot be read: {error}") }),
    }
}

/// The objects in the text of a file of this name.
pub(super) fn objects_in(place: &str, text: &str) -> Result<Vec<Object>, ManifestError> {
    let error = |message: String| ManifestError { place: place.to_owned(), message };
    let documents: Vec<Value> = serde_saphyr::from_multiple(text).map_err(|problem| {
        let problem = problem.to_string();
        let problem = problem.lines().next().unwrap_or_default().trim_start_matches("error: ");
        // What follows is for programmers.
        let problem = problem.split(", set DuplicateKeyPolicy").next().unwrap_or_default();
        error(format!("is not valid YAML or JSON: {problem}"))
    })?;
    let mut values = Vec::new();
    for document in documents.into_iter().filter(|document| !document.is_null()) {
        add_items(document, &mut values);
    }
    if values.is_empty() {
        return Err(error("contains no objects".to_owned()));
    }
    let has_others = values.len() > 1;
    Ok(values.into_iter().map(|value| Object { value, file: place.to_owned(), has_others }).collect())
}

/// The items of a `List`, or of a list of one kind, as the API server answers with; else the object itself.
fn add_items(mut object: Value, values: &mut Vec<Value>) {
    let is_list = object.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    match object.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if is_list => items.into_iter().for_each(|item| add_items(item, values)),
        Some(items) => {
            object["items"] = items;
            values.push(object);
        }
        None => values.push(object),
    }
}

/// ``expected a string, found integer `5` ``, without what serde adds for programmers.
fn in_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let type_error = text.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "));
    match type_error {
        Some((found, expected)) => format!("expected {expected}, found {found}"),
        None => text,
    }
}

/// `spec.teams.0.?.name` as `spec.teams[0].name`.
fn readable(path: &str) -> String {
    let mut readable = String::new();
    for part in path.split('.').filter(|part| *part != "?") {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            readable.push_str(&format!("[{part}]"));
        } else {
            if !readable.is_empty() {
                readable.push('.');
            }
            readable.push_str(part);
        }
    }
    readable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_the_api_server_writes_them() {
        assert_eq!(readable("spec.teams.0.match.principal"), "spec.teams[0].match.principal");
        assert_eq!(readable("spec.holidays.?.country"), "spec.holidays.country");
    }

    #[test]
    fn documents_and_lists_are_taken_apart_in_their_order() {
        let text = "kind: A\n---\n# nothing\n---\nkind: List\nitems:\n- {kind: B}\n- kind: BList\n  items: [{kind: C}]\n---\n{\"kind\": \"D\"}\n";
        let objects = objects_in("file", text).unwrap();
        let kinds: Vec<&str> = objects.iter().map(Object::kind).collect();
        assert_eq!(kinds, ["A", "B", "C", "D"]);
        let policy = objects_in("file", "kind: Policy\nmetadata: {name: a, namespace: b}\n---\nkind: X").unwrap();
        assert_eq!(policy[0].error("wrong").to_string(), "file: Policy b/a: wrong");
        assert_eq!(objects_in("file", "kind: X").unwrap()[0].error("wrong").to_string(), "file: wrong");
    }
}
