//! A push that is recorded in two accounts: that of the repository, and that of the user who pushed.

use chrono::Utc;
use offhours::api::OffHoursUpload;
use serde_json::json;

use crate::findings::{assert_each_reported_once, upload_ids};
use crate::installation::{ACCOUNT, Installation, REGION};
use crate::manifests::{fast_source, policy, source_with};
use crate::rig::fake_cloudtrail::{Principal, PutImage};
use crate::rig::{ControlPlaneOptions, FakeCloudTrail};

/// The account of the repository. The user belongs to [`ACCOUNT`].
const OWNER: &str = "444455556666";
const USER: &str = "arn:aws:iam::111122223333:user/ana";

#[tokio::test]
async fn a_push_in_the_trails_of_two_accounts_is_reported_once_under_its_user() {
    let fake = FakeCloudTrail::start(1);
    let installation = two_accounts(&fake, &policy("everywhere", "businessHours: []")).await;
    installation.wait_until_applied("everywhere").await;
    let pushes: Vec<Copies> = (1..=12).map(Copies::new).collect();

    for (n, push) in pushes.iter().enumerate() {
        match n % 3 {
            0 => {
                fake.push(push.of_owner.clone());
                fake.push(push.of_caller.clone());
            }
            1 => {
                fake.hold(push.of_caller.clone());
                fake.push(push.of_owner.clone());
            }
            _ => {
                fake.hold(push.of_owner.clone());
                fake.push(push.of_caller.clone());
            }
        }
    }
    installation.wait_for_uploads(8).await;
    wait_for_both(&installation).await;
    let findings = installation.findings().await;
    assert_eq!(upload_ids(&findings).len(), 8, "the owner's copy does not say who it was: {findings:#?}");
    // The other copy of each push appears later.
    for push in &pushes {
        fake.release(&push.of_caller.id());
        fake.release(&push.of_owner.id());
    }

    installation.wait_for_uploads(12).await;
    wait_for_both(&installation).await;
    let findings = installation.findings().await;
    assert_each_reported_once(&findings, pushes.iter().map(|push| push.of_caller.id()));
    assert_principals(&findings, USER);
    let owners = installation.metric(r#"offhours_records_total{kind="Copy"}"#).await;
    assert!(owners >= 12.0, "{owners} copies left out");
}

#[tokio::test]
async fn a_lookback_over_the_trails_of_two_accounts_reports_each_push_once_and_the_owners_copies_where_no_other_is_read()
 {
    let fake = FakeCloudTrail::start(2);
    let pushes: Vec<Copies> = (1..=12).map(Copies::new).collect();
    fake.push_all(pushes.iter().flat_map(|push| [push.of_owner.clone(), push.of_caller.clone()]));
    let installation = two_accounts(&fake, &policy("everywhere", "businessHours: []")).await;
    installation.apply(&policy("owner", "businessHours: [], sources: [owner]")).await;

    installation.wait_until_applied("everywhere").await;
    installation.wait_until_applied("owner").await;
    wait_for_both(&installation).await;

    let (everywhere, owner): (Vec<_>, Vec<_>) =
        installation.findings().await.into_iter().partition(|finding| finding.spec.policy == "everywhere");
    assert_each_reported_once(&everywhere, pushes.iter().map(|push| push.of_caller.id()));
    assert_principals(&everywhere, USER);
    assert_each_reported_once(&owner, pushes.iter().map(|push| push.of_owner.id()));
    assert_principals(&owner, "arn:aws:iam::111122223333:root");
}

/// The two records of a push.
struct Copies {
    of_caller: PutImage,
    of_owner: PutImage,
}

impl Copies {
    fn new(n: u64) -> Self {
        let shared = format!("aaaaaaaa-0000-4000-a000-{n:012}");
        // Both name the account of the repository. Each is filed under the account that receives it.
        let push = PutImage::new(&format!("shared/service-{}", n % 4), Utc::now())
            .with("/sharedEventID", json!(shared))
            .with("/requestParameters/registryId", json!(OWNER))
            .with("/resources/0/accountId", json!(OWNER))
            .with(
                "/resources/0/ARN",
                json!(format!("arn:aws:ecr:{REGION}:{OWNER}:repository/shared/service-{}", n % 4)),
            );
        let of_caller = push.clone().in_account(ACCOUNT, REGION).by(Principal::user("ana"));
        let of_owner = push.in_account(OWNER, REGION).by(Principal::OtherAccount { account: ACCOUNT.to_owned() });
        Self {
            of_caller: of_caller.event_id(&format!("cccccccc-0000-4000-a000-{n:012}")),
            of_owner: of_owner.event_id(&format!("dddddddd-0000-4000-a000-{n:012}")),
        }
    }
}

/// The source `default` reads the account of the user, and `owner` that of the repository, by a role.
async fn two_accounts(fake: &FakeCloudTrail, policy: &str) -> Installation {
    let role = format!("assumeRole: {{roleARN: 'arn:aws:iam::{OWNER}:role/offhours'}}");
    let objects = fast_source() + &source_with("owner", &[REGION], "pollInterval: 1s", &role) + policy;
    let aws = fake.caller(ACCOUNT, REGION);
    Installation::start_with(ControlPlaneOptions::default(), &aws, &objects, &[]).await
}

async fn wait_for_both(installation: &Installation) {
    installation.wait_for_polls("default", 3).await;
    installation.wait_for_polls("owner", 3).await;
}

#[track_caller]
fn assert_principals(findings: &[OffHoursUpload], arn: &str) {
    for finding in findings {
        assert_eq!(finding.spec.principal.arn, arn, "{finding:#?}");
        assert_eq!(finding.spec.account, OWNER, "the account of the repository");
    }
}
