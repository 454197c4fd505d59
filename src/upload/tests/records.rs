//! Synthetic uploads of each shape that is documented or seen elsewhere, but not published as a `PutImage` record.

use serde_json::{Value, json};

use super::super::{Addendum, Decoded, Digest, Kind, Omitted, Registry, Upload};
use super::synthetic::Synthetic;

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

#[test]
fn a_refused_push_is_an_upload_with_its_error() {
    let push = Synthetic::push()
        .with("/errorCode", json!("ImageTagAlreadyExistsException"))
        .with("/errorMessage", json!("The image tag 'latest' already exists"))
        .with("/responseElements", Value::Null);
    let expected = Upload {
        error_code: Some("ImageTagAlreadyExistsException".into()),
        error_message: Some("The image tag 'latest' already exists".into()),
        ..Synthetic::push().upload()
    };
    assert_eq!(push.upload(), expected);
}

#[test]
fn a_push_by_digest_has_no_tag() {
    let push =
        Synthetic::push().without("/requestParameters/imageTag").without("/responseElements/image/imageId/imageTag");
    assert_eq!(push.upload(), Upload { tag: None, ..Synthetic::push().upload() });
}

#[test]
fn an_index_lists_its_children_in_order() {
    let digests = [format!("sha256:{}", "b".repeat(64)), format!("sha256:{}", "a".repeat(64))];
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": digests.iter().map(|digest| json!({"digest": digest, "size": 1})).collect::<Vec<_>>()
    })
    .to_string();
    let upload = Synthetic::push().with_manifest(&manifest, OCI_INDEX).upload();
    assert_eq!(upload.kind, Kind::Index);
    assert_eq!(upload.children, digests.map(|digest| Digest::parse(&digest).expect("a digest")));
    assert_eq!(upload.digest, Some(Digest::of_manifest(&manifest)));
}

#[test]
fn copies_of_a_cross_account_push_have_one_identity() {
    let shared = json!("5b1f2a0e-0000-4000-8000-000000000001");
    let copy = |event_id: &str, recipient: &str| {
        Synthetic::push()
            .with("/eventID", json!(event_id))
            .with("/sharedEventID", shared.clone())
            .with("/recipientAccountId", json!(recipient))
            .upload()
    };
    let (callers, owners) = (copy("callers", "111111111111"), copy("owners", "111111111112"));
    assert_eq!(callers.id, owners.id);
    assert_eq!((callers.event_id.as_str(), owners.event_id.as_str()), ("callers", "owners"));
    assert_eq!((callers.account.as_str(), owners.account.as_str()), ("111111111112", "111111111112"));
    assert_eq!(callers.caller_account.as_deref(), Some("111111111111"));
    assert_eq!(owners.recipient_account.as_deref(), Some("111111111112"));
}

#[test]
fn only_an_update_has_the_identity_of_the_original() {
    for (reason, addendum, id) in [
        ("UPDATED_DATA", Addendum::UpdatedData, "original"),
        ("DELIVERY_DELAY", Addendum::DeliveryDelay, "own"),
        ("SERVICE_OUTAGE", Addendum::ServiceOutage, "own"),
        ("SOMETHING_NEW", Addendum::Other("SOMETHING_NEW".into()), "own"),
    ] {
        let push = Synthetic::push().with("/eventID", json!("own")).with(
            "/addendum",
            json!({"reason": reason, "originalEventID": "original", "updatedFields": "responseElements"}),
        );
        let upload = push.upload();
        assert_eq!((upload.id.as_str(), upload.event_id.as_str(), upload.addendum), (id, "own", Some(addendum)));
        let shared = push.with("/sharedEventID", json!("shared"));
        assert_eq!(shared.upload().id.as_str(), "shared");
    }
    let without_original = Synthetic::push().with("/addendum", json!({"reason": "UPDATED_DATA"}));
    assert_eq!(without_original.upload().id.as_str(), "1aef3588-ae84-4f1f-9276-8ec94ee6a7e9");
}

#[test]
fn a_cut_request_is_read_from_the_response() {
    let cut = json!({"omitted": true, "originalSize": 110000, "reason": "requestParameters too large"});
    let push = Synthetic::push().with("/requestParameters", cut);
    let omitted = Omitted { request: true, response: false };
    assert_eq!(push.upload(), Upload { omitted, ..Synthetic::push().upload() });
}

#[test]
fn a_cut_response_is_read_from_the_request() {
    let push = Synthetic::push().with("/responseElements", json!({"omitted": true}));
    let omitted = Omitted { request: false, response: true };
    assert_eq!(push.upload(), Upload { omitted, ..Synthetic::push().upload() });
}

#[test]
fn a_push_whose_halves_are_both_cut_is_still_found_by_its_resource() {
    let cut = json!({"omitted": true});
    let push = Synthetic::push().with("/requestParameters", cut.clone()).with("/responseElements", cut);
    let expected = Upload {
        account: "1111111111111".into(),
        tag: None,
        digest: None,
        kind: Kind::Unknown,
        omitted: Omitted { request: true, response: true },
        ..Synthetic::push().upload()
    };
    assert!(expected.omitted.any());
    assert_eq!(push.upload(), expected);
}

#[test]
fn a_cut_manifest_within_the_request_is_a_cut_request() {
    let push = Synthetic::push()
        .with("/requestParameters/imageManifest", json!({"omitted": true}))
        .with("/responseElements", Value::Null);
    let upload = push.upload();
    assert_eq!((upload.kind, upload.digest, upload.unreadable), (Kind::Unknown, None, Vec::new()));
    assert!(upload.omitted.request && !upload.omitted.response);
}

#[test]
fn resources_of_other_exporters_name_the_repository_too() {
    let cut = json!({"omitted": true});
    let push = Synthetic::push().with("/requestParameters", cut).with("/responseElements", Value::Null);
    let arn = "arn:aws:ecr:eu-central-1:222222222222:repository/a/b/c";
    for resources in [
        json!([{"ARN": arn, "accountId": "222222222222", "type": "AWS::ECR::Repository"}]),
        json!([{"arn": arn}]),
        json!([arn]),
        json!([null, {}, {"ARN": null}, {"ARN": "arn:aws:kms:eu-central-1:333333333333:key/x"}, {"ARN": arn}]),
    ] {
        let upload = push.clone().with("/resources", resources.clone()).upload();
        assert_eq!((upload.repository.as_str(), upload.account.as_str()), ("a/b/c", "222222222222"), "{resources}");
    }
}

#[test]
fn the_arns_of_ecr_public_may_have_no_region() {
    let push = Synthetic::push()
        .with("/eventSource", json!("ecr-public.amazonaws.com"))
        .with("/requestParameters", json!({"omitted": true}))
        .with("/responseElements", Value::Null)
        .with("/resources", json!([{"ARN": "arn:aws:ecr-public::222222222222:repository/tools/cli"}]))
        .without("/awsRegion");
    let upload = push.upload();
    assert_eq!(
        (upload.registry, upload.region.as_str(), upload.account.as_str(), upload.repository.as_str()),
        (Registry::Public, "us-east-1", "222222222222", "tools/cli")
    );
}

#[test]
fn the_owner_is_the_registry_before_any_account_of_the_trail() {
    let mut push = Synthetic::push();
    for (removed, owner) in [
        ("/requestParameters/registryId", "111111111112"),
        ("/responseElements/image/registryId", "1111111111111"),
        ("/resources", "111111111111"),
        ("/recipientAccountId", "999999999999"),
    ] {
        push = push.without(removed).with("/userIdentity/accountId", json!("999999999999"));
        assert_eq!(push.upload().account, owner, "without {removed}");
    }
    let error = push.without("/userIdentity/accountId").error();
    assert_eq!(error.field(), Some("recipientAccountId"));
}

#[test]
fn a_record_of_an_emulator_is_an_upload() {
    let push = Synthetic::push()
        .with_identity(json!({"type": "IAMUser", "principalId": "test", "arn": "arn:aws:iam::000000000000:user/test", "accountId": "000000000000", "userName": "test"}))
        .with("/recipientAccountId", json!("000000000000"))
        .with("/responseElements", Value::Null)
        .with("/readOnly", json!("false"))
        .without("/requestParameters/registryId")
        .without("/managementEvent")
        .without("/eventCategory")
        .without("/resources");
    let upload = push.upload();
    let original = Synthetic::push().upload();
    assert_eq!((upload.account.as_str(), upload.repository), ("000000000000", original.repository));
    assert_eq!(upload.digest, original.digest);
}

#[test]
fn what_a_service_did_by_itself_is_no_upload() {
    let push = Synthetic::push().with("/eventType", json!("AwsServiceEvent"));
    assert_eq!(push.decode(), Ok(Decoded::NotAnUpload));
}

#[test]
fn a_put_image_of_another_service_is_no_upload() {
    for (field, value) in [
        ("/eventSource", "imagebuilder.amazonaws.com"),
        ("/eventSource", "ECR.amazonaws.com"),
        ("/eventName", "BatchDeleteImage"),
        ("/eventName", "putimage"),
        ("/eventName", "ecr:PutImage"),
    ] {
        let push = Synthetic::push().with(field, json!(value));
        assert_eq!(push.decode(), Ok(Decoded::NotAnUpload), "{value}");
    }
}

#[test]
fn an_insights_record_is_no_upload() {
    // The shape of the CloudTrail User Guide's example.
    let insight = r#"{"eventVersion":"1.07","eventTime":"2019-10-15T21:14:00Z","awsRegion":"us-east-1","eventID":"2d53",
        "eventType":"AwsCloudTrailInsight","recipientAccountId":"123456789012","sharedEventID":"c3d2",
        "insightDetails":{"state":"Start","eventSource":"ecr.amazonaws.com","eventName":"PutImage"},
        "eventCategory":"Insight"}"#;
    assert_eq!(super::super::decode(insight), Ok(Decoded::NotAnUpload));
}

#[test]
fn a_manifest_of_four_mebibytes_is_read() {
    let child = format!(r#"{{"digest":"sha256:{}","size":1,"platform":{{"os":"linux"}}}},"#, "c".repeat(64));
    let count = 4 * 1024 * 1024 / child.len();
    let manifest = format!(r#"{{"manifests":[{}]}}"#, child.repeat(count).trim_end_matches(','));
    let upload = Synthetic::push().with_manifest(&manifest, OCI_INDEX).upload();
    assert_eq!((upload.kind, upload.children.len()), (Kind::Index, count));
}

#[test]
fn a_manifest_that_is_not_json_still_has_a_digest() {
    for manifest in ["not JSON", "[]", "\u{0}\u{202e}", "{\"schemaVersion\": 2,"] {
        let upload = Synthetic::push().with_manifest(manifest, "").upload();
        assert_eq!((upload.kind, upload.digest), (Kind::Unknown, Some(Digest::of_manifest(manifest))));
    }
}

#[test]
fn a_digest_is_computed_before_the_request_is_believed() {
    let claimed = format!("sha256:{}", "d".repeat(64));
    let push = Synthetic::push()
        .with("/requestParameters/imageDigest", json!(claimed))
        .with("/errorCode", json!("ImageDigestDoesNotMatchException"))
        .with("/responseElements", Value::Null);
    assert_eq!(push.upload().digest, Synthetic::push().upload().digest);
    let without_manifest = push.without("/requestParameters/imageManifest");
    assert_eq!(without_manifest.upload().digest, Digest::parse(&claimed));
}
