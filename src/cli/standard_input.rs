//! Standard input, which the path `-` stands for.

use std::path::{Path, PathBuf};

/// Two arguments name standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("standard input (-) can be read only once: give it to {first} or to {second}")]
pub struct StandardInputError {
    first: &'static str,
    second: &'static str,
}

/// Whether a path stands for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// Checks that at most one of these arguments names standard input.
pub fn check_single_reader(arguments: &[(&'static str, &[PathBuf])]) -> Result<(), StandardInputError> {
    let readers = arguments.iter().filter(|(_, paths)| paths.iter().any(|path| is_standard_input(path)));
    match readers.map(|(name, _)| *name).collect::<Vec<_>>()[..] {
        [first, second, ..] => Err(StandardInputError { first, second }),
        _ => Ok(()),
    }
}
