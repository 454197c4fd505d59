//! An iCalendar feed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use offhours::calendar::ICalendar;

fuzz_target!(|text: &str| {
    let (calendar, warnings) = ICalendar::parse(text);
    assert!(warnings.len() <= 100);
    let lines = text.split('\n').count();
    for warning in &warnings {
        assert!((1..=lines).contains(&warning.line), "{warning}");
        assert!(warning.message.chars().count() < 1_000, "{warning}");
    }
    assert_eq!((calendar, warnings), ICalendar::parse(text));
});
