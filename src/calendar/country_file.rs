//! Reading the files in `data/holidays/`, whose README describes the format.

use chrono::NaiveDate;

use super::country_files::FILES;

/// The codes and names of a country and its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// The ISO 3166-1 code of two letters, such as `DE`.
    pub code: &'static str,
    /// The code of three letters, such as `DEU`.
    pub alpha_3: &'static str,
    /// The name in English.
    pub name: &'static str,
    /// Its parts, in the order of their codes.
    pub parts: Vec<Part>,
}

/// A part of a country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The ISO 3166-2 code without that of the country, such as `BY`; a name if ISO has no code, such as `Augsburg`.
    pub code: &'static str,
    /// The names, the English one first; empty if the data set has none.
    pub names: Vec<&'static str>,
}

/// A holiday of a country, or of some parts of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Holiday {
    pub name: String,
    whose: Whose,
    /// The dates, each with whether it is an estimate.
    pub dates: Vec<(NaiveDate, bool)>,
}

/// The codes that have a holiday. The code of the country stands for the list of the whole country.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    AllBut(Vec<String>),
    Only(Vec<String>),
}

impl Holiday {
    /// Whether the part with this code, or the whole country if this is its code, has the holiday.
    pub fn is_of(&self, code: &str) -> bool {
        match &self.whose {
            Whose::AllBut(codes) => !codes.iter().any(|other| other == code),
            Whose::Only(codes) => codes.iter().any(|other| other == code),
        }
    }
}

/// Every country in the data set, in the order of the codes.
pub fn countries() -> impl Iterator<Item = Country> {
    FILES.iter().map(|file| Country::of(file))
}

/// The country with this code of two capital letters, and the text of its file.
pub(super) fn country(code: &str) -> Option<(Country, &'static str)> {
    let index = FILES.binary_search_by(|file| second_line(file).get(..2).unwrap_or_default().cmp(code)).ok()?;
    Some((Country::of(FILES[index]), FILES[index]))
}

impl Country {
    /// Reads the header of a file, which ends at the first empty line.
    fn of(file: &'static str) -> Self {
        let mut words = second_line(file).splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (code, alpha_3, _years, name) = (word(), word(), word(), word());
        let parts = file.lines().skip(2).take_while(|line| !line.is_empty()).map(|line| {
            let (code, names) = line.trim_start().split_once(' ').unwrap_or((line.trim_start(), ""));
            Part { code, names: names.split("; ").filter(|name| !name.is_empty()).collect() }
        });
        Self { code, alpha_3, name, parts: parts.collect() }
    }
}

fn second_line(file: &'static str) -> &'static str {
    file.lines().nth(1).unwrap_or_default()
}

/// The holidays in a file, in the order of the file.
pub(super) fn holidays(file: &str) -> Vec<Holiday> {
    let lines: Vec<&str> = file.lines().skip_while(|line| !line.is_empty()).collect();
    let begins = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let mut holidays = Vec::new();
    let mut rest = &lines[..];
    while let Some(start) = rest.iter().position(|line| begins(line)) {
        let end = rest[start + 1..].iter().position(|line| begins(line)).map_or(rest.len(), |next| start + 1 + next);
        holidays.push(holiday(&rest[start..end]));
        rest = &rest[end..];
    }
    holidays
}

/// Reads one holiday: a name, which continues in lines with four spaces, and dates in lines with two.
fn holiday(lines: &[&str]) -> Holiday {
    let is_of_name = |index: usize, line: &str| index == 0 || line.starts_with("    ");
    let indexed = || lines.iter().enumerate().map(|(index, line)| (is_of_name(index, line), line.trim()));
    let title: Vec<&str> = indexed().filter(|(is_of_name, _)| *is_of_name).map(|(_, line)| line).collect();
    let title = title.join(" ");
    let (name, codes) = match title.strip_suffix(']').and_then(|title| title.rsplit_once(" [")) {
        Some((name, codes)) => (name, codes),
        None => (title.as_str(), "not"),
    };
    let words = |codes: &str| codes.split_whitespace().map(str::to_owned).collect();
    let whose = match codes.strip_prefix("not") {
        Some(codes) if codes.is_empty() || codes.starts_with(' ') => Whose::AllBut(words(codes)),
        _ => Whose::Only(words(codes)),
    };
    let dates = indexed().filter(|(is_of_name, _)| !is_of_name).flat_map(|(_, line)| line.split("  ")).flat_map(dates);
    let mut dates: Vec<_> = dates.collect();
    dates.sort_unstable();
    Holiday { name: name.to_owned(), whose, dates }
}

/// Reads dates: `01-06 2020-2035` is that day in each of these years, `2020-04-10` one date; `~` after a day marks an
/// estimate.
fn dates(text: &str) -> Vec<(NaiveDate, bool)> {
    let (day, years) = text.split_once(' ').map_or((text, None), |(day, years)| (day, Some(years)));
    let is_estimate = day.ends_with('~');
    let day = day.trim_end_matches('~');
    let date = |text: String| Some((text.parse().ok()?, is_estimate));
    match years.and_then(|years| years.split_once('-')) {
        None => date(day.to_owned()).into_iter().collect(),
        Some((first, last)) => {
            let year = |text: &str| text.parse::<i32>().unwrap_or_default();
            (year(first)..=year(last)).filter_map(|year| date(format!("{year}-{day}"))).collect()
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::Datelike;

    use super::super::country_files::YEARS;
    use super::*;

    /// The number of dates in a file. Reading leaves out silently what it cannot read, so the numbers must be compared.
    fn dates_written(file: &str) -> usize {
        let body = file.split_once("\n\n").unwrap().1;
        let lines = body.lines().filter(|line| line.starts_with("  ") && !line.starts_with("    "));
        let number = |text: &str| -> usize {
            let Some((_, years)) = text.split_once(' ') else { return 1 };
            let (first, last) = years.split_once('-').unwrap();
            last.parse::<usize>().unwrap() - first.parse::<usize>().unwrap() + 1
        };
        lines.flat_map(|line| line.trim().split("  ")).map(number).sum()
    }

    #[test]
    fn every_date_of_every_file_is_read_and_lies_in_the_years_of_the_data() {
        for file in FILES {
            let holidays = holidays(file);
            let dates: Vec<_> = holidays.iter().flat_map(|holiday| &holiday.dates).collect();
            assert_eq!(dates.len(), dates_written(file), "{}", second_line(file));
            assert!(dates.iter().all(|(date, _)| YEARS.contains(&date.year())));
        }
    }

    #[test]
    fn every_code_that_a_holiday_names_is_the_country_or_one_of_its_parts() {
        for file in FILES {
            let country = Country::of(file);
            let known: Vec<&str> = country.parts.iter().map(|part| part.code).chain([country.code]).collect();
            for Holiday { name, whose: Whose::AllBut(codes) | Whose::Only(codes), .. } in holidays(file) {
                assert!(!name.contains(['[', ']']), "{name}");
                assert!(codes.iter().all(|code| known.contains(&code.as_str())), "{}: {name} {codes:?}", country.code);
            }
        }
    }

    #[test]
    fn the_files_are_in_the_order_of_their_codes_and_each_code_finds_its_own() {
        let codes: Vec<&str> = countries().map(|country| country.code).collect();
        assert!(codes.is_sorted());
        assert!(codes.iter().all(|code| country(code).unwrap().0.code == *code));
        assert_eq!(country("XX"), None);
        assert_eq!(country(""), None);
    }

    #[test]
    fn names_parts_and_estimates_are_read_where_lines_are_wrapped() {
        let file = "# head\nXA XAA 2020-2035 Example Land\n  AA\n  BB Bee; Be\n\nLong [not AA\n    BB]\n  \
            01-06 2020-2022  2030-01-07~\n  2031-02-01\nShort [XA]\n  02-03~ 2020-2022\n";
        let country = Country::of(file);
        assert_eq!((country.code, country.alpha_3, country.name), ("XA", "XAA", "Example Land"));
        let parts = [Part { code: "AA", names: vec![] }, Part { code: "BB", names: vec!["Bee", "Be"] }];
        assert_eq!(country.parts, parts);
        let date = |text: &str, is_estimate| (text.parse::<NaiveDate>().unwrap(), is_estimate);
        let long = Holiday {
            name: "Long".to_owned(),
            whose: Whose::AllBut(vec!["AA".to_owned(), "BB".to_owned()]),
            dates: vec![
                date("2020-01-06", false),
                date("2021-01-06", false),
                date("2022-01-06", false),
                date("2030-01-07", true),
                date("2031-02-01", false),
            ],
        };
        let short = Holiday {
            name: "Short".to_owned(),
            whose: Whose::Only(vec!["XA".to_owned()]),
            dates: ["2020-02-03", "2021-02-03", "2022-02-03"].map(|text| date(text, true)).to_vec(),
        };
        assert_eq!(holidays(file), [long, short]);
    }
}
