//! What kubectl shows: columns, explanations, names.

use serde_json::{Value, json};

use crate::cluster::cluster;
use crate::rig::Kubectl;

fn create(kubectl: &Kubectl, resource: &str, object: &Value) {
    create_in("shown", kubectl, resource, object);
}

fn create_in(namespace: &str, kubectl: &Kubectl, resource: &str, object: &Value) {
    kubectl.run_with(&["apply", "-n", namespace], &object.to_string()).expect_success();
    let name = object["metadata"]["name"].as_str().unwrap();
    let status = json!({"status": object["status"]}).to_string();
    kubectl
        .run(&["patch", resource, name, "-n", namespace, "--subresource=status", "--type=merge", "--patch", &status])
        .expect_success();
}

/// Wider tables wrap on a terminal.
const TERMINAL: usize = 120;

/// The table that kubectl prints, each row with single spaces.
fn table(kubectl: &Kubectl, resource: &str, name: &str, wide: bool) -> Vec<String> {
    let output = if wide { "wide" } else { "" };
    let text = kubectl.run(&["get", resource, name, "-n", "shown", "-o", output]).expect_success();
    if !wide && resource != "ohu" {
        assert!(text.lines().all(|line| line.len() <= TERMINAL), "{text}");
    }
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[tokio::test]
async fn the_columns_of_the_three_resources_show_what_one_looks_for() {
    let kubectl = cluster().await.kubectl();
    kubectl.run(&["create", "namespace", "shown"]).expect_success();
    let ready = |kind: &str, reason: &str| {
        json!({
            "type": kind, "status": "True", "reason": reason, "message": "all is well",
            "lastTransitionTime": "2026-11-20T18:00:00Z", "observedGeneration": 1,
        })
    };

    create(
        &kubectl,
        "cts",
        &json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "CloudTrailSource", "metadata": {"name": "shown"},
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
                "conditions": [ready("Ready", "Reading"), ready("UpToDate", "UpToDate")],
            },
        }),
    );
    let normal = table(&kubectl, "cts", "shown", false);
    assert_eq!(normal[0], "NAME READY REASON UP TO DATE COMPLETE THROUGH AGE");
    assert!(normal[1].starts_with("shown True Reading True 2026-11-20T18:12:09Z "), "{normal:?}");
    let wide = table(&kubectl, "cts", "shown", true);
    assert!(wide[0].ends_with(" AGE ACCOUNT REGIONS ROLE"), "{wide:?}");
    let regions = r#"["eu-central-1","us-east-1"]"#;
    let ends = format!(" 111122223333 {regions} arn:aws:iam::111122223333:role/offhours");
    assert!(wide[1].ends_with(&ends), "{wide:?}");

    create(
        &kubectl,
        "eup",
        &json!({
            "apiVersion": "offhours.dev/v1alpha1", "kind": "EcrUploadPolicy", "metadata": {"name": "production"},
            "spec": {"timeZone": "America/New_York"},
            "status": {
                "observedGeneration": 1, "offHoursNow": true, "nextTransition": "2026-11-23T07:00:00Z",
                "findings": {"open": 4, "total": 31}, "lastFindingTime": "2026-11-21T02:12:09Z",
                "coveredThrough": "2026-11-22T09:58:00Z",
                "conditions": [
                    {
                        "type": "Ready", "status": "False", "reason": "SourceNotReady", "message": "x",
                        "lastTransitionTime": "2026-11-20T18:00:00Z", "observedGeneration": 1,
                    },
                    ready("FindingsComplete", "Complete"),
                ],
            },
        }),
    );
    let normal = table(&kubectl, "eup", "production", false);
    assert_eq!(normal[0], "NAME ZONE READY REASON COMPLETE OFF-HOURS NOW OPEN LAST FINDING AGE");
    assert!(normal[1].starts_with("production America/New_York False SourceNotReady True true 4 "), "{normal:?}");
    let wide = table(&kubectl, "eup", "production", true);
    assert!(wide[0].ends_with(" AGE TOTAL COVERED THROUGH NEXT TRANSITION LOOKBACK"), "{wide:?}");
    assert!(wide[1].ends_with(" 31 2026-11-22T09:58:00Z 2026-11-23T07:00:00Z 24h"), "{wide:?}");

    create(&kubectl, "ohu", &finding());
    let normal = table(&kubectl, "ohu", FINDING, false);
    assert_eq!(normal[0], "NAME TAG PRINCIPAL LAST REASON SEVERITY TRIAGE");
    let row = format!("{FINDING} v1.4.2 role/ci/release Sat 03:12 NonWorkingDay Medium Expected+2");
    assert_eq!(normal[1], row);
    let wide = table(&kubectl, "ohu", FINDING, true);
    assert!(wide[0].ends_with(" TRIAGE REPOSITORY COUNT POLICY TEAM ACCOUNT REGION KINDS DIGEST AGE"), "{wide:?}");
    let kinds = r#"["Index","IndexChild"]"#;
    let more = format!(" prod/api 3 production tokyo 111122223333 eu-central-1 {kinds} {DIGEST} ");
    assert!(wide[1].contains(&more), "{wide:?}");

    // Everything at once, by the category.
    let all = kubectl.run(&["get", "offhours", "-n", "shown", "-o", "name"]).expect_success();
    for name in [
        "cloudtrailsource.offhours.dev/shown",
        "ecruploadpolicy.offhours.dev/production",
        &format!("offhoursupload.offhours.dev/{FINDING}"),
    ] {
        assert!(all.lines().any(|line| line == name), "{name} is not in {all}");
    }
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
async fn a_finding_with_usual_values_fits_a_terminal_of_120_characters() {
    let kubectl = cluster().await.kubectl();
    kubectl.run(&["create", "namespace", "narrow"]).expect_success();
    create_in("narrow", &kubectl, "ohu", &finding());
    let table = kubectl.run(&["get", "ohu", "-n", "narrow"]).expect_success();
    println!("{table}");
    let widths: Vec<usize> = table.lines().map(|line| line.trim_end().chars().count()).collect();
    assert!(widths.len() == 2 && widths.iter().all(|width| *width <= 120), "{widths:?}\n{table}");
}

#[tokio::test]
async fn kubectl_explains_every_resource_by_its_short_name() {
    let kubectl = cluster().await.kubectl();
    for (path, words) in [
        ("eup", "which image pushes to Amazon ECR are judged"),
        ("eup.spec", "The pushes that this policy judges"),
        ("eup.spec.businessHours", "`start` is inclusive, `end` is exclusive"),
        ("eup.spec.businessHours.end", "from 00:00 to 24:00"),
        ("eup.spec.teams", "What it leaves out is inherited from the policy"),
        ("eup.spec.teams.match", "Which pushes belong to this team"),
        ("eup.spec.teams.holidays", "instead of those of the policy"),
        ("eup.spec.holidays", "cancels the windows that start on that local date"),
        ("eup.spec.holidays.calendars", "the label offhours.dev/calendar=true"),
        ("eup.spec.allow", "The first rule that matches a push applies"),
        ("eup.spec.allow.sessions", "Must be used together with `principals`"),
        ("eup.spec.allow.sourceIPs", "a `docker push` shows `AWS Internal`"),
        ("eup.spec.serviceRoles", "pull-through cache"),
        ("eup.status.allowRules", "A rule that allows nothing can be removed"),
        ("eup.status.calendarData", "timeZoneDatabase"),
        ("eup.spec.lookback", "Defaults to 24h."),
        ("eup.spec.suspend", "the policy also judges pushes made while it was suspended"),
        ("eup.status.conditions", "FindingsComplete"),
        ("eup.status.coveredThrough", "where the oldest hole begins"),
        ("cts.status.completeThrough", "the oldest `completeThrough` of these streams"),
        ("eup.status.sources.through", "joined to the head"),
        ("cts", "where CloudTrail records are read"),
        ("cts.spec.lookupEvents.pollInterval", "from 1s to 1h"),
        ("cts.spec.lookupEvents.sweeps", "one LookupEvents request for every 50 PutImage records"),
        ("cts.status.conditions", "UpToDate"),
        ("cts.status.gaps", "can no longer be read"),
        ("cts.status.streams.removedAt", "kept for 90 days"),
        ("ohu", "one finding"),
        ("ohu.spec.triage", "To cover these too, change the triage"),
        ("ohu.spec.triage.state", "Acknowledged: somebody is working on it"),
        ("ohu.status.kinds", "The distinct kinds of the uploads"),
        ("ohu.status.untriaged", "all of them while its state is New"),
        ("ohu.status.triage.setBy", "The cluster records the client there, not the user"),
        ("ohu.status.summary", "Short forms for tables"),
        ("ohu.status.uploads", "eventID"),
    ] {
        let text = kubectl.run(&["explain", path]).expect_success();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(line.contains(words), "{path}: {text}");
        assert!(!text.contains("<empty>"), "{path}: {text}");
    }
}
