//! `offhours explain`.

mod arguments;
mod command;
mod error;
mod explanation;
mod sentences;
mod table;

pub use arguments::ExplainArguments;
pub use command::explain;
