//! The filter macro of the CloudTrail search, and the allow rules that do the same. The macro sees rows: the example of
//! docs/from-splunk.md is here once in Rust, and as a policy in the page.

use serde_json::Value;

use crate::cloudtrail_search::{CloudTrailSearch, Group, UserName};
use crate::corpus::{self, Recipe, Shape};
use crate::identities;
use crate::ours::Ours;

/// `search NOT (user="release" repository="prod/*") NOT src="203.0.113.*" NOT user_agent="Boto3/*"
/// NOT vendor_account="444455556666" NOT vendor_region="us-*"`.
fn hides(group: &Group) -> bool {
    (group.user == "release" && group.repository.starts_with("prod/"))
        || group.src.starts_with("203.0.113.")
        || group.user_agent.starts_with("Boto3/")
        || group.vendor_account == "444455556666"
        || group.vendor_region.starts_with("us-")
}

fn in_account(identity: &Value, account: &str) -> Value {
    serde_json::from_str(&identity.to_string().replace("111122223333", account)).unwrap()
}

#[test]
fn the_allow_rules_of_the_page_hide_what_the_filter_macro_hides() {
    let own = [
        identities::user("ann"),
        identities::user("release"),
        identities::role("ci/release", "run-1"),
        identities::role("release", "run-2"),
        identities::role("released", "run-3"),
    ];
    let others = own.iter().map(|identity| in_account(identity, "444455556666"));
    let identities: Vec<Value> = own.iter().cloned().chain(others).collect();
    let plain = |recipe| Recipe { shape: Shape::Tagged, ..recipe };
    let records = corpus::records(&corpus::recipes(41).into_iter().map(plain).collect::<Vec<_>>(), &identities);

    let rows = CloudTrailSearch { user_name: UserName::OrOfTheIssuer }.rows(&records);
    let passed: Vec<_> = rows.iter().filter(|row| !hides(&row.group)).cloned().collect();
    assert!(passed.len() > 10 && passed.len() < rows.len() / 2, "{} of {}", passed.len(), rows.len());
    assert_eq!(Ours::by_page("cloudtrail-with-filter").rows(&records), passed);
}

#[test]
fn an_allow_rule_sees_each_event_where_the_macro_sees_only_rows() {
    // The first push of the row is the nightly one, which was agreed upon; the second one is not.
    let recipe = Recipe { seconds: 3600, identity: 0, client: 0, repository: 0, region: 0, shape: Shape::Tagged };
    let later = Recipe { seconds: 3700, ..recipe.clone() };
    let records = corpus::records(&[recipe, later], &[identities::user("ann")]);
    let search = CloudTrailSearch { user_name: UserName::OfTheIdentity };
    assert_eq!(search.rows(&records).len(), 1, "a macro hides both or none");
    let rule = serde_json::json!({"name": "nightly", "reason": "CHG-1", "tags": [records[0]["requestParameters"]["imageTag"]]});
    let ours = Ours::by_spec(serde_json::json!({"allow": [rule]}));
    let verdicts = records.iter().map(|record| ours.verdict(record)).collect::<Vec<_>>();
    assert_eq!(verdicts, ["Allowed", "OffHours"]);
}
