//! The hours of teams, and images that belong to an index.

use chrono::{TimeDelta, Utc};

use crate::findings::{assert_each_reported_once, of_policy};
use crate::installation::{DEADLINE, Tenant};
use crate::manifests::{ALWAYS_OPEN, freeze, policy};
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{Progress, wait_for};

/// A tenant with a push by the team `tokyo`, which has no business hours, and by a team that is always open. Returns the id
/// of the former.
async fn a_push_of_tokyo() -> (Tenant, String) {
    let tenant = Tenant::start().await;
    let by = |role: &str| {
        let push = tenant.put_image("prod/api", Utc::now() - TimeDelta::minutes(1));
        tenant.push(push.by(Principal::role(role, "run-1")))
    };
    let tokyo = by("tokyo-release");
    by("berlin-release");
    let teams = r#"teams: [
        {name: tokyo, match: {principals: ["arn:aws:iam::*:role/tokyo-*"]}, timeZone: Asia/Tokyo, businessHours: []},
        {name: berlin, match: {principals: ["arn:aws:iam::*:role/berlin-*"]}, timeZone: Europe/Berlin},
    ]"#
    .replace('\n', " ");
    tenant.apply(&policy("production", &format!("{ALWAYS_OPEN}, {teams}"))).await;
    tenant.wait_until_applied("production").await;
    (tenant, tokyo)
}

#[tokio::test]
async fn the_hours_of_the_team_decide() {
    let (tenant, tokyo) = a_push_of_tokyo().await;

    let findings = tenant.findings().await;

    assert_each_reported_once(&findings, [tokyo]);
    let spec = &findings[0].spec;
    assert_eq!((spec.team.as_deref(), spec.time_zone.as_str()), (Some("tokyo"), "Asia/Tokyo"));
}

#[tokio::test]
async fn findings_are_selected_by_their_team_and_show_it() {
    let (tenant, _) = a_push_of_tokyo().await;

    let selected =
        tenant.kubectl().run(&["get", "ohu", "-l", "offhours.dev/team=tokyo", "-o", "name"]).expect_success();
    let wide = tenant.kubectl().run(&["get", "ohu", "-o", "wide"]).expect_success();

    assert_eq!(selected.lines().count(), 1);
    assert!(wide.contains(" tokyo "), "{wide}");
}

#[tokio::test]
async fn the_event_about_a_push_names_the_hours_of_the_team() {
    let (tenant, _) = a_push_of_tokyo().await;
    let name = tenant.findings().await[0].metadata.name.clone().unwrap();

    let note = first_event(&tenant, &name).await;

    assert!(note.starts_with("1 push by role/tokyo-release to prod/api, "), "{note}");
    assert!(note.ends_with(": outside business hours; there are no business hours of tokyo"), "{note}");
}

#[tokio::test]
async fn uploads_are_counted_by_policy_and_team() {
    let (tenant, _) = a_push_of_tokyo().await;
    let labels = format!(r#"namespace="{}",policy="production",team="tokyo""#, tenant.name());

    assert_eq!(tenant.metric(&format!("offhours_uploads_reported_total{{{labels}}}")).await, 1.0);
}

/// Waits for an Event about an object, and returns its note.
async fn first_event(tenant: &Tenant, name: &str) -> String {
    let event = wait_for("an Event", DEADLINE, async || tenant.events_about(name).await.into_iter().next()).await;
    event.note.unwrap()
}

/// Images that the policy `prompt` has reported before the index that lists them was pushed.
struct ImagesBeforeTheirIndex {
    tenant: Tenant,
    index: PutImage,
    /// The id of an image that belongs to no index, and was pushed by a service.
    image: String,
}

impl ImagesBeforeTheirIndex {
    async fn reported() -> Self {
        let tenant = Tenant::start().await;
        tenant.apply(&freeze("prompt")).await;
        tenant.wait_until_applied("prompt").await;
        let mut records = tenant.put_image("prod/api", Utc::now()).multi_platform(2, false);
        let index = records.pop().expect("an index");
        records.into_iter().for_each(|record| drop(tenant.push(record)));
        let role = "aws-service-role/pullthroughcache.ecr.amazonaws.com/AWSServiceRoleForECRPullThroughCache";
        let image = tenant.put_image("prod/api", Utc::now()).tag("v1").by(Principal::role(role, "cache"));
        let image = tenant.push(image);
        tenant.wait_for_uploads(3).await;
        Self { tenant, index, image }
    }

    /// Applies the policy `patient`, which allows everything that belongs to an index, so that it cannot judge the images yet.
    async fn apply_patient(&self) {
        let rule = "allow: [{name: multi-platform, reason: CHG-1, kinds: [Index, IndexChild]}]";
        self.tenant.apply(&policy("patient", &format!("businessHours: [], {rule}"))).await;
        self.tenant.wait_until_applied("patient").await;
        self.tenant.wait_for_polls(&self.tenant.source, 1).await;
    }

    /// Pushes the index, and waits until it and its images are allowed.
    async fn push_index(&self) {
        self.tenant.push(self.index.clone());
        wait_for("three pushes to be allowed", DEADLINE, async || {
            let status = self.tenant.policy("patient").await.status.unwrap_or_default();
            match status.allow_rules.first().map(|rule| rule.allowed) {
                Some(3) => Progress::Done(()),
                other => Progress::Waiting(format!("{other:?}")),
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_rule_for_the_images_of_an_index_waits_for_the_index() {
    let images = ImagesBeforeTheirIndex::reported().await;
    images.apply_patient().await;

    images.push_index().await;

    let patient = of_policy(&images.tenant.findings().await, "patient");
    assert_each_reported_once(&patient, [images.image]);
}

#[tokio::test]
async fn a_policy_without_a_rule_for_images_of_an_index_does_not_wait_for_the_index() {
    let images = ImagesBeforeTheirIndex::reported().await;
    images.apply_patient().await;

    images.push_index().await;

    let prompt = of_policy(&images.tenant.findings().await, "prompt");
    let mut kinds: Vec<String> =
        prompt.iter().map(|finding| format!("{:?}", finding.status.as_ref().unwrap().kinds)).collect();
    kinds.sort();
    assert_eq!(kinds, ["[Image]", "[Index, IndexChild]"]);
}

#[tokio::test]
async fn the_push_of_a_service_goes_by_the_name_of_the_service() {
    let images = ImagesBeforeTheirIndex::reported().await;
    images.apply_patient().await;
    images.push_index().await;
    let patient = of_policy(&images.tenant.findings().await, "patient");

    let note = first_event(&images.tenant, patient[0].metadata.name.as_deref().unwrap()).await;

    assert!(note.starts_with("1 push by ECR pull-through cache to prod/api, v1 at "), "{note}");
    assert!(patient[0].status.as_ref().unwrap().message.starts_with("ECR pull-through cache (arn:"));
}
