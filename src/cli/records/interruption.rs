//! Ctrl-C during a long reading.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Builder;
use tokio::signal::unix::SignalKind;
use tokio_util::sync::CancellationToken;

use crate::cli::async_runtime::{self, RuntimeError};
use crate::cli::exit_status::INTERRUPTED;
use crate::cli::signals::{self, SignalError};

/// Lets the first Ctrl-C end a long reading early, so that what was read so far is judged. Another one, or one after the
/// reading, ends the program at once, as everyone expects.
pub struct Interruption {
    stop: CancellationToken,
    is_over: Arc<AtomicBool>,
}

/// Ctrl-C cannot be handled.
#[derive(Debug, thiserror::Error)]
pub enum InterruptionError {
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error(transparent)]
    Signal(#[from] SignalError),
}

impl Interruption {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the operating system does not allow it.
    pub fn listen() -> Result<Self, InterruptionError> {
        let runtime = async_runtime::start(Builder::new_current_thread().enable_io())?;
        let mut interrupts = {
            let _inside = runtime.enter();
            signals::listen(SignalKind::interrupt())?
        };
        let interruption = Self { stop: CancellationToken::new(), is_over: Arc::default() };
        let (stop, is_over) = (interruption.stop.clone(), Arc::clone(&interruption.is_over));
        // A thread of its own, since it must notice the second Ctrl-C whatever the program is doing then.
        std::thread::spawn(move || {
            runtime.block_on(async {
                while interrupts.recv().await.is_some() {
                    if stop.is_cancelled() || is_over.load(Ordering::SeqCst) {
                        std::process::exit(INTERRUPTED);
                    }
                    stop.cancel();
                }
            });
        });
        Ok(interruption)
    }

    /// Cancelled by the first Ctrl-C.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// The reading is over.
    pub fn over(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}
