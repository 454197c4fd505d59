//! Time zones by name.

use chrono_tz::{IANA_TZDB_VERSION, TZ_VARIANTS, Tz};

/// A name is not that of a time zone that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// It is neither `UTC` nor `Area/Location`. The database also has a few names without an area, which are traps: `EST`
    /// has no daylight saving, `CST` and `IST` mean several zones, `GB` and `PRC` are kept only for old systems.
    #[error(
        "{name:?} is not the IANA name of a time zone: write Area/Location, such as Europe/Berlin or America/New_York, or UTC; abbreviations such as EST are not accepted"
    )]
    NotAreaAndLocation {
        /// What was written.
        name: String,
    },
    /// It is well formed, but not in the database.
    #[error(
        "there is no time zone {name:?} in the tz database {}: {}",
        IANA_TZDB_VERSION,
        advice(*.differs_in_case)
    )]
    Unknown {
        /// What was written.
        name: String,
        /// The zone whose name differs only in case, if there is one.
        differs_in_case: Option<Tz>,
    },
}

fn advice(differs_in_case: Option<Tz>) -> String {
    match differs_in_case {
        Some(zone) => format!("write {}", zone.name()),
        None => "write Area/Location as the IANA database spells it, such as Europe/Berlin or \
                 America/New_York, or UTC"
            .to_owned(),
    }
}

/// The zone with this IANA name in the tz database that is compiled in ([`chrono_tz::IANA_TZDB_VERSION`]): `UTC` or
/// `Area/Location`, case-sensitive. Links such as `US/Pacific` are names too.
///
/// # Errors
/// [`ZoneError`] for names without an area, such as abbreviations, and for names that are not in the database.
pub fn zone_from_name(name: &str) -> Result<Tz, ZoneError> {
    if name != "UTC" && !name.contains('/') {
        return Err(ZoneError::NotAreaAndLocation { name: name.to_owned() });
    }
    name.parse().map_err(|_| ZoneError::Unknown {
        name: name.to_owned(),
        differs_in_case: TZ_VARIANTS.into_iter().find(|zone| zone.name().eq_ignore_ascii_case(name)),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn utc_zones_and_links_are_found_by_their_exact_name() {
        for (name, zone) in [
            ("UTC", Tz::UTC),
            ("Europe/Berlin", Tz::Europe__Berlin),
            ("US/Pacific", Tz::US__Pacific),
            ("America/Argentina/Buenos_Aires", Tz::America__Argentina__Buenos_Aires),
            ("America/Port-au-Prince", Tz::America__PortauPrince),
            ("Etc/GMT+5", Tz::Etc__GMTPlus5),
        ] {
            assert_eq!(zone_from_name(name), Ok(zone));
        }
    }

    #[test]
    fn every_area_and_location_of_the_database_is_found() {
        for zone in TZ_VARIANTS.into_iter().filter(|z| z.name().contains('/')) {
            assert_eq!(zone_from_name(zone.name()), Ok(zone));
        }
    }

    #[test]
    fn names_without_an_area_are_refused_even_where_the_database_has_them() {
        for name in ["", " ", "EST", "CET", "GMT", "EST5EDT", "PRC", "Zulu", "Japan", "utc", "UTC ", "+02:00", "Local"]
        {
            let error = ZoneError::NotAreaAndLocation { name: name.to_owned() };
            assert_eq!(zone_from_name(name), Err(error));
        }
    }

    #[test]
    fn a_name_in_other_capitals_is_refused_with_the_right_ones() {
        assert_eq!(
            zone_from_name("America/new_york"),
            Err(ZoneError::Unknown {
                name: "America/new_york".to_owned(),
                differs_in_case: Some(Tz::America__New_York),
            })
        );
        let message = zone_from_name("America/new_york").unwrap_err().to_string();
        assert_eq!(
            message,
            format!(
                "there is no time zone \"America/new_york\" in the tz database {IANA_TZDB_VERSION}: write America/New_York"
            )
        );
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_version_that_was_searched() {
        for name in ["Europe/Bonn", "/", "Europe/", "Europe/Berlin ", " Europe/Berlin", "Europe/Berlin/Mitte"] {
            assert_eq!(zone_from_name(name), Err(ZoneError::Unknown { name: name.to_owned(), differs_in_case: None }));
        }
        let message = zone_from_name("Europe/Bonn").unwrap_err().to_string();
        assert_eq!(
            message,
            format!(
                "there is no time zone \"Europe/Bonn\" in the tz database {IANA_TZDB_VERSION}: write Area/Location \
                 as the IANA database spells it, such as Europe/Berlin or America/New_York, or UTC"
            )
        );
    }
}
