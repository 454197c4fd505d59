//! What an error of the Kubernetes client says, in few words: its own texts repeat themselves in Rust's debug format.

use kube::runtime::watcher;

use crate::error_chain::{chain_in_one_line, one_line, root_cause};

/// The message of the API server where it answered, else the reason why it did not; in one line of limited length.
pub fn api_error(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => one_line(&status.message),
        kube::Error::Api(status) => format!("HTTP {} {}", status.code, status.reason).trim_end().to_owned(),
        kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => root_cause(error),
        other => chain_in_one_line(other),
    }
}

/// The same for a watch.
pub fn watch_error(error: &watcher::Error) -> String {
    match (kube_error(error), error) {
        (Some(error), _) => api_error(error),
        (None, watcher::Error::WatchError(status)) => one_line(&status.message),
        (None, other) => chain_in_one_line(other),
    }
}

/// Whether a watch only has to list everything anew: the changes since it last heard are no longer kept.
pub fn is_expired(error: &watcher::Error) -> bool {
    const GONE: u16 = 410;
    match error {
        watcher::Error::WatchError(status) => status.code == GONE,
        other => matches!(kube_error(other), Some(kube::Error::Api(status)) if status.code == GONE),
    }
}

/// The error of the request that a watch made, if it is one.
pub fn kube_error(error: &watcher::Error) -> Option<&kube::Error> {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => Some(error),
        watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => None,
    }
}

/// Whether there was no answer, or none to its end.
pub fn is_connection_error(error: &kube::Error) -> bool {
    match error {
        kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => true,
        kube::Error::Api(status) => is_from_a_gateway(status.code),
        _ => false,
    }
}

/// HTTP statuses of what stands before an API server that is down. It answers 503 itself while it starts.
pub fn is_from_a_gateway(status: u16) -> bool {
    matches!(status, 502 | 503)
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn an_answer_is_told_in_the_words_of_the_api_server() {
        let denied = Status::failure("admission webhook \"policy\" denied the request", "Forbidden").with_code(403);
        assert_eq!(api_error(&kube::Error::Api(denied.boxed())), "admission webhook \"policy\" denied the request");
        let silent = Status::failure("", "NotAcceptable").with_code(406);
        assert_eq!(api_error(&kube::Error::Api(silent.boxed())), "HTTP 406 NotAcceptable");
    }

    #[test]
    fn a_broken_connection_is_told_by_its_cause() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert_eq!(api_error(&kube::Error::Service(Box::new(refused))), "connection refused");
    }

    #[test]
    fn an_answer_that_quotes_a_document_is_cut() {
        let long = Status::failure(&"invalid: ".repeat(1_000), "Invalid").with_code(422);
        let text = api_error(&kube::Error::Api(long.boxed()));
        assert!(text.len() < 1_000 && text.ends_with('…'), "{text}");
    }
}
