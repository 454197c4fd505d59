//! `offhours controller`.

mod arguments;
mod command;
mod error;
mod shutdown;

pub use arguments::ControllerArguments;
pub use command::controller;
