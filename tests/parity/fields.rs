//! Each field of the Security Lake search in the output of the product.

use serde_json::Value;

use crate::defect::{Defect, Differences};
use crate::ocsf::Form;
use crate::record::digest;
use crate::security_lake_search::Row;

/// The output of the product for one event.
#[derive(Debug)]
pub struct Output<'a> {
    /// From `scan -o json`.
    pub finding: &'a Value,
    /// Its evidence in the finding.
    pub upload: &'a Value,
    /// `vendor_account` of its user's rows in `scan -o csv`: one, and another where a record lacks the account.
    pub callers_accounts: Vec<String>,
}

/// Checks that every field of a row follows from the output for one of its events, and counts the fields that do not for a
/// documented reason.
///
/// # Panics
/// When the output is different without a documented reason.
pub fn check(row: &Row, output: &Output<'_>, form: Form, differences: &mut Differences) {
    let Output { finding, upload, callers_accounts } = output;
    let (spec, status) = (&finding["spec"], &finding["status"]);
    let mut note = |defect: Defect| *differences.entry(defect).or_default() += 1;

    assert_eq!(row.get("api.operation"), status["signature"]);
    assert_eq!(row.get("api.service.name"), service(&spec["registry"]));
    assert_eq!(row.get("cloud.provider"), "AWS", "vendor_product of scan -o csv, which is always AWS");
    let may_be_zero = [
        ("cloud.region", &spec["region"]),
        ("http_request.user_agent", &upload["userAgent"]),
        ("src_endpoint.ip", &upload["sourceIP"]),
    ];
    for (field, ours) in may_be_zero {
        match row.get(field) {
            "0" => note(Defect::Zero),
            value => assert_eq!(value, *ours, "{field}"),
        }
    }
    match row.get("actor.user.uid") {
        "0" => note(Defect::Zero),
        arn if arn.starts_with("arn:") => assert_eq!(arn, callers_arn(spec, upload)),
        // A principal id. The product has the ARN.
        _ if form == Form::Version1 => note(Defect::ReleasedSchemaOnly),
        other => panic!("{other} is no ARN"),
    }
    match row.get("actor.user.account.uid") {
        "0" if form == Form::Version1 => note(Defect::ReleasedSchemaOnly),
        "0" => note(Defect::Zero),
        account => assert!(callers_accounts.iter().any(|ours| ours == account), "{account}: {callers_accounts:?}"),
    }
    assert_eq!(row.get("bucketName"), "0", "no record of PutImage has one");
    match row.get("api.request.data") {
        "0" if form != Form::Version2 => note(Defect::ReleasedSchemaOnly),
        text => check_request(&serde_json::from_str(text).unwrap(), spec, upload),
    }
}

/// The request has the repository and the manifest. Of the manifest, the product keeps the digest, which identifies it in the
/// registry.
fn check_request(request: &Value, spec: &Value, upload: &Value) {
    if request["omitted"] == true {
        return;
    }
    assert_eq!(request["registryId"], spec["account"]);
    if let Some(repository) = request.get("repositoryName") {
        assert_eq!(*repository, spec["repository"]);
    }
    assert_eq!(request.get("imageTag"), upload.get("tag"));
    assert_eq!(digest(request["imageManifest"].as_str().unwrap()), upload["digest"]);
}

/// `registry` as the name of a service.
pub fn service(registry: &Value) -> &'static str {
    match registry.as_str().unwrap() {
        "Private" => "ecr.amazonaws.com",
        "Public" => "ecr-public.amazonaws.com",
        other => panic!("{other}"),
    }
}

/// The ARN that made the request. That of a session does not have the path of the role.
fn callers_arn(spec: &Value, upload: &Value) -> String {
    let principal = &spec["principal"];
    let arn = principal["arn"].as_str().unwrap();
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let session = upload["session"].as_str();
    let session_arn = |resource: String| format!("arn:{}:sts::{}:{resource}", parts[1], parts[4]);
    match (principal["type"].as_str().unwrap(), session) {
        ("AssumedRole", Some(session)) => {
            let role = arn.rsplit('/').next().unwrap();
            session_arn(format!("assumed-role/{role}/{session}"))
        }
        ("FederatedUser", Some(session)) => session_arn(format!("federated-user/{session}")),
        _ => arn.to_owned(),
    }
}
