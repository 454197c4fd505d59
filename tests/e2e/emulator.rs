//! Real PutImage calls to the emulator's ECR, from the push to the finding.

use kube::ResourceExt as _;
use offhours::api::{OffHoursReason, Registry, TriageState, UploadKind};

use crate::installation::{ACCOUNT, Installation, REGION, fast_source, policy};
use crate::rig::{ControlPlaneOptions, Emulator, Manifest, Progress, wait_for};

#[tokio::test]
async fn a_push_outside_business_hours_becomes_a_finding_with_an_event() {
    let emulator = Emulator::start().await;
    emulator.create_repository(ACCOUNT, REGION, "prod/api").await;
    emulator.create_repository(ACCOUNT, REGION, "lab/api").await;
    let installation = Installation::start(&emulator.caller(ACCOUNT, REGION)).await;
    // Every minute is business for one and off hours for the other.
    let always = r#"scope: {repositories: ["lab/*"]}, businessHours: [{days: [Mon, Tue, Wed, Thu, Fri, Sat, Sun], start: "00:00", end: "24:00"}]"#;
    installation.apply(&policy("lab", always)).await;
    installation
        .apply(&policy(
            "production",
            r#"scope: {repositories: ["prod/*"]}, timeZone: Asia/Tokyo, businessHours: [], severity: High"#,
        ))
        .await;
    installation.wait_until_applied("production").await;

    let image = Manifest::image(1);
    emulator.put_image(ACCOUNT, REGION, "lab/api", Some("v1"), &image).await;
    emulator.put_image(ACCOUNT, REGION, "prod/api", Some("v1.2"), &image).await;

    let findings = installation.wait_for_uploads(1).await;
    let [finding] = &findings[..] else { panic!("one finding, not {findings:#?}") };
    assert_eq!(finding.spec.policy, "production");
    assert_eq!(finding.spec.repository, "prod/api");
    assert_eq!((finding.spec.account.as_str(), finding.spec.region.as_str()), (ACCOUNT, REGION));
    assert_eq!((finding.spec.registry, finding.spec.part), (Registry::Private, 1));
    assert_eq!(finding.spec.time_zone, "Asia/Tokyo");
    assert_eq!(finding.spec.principal.kind, "IAMUser");
    assert_eq!(finding.spec.triage.state, TriageState::New);
    let name = format!("{}-production-prod-api-", finding.spec.date);
    assert!(finding.name_any().starts_with(&name), "{}", finding.name_any());
    let status = finding.status.as_ref().unwrap();
    assert_eq!((status.count, status.pushes, status.failed), (1, 1, 0));
    assert_eq!(status.reason, OffHoursReason::Freeze);
    assert_eq!(status.signature, "PutImage");
    let upload = &status.uploads[0];
    assert_eq!(upload.tag.as_deref(), Some("v1.2"));
    assert_eq!(upload.kind, UploadKind::Image);
    assert_eq!(
        upload.digest.as_deref(),
        Some(image.digest.as_str()),
        "computed from the manifest: the emulator gives no response"
    );
    assert_eq!(upload.local_time.offset().local_minus_utc(), 9 * 3600);

    let name = finding.name_any();
    let event = wait_for("an Event about the finding", crate::installation::DEADLINE, async || {
        installation.events_about(&name).await.into_iter().next()
    })
    .await;
    assert_eq!(event.reason.as_deref(), Some("OffHoursUpload"));
    let note = event.note.as_ref().unwrap();
    assert!(note.starts_with("1 push by ") && note.contains(": outside business hours; "), "{event:?}");

    wait_for("the policy to count its finding", crate::installation::DEADLINE, async || {
        let status = installation.policy("default", "production").await.status.unwrap_or_default();
        match status.findings {
            Some(counts) if (counts.open, counts.total) == (1, 1) => Progress::Done(()),
            counts => Progress::Waiting(format!("{counts:?}")),
        }
    })
    .await;
    assert!(
        installation
            .metric(r#"offhours_uploads_reported_total{namespace="default",policy="production",team=""}"#)
            .await
            >= 1.0
    );
    assert!(installation.metric(r#"offhours_verdicts_total{verdict="BusinessHours"}"#).await >= 1.0);
}

#[tokio::test]
async fn an_index_and_the_images_it_lists_are_one_push() {
    let emulator = Emulator::start().await;
    emulator.create_repository(ACCOUNT, REGION, "prod/api").await;
    let aws = emulator.caller(ACCOUNT, REGION);
    let installation = Installation::start_with(ControlPlaneOptions::default(), &aws, &fast_source(), &[]).await;
    installation.apply(&policy("freeze", "businessHours: []")).await;
    installation.wait_until_applied("freeze").await;

    emulator.put_index(ACCOUNT, REGION, "prod/api", "v1", &[Manifest::image(1), Manifest::image(2)]).await;

    let findings = installation.wait_for_uploads(3).await;
    let status = findings[0].status.as_ref().unwrap();
    assert_eq!((findings.len(), status.count, status.pushes), (1, 3, 1));
    let tagged: Vec<_> = status.uploads.iter().filter(|upload| upload.tag.is_some()).collect();
    assert_eq!(tagged.len(), 1);
    assert_eq!(tagged[0].kind, UploadKind::Index);
}
