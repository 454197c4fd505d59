//! `offhours holidays`.

mod arguments;
mod command;
mod error;
mod holiday;
mod ical;
mod json;
mod place;
mod table;

pub use arguments::HolidaysArguments;
pub use command::holidays;
