//! What an error says, with what caused it.

use std::error::Error;

/// The text of an error and of its causes, the outermost first, in one line: a client error alone does not say "connection
/// refused". What a text repeats of its cause is said once.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut current = Some(error);
    while let Some(error) = current {
        let text = error.to_string();
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
        current = error.source();
    }
    texts.join(": ").split_whitespace().collect::<Vec<_>>().join(" ")
}
