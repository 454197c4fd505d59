//! Country codes that are not in the data set, and the codes that may be meant.

use super::country_file::{Country, Part, countries};

/// The most codes that a message names.
const MAX_NAMED: usize = 6;

/// Names that are less similar than this (Jaro-Winkler, 0 to 1) are not considered typing errors.
const ALIKE: f64 = 0.85;

/// A code is not that of a country, or of a part of one, in the data set of public holidays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountryError {
    /// The code in lower case, with another separator, the three letters of a country, or a name.
    #[error("{code:?} is not a code of ISO 3166; write {right:?}{}", in_brackets(.name))]
    Spelling {
        /// What was written.
        code: String,
        /// The code that is meant.
        right: String,
        /// What it stands for.
        name: String,
    },
    /// A code that ISO 3166 withdrew, or never had.
    #[error("{code:?} is no longer a code of ISO 3166; write {}", quoted(.now))]
    Retired {
        /// What was written.
        code: String,
        /// The codes that replace it.
        now: &'static [&'static str],
    },
    /// The country has no parts in the data set.
    #[error(
        "{code:?}: the holiday data has no parts of {name}; write {country:?} for the whole country, and list further holidays \
         as dates or in a calendar"
    )]
    NoParts {
        /// What was written.
        code: String,
        /// The code of the country.
        country: &'static str,
        /// Its name.
        name: &'static str,
    },
    /// The country has parts, but not this one.
    #[error(
        "{code:?}: the holiday data has no such part of {name}{}; for all parts, run: offhours holidays --parts {country}",
        did_you_mean(.nearest)
    )]
    UnknownPart {
        /// What was written.
        code: String,
        /// The code of the country.
        country: &'static str,
        /// Its name.
        name: &'static str,
        /// Codes that may be meant, with their names.
        nearest: Vec<String>,
    },
    /// The text does not look like a code in the data set.
    #[error(
        "{code:?} is not a country of the holiday data{}; for all countries, run: offhours holidays",
        did_you_mean(.nearest)
    )]
    Unknown {
        /// What was written.
        code: String,
        /// Codes that may be meant, with their names.
        nearest: Vec<String>,
    },
}

/// Codes that people still write, or believe to be codes of ISO 3166, each with the codes that replace it.
const RETIRED: [(&str, &[&str]); 22] = [
    ("AN", &["BQ", "CW", "SX"]),
    ("BU", &["MM"]),
    ("CS", &["CZ", "SK", "RS", "ME"]),
    ("DD", &["DE"]),
    ("EL", &["GR"]),
    ("FR-A", &["FR-6AE"]),
    ("FX", &["FR"]),
    ("IN-CT", &["IN-CG"]),
    ("IN-DD", &["IN-DH"]),
    ("IN-DN", &["IN-DH"]),
    ("IN-OR", &["IN-OD"]),
    ("IN-TG", &["IN-TS"]),
    ("IN-UT", &["IN-UK"]),
    ("NT", &["IQ", "SA"]),
    ("SU", &["RU", "UA", "BY", "KZ", "UZ", "GE", "AZ", "AM", "LT", "LV", "EE", "MD", "KG", "TJ", "TM"]),
    ("TP", &["TL"]),
    ("UK", &["GB"]),
    ("YD", &["YE"]),
    ("YU", &["RS", "ME", "HR", "SI", "BA", "MK"]),
    ("ZR", &["CD"]),
    ("GB-EAW", &["GB-ENG", "GB-WLS"]),
    ("GB-UKM", &["GB"]),
];

/// A code in the data set, with its names.
struct Entry {
    code: String,
    /// The names; the first is shown.
    names: Vec<String>,
}

impl Entry {
    fn of_country(country: &Country) -> Self {
        Self { code: country.code.to_owned(), names: vec![country.name.to_owned()] }
    }

    fn of_part(country: &Country, part: &Part) -> Self {
        let names = if part.names.is_empty() { vec![part.code.to_owned()] } else { owned(&part.names) };
        Self { code: format!("{}-{}", country.code, part.code), names }
    }

    fn shown(&self) -> String {
        format!("{:?}{}", self.code, self.names.first().map(|name| in_brackets(name)).unwrap_or_default())
    }
}

/// The error for a code that is not in the data set.
pub(super) fn unknown(code: &str) -> CountryError {
    let written = code.trim().to_uppercase().replace(['_', '/', ' ', '.'], "-");
    let countries: Vec<Country> = countries().collect();
    let of_parts = countries.iter().flat_map(|country| country.parts.iter().map(|part| Entry::of_part(country, part)));
    let entries: Vec<Entry> = countries.iter().map(Entry::of_country).chain(of_parts).collect();
    let code = code.to_owned();

    if let Some((_, now)) = RETIRED.iter().find(|(retired, _)| *retired == written) {
        return CountryError::Retired { code, now };
    }
    let by_alpha_3 = countries.iter().find(|country| country.alpha_3 == written).map(|country| country.code);
    let is_meant = |entry: &&Entry| {
        entry.code.to_uppercase() == written
            || by_alpha_3 == Some(&entry.code)
            || entry.names.iter().any(|name| name.to_uppercase() == code.trim().to_uppercase())
    };
    if let Some(entry) = entries.iter().find(is_meant) {
        let name = entry.names.first().cloned().unwrap_or_default();
        return CountryError::Spelling { code, right: entry.code.clone(), name };
    }
    let (before, part) = written.split_once('-').map_or((written.as_str(), None), |(a, b)| (a, Some(b)));
    let country = countries.iter().find(|country| country.code == before);
    match (country, part) {
        (Some(country), Some(_)) if country.parts.is_empty() => {
            CountryError::NoParts { code, country: country.code, name: country.name }
        }
        (Some(country), Some(part)) => {
            let nearest = nearest_parts(&entries, country.code, part);
            CountryError::UnknownPart { code, country: country.code, name: country.name, nearest }
        }
        _ => CountryError::Unknown { nearest: nearest(&entries, &written), code },
    }
}

/// The parts of this country with a similar name or code, the most similar first, then those of other countries with the
/// same code.
fn nearest_parts(entries: &[Entry], country: &str, part: &str) -> Vec<String> {
    let split = |entry: &Entry| entry.code.split_once('-').map(|(country, part)| (country.to_owned(), part.to_owned()));
    let own = entries.iter().filter(|entry| split(entry).is_some_and(|(of, _)| of == country));
    let mut own: Vec<(f64, &Entry)> = own.filter_map(|entry| Some((likeness(entry, part)?, entry))).collect();
    own.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let others = entries.iter().filter(|entry| split(entry).is_some_and(|(of, code)| of != country && code == part));
    own.into_iter().map(|(_, entry)| entry).chain(others).take(MAX_NAMED).map(Entry::shown).collect()
}

/// The entries with a similar name or a code that differs in one letter, the most similar first.
fn nearest(entries: &[Entry], text: &str) -> Vec<String> {
    let mut alike: Vec<(f64, &Entry)> =
        entries.iter().filter_map(|entry| Some((likeness(entry, text)?, entry))).collect();
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    alike.into_iter().take(MAX_NAMED).map(|(_, entry)| entry.shown()).collect()
}

/// The similarity of the name or code of an entry to this text in capitals, from 0 to 1; None if it is too low.
fn likeness(entry: &Entry, text: &str) -> Option<f64> {
    let last = entry.code.rsplit_once('-').map_or(entry.code.as_str(), |(_, part)| part);
    let is_code = text.chars().count() <= 3;
    if is_code {
        // The first letter is more likely to be right than the last one.
        let is_near = strsim::osa_distance(last, text) == 1 && last.chars().count() >= 2;
        return is_near.then(|| strsim::jaro_winkler(last, text));
    }
    let of_name = |name: &String| strsim::jaro_winkler(&name.to_uppercase(), &text.replace('-', " "));
    let best = entry.names.iter().map(of_name).chain([strsim::jaro_winkler(&entry.code, text)]).fold(0.0, f64::max);
    (best >= ALIKE).then_some(best)
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn in_brackets(name: &str) -> String {
    format!(" ({name})")
}

fn quoted(codes: &[&str]) -> String {
    let codes: Vec<String> = codes.iter().map(|code| format!("{code:?}")).collect();
    codes.join(" or ")
}

fn did_you_mean(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; did you mean {}?", nearest.join(" or ")) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::country_holidays;
    use super::*;

    #[track_caller]
    fn message(code: &str) -> String {
        country_holidays(code).unwrap_err().to_string()
    }

    #[test]
    fn a_code_that_is_spelled_differently_and_a_name_say_which_code_to_write() {
        for (code, right) in [
            ("de", "\"DE\" (Germany)"),
            (" DE", "\"DE\" (Germany)"),
            ("DEU", "\"DE\" (Germany)"),
            ("germany", "\"DE\" (Germany)"),
            ("de-by", "\"DE-BY\" (Bavaria)"),
            ("DE_BY", "\"DE-BY\" (Bavaria)"),
            ("Bavaria", "\"DE-BY\" (Bavaria)"),
            ("Bayern", "\"DE-BY\" (Bavaria)"),
            ("DE-AUGSBURG", "\"DE-Augsburg\" (Augsburg)"),
            ("Karnataka", "\"IN-KA\" (Karnataka)"),
        ] {
            assert_eq!(message(code), format!("{code:?} is not a code of ISO 3166; write {right}"));
        }
    }

    #[test]
    fn a_code_that_was_withdrawn_names_those_of_today() {
        assert_eq!(message("AN"), "\"AN\" is no longer a code of ISO 3166; write \"BQ\" or \"CW\" or \"SX\"");
        for (retired, now) in RETIRED {
            assert_eq!(country_holidays(retired).unwrap_err(), CountryError::Retired { code: retired.to_owned(), now });
            assert!(now.iter().all(|code| country_holidays(code).is_ok()), "{retired}: {now:?}");
        }
    }

    #[test]
    fn a_part_of_another_country_and_one_that_is_none_name_the_nearest_that_are() {
        assert_eq!(
            message("DE-CA"),
            "\"DE-CA\": the holiday data has no such part of Germany; did you mean \"CV-CA\" (Santa Catarina) or \
             \"IT-CA\" (Cagliari) or \"NI-CA\" (Carazo) or \"SV-CA\" (Cabañas) or \"US-CA\" (California)?; for all parts, run: offhours holidays --parts DE"
        );
        assert_eq!(
            message("DE-Bavria"),
            "\"DE-Bavria\": the holiday data has no such part of Germany; did you mean \"DE-BY\" (Bavaria)?; for all parts, \
             run: offhours holidays --parts DE"
        );
        assert_eq!(
            message("DE-99999"),
            "\"DE-99999\": the holiday data has no such part of Germany; for all parts, run: offhours holidays --parts DE"
        );
        assert_eq!(
            message("JP-13"),
            "\"JP-13\": the holiday data has no parts of Japan; write \"JP\" for the whole country, and list further holidays \
             as dates or in a calendar"
        );
    }

    #[test]
    fn what_is_no_code_names_the_nearest_country_and_is_never_empty_handed() {
        assert_eq!(
            message("Germny"),
            "\"Germny\" is not a country of the holiday data; did you mean \"DE\" (Germany) or \"BE-German\" (German)?; for all \
             countries, run: offhours holidays"
        );
        assert_eq!(
            message("XX-YY"),
            "\"XX-YY\" is not a country of the holiday data; for all countries, run: offhours holidays"
        );
        for code in ["", "-", "XX", "ÄÖ", "DE-", "-BY", "\n", &"x".repeat(10_000)] {
            assert!(message(code).contains("run: offhours holidays"), "{code}: {}", message(code));
        }
    }
}
