//! Shutting down after a signal.

use tokio::signal::unix::SignalKind;
use tokio_util::sync::CancellationToken;

use crate::cli::exit_status::INTERRUPTED;
use crate::cli::signals::{self, SignalError};

/// A token that the first SIGTERM or SIGINT cancels; the second one ends the process at once.
pub fn shutdown_on_signal() -> Result<CancellationToken, SignalError> {
    let mut terminate = signals::listen(SignalKind::terminate())?;
    let mut interrupt = signals::listen(SignalKind::interrupt())?;
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    tokio::spawn(async move {
        for attempt in 0.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if attempt > 0 {
                std::process::exit(INTERRUPTED);
            }
            tracing::info!("stopping after a signal; a second one ends the program at once");
            token.cancel();
        }
    });
    Ok(shutdown)
}
