//! What an operator sees of the program: logs, metrics and health endpoints.

mod condition_counts;
mod log_filter;
mod logs;
mod metrics;
mod readiness;
mod server;

pub use condition_counts::ConditionCounts;
pub use log_filter::{LogFilter, LogFilterError};
pub use logs::{LogFormat, init_logs};
pub use metrics::{Metrics, StreamLabels, UploadLabels};
pub use readiness::{Gate, Readiness};
pub use server::{ServerError, bind, serve};
