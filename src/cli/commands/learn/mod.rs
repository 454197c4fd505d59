//! `offhours learn`.

mod arguments;
mod backtest;
mod command;
mod error;
mod json;
mod left_out;
mod utc_offset;
mod yaml;

pub use arguments::LearnArguments;
pub use command::learn;
