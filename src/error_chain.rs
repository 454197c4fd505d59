//! The text of an error together with those of its sources: a client error alone does not say "connection refused".

use std::error::Error;
use std::io;

/// Enough for the messages of AWS and of admission webhooks. Errors of libraries may quote a whole document.
const MAX_CHARACTERS: usize = 700;

/// The texts of an error and of its sources on one line, the outermost first. A source that the text before it already quotes
/// is left out, and a line that is too long is cut.
pub(crate) fn chain_in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in chain(error).map(ToString::to_string) {
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
    }
    one_line(&texts.join(": "))
}

/// Why a connection failed, on one line: the innermost source, because those around it only say that there is one.
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> String {
    // A TLS implementation wraps its explanation in an I/O error.
    let kinds = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind);
    let known = kinds.filter_map(|kind| match kind {
        io::ErrorKind::ConnectionRefused => Some("connection refused"),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Some("connection reset"),
        io::ErrorKind::UnexpectedEof => Some("connection closed"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some("no route to the host"),
        io::ErrorKind::TimedOut => Some("timed out"),
        _ => None,
    });
    known.last().map_or_else(
        || chain(error).last().map(|innermost| one_line(&innermost.to_string())).unwrap_or_default(),
        str::to_owned,
    )
}

/// An error and its sources, the outermost first.
pub(crate) fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| (*error).source())
}

/// A text without line breaks, short enough for a condition.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_CHARACTERS) {
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
    fn a_source_that_the_text_around_it_quotes_is_not_repeated() {
        let error = layers(&["request failed: client error", "client error", "connection\n refused"]);
        assert_eq!(chain_in_one_line(&error), "request failed: client error: connection refused");
        assert_eq!(root_cause(&error), "connection refused");
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_between_two_characters() {
        let text = chain_in_one_line(&layers(&[&"é".repeat(10_000)]));
        assert_eq!(text.chars().count(), MAX_CHARACTERS + 1);
        assert!(text.ends_with("é…"));
    }
}
