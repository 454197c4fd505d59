//! Real PutImage calls to the emulator's ECR, from the push to the finding.

use std::sync::atomic::{AtomicUsize, Ordering};

use kube::ResourceExt as _;
use offhours::api::{OffHoursReason, OffHoursUpload, Registry, TriageState, UploadKind};
use tokio::sync::OnceCell;

use crate::installation::{ACCOUNT, DEADLINE, REGION, SharedInstallation, SharedNamespace};
use crate::manifests::{ALWAYS_OPEN, freeze, policy};
use crate::rig::{Emulator, Manifest, Progress, wait_for};

/// One Region for each test, so that each has its own repositories and records in the emulator.
const REGIONS: [&str; 8] =
    ["ap-northeast-1", "ap-south-1", "ca-central-1", "eu-north-1", "eu-west-1", "sa-east-1", "us-east-2", "us-west-2"];

/// A Region with the repositories `prod/api` and `lab/api`, and a namespace with a source that reads this Region.
struct Site {
    namespace: SharedNamespace,
    emulator: &'static Emulator,
    region: &'static str,
}

impl Site {
    async fn start() -> Self {
        static SHARED: OnceCell<(SharedInstallation, Emulator)> = OnceCell::const_new();
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let start = async || {
            let emulator = Emulator::start().await;
            (SharedInstallation::start(&emulator.caller(ACCOUNT, REGION)).await, emulator)
        };
        let (installation, emulator) = SHARED.get_or_init(start).await;
        let region = REGIONS.get(NEXT.fetch_add(1, Ordering::Relaxed)).expect("a Region for each test");
        for repository in ["prod/api", "lab/api"] {
            emulator.create_repository(ACCOUNT, region, repository).await;
        }
        let namespace = installation.namespace().await;
        namespace.apply(&namespace.source_manifest("", &[region], "pollInterval: 1s, overlap: 30m", "")).await;
        Self { namespace, emulator, region }
    }

    /// With a policy for which everything in `prod` is off hours, after a push to `prod/api` and one outside of its scope.
    async fn after_a_push() -> Self {
        let site = Self::start().await;
        let spec = r#"scope: {repositories: ["prod/*"]}, timeZone: Asia/Tokyo, businessHours: [], severity: High"#;
        site.namespace.apply(&policy("production", spec)).await;
        site.namespace.wait_until_applied("production").await;
        let image = Manifest::image(1);
        site.emulator.put_image(ACCOUNT, site.region, "lab/api", Some("v1"), &image).await;
        site.emulator.put_image(ACCOUNT, site.region, "prod/api", Some("v1.2"), &image).await;
        site
    }

    async fn the_finding(&self) -> OffHoursUpload {
        let findings = self.namespace.wait_for_uploads(1).await;
        let [finding] = <[OffHoursUpload; 1]>::try_from(findings).expect("one finding");
        finding
    }
}

#[tokio::test]
async fn a_push_outside_business_hours_becomes_a_finding() {
    let site = Site::after_a_push().await;

    let finding = site.the_finding().await;

    assert_eq!(finding.spec.policy, "production");
    assert_eq!(finding.spec.repository, "prod/api");
    assert_eq!((finding.spec.account.as_str(), finding.spec.region.as_str()), (ACCOUNT, site.region));
    assert_eq!((finding.spec.registry, finding.spec.part), (Registry::Private, 1));
    assert_eq!(finding.spec.time_zone, "Asia/Tokyo");
    assert_eq!(finding.spec.principal.kind, "IAMUser");
    assert_eq!(finding.spec.triage.state, TriageState::New);
    let name = format!("{}-production-prod-api-", finding.spec.date);
    assert!(finding.name_any().starts_with(&name), "{}", finding.name_any());
}

#[tokio::test]
async fn a_finding_holds_the_evidence_of_the_push() {
    let site = Site::after_a_push().await;

    let status = site.the_finding().await.status.unwrap();

    assert_eq!((status.count, status.pushes, status.failed), (1, 1, 0));
    assert_eq!(status.reason, OffHoursReason::Freeze);
    assert_eq!(status.signature, "PutImage");
    let upload = &status.uploads[0];
    assert_eq!((upload.tag.as_deref(), upload.kind), (Some("v1.2"), UploadKind::Image));
    let digest = Manifest::image(1).digest;
    assert_eq!(upload.digest, Some(digest), "computed from the manifest: the emulator gives no response");
    assert_eq!(upload.local_time.offset().local_minus_utc(), 9 * 3600);
}

#[tokio::test]
async fn a_push_outside_business_hours_is_an_event() {
    let site = Site::after_a_push().await;
    let name = site.the_finding().await.name_any();

    let note = site.namespace.wait_for_event(&name, "OffHoursUpload").await;

    assert!(note.starts_with("1 push by ") && note.contains(": outside business hours; "), "{note}");
}

#[tokio::test]
async fn a_finding_is_counted_by_its_policy_and_in_the_metrics() {
    let site = Site::after_a_push().await;
    site.the_finding().await;

    wait_for("the policy to count its finding", DEADLINE, async || {
        let status = site.namespace.policy("production").await.status.unwrap_or_default();
        match status.findings {
            Some(counts) if (counts.open, counts.total) == (1, 1) => Progress::Done(()),
            counts => Progress::Waiting(format!("{counts:?}")),
        }
    })
    .await;
    let labels = format!(r#"namespace="{}",policy="production",team="""#, site.namespace.name());
    assert!(site.namespace.metric(&format!("offhours_uploads_reported_total{{{labels}}}")).await >= 1.0);
}

#[tokio::test]
async fn a_push_within_business_hours_is_no_finding() {
    let site = Site::start().await;
    site.namespace.apply(&(policy("lab", ALWAYS_OPEN) + &freeze("frozen"))).await;
    site.namespace.wait_until_applied("lab").await;

    site.emulator.put_image(ACCOUNT, site.region, "lab/api", Some("v1"), &Manifest::image(1)).await;

    assert_eq!(site.the_finding().await.spec.policy, "frozen");
    assert!(site.namespace.metric(r#"offhours_verdicts_total{verdict="BusinessHours"}"#).await >= 1.0);
}

#[tokio::test]
async fn an_index_and_the_images_it_lists_are_one_push() {
    let site = Site::start().await;
    site.namespace.apply(&freeze("freeze")).await;
    site.namespace.wait_until_applied("freeze").await;

    let images = [Manifest::image(1), Manifest::image(2)];
    site.emulator.put_index(ACCOUNT, site.region, "prod/api", "v1", &images).await;

    let findings = site.namespace.wait_for_uploads(3).await;
    let status = findings[0].status.as_ref().unwrap();
    assert_eq!((findings.len(), status.count, status.pushes), (1, 3, 1));
    let tagged: Vec<_> = status.uploads.iter().filter(|upload| upload.tag.is_some()).collect();
    assert_eq!(tagged.len(), 1);
    assert_eq!(tagged[0].kind, UploadKind::Index);
}
