use proptest::prelude::*;
use serde_json::json;

use super::super::{Kind, RELATION_DISTANCE, Relation, Upload, relate};
use super::synthetic::Synthetic;

/// A push of one of a few manifests, by one of two principals, within half an hour.
fn push(number: usize, manifest: u8, tagged: bool, second: u32, ann: bool, failed: bool) -> Upload {
    let image =
        |number: u8| format!(r#"{{"config":{{"mediaType":"application/vnd.oci.image.config.v1+json"}},"n":{number}}}"#);
    // Manifest 0 is an index of manifests 1 and 2.
    let digest = |number: u8| super::super::Digest::of_manifest(&image(number)).to_string();
    let text = match manifest {
        0 => json!({"manifests": [{"digest": digest(1)}, {"digest": digest(2)}]}).to_string(),
        number => image(number),
    };
    let arn = if ann { "arn:aws:iam::111111111111:user/ann" } else { "arn:aws:iam::111111111111:user/bob" };
    let mut push = Synthetic::push()
        .with("/eventID", json!(format!("id-{number:03}")))
        .with("/eventTime", json!(format!("2026-11-20T18:{:02}:{:02}Z", second / 60, second % 60)))
        .with("/userIdentity/arn", json!(arn))
        .with("/requestParameters/imageTag", if tagged { json!("v1") } else { json!(null) })
        .with_manifest(&text, "");
    if failed {
        push = push.with("/errorCode", json!("ImageTagAlreadyExistsException"));
    }
    push.upload()
}

fn pushes() -> impl Strategy<Value = Vec<Upload>> {
    let push_of = (0u8..5, any::<bool>(), 0u32..1_800, any::<bool>(), prop::bool::weighted(0.1));
    prop::collection::vec(push_of, 0..24).prop_map(|pushes| {
        let pushes = pushes.into_iter().enumerate();
        pushes
            .map(|(n, (manifest, tagged, second, ann, failed))| push(n, manifest, tagged, second, ann, failed))
            .collect()
    })
}

/// The same, by comparing each upload with each other.
fn by_definition(upload: &Upload, all: &[Upload]) -> Relation {
    let near = |other: &&Upload| {
        other.repository == upload.repository
            && other.error_code.is_none()
            && (other.time - upload.time).abs() <= RELATION_DISTANCE
    };
    let mut near = all.iter().filter(near);
    if upload.tag.is_none() {
        let lists = near.any(|other| {
            other.kind == Kind::Index
                && other.principal.arn == upload.principal.arn
                && other.children.iter().any(|child| Some(child) == upload.digest.as_ref())
        });
        if lists { Relation::IndexChild } else { Relation::Standalone }
    } else {
        let earlier =
            near.any(|other| other.digest == upload.digest && (other.time, &other.id) < (upload.time, &upload.id));
        if earlier && upload.error_code.is_none() { Relation::Retag } else { Relation::Standalone }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn relations_are_those_of_each_upload_against_each_other(
        (pushes, mut shuffled) in pushes().prop_flat_map(|pushes| (Just(pushes.clone()), Just(pushes).prop_shuffle())),
    ) {
        let expected: Vec<_> = pushes.iter().map(|push| (push.id.clone(), by_definition(push, &pushes))).collect();
        relate(&mut shuffled);
        let mut found: Vec<_> = shuffled.into_iter().map(|push| (push.id, push.relation)).collect();
        found.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn what_is_settled_is_not_changed_by_later_uploads(pushes in pushes()) {
        let mut pushes = pushes;
        pushes.sort_by_key(|push| push.time);
        let mut all = pushes.clone();
        relate(&mut all);
        for known in 0..pushes.len() {
            let mut first = pushes[..=known].to_vec();
            // Everything of the second that is being read is known.
            first.extend(pushes[known + 1..].iter().filter(|push| push.time == pushes[known].time).cloned());
            relate(&mut first);
            for upload in first.iter().filter(|upload| upload.is_settled(pushes[known].time)) {
                let later = all.iter().find(|other| other.id == upload.id).expect("the same upload");
                prop_assert_eq!(upload.relation, later.relation);
            }
        }
    }
}

#[test]
fn a_repeated_record_is_no_retag_of_itself() {
    let mut uploads = vec![push(1, 3, true, 0, true, false), push(1, 3, true, 0, true, false)];
    relate(&mut uploads);
    assert!(uploads.iter().all(|upload| upload.relation == Relation::Standalone));
}

#[test]
fn nobody_makes_a_push_of_someone_else_the_child_of_an_index() {
    let mut uploads = vec![push(1, 1, false, 0, true, false), push(2, 0, true, 1, false, false)];
    relate(&mut uploads);
    assert!(uploads.iter().all(|upload| upload.relation == Relation::Standalone));
}
