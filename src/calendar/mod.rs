//! Business hours: whether an instant is within them, the local date that it counts for, and when that changes.
//!
//! Pure: no clock, no I/O, no Kubernetes types; the instant is always an argument. Hours are wall-clock hours in a time
//! zone. An instant is converted to the wall-clock time of the zone and compared there; a window is never converted to
//! UTC. Every instant has exactly one wall-clock time, so daylight saving needs no special case: a time of day that a
//! zone skips (a gap) is never reached, and one that it repeats (a fold) is judged the same both times.
//!
//! - [`Schedule`] judges instants by a zone, weekly [`Window`]s and [`Holidays`].
//! - [`TimeOfDay`] and [`Window`] hold only valid values.
//! - [`zone_from_name`] finds a zone of the compiled-in database by its IANA name.
//! - [`Holidays`] are the days, and parts of days, on which windows do not count: dates, public holidays, and calendars.
//! - [`country_holidays`] finds the public holidays of a country or of a part of one in the compiled-in data,
//!   [`HOLIDAY_DATA`]; [`countries`] lists the countries.
//! - [`ICalendar`] reads an iCalendar feed, and reports what it cannot use in [`CalendarWarning`]s.

mod country;
mod country_code;
mod country_file;
mod country_files;
mod holiday_name;
mod holidays;
mod icalendar;
mod public_holidays;
mod schedule;
mod spans;
mod time_of_day;
mod transition;
mod week;
mod window;
mod zone;
mod zoned_time;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod schedule_tests;
#[cfg(test)]
mod transition_tests;

pub use country::{CountryHolidays, HOLIDAY_DATA, HOLIDAY_YEARS, PublicHoliday, country_holidays};
pub use country_code::CountryError;
pub use country_file::{Country, Part, countries};
pub use holidays::Holidays;
pub use icalendar::{CalendarWarning, ICalendar};
pub use public_holidays::{Outlook, PublicHolidays, last_day};
pub use schedule::{Hours, OffHoursReason, Schedule};
pub use time_of_day::{TimeOfDay, TimeOfDayError};
pub use window::{Window, WindowError};
pub use zone::{ZoneError, zone_from_name};
