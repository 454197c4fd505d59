//! Tables.

use std::io::Write as _;

use anstyle::Style;
use tabwriter::TabWriter;

const HEADER: Style = Style::new().bold();

/// The first row.
pub fn header(titles: &[&str]) -> Vec<String> {
    titles.iter().map(|title| styled(HEADER, title)).collect()
}

pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Columns three spaces apart, as kubectl prints them.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let mut writer = TabWriter::new(Vec::new()).padding(3).minwidth(0).ansi(true);
    let text: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
    // Writing into memory does not fail.
    let _ = writer.write_all(text.as_bytes()).and_then(|()| writer.flush());
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
