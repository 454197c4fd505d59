//! The play: both offices push at the same moment.

use std::time::Duration;

use chrono::{DateTime, Timelike as _, Utc};
use chrono_tz::Tz;
use kube::ResourceExt as _;
use kube::api::{Api, ListParams};
use offhours::api::{EcrUploadPolicy, OffHoursUpload};

use crate::narration::{say, show, step};
use crate::rig::{Manifest, wait_for};
use crate::stage::{ACCOUNT, DEADLINE, REGION, Stage};

const OFFICES: [&str; 2] = ["manila", "san-juan"];

/// A finding for the image and one for the index, and the records in both.
const FINDINGS: usize = 2;
const RECORDS: i32 = 4;

/// All pushes must be within one shift by the clock of the emulator.
const PUSHING_TAKES: Duration = Duration::from_secs(10);

pub async fn play(stage: &Stage) {
    let kubectl = stage.kubectl();
    say("Two offices with the same hours, 08:00 to 20:00 every day, in zones that are 12 hours apart:");
    show(&kubectl, "apply -f tests/demo/offices.yaml");
    show(&kubectl, "wait eup --all --for=condition=Ready --timeout=60s");
    push_at_the_same_moment(stage).await;
    let findings = step("waiting for CloudTrail to be read and judged", findings(stage)).await;

    let now = Utc::now();
    let (manila, san_juan) = (now.with_timezone(&Tz::Asia__Manila), now.with_timezone(&Tz::America__Puerto_Rico));
    say(&format!(
        "It is {} in Manila and {} in San Juan, so only one of them pushed outside its business hours. It has a finding\n\
         for each repository; an index and the two images that it lists are three records, and one push.",
        manila.format("%H:%M"),
        san_juan.format("%H:%M"),
    ));
    show(&kubectl, "get eup,cts");
    show(&kubectl, "get ohu");
    say("A finding holds all evidence, and its Event says what happened last:");
    let image = findings.iter().find(|finding| finding.spec.repository.ends_with("/shop")).unwrap_or(&findings[0]);
    show(&kubectl, &format!("describe ohu {}", image.name_any()));
    say("Somebody expected this push. A later one is not covered by that, and opens the finding again:");
    let triage = r#"{"spec":{"triage":{"state":"Expected","note":"CHG-1234","by":"kaori"}}}"#;
    show(&kubectl, &format!("patch ohu {} --type=merge --patch='{triage}'", image.name_any()));
    stage.emulator.put_image(ACCOUNT, REGION, &image.spec.repository, Some("v1.4.1"), &Manifest::image(4)).await;
    step("waiting for the push of v1.4.1", opened_again(stage, &image.name_any())).await;
    show(&kubectl, "get ohu --field-selector=status.untriaged!=0");
    show(&kubectl, "get events --field-selector=reason=PushAfterTriage -o custom-columns=MESSAGE:.message");
}

/// Waits until the finding has uploads that its triage does not cover, and the policy counts it as open.
async fn opened_again(stage: &Stage, name: &str) {
    let findings: Api<OffHoursUpload> = Api::default_namespaced(stage.client());
    wait_for("the finding to be open again", DEADLINE, async || {
        let finding = findings.get(name).await.map_err(|error| error.to_string())?;
        let status = finding.status.ok_or("no status")?;
        if status.count > 1 && status.untriaged == 1 { Ok(()) } else { Err(format!("{} uploads", status.count)) }
    })
    .await;
}

/// Pushes the same for both offices: an image to one repository, and an index of two platforms to another.
async fn push_at_the_same_moment(stage: &Stage) {
    let left = until_change_of_shifts(Utc::now());
    if left < PUSHING_TAKES {
        step("waiting for the offices to change shifts", tokio::time::sleep(left + Duration::from_secs(1))).await;
    }
    let emulator = &stage.emulator;
    say("Now both push the same, to the ECR of the emulator: shop:v1.4.0, an image, and site:v2.0.0, an index of two.");
    for office in OFFICES {
        let (shop, site) = (format!("{office}/shop"), format!("{office}/site"));
        emulator.create_repository(ACCOUNT, REGION, &shop).await;
        emulator.create_repository(ACCOUNT, REGION, &site).await;
        emulator.put_image(ACCOUNT, REGION, &shop, Some("v1.4.0"), &Manifest::image(1)).await;
        emulator.put_index(ACCOUNT, REGION, &site, "v2.0.0", &[Manifest::image(2), Manifest::image(3)]).await;
    }
}

/// Both offices begin or end at 00:00 and 12:00 UTC, all year round.
fn until_change_of_shifts(now: DateTime<Utc>) -> Duration {
    const SHIFT: u32 = 12 * 3600;
    Duration::from_secs((SHIFT - now.num_seconds_from_midnight() % SHIFT).into())
}

/// The findings, once all are written and counted in the status of their policy.
async fn findings(stage: &Stage) -> Vec<OffHoursUpload> {
    let findings: Api<OffHoursUpload> = Api::default_namespaced(stage.client());
    let policies: Api<EcrUploadPolicy> = Api::default_namespaced(stage.client());
    wait_for("the findings", DEADLINE, async || {
        let found = findings.list(&ListParams::default()).await.map_err(|error| error.to_string())?;
        let policies = policies.list(&ListParams::default()).await.map_err(|error| error.to_string())?;
        let counted = policies.items.iter().filter_map(|policy| policy.status.as_ref()?.findings.as_ref());
        let counted: i64 = counted.map(|counts| counts.total).sum();
        let records: i32 =
            found.items.iter().filter_map(|finding| finding.status.as_ref()).map(|status| status.count).sum();
        if found.items.len() == FINDINGS && records == RECORDS && counted == FINDINGS as i64 {
            Ok(found.items)
        } else {
            Err(format!("{} findings with {records} records, {counted} counted", found.items.len()))
        }
    })
    .await
}
