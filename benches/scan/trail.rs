//! A synthetic trail: folders and files as CloudTrail writes them into a bucket.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::calls::Caller;
use crate::rig::Seed;
use crate::rig::fake_cloudtrail::{Principal, PutImage};

/// Increased when the records change, so that a trail of an earlier generator is replaced.
const VERSION: u32 = 2;

/// Files that are generated in parallel. The number of files is a multiple of this.
const BATCH: u64 = 32;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-central-1";

/// The size of what was generated.
#[derive(Debug, Default, Clone, Copy)]
pub struct Size {
    pub files: u64,
    pub records: u64,
    pub pushes: u64,
    /// Bytes of JSON.
    pub inflated: u64,
    /// Bytes on disk.
    pub stored: u64,
}

/// Which records a trail has. The same seed gives the same bytes on every machine.
#[derive(Debug, Clone, Copy)]
pub struct Mix {
    pub seed: u64,
    /// About one in this many records is a push.
    pub records_per_push: u64,
}

/// A folder with at least this much JSON.
pub struct Trail {
    pub folder: PathBuf,
    pub size: Size,
}

impl Trail {
    /// The trail below this folder, which is generated unless it exists.
    pub fn at(cache: &Path, mix: Mix, bytes: u64) -> Self {
        let folder = cache.join(format!("trail-v{VERSION}-{}-{}-{bytes}", mix.seed, mix.records_per_push));
        let described = folder.with_extension("size");
        if let Some(size) = fs::read_to_string(&described).ok().as_deref().and_then(Size::parse) {
            return Self { folder, size };
        }
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("an unfinished trail is removed");
        }
        let mut size = Size::default();
        for first in (0..).step_by(usize::try_from(BATCH).expect("small")) {
            if size.inflated >= bytes {
                break;
            }
            let files: Vec<Size> =
                (first..first + BATCH).into_par_iter().map(|file| write(&folder, mix, file)).collect();
            files.iter().for_each(|file| size.add(*file));
        }
        fs::write(&described, size.text()).expect("the size is written");
        Self { folder, size }
    }

    /// Reads every file once, so that later reads come from memory.
    pub fn warm(&self) {
        for entry in
            walkdir::WalkDir::new(&self.folder).into_iter().flatten().filter(|entry| entry.file_type().is_file())
        {
            drop(fs::read(entry.path()).expect("a file of the trail"));
        }
    }
}

impl Size {
    fn add(&mut self, file: Self) {
        self.files += file.files;
        self.records += file.records;
        self.pushes += file.pushes;
        self.inflated += file.inflated;
        self.stored += file.stored;
    }

    fn text(self) -> String {
        format!("{} {} {} {} {}\n", self.files, self.records, self.pushes, self.inflated, self.stored)
    }

    fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        let &[files, records, pushes, inflated, stored] = numbers.as_slice() else { return None };
        Some(Self { files, records, pushes, inflated, stored })
    }
}

/// Writes the file of this number, five minutes of the account.
fn write(folder: &Path, mix: Mix, number: u64) -> Size {
    let begin = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_400) + TimeDelta::minutes(5 * number.cast_signed());
    let (json, mut size) = document(mix, number, begin);
    let day = begin.format("%Y/%m/%d");
    let folder = folder.join(format!("AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{day}"));
    fs::create_dir_all(&folder).expect("a folder of the trail");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(json.as_bytes()).expect("writing into memory");
    let gzip = gzip.finish().expect("writing into memory");
    let name = format!("{ACCOUNT}_CloudTrail_{REGION}_{}_{number:016x}.json.gz", begin.format("%Y%m%dT%H%MZ"));
    fs::write(folder.join(name), &gzip).expect("a file of the trail");
    size.stored = gzip.len() as u64;
    size
}

/// The records of five minutes: more by day than at night, as in an account with an office.
pub fn document(mix: Mix, number: u64, begin: DateTime<Utc>) -> (String, Size) {
    let mut random = Seed::new(mix.seed ^ number.wrapping_mul(0x9e37_79b9));
    let records = 400 + random.next() % 2_400 + if random.chance(0.1) { 6_000 } else { 0 };
    let mut size = Size { files: 1, records, ..Size::default() };
    let caller = Caller::new(ACCOUNT, REGION);
    let mut json = "{\"Records\":[".to_owned();
    for record in 0..records {
        let time = begin + TimeDelta::seconds((300 * record / records).cast_signed());
        if record > 0 {
            json.push(',');
        }
        let value = if random.next().is_multiple_of(mix.records_per_push) {
            size.pushes += 1;
            push(&mut random, time)
        } else {
            caller.call(&mut random, time)
        };
        in_the_order_of_cloudtrail(value, &mut json);
    }
    json.push_str("]}");
    size.inflated = json.len() as u64;
    (json, size)
}

fn push(random: &mut Seed, time: DateTime<Utc>) -> Value {
    let number = random.next();
    let by = match number % 3 {
        0 => Principal::user("ann"),
        1 => Principal::identity_center("Developer", "kaori@example.com"),
        _ => Principal::role("ci/release", &format!("run-{}", number % 1_000)),
    };
    let repository = ["prod/api", "prod/web", "lab/batch"][(number % 3) as usize];
    PutImage::new(repository, time).seed(number).tag(&format!("v{}", number % 100)).by(by).json()
}

/// The fields of a record in the order in which CloudTrail writes them.
fn in_the_order_of_cloudtrail(record: Value, json: &mut String) {
    const ORDER: [&str; 21] = [
        "eventVersion",
        "userIdentity",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
        "errorMessage",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "requestID",
        "eventID",
        "readOnly",
        "resources",
        "eventType",
        "managementEvent",
        "recipientAccountId",
        "eventCategory",
    ];
    let Value::Object(mut fields) = record else { panic!("a record is an object") };
    let mut separator = '{';
    let mut write = |name: &str, value: &Value| {
        json.push(separator);
        json.push_str(&format!("\"{name}\":{value}"));
        separator = ',';
    };
    for name in ORDER {
        if let Some(value) = fields.remove(name) {
            write(name, &value);
        }
    }
    Map::iter(&fields).for_each(|(name, value)| write(name, value));
    json.push('}');
}
