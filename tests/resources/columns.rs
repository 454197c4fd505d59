//! The columns of `kubectl get`.

use serde_json::{Value, json};

use crate::cluster::cluster;
use crate::rig::Kubectl;

/// Wider tables wrap on a terminal.
const TERMINAL: usize = 120;

/// An object with a status, in the namespace of a test.
struct Shown {
    kubectl: Kubectl,
    namespace: &'static str,
    resource: &'static str,
    name: String,
}

impl Shown {
    async fn create(namespace: &'static str, resource: &'static str, object: Value) -> Self {
        let kubectl = cluster().await.kubectl();
        // Of several objects of a test, the first one creates it.
        kubectl.run(&["create", "namespace", namespace]);
        kubectl.run_with(&["apply", "-n", namespace], &object.to_string()).expect_success();
        let shown =
            Self { kubectl, namespace, resource, name: object["metadata"]["name"].as_str().unwrap().to_owned() };
        let status = json!({"status": object["status"]}).to_string();
        let name = shown.name.as_str();
        let patch =
            ["patch", resource, name, "-n", namespace, "--subresource=status", "--type=merge", "--patch", &status];
        shown.kubectl.run(&patch).expect_success();
        shown
    }

    /// The table that kubectl prints.
    fn table(&self, output: &str) -> String {
        self.kubectl.run(&["get", self.resource, &self.name, "-n", self.namespace, "-o", output]).expect_success()
    }

    /// The header and the row of the table, with single spaces.
    fn rows(&self, output: &str) -> [String; 2] {
        let table = self.table(output);
        let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        <[String; 2]>::try_from(rows.collect::<Vec<_>>()).unwrap()
    }

    fn assert_fits_a_terminal(&self) {
        let table = self.table("");
        println!("{table}");
        let widths: Vec<usize> = table.lines().map(|line| line.trim_end().chars().count()).collect();
        assert!(widths.len() == 2 && widths.iter().all(|width| *width <= TERMINAL), "{widths:?}\n{table}");
    }
}

fn condition(kind: &str, status: &str, reason: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": "all is well",
        "lastTransitionTime": "2026-11-20T18:00:00Z", "observedGeneration": 1,
    })
}

/// Sources have no namespace: each test names its own.
async fn shown_source(name: &'static str) -> Shown {
    let source = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "CloudTrailSource", "metadata": {"name": name},
        "spec": {
            "lookupEvents": {"regions": ["eu-central-1", "us-east-1"]},
            "assumeRole": {"roleARN": "arn:aws:iam::111122223333:role/offhours"},
        },
        "status": {
            "observedGeneration": 1, "completeThrough": "2026-11-20T18:12:09Z",
            "streams": [
                {"account": "111122223333", "region": "eu-central-1", "completeThrough": "2026-11-20T18:12:09Z"},
                {"account": "111122223333", "region": "us-east-1", "completeThrough": "2026-11-20T18:12:10Z"},
            ],
            "conditions": [condition("Ready", "True", "Reading"), condition("UpToDate", "True", "UpToDate")],
        },
    });
    Shown::create(name, "cts", source).await
}

async fn shown_policy(namespace: &'static str) -> Shown {
    let policy = json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy", "metadata": {"name": "production"},
        "spec": {"timeZone": "America/New_York"},
        "status": {
            "observedGeneration": 1, "offHoursNow": true, "nextTransition": "2026-11-23T07:00:00Z",
            "findings": {"open": 4, "total": 31}, "lastFindingTime": "2026-11-21T02:12:09Z",
            "coveredThrough": "2026-11-22T09:58:00Z",
            "conditions": [
                condition("Ready", "False", "SourceNotReady"), condition("FindingsComplete", "True", "Complete"),
            ],
        },
    });
    Shown::create(namespace, "eup", policy).await
}

async fn shown_finding(namespace: &'static str) -> Shown {
    Shown::create(namespace, "ohu", finding()).await
}

const FINDING: &str = "2026-11-20-production-prod-api-3f2a1b4c";
const DIGEST: &str = "sha256:98c8b060c21d9adbb6b8c41b916e95e6307102786973ab93a41e8b86d1fc6d3e";

/// A finding with usual values.
fn finding() -> Value {
    json!({
        "apiVersion": "offhours.dev/v1alpha1", "kind": "OffHoursUpload", "metadata": {"name": FINDING},
        "spec": {
            "policy": "production", "team": "tokyo", "date": "2026-11-20", "timeZone": "Asia/Tokyo",
            "account": "111122223333", "region": "eu-central-1", "registry": "Private", "repository": "prod/api",
            "principal": {"type": "AssumedRole", "arn": "arn:aws:iam::111122223333:role/ci/release"}, "part": 1,
            "triage": {"state": "Expected"},
        },
        "status": {
            "severity": "Medium", "signature": "PutImage", "count": 3, "pushes": 1, "failed": 0, "untriaged": 2,
            "triage": {"uploads": 1, "pushes": 1}, "observedGeneration": 1,
            "kinds": ["Index", "IndexChild"], "firstTime": "2026-11-20T18:12:07Z", "lastTime": "2026-11-20T18:12:09Z",
            "reason": "NonWorkingDay", "message": "pushed",
            "summary": {"tag": "v1.4.2", "principal": "role/ci/release", "last": "Sat 03:12", "triage": "Expected+2",
                        "digest": DIGEST},
            "uploads": [],
        },
    })
}

#[tokio::test]
async fn a_source_is_listed_with_its_conditions_and_how_far_it_was_read() {
    let [header, row] = shown_source("source-columns").await.rows("");
    assert_eq!(header, "NAME READY REASON UP TO DATE COMPLETE THROUGH AGE");
    assert!(row.starts_with("source-columns True Reading True 2026-11-20T18:12:09Z "), "{row}");
}

#[tokio::test]
async fn the_wide_table_adds_the_account_regions_and_role_of_a_source() {
    let [header, row] = shown_source("source-wide-columns").await.rows("wide");
    assert!(header.ends_with(" AGE ACCOUNT REGIONS ROLE"), "{header}");
    let regions = r#"["eu-central-1","us-east-1"]"#;
    let ends = format!(" 111122223333 {regions} arn:aws:iam::111122223333:role/offhours");
    assert!(row.ends_with(&ends), "{row}");
}

#[tokio::test]
async fn a_policy_is_listed_with_its_zone_conditions_and_open_findings() {
    let [header, row] = shown_policy("policy-columns").await.rows("");
    assert_eq!(header, "NAME ZONE READY REASON COMPLETE OFF-HOURS NOW OPEN LAST FINDING AGE");
    assert!(row.starts_with("production America/New_York False SourceNotReady True true 4 "), "{row}");
}

#[tokio::test]
async fn the_wide_table_adds_the_total_coverage_and_lookback_of_a_policy() {
    let [header, row] = shown_policy("policy-wide-columns").await.rows("wide");
    assert!(header.ends_with(" AGE TOTAL COVERED THROUGH NEXT TRANSITION LOOKBACK"), "{header}");
    assert!(row.ends_with(" 31 2026-11-22T09:58:00Z 2026-11-23T07:00:00Z 24h"), "{row}");
}

#[tokio::test]
async fn a_finding_is_listed_with_its_image_principal_time_and_triage() {
    let [header, row] = shown_finding("finding-columns").await.rows("");
    assert_eq!(header, "NAME TAG PRINCIPAL LAST REASON SEVERITY TRIAGE");
    assert_eq!(row, format!("{FINDING} v1.4.2 role/ci/release Sat 03:12 NonWorkingDay Medium Expected+2"));
}

#[tokio::test]
async fn the_wide_table_adds_the_repository_policy_registry_and_digest_of_a_finding() {
    let [header, row] = shown_finding("finding-wide-columns").await.rows("wide");
    assert!(header.ends_with(" TRIAGE REPOSITORY COUNT POLICY TEAM ACCOUNT REGION KINDS DIGEST AGE"), "{header}");
    let kinds = r#"["Index","IndexChild"]"#;
    let more = format!(" prod/api 3 production tokyo 111122223333 eu-central-1 {kinds} {DIGEST} ");
    assert!(row.contains(&more), "{row}");
}

#[tokio::test]
async fn a_source_fits_a_terminal_of_120_characters() {
    shown_source("source-width").await.assert_fits_a_terminal();
}

#[tokio::test]
async fn a_policy_fits_a_terminal_of_120_characters() {
    shown_policy("policy-width").await.assert_fits_a_terminal();
}

#[tokio::test]
async fn a_finding_with_usual_values_fits_a_terminal_of_120_characters() {
    shown_finding("finding-width").await.assert_fits_a_terminal();
}

#[tokio::test]
async fn the_category_offhours_lists_sources_policies_and_findings() {
    let source = shown_source("category").await;
    shown_policy("category").await;
    shown_finding("category").await;
    let all = source.kubectl.run(&["get", "offhours", "-n", "category", "-o", "name"]).expect_success();
    for name in [
        "cloudtrailsource.offhours.dev/category",
        "ecruploadpolicy.offhours.dev/production",
        &format!("offhoursupload.offhours.dev/{FINDING}"),
    ] {
        assert!(all.lines().any(|line| line == name), "{name} is not in {all}");
    }
}
