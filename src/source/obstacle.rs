//! The reason why a request did not reach AWS, in one sentence: the SDK's own texts list every layer and do not name the
//! host.

use std::error::Error as StdError;
use std::fmt;

use aws_sdk_sts::error::ConnectorError;

use crate::error_chain::{chain, root_cause};

/// The reason why there was no answer from AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The host name cannot be resolved.
    UnknownHost,
    /// The connection could not be established, for this reason.
    NoConnection(String),
    /// The TLS handshake failed, for this reason.
    Tls(String),
    /// The connection was closed before the response was complete.
    Closed,
    /// The request timed out.
    Timeout,
    /// Something other than AWS responded with this HTTP status, such as a proxy with an error page.
    NotAws(u16),
    /// The SDK could not send the request, for this reason.
    NotSent(String),
}

impl Obstacle {
    /// Classifies an error of the HTTP client or the SDK.
    pub(super) fn from_client(error: &(dyn StdError + 'static)) -> Self {
        let texts: Vec<String> = chain(error).map(ToString::to_string).collect();
        let says = |words: &str| texts.iter().any(|text| text.contains(words));
        if chain(error).find_map(|error| error.downcast_ref::<ConnectorError>()).is_some_and(ConnectorError::is_timeout)
        {
            Self::Timeout
        } else if says("dns error") || says("failed to lookup address") {
            Self::UnknownHost
        } else if let Some(error) = chain(error).find_map(find_tls) {
            Self::Tls(error)
        } else if says("tcp connect error") {
            Self::NoConnection(root_cause(error))
        } else if says("connection closed")
            || says("connection reset")
            || says("Connection reset")
            || says("end of file")
        {
            Self::Closed
        } else {
            Self::NotSent(root_cause(error))
        }
    }

    /// The obstacle in words, with the name of the host.
    pub(super) fn about<'o>(&'o self, host: &'o str) -> impl fmt::Display + 'o {
        About { obstacle: self, host }
    }

    /// What to do about it.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::UnknownHost => "check that the Region exists, and the DNS of the network",
            Self::NoConnection(_) | Self::Timeout | Self::Closed => {
                "check firewalls, network policies, the proxy and AWS_ENDPOINT_URL"
            }
            Self::Tls(_) => {
                "check the proxy and AWS_ENDPOINT_URL, and trust the certificate authority of a proxy that intercepts TLS"
            }
            Self::NotAws(_) => "check the proxy and AWS_ENDPOINT_URL",
            Self::NotSent(_) => "check the AWS configuration",
        }
    }
}

struct About<'o> {
    obstacle: &'o Obstacle,
    host: &'o str,
}

impl fmt::Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host;
        match self.obstacle {
            Obstacle::UnknownHost => write!(f, "the name {host} cannot be resolved"),
            Obstacle::NoConnection(why) => write!(f, "no connection to {host}: {why}"),
            Obstacle::Tls(why) => write!(f, "no TLS connection to {host}: {why}"),
            Obstacle::Closed => write!(f, "{host} closed the connection without an answer"),
            Obstacle::Timeout => write!(f, "no answer from {host} in time"),
            Obstacle::NotAws(status) => write!(f, "the HTTP {status} response from {host} is not from AWS"),
            Obstacle::NotSent(why) => write!(f, "the request to {host} was not sent: {why}"),
        }
    }
}

/// The TLS error. It is wrapped in I/O errors whose `source` skips it.
fn find_tls(error: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(error.to_string());
    }
    let inner = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    find_tls(inner)
}
