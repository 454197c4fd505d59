//! Signals that ask the program to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The operating system does not let the program handle a signal.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen for signals: {0}")]
pub struct SignalError(#[source] io::Error);

/// The signals of one kind. From now on, they no longer end the process by themselves.
///
/// # Panics
/// Outside of a runtime.
pub fn listen(kind: SignalKind) -> Result<Signal, SignalError> {
    signal(kind).map_err(SignalError)
}
