//! Rows in the format of the Splunk search "AWS ECR Container Upload Outside Business Hours", to compare with it.
//!
//! For the same reason, values are those of the record, unchanged. Do not open the rows with a program that evaluates text as
//! formulas.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::cli::policies::PolicyFile;
use crate::detect::Verdict;
use crate::upload::Upload;

const HEADER: [&str; 11] = [
    "signature",
    "user",
    "user_agent",
    "src",
    "vendor_account",
    "vendor_region",
    "vendor_product",
    "repository",
    "count",
    "firstTime",
    "lastTime",
];

/// The fields by which the search groups.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group<'u> {
    user: &'u str,
    user_agent: &'u str,
    src: &'u str,
    account: &'u str,
    region: &'u str,
    repository: &'u str,
}

/// A row for each group of uploads that are off hours by any of the policies; an upload counts once.
pub fn rows(policies: &[PolicyFile], uploads: &[Upload]) -> Result<String, csv::Error> {
    let is_found = |upload: &&Upload| {
        policies.iter().any(|file| matches!(file.policy.judge(upload).verdict, Verdict::OffHours(_)))
    };
    let mut groups: BTreeMap<Group<'_>, Vec<DateTime<Utc>>> = BTreeMap::new();
    for upload in uploads.iter().filter(is_found) {
        groups.entry(group(upload)).or_default().push(upload.time);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for (group, times) in groups {
        let count = times.len().to_string();
        let time = |time: Option<&DateTime<Utc>>| {
            time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
        };
        let (first, last) = (time(times.iter().min()), time(times.iter().max()));
        let Group { user, user_agent, src, account, region, repository } = group;
        writer.write_record([
            "PutImage", user, user_agent, src, account, region, "AWS", repository, &count, &first, &last,
        ])?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn group(upload: &Upload) -> Group<'_> {
    let principal = &upload.principal;
    Group {
        // Never empty: the search drops records without a user.
        user: principal.user_name.as_deref().unwrap_or(&principal.arn),
        user_agent: upload.user_agent.as_deref().unwrap_or_default(),
        src: upload.source_ip.as_deref().unwrap_or_default(),
        // The account of the caller. A service has none: then that of the trail, else that of the registry.
        account: upload.caller_account.as_ref().or(upload.recipient_account.as_ref()).unwrap_or(&upload.account),
        region: &upload.region,
        repository: &upload.repository,
    }
}
