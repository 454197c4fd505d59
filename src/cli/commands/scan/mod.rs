//! `offhours scan`.

mod arguments;
mod command;
mod csv;
mod error;
mod objects;
mod table;

pub use arguments::ScanArguments;
pub use command::scan;
