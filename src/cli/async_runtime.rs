//! The asynchronous runtime. Only the commands that use the network need one.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// The operating system does not provide what the runtime needs.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the runtime: {0}")]
pub struct RuntimeError(#[source] io::Error);

/// Starts a runtime with these settings.
pub fn start(builder: &mut Builder) -> Result<Runtime, RuntimeError> {
    builder.build().map_err(RuntimeError)
}
