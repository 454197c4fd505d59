//! The dates and times in properties.

use ::icalendar::{CalendarDateTime, DatePerhapsTime, Property};
use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::super::zone::zone_from_name;
use super::excerpt::quoted;
use super::windows_zone::windows_zone;

/// What a moment is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Basis {
    Date,
    Floating,
    Zoned(Tz),
}

/// A DATE or DATE-TIME.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Moment {
    /// A day in any zone.
    Date(NaiveDate),
    /// A time on any wall clock.
    Floating(NaiveDateTime),
    /// A time on the wall clock of a zone, or in UTC.
    Zoned(NaiveDateTime, Tz),
}

impl Moment {
    /// Reads a property with one value.
    pub(super) fn read(property: &Property) -> Result<Self, String> {
        let advice = "write 20261224, 20261224T120000 or 20261224T120000Z";
        let unreadable = || format!("{} {} is not a date or time: {advice}", property.key(), quoted(property.value()));
        match DatePerhapsTime::from_property(property).ok_or_else(unreadable)? {
            DatePerhapsTime::Date(date) => Ok(Self::Date(date)),
            DatePerhapsTime::DateTime(CalendarDateTime::Floating(local)) => Ok(Self::Floating(whole(local))),
            DatePerhapsTime::DateTime(CalendarDateTime::Utc(at)) => Ok(Self::Zoned(whole(at.naive_utc()), Tz::UTC)),
            DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid }) => {
                Ok(Self::Zoned(whole(date_time), zone(&tzid)?))
            }
        }
    }

    /// Reads a property with a list of values, such as EXDATE.
    pub(super) fn read_list(property: &Property) -> Result<Vec<Self>, String> {
        property.value().split(',').map(|value| Self::read(&one_value(property, value, &["VALUE", "TZID"]))).collect()
    }

    /// Reads the start or the end of a period, in the zone of the property that lists it.
    pub(super) fn read_time_of_period(property: &Property, value: &str) -> Result<Self, String> {
        Self::read(&one_value(property, value, &["TZID"]))
    }

    pub(super) const fn basis(self) -> Basis {
        match self {
            Self::Date(_) => Basis::Date,
            Self::Floating(_) => Basis::Floating,
            Self::Zoned(_, zone) => Basis::Zoned(zone),
        }
    }

    /// Another wall-clock time on the same basis.
    pub(super) fn with_local(self, local: NaiveDateTime) -> Self {
        match self {
            Self::Date(_) => Self::Date(local.date()),
            Self::Floating(_) => Self::Floating(local),
            Self::Zoned(_, zone) => Self::Zoned(local, zone),
        }
    }

    /// The moment in UTC if it has a zone, so that the same instant in different zones compares equal.
    pub(super) fn in_utc(self) -> Self {
        match self {
            Self::Zoned(local, zone) => Self::Zoned(instant(local, zone).naive_utc(), Tz::UTC),
            date_or_floating => date_or_floating,
        }
    }

    /// The wall-clock time; midnight for a date.
    pub(super) fn local(self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Floating(local) | Self::Zoned(local, _) => local,
        }
    }

    /// This moment on the wall clock of `basis`. A time without a zone is taken to be on it already.
    pub(super) fn local_like(self, basis: Basis) -> NaiveDateTime {
        match (self, basis) {
            (Self::Zoned(local, zone), Basis::Zoned(basis_zone)) if zone != basis_zone => {
                let utc = instant(local, zone).naive_utc();
                utc.checked_add_offset(basis_zone.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc)
            }
            (moment, _) => moment.local(),
        }
    }
}

/// One value of a list, with only these parameters of the property, since many values with many parameters would take long.
fn one_value(property: &Property, value: &str, parameters: &[&str]) -> Property {
    let mut one = Property::new(property.key(), value.trim());
    for parameter in parameters.iter().filter_map(|name| property.params().get(*name)) {
        one.append_parameter(parameter.clone());
    }
    one
}

/// The instant of a wall-clock time in a zone: the first if it occurs twice; if the clock skips it, the instant that it
/// would be if the clock had not been set (RFC 5545 section 3.3.5).
pub(super) fn instant(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    if let Some(found) = zone.from_local_datetime(&local).earliest() {
        return found.to_utc();
    }
    // No zone changes its offset twice within a day, so the offset of the day before is that before the gap.
    let day_before = local.checked_sub_signed(Duration::days(1)).unwrap_or(local);
    let offset = zone.offset_from_utc_datetime(&day_before).fix();
    local.checked_sub_offset(offset).unwrap_or(local).and_utc()
}

/// The zone of a TZID: an IANA name, a text that ends in one after a slash, as some programs write it, or a name in Windows.
fn zone(tzid: &str) -> Result<Tz, String> {
    let endings = tzid.match_indices('/').map(|(slash, _)| &tzid[slash + 1..]);
    let iana = std::iter::once(tzid).chain(endings).find_map(|name| zone_from_name(name).ok());
    iana.or_else(|| windows_zone(tzid)).ok_or_else(|| {
        format!(
            "TZID {} is not a time zone: use an IANA name such as Europe/Berlin (VTIMEZONE is not read)",
            quoted(tzid)
        )
    })
}

/// Without a leap second, which is chrono's second 59 with more than a second of nanoseconds.
fn whole(local: NaiveDateTime) -> NaiveDateTime {
    local.with_nanosecond(0).unwrap_or(local)
}
