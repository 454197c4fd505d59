//! An iCalendar feed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use offhours::calendar::ICalendar;

fuzz_target!(|text: &str| {
    let (calendar, problems) = ICalendar::parse(text);
    assert!(problems.len() <= 100);
    let lines = text.split('\n').count();
    for problem in &problems {
        assert!((1..=lines).contains(&problem.line), "{problem}");
        assert!(problem.message.chars().count() < 1_000, "{problem}");
    }
    assert_eq!((calendar, problems), ICalendar::parse(text));
});
