//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::CancellationToken;

use super::CommandError;

/// The exit status of a program that Ctrl-C ended: 128 and the number of SIGINT.
const EXIT_INTERRUPTED: i32 = 130;

/// Makes the first Ctrl-C of a long reading mean that what was read so far is enough. Another one, or one after the
/// reading, ends the program at once, as everyone expects it.
pub struct Interruption {
    stop: CancellationToken,
    is_over: Arc<AtomicBool>,
}

impl Interruption {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> Result<Self, CommandError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(CommandError::Runtime)?;
        let mut interrupts = {
            let _inside = runtime.enter();
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).map_err(CommandError::Signals)?
        };
        let interruption = Self { stop: CancellationToken::new(), is_over: Arc::default() };
        let (stop, is_over) = (interruption.stop.clone(), Arc::clone(&interruption.is_over));
        // A thread of its own, since it must hear the second Ctrl-C whatever the program does then.
        std::thread::spawn(move || {
            runtime.block_on(async {
                while interrupts.recv().await.is_some() {
                    if stop.is_cancelled() || is_over.load(Ordering::SeqCst) {
                        std::process::exit(EXIT_INTERRUPTED);
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
