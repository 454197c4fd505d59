//! Short texts for errors of the Kubernetes client, whose own texts repeat themselves in Rust's debug format.

use kube::runtime::watcher;

use crate::error_chain::{chain_in_one_line, one_line, root_cause};

/// The message of the API server if it answered, else the reason why it did not; on one line of limited length.
pub fn api_error(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => one_line(&status.message),
        kube::Error::Api(status) => format!("HTTP {} {}", status.code, status.reason).trim_end().to_owned(),
        kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => root_cause(error),
        other => chain_in_one_line(other),
    }
}

/// The same text for the error of a watch.
pub fn watch_error(error: &watcher::Error) -> String {
    match (kube_error(error), error) {
        (Some(error), _) => api_error(error),
        (None, watcher::Error::WatchError(status)) => one_line(&status.message),
        (None, other) => chain_in_one_line(other),
    }
}

/// Whether a watch only has to list everything again, because the changes since its last event are no longer kept.
pub fn is_expired(error: &watcher::Error) -> bool {
    const GONE: u16 = 410;
    match error {
        watcher::Error::WatchError(status) => status.code == GONE,
        other => matches!(kube_error(other), Some(kube::Error::Api(status)) if status.code == GONE),
    }
}

/// The error of the request behind the error of a watch, if there is one.
pub fn kube_error(error: &watcher::Error) -> Option<&kube::Error> {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => Some(error),
        watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => None,
    }
}

/// Whether there was no answer, or no complete one.
pub fn is_connection_error(error: &kube::Error) -> bool {
    match error {
        kube::Error::HyperError(_) | kube::Error::Service(_) | kube::Error::ReadEvents(_) => true,
        kube::Error::Api(status) => is_from_a_gateway(status.code),
        _ => false,
    }
}

/// Whether an HTTP status comes from a load balancer whose API server is down. An API server that starts answers 503
/// itself.
pub fn is_from_a_gateway(status: u16) -> bool {
    matches!(status, 502 | 503)
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn the_text_of_an_answer_is_the_message_of_the_api_server() {
        let denied = Status::failure("admission webhook \"policy\" denied the request", "Forbidden").with_code(403);
        assert_eq!(api_error(&kube::Error::Api(denied.boxed())), "admission webhook \"policy\" denied the request");
        let silent = Status::failure("", "NotAcceptable").with_code(406);
        assert_eq!(api_error(&kube::Error::Api(silent.boxed())), "HTTP 406 NotAcceptable");
    }

    #[test]
    fn a_broken_connection_is_reported_by_its_root_cause() {
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
