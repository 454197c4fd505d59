//! Records to compare on: every published one, those at every hour of a week, and synthetic ones by the thousand.

use std::path::Path;

use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use crate::identities;
use crate::record::{Record, id};

/// A published record, or file of records.
pub fn sample(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cloudtrail").join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The published records of pushes.
pub fn published_put_images() -> Vec<Value> {
    ["docker-push-iamuser", "console-2019", "ecr-public-2019.rebuilt"]
        .map(|name| sample(&format!("putimage/{name}.json")))
        .to_vec()
}

/// All published records of CloudTrail in the fixtures.
pub fn published() -> Vec<Value> {
    let others = [
        "awsdocs_ecr_BatchGetImage",
        "awsdocs_ecr_CreateGrant",
        "awsdocs_ecr_CreateRepository",
        "awsdocs_ecr_PolicyExecutionEvent",
        "splunk_describeimagescanfindings",
    ];
    let mut records = published_put_images();
    records.extend(others.map(|name| sample(&format!("other/{name}.json"))));
    let identities = sample("identities.json");
    let groups = identities.as_object().unwrap().values();
    records.extend(groups.flat_map(|group| group.as_array().unwrap()).map(|entry| entry["event"].clone()));
    records
}

/// The published records of pushes and of two other calls, in the first and the last second of every hour of a week. Only their
/// times are synthetic.
pub fn published_at_every_hour() -> Vec<Value> {
    let mut records = published_put_images();
    records.extend([sample("other/awsdocs_ecr_BatchGetImage.json"), sample("other/awsdocs_ecr_CreateRepository.json")]);
    let mut moved = Vec::new();
    for hour in 0..7 * 24 {
        for second in [0, 3599] {
            for record in &records {
                let number = 1 + moved.len() as u64;
                let record = Record::of(record.clone()).at(&time(hour * 3600 + second)).event_id(&id(number));
                moved.push(record.json());
            }
        }
    }
    moved
}

/// A Monday.
const START: i64 = 1_705_276_800; // 2024-01-15T00:00:00Z
/// The length of the corpus of synthetic records: it has every hour of a week more than once.
pub const WEEKS: u32 = 3;

/// The time this many seconds after the start of the corpus.
pub fn time(seconds: u32) -> String {
    let time = DateTime::from_timestamp(START, 0).unwrap() + TimeDelta::seconds(i64::from(seconds));
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The ingredients of a synthetic record. Numbers choose from lists, and wrap around.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// From the start of the corpus.
    pub seconds: u32,
    pub identity: usize,
    pub client: usize,
    pub repository: usize,
    pub region: usize,
    pub shape: Shape,
}

/// The special feature of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Tagged,
    Untagged,
    Failed,
    Public,
    Cut,
    /// One of the fields that the searches group by is missing.
    Without(usize),
    /// The copies of one event in two accounts; the owner sees only the account of the caller, or all.
    Shared(bool),
    /// The same record twice.
    Repeated,
    /// A record, and the one that replaces it.
    Corrected,
    /// Two images by digest and their index, a second apart.
    MultiPlatform,
    /// Another call of ECR.
    OtherCall,
    /// A call of the same name, of another service.
    OtherService,
}

/// All shapes; the common ones more than once.
pub const SHAPES: [Shape; 19] = [
    Shape::Tagged,
    Shape::Tagged,
    Shape::Tagged,
    Shape::Untagged,
    Shape::Failed,
    Shape::Public,
    Shape::Cut,
    Shape::Without(0),
    Shape::Without(1),
    Shape::Without(2),
    Shape::Without(3),
    Shape::Without(4),
    Shape::Shared(true),
    Shape::Shared(false),
    Shape::Repeated,
    Shape::Corrected,
    Shape::MultiPlatform,
    Shape::OtherCall,
    Shape::OtherService,
];

const MISSING: [&str; 5] =
    ["/userAgent", "/sourceIPAddress", "/userIdentity/accountId", "/awsRegion", "/requestParameters/repositoryName"];
const CLIENTS: [(&str, &str); 4] = [
    ("AWS Internal", "AWS Internal"),
    ("203.0.113.7", "aws-cli/2.15.0 exec/command"),
    ("2001:db8::7", "Boto3/1.34, \"quoted\""),
    ("codebuild.amazonaws.com", "codebuild.amazonaws.com"),
];
const REPOSITORIES: [&str; 3] = ["prod/api", "prod/web/front", "lab"];
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];

impl Recipe {
    /// The records, with event IDs from this number on.
    pub fn records(&self, number: u64, identities: &[Value]) -> Vec<Value> {
        let (address, user_agent) = CLIENTS[self.client % CLIENTS.len()];
        let record = |number: u64| {
            Record::numbered(number)
                .at(&time(self.seconds))
                .by(identities[self.identity % identities.len()].clone())
                .from(address, user_agent)
                .region(REGIONS[self.region % REGIONS.len()])
                .repository(REPOSITORIES[self.repository % REPOSITORIES.len()])
        };
        let first = record(number);
        let shared = |record: Record| record.with("/sharedEventID", json!(format!("{}-shared", id(number))));
        let records = match self.shape {
            Shape::Tagged => vec![first],
            Shape::Untagged => vec![first.untagged()],
            Shape::Failed => vec![first.failed("ImageTagAlreadyExistsException")],
            Shape::Public => vec![first.public()],
            Shape::Cut => vec![first.cut()],
            Shape::Without(field) => vec![first.without(MISSING[field % MISSING.len()])],
            Shape::Shared(owner_sees_all) => {
                let callers = shared(first).with("/recipientAccountId", json!("111122223333"));
                let owners =
                    callers.clone().event_id(&id(number + 1)).with("/recipientAccountId", json!("111111111112"));
                let sight = |owners: Record| owners.by(identities::other_account());
                vec![callers, if owner_sees_all { owners } else { sight(owners) }]
            }
            Shape::Repeated => vec![first.clone(), first],
            Shape::Corrected => {
                let addendum = json!({"reason": "UPDATED_DATA", "originalEventID": id(number)});
                vec![first.clone(), first.event_id(&id(number + 1)).with("/addendum", addendum)]
            }
            Shape::MultiPlatform => {
                let children = [record(number).untagged(), record(number + 1).untagged()];
                let index = record(number + 2).at(&time(self.seconds + 1)).index_of(&children);
                children.into_iter().chain([index]).collect()
            }
            Shape::OtherCall => vec![first.with("/eventName", json!("BatchGetImage"))],
            Shape::OtherService => vec![first.with("/eventSource", json!("imaging.amazonaws.com"))],
        };
        records.iter().map(Record::json).collect()
    }
}

/// The records of recipes, each with its own event ids.
pub fn records(recipes: &[Recipe], identities: &[Value]) -> Vec<Value> {
    let numbered = (1..).zip(recipes);
    numbered.flat_map(|(number, recipe)| recipe.records(number * 10, identities)).collect()
}

/// Thousands of recipes: the first, the last and another second of every hour of three weeks. This seed determines everything
/// else.
pub fn recipes(seed: u64) -> Vec<Recipe> {
    let mut dice = Dice(seed);
    let hours = 0..WEEKS * 7 * 24;
    hours
        .flat_map(|hour| [0, 3599, 1].map(|second| (hour, second)))
        .map(|(hour, second)| {
            let second = if second == 1 { dice.below(3600) as u32 } else { second };
            Recipe {
                seconds: hour * 3600 + second,
                identity: dice.below(1 << 20),
                client: dice.below(CLIENTS.len()),
                repository: dice.below(REPOSITORIES.len()),
                region: dice.below(REGIONS.len()),
                shape: SHAPES[dice.below(SHAPES.len())],
            }
        })
        .collect()
}

/// SplitMix64: the same numbers for a seed on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("below a limit that is one")
    }
}
