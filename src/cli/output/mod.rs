//! Printing, as all commands do it.

mod columns;
mod counted;
mod json;
mod plain;
mod standard_error;
mod standard_output;

pub use columns::{aligned, header, styled};
pub use counted::counted;
pub use json::{JsonError, json_line, json_value, pretty_json};
pub use plain::plain;
pub use standard_error::{complain, note, say};
pub use standard_output::{OutputError, Printed, print};
