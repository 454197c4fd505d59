//! Kubernetes objects in YAML or JSON, read as kubectl reads them: several documents in a file, a List, the files of a folder,
//! standard input.

use std::error::Error;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::standard_input::is_standard_input;

/// Something in a file with objects cannot be used. Its text names the file, the object if the file has several, and the
/// field.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {source}")]
pub struct ManifestError {
    place: String,
    source: Box<dyn Error + Send + Sync>,
}

/// A file or folder gives no objects.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("is not valid YAML or JSON: {}", without_hints(.0))]
    Syntax(#[from] serde_saphyr::Error),
    #[error("contains no objects")]
    NoObjects,
    #[error("contains no *.yaml, *.yml or *.json files")]
    NoFiles,
}

/// A part of an object does not have the fields of its type.
#[derive(Debug, thiserror::Error)]
enum FieldError {
    #[error("{field}: {}", in_words(.source))]
    Type { field: String, source: serde_json::Error },
    #[error("unknown field {0:?}")]
    Unknown(String),
}

/// An object, and the file that it is from.
#[derive(Debug)]
pub struct Object {
    pub value: Value,
    file: String,
    /// Whether there are others in the file.
    has_others: bool,
}

/// The extensions of the files that kubectl reads in a folder.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

impl Object {
    /// Says that it cannot be used.
    pub fn error(&self, source: impl Error + Send + Sync + 'static) -> ManifestError {
        let place = if self.has_others { format!("{}: {}", self.file, self.title()) } else { self.file.clone() };
        ManifestError { place, source: source.into() }
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

    /// Says that it is not of the wanted kind.
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

    /// Reads a part of it into its type. A field that the type does not have is an error: it would be ignored, and whoever
    /// wrote it would not notice.
    pub fn part<T: DeserializeOwned>(&self, name: &str, part: Value) -> Result<T, ManifestError> {
        let mut unknown = Vec::new();
        let mut path = serde_path_to_error::Track::new();
        let deserializer = serde_path_to_error::Deserializer::new(part, &mut path);
        let field = |path: &str| readable(&format!("{name}.{path}"));
        let read = serde_ignored::deserialize(deserializer, |path| unknown.push(field(&path.to_string())));
        let read =
            read.map_err(|source| self.error(FieldError::Type { field: field(&path.path().to_string()), source }))?;
        match unknown.into_iter().next() {
            None => Ok(read),
            Some(field) => Err(self.error(FieldError::Unknown(field))),
        }
    }
}

/// The objects in files, folders and standard input (`-`), and why any of these cannot be used.
pub fn read_objects(paths: &[PathBuf]) -> (Vec<Object>, Vec<ManifestError>) {
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
            Err(error) => errors.push(error.at(&path.display().to_string())),
        }
    }
    (objects, errors)
}

/// The files that a path stands for: itself, or if it is a folder, the files in it that `kubectl apply -f FOLDER` reads.
fn files(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    if is_standard_input(path) || !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in path.read_dir()? {
        let file = entry?.path();
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if EXTENSIONS.contains(&extension) && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() { Err(FileError::NoFiles) } else { Ok(files) }
}

fn read_file(file: &Path) -> Result<Vec<Object>, ManifestError> {
    let is_standard_input = is_standard_input(file);
    let place = if is_standard_input { "standard input".to_owned() } else { file.display().to_string() };
    let text = if is_standard_input {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    match text {
        Ok(text) => objects_in(&place, &text),
        Err(error) => Err(FileError::Unreadable(error).at(&place)),
    }
}

/// The objects in the text of a file with this name.
pub fn objects_in(place: &str, text: &str) -> Result<Vec<Object>, ManifestError> {
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(text).map_err(|error| FileError::Syntax(error).at(place))?;
    let mut values = Vec::new();
    for document in documents.into_iter().filter(|document| !document.is_null()) {
        add_items(document, &mut values);
    }
    if values.is_empty() {
        return Err(FileError::NoObjects.at(place));
    }
    let has_others = values.len() > 1;
    Ok(values.into_iter().map(|value| Object { value, file: place.to_owned(), has_others }).collect())
}

impl FileError {
    /// The error of the file or folder with this name.
    fn at(self, place: &str) -> ManifestError {
        ManifestError { place: place.to_owned(), source: self.into() }
    }
}

/// The items of a `List`, or of a list of one kind such as the API server returns; otherwise the object itself.
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

/// The first line of the text, without the hints for programmers.
fn without_hints(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    line.split(", set DuplicateKeyPolicy").next().unwrap_or_default().to_owned()
}

/// ``expected a string, found integer `5` ``, without the hints for programmers.
fn in_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let type_error = text.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "));
    match type_error {
        Some((found, expected)) => format!("expected {expected}, found {found}"),
        None => text,
    }
}

/// `spec.teams.0.?.name` as `spec.teams[0].name`, as the API server writes it.
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
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_is_written_as_the_api_server_writes_it() {
        assert_eq!(readable("spec.teams.0.match.principal"), "spec.teams[0].match.principal");
        assert_eq!(readable("spec.holidays.?.country"), "spec.holidays.country");
    }

    #[test]
    fn documents_and_lists_give_their_objects_in_order() {
        let text = "kind: A\n---\n# nothing\n---\nkind: List\nitems:\n- {kind: B}\n- kind: BList\n  items: [{kind: C}]\n---\n{\"kind\": \"D\"}\n";
        let objects = objects_in("file", text).unwrap();
        let kinds: Vec<&str> = objects.iter().map(Object::kind).collect();
        assert_eq!(kinds, ["A", "B", "C", "D"]);
    }

    #[test]
    fn an_error_names_the_object_only_if_the_file_has_several() {
        #[derive(Debug, thiserror::Error)]
        #[error("wrong")]
        struct Wrong;

        let policy = objects_in("file", "kind: Policy\nmetadata: {name: a, namespace: b}\n---\nkind: X").unwrap();
        assert_eq!(policy[0].error(Wrong).to_string(), "file: Policy b/a: wrong");
        assert_eq!(objects_in("file", "kind: X").unwrap()[0].error(Wrong).to_string(), "file: wrong");
    }

    #[test]
    fn an_error_keeps_what_caused_it() {
        fn root(error: &dyn Error) -> String {
            error.source().map_or_else(|| error.to_string(), root)
        }

        let (_, errors) = read_objects(&["/nonexistent.yaml".into()]);
        assert_eq!(root(&errors[0]), "No such file or directory (os error 2)");
        let object = &objects_in("file", "kind: X").unwrap()[0];
        let error = object.part::<BTreeMap<String, u8>>("spec", json!({"field": null})).unwrap_err();
        assert_eq!(error.to_string(), "file: spec.field: expected u8, found null");
        assert_eq!(root(&error), "invalid type: null, expected u8");
    }
}
