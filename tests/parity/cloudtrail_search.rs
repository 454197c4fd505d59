//! The search over CloudTrail, "AWS ECR Container Upload Outside Business Hours", as it is described:
//!
//! - events whose `eventSource` is `ecr.amazonaws.com` and whose `eventName` is `PutImage`, and whose time has an hour of at
//!   least 20 or below 8, or is a Saturday or Sunday. In the search language OR binds tighter than AND here, so both names
//!   are needed at night as well;
//! - grouped by eight fields; an event that lacks one of them is in no group;
//! - of each group the number of events, and the first and the last time, printed without a zone.
//!
//! `signature`, `user_name`, `vendor_account` and `vendor_product` are made by an add-on whose definitions are not published
//! with the search. Here they are what an earlier version of the search itself took: `eventName`, `userIdentity.userName`,
//! `userIdentity.accountId`, and `AWS`. An add-on may well name roles by their issuer, hence [`UserName`].

use std::collections::BTreeMap;

use serde_json::Value;

use crate::clock;

/// The field from which the add-on takes `user_name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserName {
    /// `userIdentity.userName` alone, which an assumed role does not have.
    OfTheIdentity,
    /// `userIdentity.userName`, or else the name of the role that issued the session.
    OrOfTheIssuer,
}

/// The search.
#[derive(Debug, Clone, Copy)]
pub struct CloudTrailSearch {
    pub user_name: UserName,
}

/// The group of a row. Its fields have the names and the order of the search.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    pub signature: String,
    pub user: String,
    pub user_agent: String,
    pub src: String,
    pub vendor_account: String,
    pub vendor_region: String,
    pub vendor_product: String,
    pub repository: String,
}

/// A row of the result. Times are as printed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub group: Group,
    pub count: usize,
    pub first_time: String,
    pub last_time: String,
}

impl CloudTrailSearch {
    /// The result over these events.
    pub fn rows(self, events: &[Value]) -> Vec<Row> {
        rows(events.iter().filter_map(|event| Some((self.group(event)?, time(event)?))))
    }

    /// The group that an event is counted in, if the search counts it.
    pub fn group(self, event: &Value) -> Option<Group> {
        let is_upload = text(event, "/eventSource")? == "ecr.amazonaws.com" && text(event, "/eventName")? == "PutImage";
        (is_upload && is_outside_business_hours(event)).then(|| self.fields(event))?
    }

    fn fields(self, event: &Value) -> Option<Group> {
        let issuer = match self.user_name {
            UserName::OfTheIdentity => None,
            UserName::OrOfTheIssuer => text(event, "/userIdentity/sessionContext/sessionIssuer/userName"),
        };
        Some(Group {
            signature: text(event, "/eventName")?,
            user: text(event, "/userIdentity/userName").or(issuer)?,
            user_agent: text(event, "/userAgent")?,
            src: text(event, "/sourceIPAddress")?,
            vendor_account: text(event, "/userIdentity/accountId")?,
            vendor_region: text(event, "/awsRegion")?,
            vendor_product: "AWS".to_owned(),
            repository: text(event, "/requestParameters/repositoryName")?,
        })
    }
}

/// `date_hour>=20 OR date_hour<8 OR date_wday=saturday OR date_wday=sunday`.
pub fn is_outside_business_hours(event: &Value) -> bool {
    let time = text(event, "/eventTime").unwrap_or_default();
    let is_night = clock::date_hour(&time).is_some_and(|hour| !(8..20).contains(&hour));
    let is_weekend = clock::date_wday(&time).is_some_and(|day| day == "saturday" || day == "sunday");
    is_night || is_weekend
}

/// `stats count min(_time) max(_time) BY` the group, and the times as text.
pub fn rows(counted: impl Iterator<Item = (Group, i64)>) -> Vec<Row> {
    let mut groups: BTreeMap<Group, Vec<i64>> = BTreeMap::new();
    for (group, time) in counted {
        groups.entry(group).or_default().push(time);
    }
    let row = |(group, times): (Group, Vec<i64>)| Row {
        group,
        count: times.len(),
        first_time: times.iter().min().map(|time| clock::printed(*time)).unwrap_or_default(),
        last_time: times.iter().max().map(|time| clock::printed(*time)).unwrap_or_default(),
    };
    groups.into_iter().map(row).collect()
}

/// `_time` of an event.
pub fn time(event: &Value) -> Option<i64> {
    clock::epoch(&text(event, "/eventTime")?)
}

/// A field with text; null counts as absent.
pub fn text(event: &Value, pointer: &str) -> Option<String> {
    event.pointer(pointer)?.as_str().map(str::to_owned)
}
