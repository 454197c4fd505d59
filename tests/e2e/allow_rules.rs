//! Allow rules: which pushes they let through, how these are counted, and how rules expire.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};

use crate::findings::assert_each_reported_once;
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant, TestNamespace};
use crate::manifests::policy;
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{FakeCloudTrail, Progress, wait_for};

/// The states of these rules after two pushes with the tags `nightly-1` and `v1`, of which only the first is let through.
const STATES: [&str; 5] =
    ["nightly Active 1", "unused Active 0", "soon Expiring 0", "later Expiring 0", "gone Expired 0"];

/// The spec of a policy for which everything is off hours, with five allow rules.
fn rules() -> String {
    format!(
        "businessHours: [], allow: [{{name: nightly, reason: CHG-1, tags: ['nightly-*']}}, \
         {{name: unused, reason: CHG-2, tags: ['x'], expires: '{}'}}, \
         {{name: soon, reason: CHG-3, tags: ['y'], expires: '{}'}}, \
         {{name: later, reason: CHG-4, tags: ['z'], expires: '{}'}}, \
         {{name: gone, reason: CHG-5, tags: ['v*'], expires: '{}'}}]",
        from_now(TimeDelta::days(30)),
        from_now(TimeDelta::days(3)),
        from_now(TimeDelta::days(5)),
        from_now(TimeDelta::days(-1)),
    )
}

fn from_now(delta: TimeDelta) -> String {
    (Utc::now() + delta).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A tenant with two pushes and a policy `production` of this spec, which was applied to them, and the id of the push that no
/// rule lets through.
async fn with_rules(rules: &str) -> (Tenant, String) {
    let tenant = Tenant::start().await;
    let recent = |tag: &str| tenant.put_image("prod/api", Utc::now() - TimeDelta::minutes(1)).tag(tag);
    tenant.push(recent("nightly-1"));
    let other = tenant.push(recent("v1"));
    tenant.apply(&policy("production", rules)).await;
    tenant.wait_until_applied("production").await;
    wait_for_allowed(&tenant, 1).await;
    (tenant, other)
}

#[tokio::test]
async fn allow_rules_let_through_what_they_name_until_they_expire() {
    let (tenant, other) = with_rules(&rules()).await;

    assert_each_reported_once(&tenant.findings().await, [other]);
}

#[tokio::test]
async fn the_status_has_the_state_of_each_rule_and_the_number_of_pushes_that_it_let_through() {
    let (tenant, _) = with_rules(&rules()).await;

    assert_eq!(rule_states(&tenant).await, STATES);
}

#[tokio::test]
async fn a_metric_holds_the_time_at_which_a_rule_expires_until_the_policy_is_deleted() {
    let (tenant, _) = with_rules(&rules()).await;
    let labels = format!(r#"namespace="{}",policy="production",rule="soon""#, tenant.name());
    let metric = format!("offhours_allow_rule_expiry_timestamp_seconds{{{labels}}}");
    assert!(tenant.metric(&metric).await > Utc::now().timestamp() as f64);

    tenant.kubectl().run(&["delete", "eup", "production"]).expect_success();

    tenant.wait_for_no_metric(&metric).await;
}

#[tokio::test]
async fn a_rule_that_expires_soon_or_has_expired_is_an_event() {
    let (tenant, _) = with_rules(&rules()).await;

    let wanted = ["AllowRuleExpired gone", "AllowRuleExpiring later", "AllowRuleExpiring soon"].map(str::to_owned);
    wait_for("an Event about each rule", DEADLINE, async || {
        let seen = rule_events(&tenant).await;
        if seen == BTreeSet::from(wanted.clone()) { Progress::Done(()) } else { Progress::Waiting(format!("{seen:?}")) }
    })
    .await;
}

#[tokio::test]
async fn a_push_that_a_rule_let_through_is_not_counted_again_after_an_edit() {
    let rules = rules();
    let (tenant, _) = with_rules(&rules).await;

    tenant.apply(&policy("production", &format!("severity: High, {rules}"))).await;
    tenant.wait_until_applied("production").await;
    tenant.wait_for_polls(&tenant.source, 1).await;

    assert_eq!(rule_states(&tenant).await, STATES);
}

/// After a restart, the same records are read again.
#[tokio::test]
async fn what_rules_let_through_is_counted_and_reported_once_over_a_restart() {
    let fake = FakeCloudTrail::start(23);
    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    let recent = |tag: &str| PutImage::new("prod/api", Utc::now() - TimeDelta::minutes(1)).tag(tag);
    let other = recent("v1");
    fake.push_all([recent("nightly-1"), other.clone()]);
    installation.apply(&policy("production", &rules())).await;
    installation.wait_until_applied("production").await;
    wait_for_allowed(&installation, 1).await;
    wait_for("an Event about each rule", DEADLINE, async || {
        let seen = rule_events(&installation).await;
        if seen.len() == 3 { Progress::Done(()) } else { Progress::Waiting(format!("{seen:?}")) }
    })
    .await;
    installation.controller.stop();
    let events = installation.events_about("production").await.len();

    installation.restart().await;
    installation.wait_for_polls("default", 2).await;
    fake.push(recent("nightly-2").at(Utc::now()));

    wait_for_allowed(&installation, 2).await;
    assert_each_reported_once(&installation.findings().await, [other.id()]);
    assert_eq!(installation.events_about("production").await.len(), events, "no Event about a rule again");
}

/// Nothing is read that would make the controller look at the rule.
#[tokio::test]
async fn a_rule_expires_by_itself() {
    let tenant = Tenant::without_source().await;

    let rule = format!("{{name: brief, reason: CHG-6, tags: ['v*'], expires: '{}'}}", from_now(TimeDelta::seconds(4)));
    tenant.apply(&policy("production", &format!("businessHours: [], allow: [{rule}]"))).await;

    wait_for("the rule to expire", DEADLINE, async || {
        let rules = rule_states(&tenant).await;
        if rules == ["brief Expired 0"] { Progress::Done(()) } else { Progress::Waiting(format!("{rules:?}")) }
    })
    .await;
}

/// The allow rules in the status of the policy: the name, the state, and the number of pushes that were let through.
async fn rule_states(namespace: &TestNamespace) -> Vec<String> {
    let rules = namespace.policy("production").await.status.unwrap_or_default().allow_rules;
    rules.iter().map(|rule| format!("{} {:?} {}", rule.name, rule.state, rule.allowed)).collect()
}

/// The Events about allow rules: the reason, and the rule named in the note.
async fn rule_events(namespace: &TestNamespace) -> BTreeSet<String> {
    let events = namespace.events_about("production").await.into_iter();
    let of_rule = |(reason, note): (String, String)| {
        let rule = note.strip_prefix("the allow rule ")?.split(' ').next()?;
        Some(format!("{reason} {rule}"))
    };
    events.filter_map(|event| of_rule((event.reason?, event.note?))).collect()
}

async fn wait_for_allowed(namespace: &TestNamespace, expected: i64) {
    wait_for(&format!("nightly to have let {expected} through"), DEADLINE, async || {
        let status = namespace.policy("production").await.status.unwrap_or_default();
        match status.allow_rules.iter().find(|rule| rule.name == "nightly").map(|rule| rule.allowed) {
            Some(allowed) if allowed == expected => Progress::Done(()),
            other => Progress::Waiting(format!("{other:?}")),
        }
    })
    .await;
}
