//! The team and the rule that match an upload, compared with a formulation that knows only lists and fields.

use std::net::Ipv4Addr;

use chrono::{DateTime, Datelike, Timelike, Utc};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::{policy, upload, verdict};

const PRINCIPALS: [&str; 4] = ["arn:aws:iam::*:role/ci/*", "arn:aws:iam::111122223333:role/dev", "*/dev", "*"];
const ROLES: [&str; 3] = ["ci/release", "dev", "ops/dev"];
const REPOSITORIES: [&str; 4] = ["prod/*", "prod/a?i", "lab/*", "*/api"];
const PUSHED_TO: [&str; 4] = ["prod/api", "prod/web", "lab/api", "x"];
const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
const REGIONS: [&str; 3] = ["eu-*", "us-east-?", "eu-central-1"];
const TAGS: [&str; 3] = ["v*", "nightly-?", "v1.2"];
const SESSIONS: [&str; 3] = ["run-*", "kaori", "*"];
const AGENTS: [&str; 2] = ["aws-cli/*", "*Internal"];
const NETWORKS: [&str; 4] = ["203.0.113.0/24", "203.0.113.7", "198.51.100.128/25", "0.0.0.0/0"];
const KINDS: [&str; 3] = ["Image", "Index", "HelmChart"];
const TIMES: [&str; 5] = [
    "2026-11-18T01:00:00Z",
    "2026-11-18T23:17:30Z",
    "2026-11-19T03:00:00Z",
    "2026-11-20T00:59:59Z",
    "2026-11-21T02:00:00Z",
];

/// An upload, as its fields.
#[derive(Debug, Clone)]
struct Push {
    role: &'static str,
    session: &'static str,
    repository: &'static str,
    account: &'static str,
    region: &'static str,
    tag: Option<&'static str>,
    address: &'static str,
    agent: Option<&'static str>,
    kind: &'static str,
    time: &'static str,
}

impl Push {
    fn arn(&self) -> String {
        format!("arn:aws:iam::111122223333:role/{}", self.role)
    }

    fn upload(&self) -> crate::upload::Upload {
        let manifest = match self.kind {
            "Index" => json!({"schemaVersion": 2, "manifests": []}),
            "HelmChart" => {
                json!({"schemaVersion": 2, "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json"}})
            }
            _ => json!({"schemaVersion": 2, "config": {"mediaType": "application/vnd.oci.image.config.v1+json"}}),
        };
        upload(&[
            ("/userIdentity/sessionContext/sessionIssuer/arn", json!(self.arn())),
            ("/userIdentity/arn", json!(format!("arn:aws:sts::111122223333:assumed-role/x/{}", self.session))),
            ("/requestParameters/repositoryName", json!(self.repository)),
            ("/requestParameters/registryId", json!(self.account)),
            ("/requestParameters/imageTag", json!(self.tag)),
            ("/requestParameters/imageManifest", json!(manifest.to_string())),
            ("/awsRegion", json!(self.region)),
            ("/sourceIPAddress", json!(self.address)),
            ("/userAgent", json!(self.agent)),
            ("/eventTime", json!(self.time)),
        ])
    }
}

fn any_push() -> impl Strategy<Value = Push> {
    let who = (select(&ROLES[..]), select(vec!["run-1", "kaori"]), select(&ACCOUNTS[..]));
    let what = (
        select(&PUSHED_TO[..]),
        prop::option::of(select(vec!["v1.2", "v2", "nightly-3", "latest"])),
        select(&KINDS[..]),
    );
    let how = (
        select(vec!["eu-central-1", "eu-west-1", "us-east-1"]),
        select(vec!["AWS Internal", "203.0.113.7", "203.0.113.8", "198.51.100.5"]),
        prop::option::of(select(vec!["AWS Internal", "aws-cli/2.1"])),
        select(&TIMES[..]),
    );
    (who, what, how).prop_map(|((role, session, account), (repository, tag, kind), (region, address, agent, time))| {
        Push { role, session, repository, account, region, tag, address, agent, kind, time }
    })
}

/// IAM's patterns, split at the stars: each piece must come after the one before it, the first and the last at the ends.
fn like(pattern: &str, value: &str) -> bool {
    let same = |piece: &str, text: &str| {
        piece.len() == text.len() && piece.bytes().zip(text.bytes()).all(|(p, t)| p == b'?' || p == t)
    };
    let pieces: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return same(pattern, value) };
    if value.len() < first.len() + last.len() {
        return false;
    }
    let (begin, rest) = value.split_at(first.len());
    let (mut rest, end) = rest.split_at(rest.len() - last.len());
    for piece in middle {
        let Some(found) = (0..=rest.len().saturating_sub(piece.len()))
            .find(|&at| rest.len() >= piece.len() && same(piece, &rest[at..at + piece.len()]))
        else {
            return false;
        };
        rest = &rest[found + piece.len()..];
    }
    same(first, begin) && same(last, end)
}

fn in_network(network: &str, address: &str) -> bool {
    let number = |text: &str| text.parse::<Ipv4Addr>().ok().map(u32::from);
    let (base, length) =
        network.split_once('/').map_or((network, 32), |(base, length)| (base, length.parse().unwrap()));
    let Some(address) = number(address) else { return false };
    let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
    number(base).unwrap() & mask == address & mask
}

/// A list admits a value if it is empty or one of its items does.
fn admits(list: &Value, value: Option<&str>, item_admits: fn(&str, &str) -> bool) -> bool {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.is_empty() || value.is_some_and(|value| items.iter().any(|item| item_admits(item.as_str().unwrap(), value)))
}

fn is(item: &str, value: &str) -> bool {
    item == value
}

fn team_matches(team: &Value, push: &Push) -> bool {
    let matches = &team["match"];
    admits(&matches["principals"], Some(&push.arn()), like)
        && admits(&matches["repositories"], Some(push.repository), like)
        && admits(&matches["accounts"], Some(push.account), is)
}

fn rule_covers(rule: &Value, push: &Push) -> bool {
    let time: DateTime<Utc> = push.time.parse().unwrap();
    let instant = |name: &str| rule[name].as_str().map(|text| text.parse::<DateTime<Utc>>().unwrap());
    // For windows from 01:00 to 03:00 UTC on weekdays.
    let during = rule["during"].as_array().is_none_or(Vec::is_empty)
        || (time.weekday().num_days_from_monday() < 5 && (1..3).contains(&time.hour()));
    admits(&rule["principals"], Some(&push.arn()), like)
        && admits(&rule["sessions"], Some(push.session), like)
        && admits(&rule["repositories"], Some(push.repository), like)
        && admits(&rule["tags"], push.tag, like)
        && admits(&rule["accounts"], Some(push.account), is)
        && admits(&rule["regions"], Some(push.region), like)
        && admits(&rule["sourceIPs"], Some(push.address), in_network)
        && admits(&rule["userAgents"], push.agent, like)
        && admits(&rule["kinds"], Some(push.kind), is)
        && during
        && instant("notBefore").is_none_or(|from| from <= time)
        && instant("expires").is_none_or(|until| time < until)
}

/// Lists of a few items, mostly empty, so that about half of the rules match.
fn some_of(items: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![2 => Just(Vec::new()), 1 => subsequence(items, 1..=items.len())]
}

fn any_rule() -> impl Strategy<Value = Value> {
    let who = (some_of(&PRINCIPALS), some_of(&SESSIONS), some_of(&ACCOUNTS));
    let what = (some_of(&REPOSITORIES), some_of(&TAGS), some_of(&KINDS));
    let how = (some_of(&REGIONS), some_of(&NETWORKS), some_of(&AGENTS), any::<bool>());
    let life = (prop::option::weighted(0.2, select(&TIMES[..3])), prop::option::weighted(0.3, select(&TIMES[3..])));
    (who, what, how, life).prop_map(
        |(
            (principals, sessions, accounts),
            (repositories, tags, kinds),
            (regions, networks, agents, during),
            (from, until),
        )| {
            // Sessions may only narrow principals, and a rule must exclude something.
            let narrows = |list: &Vec<&str>| !list.is_empty() && !list.contains(&"*");
            let sessions = if narrows(&principals) { sessions } else { Vec::new() };
            let lists = [&principals, &accounts, &repositories, &tags, &kinds, &regions, &networks, &agents];
            let during = during || !lists.into_iter().any(narrows);
            let window = json!({"days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "start": "01:00", "end": "03:00"});
            let mut rule = json!({
                "reason": "CHG-1", "principals": principals, "sessions": sessions, "accounts": accounts,
                "repositories": repositories, "tags": tags, "kinds": kinds, "regions": regions,
                "sourceIPs": networks, "userAgents": agents,
                "during": if during { vec![window] } else { Vec::new() },
            });
            let life = [("notBefore", from), ("expires", until)];
            for (name, time) in life.into_iter().filter_map(|(name, time)| Some((name, time?))) {
                rule[name] = json!(time);
            }
            rule
        },
    )
}

fn any_team() -> impl Strategy<Value = Value> {
    let lists = (some_of(&PRINCIPALS), some_of(&REPOSITORIES), some_of(&ACCOUNTS));
    lists.prop_map(|(principals, repositories, accounts)| {
        let nothing = principals.is_empty() && repositories.is_empty() && accounts.is_empty();
        let accounts = if nothing { vec![ACCOUNTS[0]] } else { accounts };
        json!({"match": {"principals": principals, "repositories": repositories, "accounts": accounts}})
    })
}

/// Names each by its index in the list.
fn named(items: Vec<Value>) -> Vec<Value> {
    let named = |(index, mut item): (usize, Value)| {
        item["name"] = json!(format!("n{index}"));
        item
    };
    items.into_iter().enumerate().map(named).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_team_that_matches_wins(teams in prop::collection::vec(any_team(), 0..5), push in any_push()) {
        let teams = named(teams);
        let expected = teams.iter().find(|team| team_matches(team, &push)).map(|team| team["name"].as_str().unwrap());
        let policy = policy(json!({"businessHours": [], "teams": teams}));
        prop_assert_eq!(policy.judge(&push.upload()).hours.team(), expected);
    }

    #[test]
    fn the_first_rule_that_covers_a_push_allows_it(rules in prop::collection::vec(any_rule(), 1..5), push in any_push()) {
        let rules = named(rules);
        let expected = rules.iter().find(|rule| rule_covers(rule, &push)).map_or_else(
            || "OffHours(Freeze)".to_owned(),
            |rule| format!("Allowed({})", rule["name"].as_str().unwrap()),
        );
        let policy = policy(json!({"businessHours": [], "allow": rules}));
        prop_assert_eq!(verdict(&policy, &push.upload()), expected);
    }

    #[test]
    fn items_of_a_list_may_come_in_any_order(rule in any_rule(), team in any_team(), push in any_push()) {
        let turned = |item: &Value| {
            let mut item = item.clone();
            let fields = item.as_object_mut().unwrap().values_mut();
            for list in fields.flat_map(|field| match field {
                Value::Object(inner) => inner.values_mut().collect::<Vec<_>>(),
                other => vec![other],
            }) {
                if let Some(items) = list.as_array_mut() {
                    items.reverse();
                }
            }
            item
        };
        let judged = |rule: Value, team: Value| {
            let policy = policy(json!({"businessHours": [], "allow": named(vec![rule]), "teams": named(vec![team])}));
            let upload = push.upload();
            (verdict(&policy, &upload), policy.judge(&upload).hours.team().map(str::to_owned))
        };
        prop_assert_eq!(judged(turned(&rule), turned(&team)), judged(rule, team));
    }
}

#[test]
fn patterns_by_their_pieces_are_those_of_iam() {
    for (pattern, value, expected) in [
        ("prod/*", "prod/team/api", true),
        ("*/api", "prod/api", true),
        ("*/dev", "arn:aws:iam::1:role/dev", true),
        ("prod/a?i", "prod/api", true),
        ("a*a", "a", false),
        ("*", "", true),
    ] {
        assert_eq!(like(pattern, value), expected, "{pattern} on {value}");
    }
}
