//! Content lines.

use ::icalendar::Property;
use ::icalendar::parser;

use super::excerpt::quoted;
use super::warning::CalendarWarning;

/// A content line, unfolded.
#[derive(Debug)]
pub(super) struct Line {
    /// The number of the line in the text, from 1; of a folded line, that of the first.
    pub(super) number: usize,
    text: String,
}

/// The content lines of a text. Lines end in LF or CRLF; a line that begins with a space or tab continues the one before it.
/// Empty lines and a byte order mark are left out.
pub(super) fn unfold(text: &str) -> impl Iterator<Item = Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.split('\n').map(|raw| raw.strip_suffix('\r').unwrap_or(raw));
    let mut lines = lines.enumerate().peekable();
    let unfolded = std::iter::from_fn(move || {
        let (index, first) = lines.next()?;
        let mut line = Line { number: index + 1, text: first.to_owned() };
        while let Some((_, continued)) = lines.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
            line.text.push_str(&continued[1..]);
        }
        Some(line)
    });
    unfolded.filter(|line| !line.text.trim().is_empty())
}

impl Line {
    /// The name before the first colon or semicolon, in capitals, since names are case-insensitive (RFC 5545 section
    /// 1.2). `None` if there is no name.
    pub(super) fn name(&self) -> Option<String> {
        let (name, _) = self.text.split_once([':', ';'])?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        is_name.then(|| name.to_ascii_uppercase())
    }

    /// The text after the first colon that is not in quotes. Parameters may have colons in quotes.
    pub(super) fn value(&self) -> &str {
        let mut is_quoted = false;
        let colon = self.text.find(|character| {
            is_quoted ^= character == '"';
            character == ':' && !is_quoted
        });
        colon.map_or("", |colon| &self.text[colon + 1..])
    }

    /// The line as a property, with texts unescaped, and with the names of parameters and the VALUE parameter in capitals.
    pub(super) fn property(&self) -> Result<Property, CalendarWarning> {
        let (name, rest) = self.text.split_at(self.text.find([':', ';']).unwrap_or_default());
        let capitals = name.to_ascii_uppercase() + rest;
        let parsed = parser::Property::try_from(capitals.as_str()).map_err(|_| self.unreadable())?;
        if parsed.name.as_str() != name.to_ascii_uppercase() {
            return Err(self.unreadable());
        }
        let mut property = Property::new(parsed.name.as_str(), parsed.val.as_str());
        for parameter in &parsed.params {
            let key = parameter.key.as_str().to_ascii_uppercase();
            let value = parameter.val.as_ref().map_or("", |value| value.as_str());
            if key == "VALUE" {
                property.add_parameter(&key, &value.to_ascii_uppercase());
            } else {
                property.add_parameter(&key, value);
            }
        }
        Ok(property)
    }

    pub(super) fn unreadable(&self) -> CalendarWarning {
        self.warning(format!("{} is not a property (NAME:value)", quoted(&self.text)))
    }

    pub(super) fn warning(&self, message: impl Into<String>) -> CalendarWarning {
        CalendarWarning::new(self.number, message)
    }
}
