//! The CloudTrail records to judge: from files, or from the event history of an account.

mod arguments;
mod event_history;
mod files;
mod interruption;
mod moment;
mod progress_bar;
mod read;
mod requested_range;

pub use arguments::RecordArguments;
pub use read::{Records, RecordsError, read_records};
