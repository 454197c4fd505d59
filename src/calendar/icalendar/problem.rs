//! What is wrong with a feed, and where.

use std::fmt;

/// Problems of one feed that are listed. A feed that isn't a calendar at all could have as many as it has lines.
const MAX_PROBLEMS: usize = 100;

/// Characters of a feed that a message quotes at most.
const MAX_QUOTED_CHARS: usize = 60;

/// Characters of another crate's message that are kept.
const MAX_REPORTED_CHARS: usize = 160;

/// Something in an iCalendar feed that is not used, because it can't be read or is not supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarProblem {
    /// The line of the text as it was given, from 1; of a folded line, the first.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for CalendarProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl CalendarProblem {
    pub(super) fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// The problems of a feed.
#[derive(Debug, Default)]
pub(super) struct Problems {
    listed: Vec<CalendarProblem>,
    /// The line of the first problem beyond those listed, and how many there are.
    unlisted: Option<(usize, usize)>,
}

impl Problems {
    pub(super) fn add(&mut self, problem: CalendarProblem) {
        if self.listed.len() < MAX_PROBLEMS - 1 {
            self.listed.push(problem);
        } else {
            let (_, count) = self.unlisted.get_or_insert((problem.line, 0));
            *count += 1;
        }
    }

    /// At most 100, by line.
    pub(super) fn into_list(self) -> Vec<CalendarProblem> {
        let mut list = self.listed;
        list.sort_by_key(|problem| problem.line);
        list.extend(
            self.unlisted
                .map(|(line, count)| CalendarProblem::new(line, format!("{count} more problems are not listed"))),
        );
        list
    }
}

/// A part of the feed in quotes, cut short.
pub(super) fn quoted(text: &str) -> String {
    format!("{:?}", cut(text, MAX_QUOTED_CHARS))
}

/// What a crate says of a part of the feed, which it may quote whole: in one line, cut short.
pub(super) fn reported(error: &impl fmt::Display) -> String {
    cut(&error.to_string(), MAX_REPORTED_CHARS)
}

fn cut(text: &str, max: usize) -> String {
    let mut characters = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    let mut shown: String = characters.by_ref().take(max).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
