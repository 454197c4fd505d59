//! Offsets from UTC.

/// `+05:30`.
pub fn utc_offset(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_written_with_hours_and_minutes() {
        assert_eq!([20_700, -12_600, 0].map(utc_offset), ["+05:45", "-03:30", "+00:00"]);
    }
}
