//! The size of the largest possible finding, whatever CloudTrail contains.

use std::collections::BTreeMap;

use chrono::{SubsecRound as _, TimeDelta, TimeZone as _, Utc};
use kube::api::{Api, PostParams};
use offhours::api::{
    EcrUploadPolicySpec, MAX_UPLOADS, OffHoursUpload, OffHoursUploadStatus, Team, TeamMatch, TriageCoverage,
    TriageState,
};
use offhours::detect::{Calendars, FindingKey, NewUpload, Policy, Verdict, plan_append};
use offhours::upload::{Decoded, Upload, decode_value};
use serde_json::json;

use crate::cluster::cluster;
use crate::rig::Manifest;
use crate::rig::fake_cloudtrail::{Principal, PutImage};

const LIMIT: usize = 128 * 1024;

/// An upload whose record has far too long texts, all made of this character.
fn upload(number: usize, character: &str) -> Upload {
    let long = character.repeat(5000);
    let children: Vec<Manifest> = (0..40).map(|child| Manifest::image(number as u64 * 100 + child)).collect();
    let push =
        PutImage::new(&long, Utc.with_ymd_and_hms(2026, 11, 20, 18, 0, 0).unwrap() + TimeDelta::seconds(number as i64))
            .by(Principal::identity_center(&long, &long))
            .manifest(Manifest::index(&children))
            .tag(&long)
            .event_id(&format!("{number:03}{long}"))
            .failed(&long)
            .from(&long, &long)
            .with("/sharedEventID", json!(format!("{number:03}shared{long}")))
            .with("/awsRegion", json!(long))
            .with("/recipientAccountId", json!(long))
            .with("/requestParameters/registryId", json!(long));
    match decode_value(&push.json()) {
        Ok(Decoded::Upload(upload)) => *upload,
        other => panic!("{other:?}"),
    }
}

/// A policy with the longest names, by which every upload is off hours.
fn policy() -> Policy {
    let spec = EcrUploadPolicySpec {
        business_hours: Vec::new(),
        time_zone: "America/Argentina/ComodRivadavia".to_owned(),
        teams: vec![Team {
            name: "t".repeat(63),
            matches: TeamMatch { principals: vec!["*".to_owned()], ..TeamMatch::default() },
            time_zone: None,
            business_hours: None,
            holidays: None,
        }],
        ..EcrUploadPolicySpec::default()
    };
    Policy::compile(&"p".repeat(63), &spec, &Calendars::default()).unwrap()
}

/// The key of a finding with as many uploads as there can be, and the status that the controller writes for it.
fn largest_finding(character: &str) -> (FindingKey, OffHoursUploadStatus) {
    let policy = policy();
    let mut key = None;
    let uploads: Vec<NewUpload> = (0..MAX_UPLOADS)
        .map(|number| {
            let upload = upload(number, character);
            let judgement = policy.judge(&upload);
            let Verdict::OffHours(reason) = judgement.verdict else { panic!("{judgement:?}") };
            key.get_or_insert_with(|| FindingKey::new(&policy, &upload, &judgement));
            NewUpload::new(&policy, &upload, &judgement, reason)
        })
        .collect();
    let key = key.unwrap();
    let plan = plan_append(&key, &BTreeMap::new(), 1, uploads);
    let [write] = &plan[..] else { panic!("one part, not {}", plan.len()) };
    assert_eq!(write.status.uploads.len(), MAX_UPLOADS);
    (key, write.status.clone())
}

/// Writes the largest possible finding with texts made of this character, and returns its size in the API server.
async fn stored_size(name: &str, character: &str) -> usize {
    let (key, mut status) = largest_finding(character);
    let client = cluster().await.client();
    let api: Api<OffHoursUpload> = Api::namespaced(client.clone(), "default");
    let params = PostParams { field_manager: Some("offhours".to_owned()), ..PostParams::default() };
    let mut finding = key.object(1);
    finding.metadata.name = Some(name.to_owned());
    finding.spec.triage.note = Some(character.repeat(1024));
    finding.spec.triage.by = Some(character.repeat(256));
    let mut created = api.create(&params, &finding).await.unwrap();
    created.spec.triage.state = TriageState::Acknowledged;
    let by = PostParams { field_manager: Some("m".repeat(128)), ..PostParams::default() };
    let mut triaged = api.replace(name, &by, &created).await.unwrap();
    (status.observed_generation, status.untriaged) = (triaged.metadata.generation, 99);
    status.summary.triage = "Acknowledged+99".to_owned();
    let (set_time, set_by) = (Some(Utc::now().trunc_subsecs(0)), Some("m".repeat(128)));
    status.triage = Some(TriageCoverage { uploads: 1, pushes: 1, set_time, set_by });
    triaged.metadata.managed_fields = None;
    triaged.status = Some(status);
    api.replace_status(name, &params, &triaged).await.unwrap();

    // The text that the API server writes into etcd and to each watch.
    let path = format!("/apis/offhours.dev/v1alpha1/namespaces/default/offhoursuploads/{name}");
    let stored = client.request_text(http::Request::get(path).body(Vec::new()).unwrap()).await.unwrap();
    let size = stored.len();
    let object: serde_json::Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(object["metadata"]["managedFields"].as_array().unwrap().len(), 3);
    let managed = object["metadata"]["managedFields"].to_string().len();
    println!("{name}: {size} bytes, {managed} of them managedFields");
    size
}

#[tokio::test]
async fn the_largest_finding_is_smaller_than_128_kib_whatever_cloudtrail_contains() {
    for (name, character) in
        [("ascii", "x"), ("umlauts", "ü"), ("emoji", "🚀"), ("quotes", "\""), ("escaped", "<"), ("control", "\u{1}")]
    {
        let size = stored_size(name, character).await;
        assert!(size < LIMIT, "{name}: {size} bytes");
    }
}
