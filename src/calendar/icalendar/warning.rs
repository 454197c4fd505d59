//! Warnings about a feed.

use std::fmt;

/// The most warnings that are listed for one feed. A text that is no calendar could have as many as it has lines.
const MAX_WARNINGS: usize = 100;

/// A part of an iCalendar feed is not used, because it cannot be read or is not supported. The rest of the feed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarWarning {
    /// The number of the line in the text, from 1; of a folded line, that of the first.
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

/// The warnings about a feed.
#[derive(Debug, Default)]
pub(super) struct CalendarWarnings {
    listed: Vec<CalendarWarning>,
    /// The line of the first warning that is not listed, and the number of those.
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

    /// At most 100 warnings, by line.
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
