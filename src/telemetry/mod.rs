//! What an operator sees of the program: logs, metrics and health endpoints. It knows nothing of what is logged and
//! counted.

mod log_filter;
mod logs;
mod readiness;
mod registry;
mod server;

pub use log_filter::LogFilter;
pub use logs::{LogFormat, init_logs};
pub use readiness::{Gate, Readiness};
pub use registry::{encode, new_registry};
pub use server::{ServerError, bind, serve};
