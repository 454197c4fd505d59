//! What is wrong with a feed, and where.

use std::fmt;

/// CalendarWarnings of one feed that are listed. A feed that isn't a calendar at all could have as many as it has lines.
const MAX_WARNINGS: usize = 100;

/// Something in an iCalendar feed that is not used, because it can't be read or is not supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarWarning {
    /// The line of the text as it was given, from 1; of a folded line, the first.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for CalendarWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl CalendarWarning {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// The warnings of a feed.
#[derive(Debug, Default)]
pub(super) struct CalendarWarnings {
    listed: Vec<CalendarWarning>,
    /// The line of the first warning beyond those listed, and how many there are.
    unlisted: Option<(usize, usize)>,
}

impl CalendarWarnings {
    pub(super) fn add(&mut self, warning: CalendarWarning) {
        if self.listed.len() < MAX_WARNINGS - 1 {
            self.listed.push(warning);
        } else {
            let (_, count) = self.unlisted.get_or_insert((warning.line, 0));
            *count += 1;
        }
    }

    /// At most 100, by line.
    pub(super) fn into_list(self) -> Vec<CalendarWarning> {
        let mut list = self.listed;
        list.sort_by_key(|warning| warning.line);
        list.extend(
            self.unlisted
                .map(|(line, count)| CalendarWarning::new(line, format!("{count} more problems are not listed"))),
        );
        list
    }
}
