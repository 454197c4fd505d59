//! Synthetic records with one error each.

use serde_json::{Value, json};

use super::super::{RecordError, decode};
use super::synthetic::Synthetic;

const ID: &str = "1aef3588-ae84-4f1f-9276-8ec94ee6a7e9";

#[test]
fn an_error_names_the_record_the_field_and_what_was_expected() {
    for (pointer, value, message) in [
        (
            "/requestParameters/repositoryName",
            json!(5),
            "requestParameters.repositoryName: expected a string, found a number",
        ),
        ("/requestParameters", json!("x"), "requestParameters: expected an object, found a string"),
        ("/requestParameters/registryId", json!(1), "requestParameters.registryId: expected a string, found a number"),
        ("/userIdentity", json!("root"), "userIdentity: expected an object, found a string"),
        ("/userIdentity/arn", json!(["x"]), "userIdentity.arn: expected a string, found an array"),
        (
            "/userIdentity/sessionContext/sessionIssuer",
            json!(true),
            "userIdentity.sessionContext.sessionIssuer: expected an object, found a boolean",
        ),
        ("/errorCode", json!({}), "errorCode: expected a string, found an object"),
        ("/eventType", json!(1), "eventType: expected a string, found a number"),
        ("/addendum", json!("late"), "addendum: expected an object, found a string"),
        ("/sharedEventID", json!(1), "sharedEventID: expected a string, found a number"),
        ("/eventSource", json!(null), "eventSource: expected a string, found nothing"),
        ("/eventName", json!(1), "eventName: expected a string, found a number"),
        ("/eventTime", json!(null), "eventTime: expected an RFC 3339 time such as 2024-01-31T09:30:00Z, found nothing"),
        (
            "/eventTime",
            json!("2022-10-13 16:34:53"),
            "eventTime: expected an RFC 3339 time such as 2024-01-31T09:30:00Z, found \"2022-10-13 16:34:53\"",
        ),
        ("/eventTime", json!(1629328650), "eventTime: expected a string, found a number"),
    ] {
        let error = Synthetic::push().with(pointer, value).error();
        assert_eq!(error.to_string(), format!("record {ID}: {message}"));
        assert_eq!((error.record_id(), error.reason()), (Some(ID), "Field"));
    }
}

#[test]
fn a_record_without_an_id_is_an_error_without_one() {
    for value in [json!(null), json!(""), json!(7)] {
        let error = Synthetic::push().with("/eventID", value).error();
        assert_eq!((error.record_id(), error.field()), (None, Some("eventID")));
        assert!(error.to_string().starts_with("record: eventID: expected a string, found "), "{error}");
    }
}

#[test]
fn a_push_without_a_repository_is_an_error() {
    let push = Synthetic::push()
        .without("/requestParameters/repositoryName")
        .without("/responseElements/image/repositoryName");
    assert_eq!(push.upload().repository, "devsecops/cat_dog_server");
    for resources in [json!(null), json!([]), json!([{"ARN": "arn:aws:ecr:eu-central-1:111111111111:registry"}])] {
        let error = push.clone().with("/resources", resources).error();
        assert_eq!(error.field(), Some("requestParameters.repositoryName"));
    }
    for (resources, field) in [
        (json!({}), "resources"),
        (json!([1]), "resources[0]"),
        (json!([{}, {"ARN": 1}]), "resources[1].ARN"),
        (json!([{"arn": {}}]), "resources[0].arn"),
    ] {
        assert_eq!(push.clone().with("/resources", resources).error().field(), Some(field));
    }
}

#[test]
fn a_private_push_without_a_region_takes_it_from_the_resource_or_fails() {
    let push = Synthetic::push().without("/awsRegion");
    assert_eq!(push.upload().region, "eu-central-1");
    assert_eq!(push.without("/resources").error().field(), Some("awsRegion"));
}

#[test]
fn unreadable_evidence_is_absent_and_named() {
    let push = Synthetic::push()
        .with("/userAgent", json!(5))
        .with("/sourceIPAddress", json!(["203.0.113.1"]))
        .with("/requestParameters/imageTag", json!(1))
        .with("/responseElements", json!("success"));
    let upload = push.upload();
    assert_eq!((upload.user_agent, upload.source_ip, upload.tag), (None, None, None));
    assert_eq!(upload.digest, Synthetic::push().upload().digest);
    assert_eq!(upload.unreadable, ["requestParameters.imageTag", "responseElements", "sourceIPAddress", "userAgent"]);
}

#[test]
fn an_answer_that_is_no_digest_is_not_taken_for_one() {
    let push = Synthetic::push().with("/responseElements/image/imageId/imageDigest", json!("sha256:EXAMPLE"));
    let upload = push.upload();
    assert_eq!(upload.digest, Synthetic::push().upload().digest);
    assert_eq!(upload.unreadable, ["responseElements.image.imageId.imageDigest"]);
}

#[test]
fn what_is_no_record_is_an_error() {
    for (text, message) in [
        ("[]", "record: expected an object, found an array"),
        (r#"["s3.amazonaws.com", "GetObject"]"#, "record: expected an object, found an array"),
        ("5", "record: expected an object, found a number"),
        ("null", "record: expected an object, found null"),
        ("\"PutImage\"", "record: expected an object, found a string"),
        ("{}", "record: eventSource: expected a string, found nothing"),
        (r#"{"Records": []}"#, "record: eventSource: expected a string, found nothing"),
        (r#"{"eventSource": "s3.amazonaws.com"}"#, "record: eventName: expected a string, found nothing"),
        (r#"{"eventSource": "", "eventName": "x"}"#, "record: eventSource: expected a string, found nothing"),
        ("", "record is not JSON: EOF while parsing a value at line 1 column 0"),
        ("PutImage", "record is not JSON: expected value at line 1 column 1"),
    ] {
        assert_eq!(decode(text).map_err(|error| error.to_string()), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn what_an_error_quotes_is_short_and_on_one_line() {
    let hostile = format!("\n\u{1b}[31m{}", "é".repeat(500));
    let error = Synthetic::push().with("/eventTime", json!(hostile)).with("/eventID", json!(hostile)).error();
    let text = error.to_string();
    assert!(text.chars().count() < 300 && !text.chars().any(char::is_control), "{text}");
    assert_eq!(error.record_id(), Some(hostile.as_str()));
}

#[test]
fn hostile_text_is_kept_as_it_is() {
    let hostile = "\u{0}\n\u{1b}\u{202e}é\u{10ffff}".repeat(1000);
    let push = Synthetic::push()
        .with("/requestParameters/imageTag", json!(hostile))
        .with("/requestParameters/repositoryName", json!(hostile))
        .with("/userIdentity/arn", json!(hostile))
        .with("/userAgent", json!(hostile));
    let upload = push.upload();
    assert_eq!(upload.tag.as_deref(), Some(hostile.as_str()));
    assert_eq!(upload.user_agent.as_deref(), Some(hostile.as_str()));
    assert_eq!((upload.repository, upload.principal.arn), (hostile.clone(), hostile));
}

#[test]
fn a_key_that_is_there_twice_counts_as_its_last() {
    let text = r#"{"eventSource":"s3.amazonaws.com","eventSource":"ecr.amazonaws.com","eventName":"PutImage"}"#;
    let error: Result<Value, RecordError> = decode(text).map(|decoded| json!(format!("{decoded:?}")));
    assert_eq!(error.map_err(|error| error.field().map(str::to_owned)), Err(Some("eventID".to_owned())));
}
