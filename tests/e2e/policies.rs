//! Policies that are edited, suspended, deleted or unusable, and the scope of what they judge.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{TimeDelta, Utc};
use offhours::api::OffHoursUpload;

use crate::findings::{assert_each_reported_once, ids_of_policy, upload_ids};
use crate::installation::{ACCOUNT, DEADLINE, Installation, REGION, Tenant, TestNamespace};
use crate::manifests::{ALWAYS_OPEN, freeze, policy};
use crate::rig::fake_cloudtrail::PutImage;
use crate::rig::{FakeCloudTrail, Progress, wait_for};

const OTHER_REGION: &str = "us-east-1";

/// Everything is off hours, with a lookback of a day.
const FROZEN: &str = "businessHours: [], lookback: 24h";

/// A policy `production` for which everything is off hours, and the ids of all uploads that it should report.
struct Production {
    tenant: Tenant,
    ids: Vec<String>,
}

impl Production {
    /// A policy that has reported two uploads.
    async fn at_work() -> Self {
        let tenant = Tenant::start().await;
        let ids = vec![tenant.push(hours_ago(&tenant, 0)), tenant.push(hours_ago(&tenant, 3))];
        let production = Self { tenant, ids };
        production.edit(FROZEN).await;
        production.assert_each_reported_once().await;
        production
    }

    /// Applies another spec, and waits until the lookback was judged by it.
    async fn edit(&self, spec: &str) {
        self.tenant.apply(&policy("production", spec)).await;
        self.tenant.wait_until_applied("production").await;
    }

    fn patch(&self, kind: &str, name: &str, patch: &str) {
        self.tenant.kubectl().run(&["patch", kind, name, "--type=merge", "-p", patch]).expect_success();
    }

    /// Pushes while no policy judges, and waits until the record was read.
    async fn push_in_vain(&mut self) {
        let before = self.ids.len();
        self.tenant.wait_for_polls(&self.tenant.source, 1).await;
        self.ids.push(self.tenant.push(hours_ago(&self.tenant, 0)));
        self.tenant.wait_for_polls(&self.tenant.source, 2).await;
        assert_eq!(upload_ids(&self.tenant.findings().await).len(), before, "reported by nobody");
    }

    /// Waits until all uploads are reported, and checks that each is reported once.
    async fn assert_each_reported_once(&self) -> Vec<OffHoursUpload> {
        let findings = self.tenant.wait_for_uploads(self.ids.len()).await;
        assert_each_reported_once(&findings, self.ids.clone());
        findings
    }

    /// Triages a finding with kubectl, and returns its name.
    fn triage(&self, finding: &OffHoursUpload) -> String {
        let name = finding.metadata.name.clone().unwrap();
        self.patch("ohu", &name, r#"{"spec":{"triage":{"state":"Expected","note":"CHG-1234","by":"ann"}}}"#);
        name
    }

    /// Waits until the status of the policy has these counts of findings.
    async fn wait_for_counts(&self, open: usize, total: usize) {
        let expected = (open as i64, total as i64);
        wait_for(&format!("{open} open findings of {total}"), DEADLINE, async || {
            let counts = self.tenant.policy("production").await.status.and_then(|status| status.findings);
            match counts {
                Some(counts) if (counts.open, counts.total) == expected => Progress::Done(()),
                counts => Progress::Waiting(format!("{counts:?}")),
            }
        })
        .await;
    }
}

fn hours_ago(tenant: &Tenant, hours: i64) -> PutImage {
    tenant.put_image("prod/api", Utc::now() - TimeDelta::hours(hours) - TimeDelta::minutes(5))
}

#[tokio::test]
async fn an_edit_applies_to_the_lookback_and_to_nothing_older() {
    let tenant = Tenant::start().await;
    let within = [tenant.push(hours_ago(&tenant, 0)), tenant.push(hours_ago(&tenant, 3))];
    tenant.push(hours_ago(&tenant, 30));
    tenant.apply(&policy("production", &format!("{ALWAYS_OPEN}, lookback: 24h"))).await;
    tenant.wait_until_applied("production").await;
    assert!(tenant.findings().await.is_empty(), "every minute is business time");

    tenant.apply(&policy("production", FROZEN)).await;
    tenant.wait_until_applied("production").await;

    assert_each_reported_once(&tenant.findings().await, within);
}

/// In another time zone, a push may have another local date.
#[tokio::test]
async fn an_edit_of_the_time_zone_reports_nothing_twice() {
    let production = Production::at_work().await;

    production.edit(&format!("{FROZEN}, timeZone: Pacific/Kiritimati")).await;

    production.assert_each_reported_once().await;
}

#[tokio::test]
async fn a_push_while_a_policy_is_suspended_is_judged_when_it_is_resumed() {
    let mut production = Production::at_work().await;
    production.patch("eup", "production", r#"{"spec":{"suspend":true}}"#);
    production.tenant.wait_for_reason("eup", "production", "Ready", "Suspended").await;
    production.push_in_vain().await;

    production.patch("eup", "production", r#"{"spec":{"suspend":false}}"#);

    production.assert_each_reported_once().await;
}

#[tokio::test]
async fn the_counts_in_the_status_follow_the_triage() {
    let production = Production::at_work().await;
    let findings = production.tenant.findings().await;
    production.wait_for_counts(findings.len(), findings.len()).await;

    production.triage(&findings[0]);

    production.wait_for_counts(findings.len() - 1, findings.len()).await;
}

#[tokio::test]
async fn findings_outlive_their_policy_and_one_of_the_same_name_adds_to_them() {
    let mut production = Production::at_work().await;
    let triaged = production.triage(&production.tenant.findings().await[0]);
    production.tenant.kubectl().run(&["delete", "eup", "production"]).expect_success();
    production.push_in_vain().await;

    production.edit(FROZEN).await;

    let findings = production.assert_each_reported_once().await;
    let triaged = findings.iter().find(|finding| finding.metadata.name.as_ref() == Some(&triaged)).unwrap();
    assert_eq!(triaged.spec.triage.by.as_deref(), Some("ann"), "appending leaves the triage alone");
}

#[tokio::test]
async fn each_policy_judges_what_is_in_its_scope() {
    let tenant = Tenant::without_source().await;
    tenant.apply(&tenant.source_manifest(&[REGION, OTHER_REGION])).await;
    let now = Utc::now() - TimeDelta::minutes(2);
    let private = tenant.push(tenant.put_image("prod/api", now));
    let american = tenant.push(tenant.put_image("lab/api", now).in_account(&tenant.account, OTHER_REGION));
    let public = tenant.push(tenant.put_image("prod/gallery", now).public());
    let failed = tenant.push(tenant.put_image("prod/api", now).failed("ImageTagAlreadyExistsException"));

    let all = [&private, &american, &public, &failed];
    let own_account = format!("scope: {{accounts: ['{}']}}", tenant.account);
    let expected: [(&str, &str, Vec<&String>); 8] = [
        ("everything", "failedPushes: Report", all.to_vec()),
        ("own-account", &own_account, all.to_vec()),
        ("other-account", "scope: {accounts: ['444455556666']}", vec![]),
        ("region", "scope: {regions: ['us-*']}", vec![&american, &public]),
        ("repository", "scope: {repositories: ['prod/*']}", vec![&private, &public, &failed]),
        ("registry", "scope: {registries: [Public]}", vec![&public]),
        ("successes", "failedPushes: Ignore", vec![&private, &american, &public]),
        ("both", "scope: {repositories: ['prod/*'], registries: [Private]}, failedPushes: Ignore", vec![&private]),
    ];
    let policies = expected.iter().map(|(name, spec, _)| policy(name, &format!("businessHours: [], {spec}")));
    tenant.apply(&policies.collect::<String>()).await;
    for (name, ..) in &expected {
        wait_as_a_script_does(&tenant, name);
    }

    let findings = tenant.findings().await;
    let found: BTreeMap<&str, BTreeSet<String>> =
        expected.iter().map(|(name, ..)| (*name, ids_of_policy(&findings, name))).collect();
    let wanted: BTreeMap<&str, BTreeSet<String>> =
        expected.iter().map(|(name, _, ids)| (*name, ids.iter().map(|id| (*id).clone()).collect())).collect();
    assert_eq!(found, wanted);
}

fn wait_as_a_script_does(tenant: &Tenant, policy: &str) {
    for condition in ["Ready", "SourcesReady", "FindingsComplete"] {
        let condition = format!("--for=condition={condition}");
        tenant.kubectl().run(&["wait", &condition, "--timeout=60s", &format!("eup/{policy}")]).expect_success();
    }
}

#[tokio::test]
async fn a_failed_push_is_counted_as_failed() {
    let tenant = Tenant::start().await;
    tenant.push_now();
    tenant.push(tenant.put_image("prod/api", Utc::now()).failed("ImageTagAlreadyExistsException"));
    tenant.apply(&freeze("everything")).await;

    let findings = tenant.wait_for_uploads(2).await;

    let failed = findings.iter().filter_map(|finding| finding.status.as_ref()).map(|status| status.failed);
    assert_eq!(failed.sum::<i32>(), 1);
}

/// A push and two policies: `healthy`, and `misspelt` whose source does not exist.
async fn with_a_misspelt_source() -> (Tenant, String) {
    let tenant = Tenant::start().await;
    let push = tenant.push_now();
    let misspelt = policy("misspelt", &format!("businessHours: [], sources: [{}-missing]", tenant.source));
    tenant.apply(&(freeze("healthy") + &misspelt)).await;
    (tenant, push)
}

#[tokio::test]
async fn a_policy_whose_source_does_not_exist_says_so_in_a_condition_and_an_event() {
    let (tenant, _) = with_a_misspelt_source().await;

    let message = tenant.wait_for_reason("eup", "misspelt", "Ready", "SourceNotFound").await;

    let missing = format!("{}-missing", tenant.source);
    let expected = format!("the CloudTrailSource {missing} does not exist; create it, or correct spec.sources");
    assert_eq!(message, expected);
    let first =
        wait_for("an Event about it", DEADLINE, async || tenant.events_about("misspelt").await.into_iter().next());
    assert_eq!(first.await.reason.as_deref(), Some("SourceNotFound"));
}

#[tokio::test]
async fn a_policy_whose_source_does_not_exist_takes_nothing_from_the_others() {
    let (tenant, push) = with_a_misspelt_source().await;
    tenant.wait_for_reason("eup", "misspelt", "Ready", "SourceNotFound").await;
    tenant.wait_until_applied("healthy").await;

    let findings = tenant.findings().await;

    assert_each_reported_once(&findings, [push]);
    assert_eq!(findings[0].spec.policy, "healthy");
}

#[tokio::test]
async fn a_policy_starts_when_its_missing_source_is_created() {
    let (tenant, push) = with_a_misspelt_source().await;
    tenant.wait_for_reason("eup", "misspelt", "Ready", "SourceNotFound").await;

    tenant.apply(&tenant.other_source_manifest("-missing", &[REGION])).await;

    tenant.wait_until_applied("misspelt").await;
    assert_eq!(ids_of_policy(&tenant.findings().await, "misspelt"), BTreeSet::from([push]));
}

#[tokio::test]
async fn a_freeze_is_off_hours_now_and_never_ends() {
    let tenant = Tenant::start().await;
    tenant.apply(&freeze("freeze")).await;
    tenant.wait_for_condition("eup", "freeze", "Ready", "True").await;

    let status = tenant.policy("freeze").await.status.unwrap();

    assert_eq!((status.off_hours_now, status.next_transition), (Some(true), None));
}

#[tokio::test]
async fn the_status_says_when_business_hours_begin_or_end_next() {
    let tenant = Tenant::start().await;
    tenant.apply(&policy("reference", "timeZone: UTC")).await;
    tenant.wait_for_condition("eup", "reference", "Ready", "True").await;

    let reference = tenant.policy("reference").await;

    let status = reference.status.unwrap();
    let next = status.next_transition.expect("business hours begin or end some time");
    assert!(next > Utc::now() && next < Utc::now() + TimeDelta::days(4), "{next}");
    let ends_next = next.format("%H:%M").to_string() == "20:00";
    assert_eq!(status.off_hours_now, Some(!ends_next), "next transition at {next}");
    for condition in &status.conditions {
        assert_eq!(condition.observed_generation, reference.metadata.generation, "{condition:?}");
    }
}

/// A later version of the CRD may allow values that this version cannot read.
#[tokio::test]
async fn a_policy_that_cannot_be_read_takes_nothing_from_the_others_and_works_once_it_is_corrected() {
    let fake = FakeCloudTrail::start(3);
    let installation = Installation::start(&fake.caller(ACCOUNT, REGION)).await;
    installation.apply(&freeze("healthy")).await;
    installation.wait_until_applied("healthy").await;
    let relax = r#"[{"op": "remove", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/severity/enum"}]"#;
    let patch = ["patch", "crd", "ecruploadpolicies.offhours.dev", "--type=json", "-p", relax];
    installation.kubectl().run(&patch).expect_success();

    installation.apply(&policy("unreadable", "businessHours: [], severity: Apocalyptic")).await;

    let message = installation.wait_for_reason("eup", "unreadable", "Ready", "InvalidObject").await;
    assert!(message.contains("Apocalyptic") && message.contains("correct the field"), "{message}");
    let push = PutImage::new("prod/api", Utc::now() - TimeDelta::minutes(1));
    fake.push(push.clone());
    assert_found_by_healthy(&installation, "default", &push.id()).await;

    installation.apply(&policy("unreadable", "businessHours: [], severity: High")).await;

    installation.wait_until_applied("unreadable").await;
    installation.wait_for_condition("eup", "unreadable", "Ready", "True").await;
    assert_eq!(ids_of_policy(&installation.findings().await, "unreadable"), BTreeSet::from([push.id()]));
}

/// Without a namespace controller, the namespace stays Terminating, as it would with a stuck finalizer.
#[tokio::test]
async fn a_policy_in_a_namespace_that_terminates_says_so_and_takes_nothing_from_the_others() {
    let tenant = Tenant::start().await;
    let doomed = tenant.another("-doomed").await;
    tenant.apply(&freeze("healthy")).await;
    doomed.apply(&freeze("doomed")).await;
    tenant.wait_until_applied("healthy").await;
    doomed.wait_until_applied("doomed").await;

    doomed.kubectl().run(&["delete", "namespace", doomed.name(), "--wait=false"]).expect_success();

    doomed.wait_for_reason("eup", "doomed", "Ready", "NamespaceTerminating").await;
    let push = tenant.push_now();
    assert_found_by_healthy(&tenant, &tenant.source, &push).await;
}

/// Checks that the policy `healthy`, and no other, finds the only push, and that the source is still read.
async fn assert_found_by_healthy(namespace: &TestNamespace, source: &str, push: &str) {
    let before = namespace.source_status(source).await.streams[0].complete_through;
    let findings = namespace.wait_for_uploads(1).await;
    assert_each_reported_once(&findings, [push.to_owned()]);
    assert_eq!(findings[0].spec.policy, "healthy");
    namespace.wait_for_polls(source, 2).await;
    let after = namespace.source_status(source).await.streams[0].complete_through;
    assert!(after > before, "the head moves: {before:?}, {after:?}");
}
