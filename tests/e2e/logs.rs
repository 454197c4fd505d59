//! What an operator follows in the log.

use chrono::Utc;

use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, freeze, policy, source};
use crate::rig::FakeCloudTrail;
use crate::rig::fake_cloudtrail::PutImage;

#[tokio::test]
async fn policies_sources_and_regions_that_come_change_and_go_are_a_line_each() {
    let fake = FakeCloudTrail::start(1);
    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    let kubectl = installation.control_plane.kubectl();
    installation.apply(&policy("production", "timeZone: UTC")).await;
    installation.wait_until_applied("production").await;
    // A write of a status is no change.
    installation.apply(&policy("production", "timeZone: Europe/Berlin, holidays: {countries: [DE-BY]}")).await;
    installation.controller.wait_for_log("policy changed", DEADLINE).await;
    kubectl.run(&["delete", "eup", "production"]).expect_success();
    installation.controller.wait_for_log("policy deleted", DEADLINE).await;
    installation.apply(&source("default", &["us-east-1"])).await;
    installation.controller.wait_for_log("a Region is no longer read", DEADLINE).await;
    kubectl.run(&["delete", "cts", "default"]).expect_success();
    installation.controller.wait_for_log("source deleted", DEADLINE).await;

    let log = installation.controller.log();
    let lines: Vec<&str> = log.lines().filter_map(|line| line.split_once(" INFO ")).map(|(_, line)| line).collect();
    for expected in [
        r#"listed the sources and policies, and indexed the findings sources=1 policies=0"#,
        r#"reading starts source="default" regions="eu-central-1""#,
        r#"the stream is open source="default" account="111122223333" region="eu-central-1" identity="arn:aws:iam::111122223333:user/rig""#,
        r#"policy created namespace="default" name="production""#,
        r#"policy changed namespace="default" name="production" fields="spec.timeZone, spec.holidays.countries""#,
        r#"policy deleted namespace="default" name="production""#,
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
    let fake = FakeCloudTrail::start(2);
    let mut installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("freeze")).await;
    installation.wait_until_applied("freeze").await;
    // Two pages.
    fake.push_all((0..60).map(|_| PutImage::new("prod/api", Utc::now())));
    let line = installation.controller.wait_for_log("records=60", DEADLINE).await;
    let begin = r#"DEBUG read to the end source="default" account="111122223333" region="eu-central-1" read=""#;
    assert!(line.contains(begin), "{line}");
    for field in [" from=20", "Z to=20", " pages=2 records=60 uploads=60 duration="] {
        assert!(line.contains(field), "{field}: {line}");
    }
}
