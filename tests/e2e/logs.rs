//! What an operator follows in the log.

use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant};
use crate::manifests::{freeze, policy, source};
use crate::rig::{FakeCloudTrail, wait_for};

#[tokio::test]
async fn each_change_of_a_policy_a_source_or_a_region_is_one_line() {
    let fake = FakeCloudTrail::start(1);
    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&policy("production", "timeZone: UTC")).await;
    installation.wait_until_applied("production").await;
    // A write of a status is no change.
    installation.apply(&policy("production", "timeZone: Europe/Berlin, holidays: {countries: [DE-BY]}")).await;
    installation.controller.wait_for_log("policy changed", DEADLINE).await;
    installation.kubectl().run(&["delete", "eup", "production"]).expect_success();
    installation.controller.wait_for_log("policy deleted", DEADLINE).await;
    installation.apply(&source("default", &["us-east-1"])).await;
    installation.controller.wait_for_log("a Region is no longer read", DEADLINE).await;
    installation.kubectl().run(&["delete", "cts", "default"]).expect_success();
    installation.controller.wait_for_log("source deleted", DEADLINE).await;

    let log = installation.controller.log();
    let lines: Vec<&str> = log.lines().filter_map(|line| line.split_once(" INFO ")).map(|(_, line)| line).collect();
    let policy = format!(r#"namespace="{}" name="production""#, installation.name());
    for expected in [
        r#"listed the sources and policies, and indexed the findings sources=1 policies=0"#,
        r#"reading starts source="default" regions="eu-central-1""#,
        r#"the stream is open source="default" account="111122223333" region="eu-central-1" identity="arn:aws:iam::111122223333:user/rig""#,
        &format!("policy created {policy}"),
        &format!(r#"policy changed {policy} fields="spec.timeZone, spec.holidays.countries""#),
        &format!("policy deleted {policy}"),
        r#"source changed name="default" fields="spec.lookupEvents.regions""#,
        r#"a Region is read from now on source="default" region="us-east-1""#,
        r#"a Region is no longer read source="default" region="eu-central-1""#,
        r#"source deleted name="default""#,
    ] {
        assert_eq!(lines.iter().filter(|line| **line == expected).count(), 1, "{expected}: {log}");
    }
}

#[tokio::test]
async fn a_read_is_a_debug_line_with_its_range_and_its_numbers() {
    let tenant = Tenant::start().await;
    tenant.apply(&freeze("freeze")).await;
    tenant.wait_until_applied("freeze").await;

    // Two pages.
    for _ in 0..60 {
        tenant.push_now();
    }

    let stream = format!(r#"source="{}" account="{}" region="eu-central-1""#, tenant.source, tenant.account);
    let line = wait_for("a read of 60 records", DEADLINE, async || {
        let log = tenant.controller_log();
        let is_it = |line: &&str| line.contains(&stream) && line.contains("records=60");
        log.lines().find(is_it).map(str::to_owned)
    })
    .await;
    assert!(line.contains(&format!(r#"DEBUG read to the end {stream} read=""#)), "{line}");
    for field in [" from=20", "Z to=20", " pages=2 records=60 uploads=60 duration="] {
        assert!(line.contains(field), "{field}: {line}");
    }
}
