//! What keeps a policy from judging: whole messages, and the errors behind them.

use std::error::Error as _;

use serde_json::{Value, json};

use super::compile;
use crate::calendar::{TimeOfDayError, WindowError, ZoneError};
use crate::detect::PolicyErrorKind;

fn rule(changes: Value) -> Value {
    let mut rule = json!({"name": "nightly", "reason": "CHG-1", "tags": ["nightly-*"]});
    rule.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!({"allow": [rule]})
}

#[test]
fn each_error_names_its_field_and_what_to_do() {
    let window = |window: Value| json!({"businessHours": [window]});
    let team = |name: &str| json!({"name": name, "match": {"accounts": ["111122223333"]}});
    for (spec, message) in [
        (
            json!({"timeZone": "CET"}),
            "spec.timeZone: \"CET\" is not the IANA name of a time zone: write Area/Location, such as Europe/Berlin or America/New_York, or UTC; abbreviations such as EST are not accepted",
        ),
        (
            window(json!({"days": ["Mon"], "start": "08:00", "end": "8pm"})),
            "spec.businessHours[0].end: \"8pm\" is not a time of day: write two digits each for hour and minute, \"00:00\" to \"23:59\", or \"24:00\" for the end of the day",
        ),
        (
            window(json!({"days": ["Mon"], "start": "08:00", "end": "08:00"})),
            "spec.businessHours[0]: a window can't start and end at 08:00: for a whole day, use start \"00:00\" and end \"24:00\"",
        ),
        (
            json!({"teams": [{"name": "empty", "match": {}}]}),
            "spec.teams[0].match: a team must match something: list principals, repositories or accounts",
        ),
        (
            json!({"teams": [team("a"), team("b"), team("a")]}),
            "spec.teams[2].name: the name \"a\" is used twice; names must be unique",
        ),
        (
            rule(json!({"tags": ["*"]})),
            "spec.allow[0]: an allow rule must not match every push: list principals, repositories, tags, accounts, regions, sourceIPs, userAgents, kinds or during, with more than * in one of them",
        ),
        (
            rule(json!({"sessions": ["run-*"]})),
            "spec.allow[0].sessions: sessions must be used together with principals, because whoever assumes a role chooses the session name: list principals too, with more than *",
        ),
        (
            rule(json!({"reason": " "})),
            "spec.allow[0].reason: must say why these pushes are allowed and who approved it, such as a ticket",
        ),
        (
            rule(json!({"notBefore": "2027-01-01T00:00:00Z", "expires": "2027-01-01T00:00:00Z"})),
            "spec.allow[0].notBefore: must be before expires",
        ),
        (
            rule(json!({"sourceIPs": ["203.0.113.0/24", "here"]})),
            "spec.allow[0].sourceIPs[1]: \"here\" is not an IP address or a CIDR block, such as 203.0.113.0/24",
        ),
        (
            rule(json!({"during": [{"days": [], "start": "08:00", "end": "09:00"}]})),
            "spec.allow[0].during[0]: a window needs at least one day: list the weekdays on which it starts, or remove the window",
        ),
    ] {
        assert_eq!(compile(spec).unwrap_err().to_string(), message);
    }
}

#[test]
fn an_error_of_the_calendar_is_kept_as_the_source() {
    let zone = compile(json!({"timeZone": "CET"})).unwrap_err();
    let expected = ZoneError::NotAreaAndLocation { name: "CET".to_owned() };
    assert_eq!(zone.kind.source().and_then(|source| source.downcast_ref()), Some(&expected));
    assert_eq!(zone.source().and_then(|source| source.downcast_ref()), Some(&zone.kind));

    let window = |start: &str| compile(json!({"businessHours": [{"days": [], "start": start, "end": "20:00"}]}));
    let text = "8am".to_owned();
    assert_eq!(window("8am").unwrap_err().kind, PolicyErrorKind::TimeOfDay { source: TimeOfDayError { text } });
    assert_eq!(window("08:00").unwrap_err().kind, PolicyErrorKind::Window { source: WindowError::NoDays });
}
