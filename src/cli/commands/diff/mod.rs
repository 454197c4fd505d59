//! `offhours diff`.

mod arguments;
mod command;
mod difference;
mod error;
mod paragraphs;

pub use arguments::DiffArguments;
pub use command::diff;
