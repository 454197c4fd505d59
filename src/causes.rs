//! What an error says, with what caused it.

use std::error::Error;
use std::io;

/// Enough for what AWS and admission webhooks say; an error of a library may quote a whole document.
const MOST_CHARACTERS: usize = 700;

/// The text of an error and of its causes, the outermost first, in one line: a client error alone does not say "connection
/// refused". What a text repeats of its cause is said once, and a text that is too long is cut.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in chain(error).map(ToString::to_string) {
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
    }
    one_line(&texts.join(": "))
}

/// What kept a connection from working, in one line: the innermost cause, since those around it say only that there is one.
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> String {
    // A TLS implementation explains itself inside of the I/O error that it is shown as.
    let kinds = chain(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    let known = kinds.filter_map(|kind| match kind {
        io::ErrorKind::ConnectionRefused => Some("connection refused"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Some("connection reset"),
        io::ErrorKind::UnexpectedEof => Some("connection closed"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some("no route to the host"),
        io::ErrorKind::TimedOut => Some("timed out"),
        _ => None,
    });
    known.last().map_or_else(
        || chain(error).last().map(|cause| one_line(&cause.to_string())).unwrap_or_default(),
        str::to_owned,
    )
}

/// An error and its causes, the outermost first.
pub(crate) fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| (*error).source())
}

/// Without line breaks, and short enough for a condition.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: String,
        source: Option<Box<Layer>>,
    }

    fn layers(texts: &[&str]) -> Layer {
        let (text, rest) = texts.split_first().unwrap();
        let source = (!rest.is_empty()).then(|| Box::new(layers(rest)));
        Layer { text: (*text).to_owned(), source }
    }

    #[test]
    fn what_a_text_repeats_of_its_cause_is_said_once() {
        let error = layers(&["request failed: client error", "client error", "connection\n refused"]);
        assert_eq!(with_causes(&error), "request failed: client error: connection refused");
        assert_eq!(root_cause(&error), "connection refused");
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_between_two_characters() {
        let text = with_causes(&layers(&[&"é".repeat(10_000)]));
        assert_eq!(text.chars().count(), MOST_CHARACTERS + 1);
        assert!(text.ends_with("é…"));
    }
}
