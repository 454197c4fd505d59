//! Sources: a reconcile keeps a task for each stream, and each task reads.
//!
//! - [`reconcile`] starts, changes and stops the [tasks] of a source, and writes its status. It never waits for a read.
//! - The task of a [stream] opens it, and reads it in two [lanes]: polls at the head, and what the ledger asks for behind it.
//! - What a lane [reads](read) is delivered a [chunk](in_hand) at a time, before more is read.

mod announce;
mod default_source;
mod health;
mod in_hand;
mod lanes;
mod observed;
mod open_stream;
mod read;
mod ready;
mod reconcile;
mod sources;
mod status;
mod stream;
mod stream_task;
mod supervise;
mod tasks;
mod up_to_date;
mod warnings;

pub use default_source::create_default_source;
pub use sources::Sources;
pub use tasks::Tasks;
pub use warnings::without_warnings;
