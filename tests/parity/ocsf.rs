//! CloudTrail records as Amazon Security Lake stores them. No published record of a push has this form, so all of these are
//! synthetic, made by the mapping in the Security Lake User Guide and after its ten published samples of other calls.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use crate::clock;

/// The form of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Source version 1, OCSF 1.0.0-rc.2.
    Version1,
    /// Source version 2, OCSF 1.1.0, of its first months: request and response are flat in `unmapped`.
    EarlyVersion2,
    /// Source version 2 as released: request and response are text in `api`.
    Version2,
}

/// The record of a CloudTrail event in this form.
pub fn ocsf(event: &Value, form: Form) -> Value {
    let at = |pointer: &str| event.pointer(pointer).cloned().unwrap_or(Value::Null);
    let mut unmapped = Map::from_iter([("recipientAccountId".to_owned(), at("/recipientAccountId"))]);
    for path in ["sharedEventID", "userIdentity.sessionContext.sessionIssuer.userName"] {
        let value = at(&format!("/{}", path.replace('.', "/")));
        unmapped.extend(Some((path.to_owned(), value)).filter(|(_, value)| !value.is_null()));
    }
    let (mut request, mut response) = (json!({"uid": at("/requestID")}), json!({"error": at("/errorCode")}));
    if form == Form::Version2 {
        request["data"] = json!(at("/requestParameters").to_string());
        response["data"] = json!(at("/responseElements").to_string());
    } else {
        flatten("requestParameters", &at("/requestParameters"), &mut unmapped);
        flatten("responseElements", &at("/responseElements"), &mut unmapped);
    }
    let (class, version) = if form == Form::Version1 { (3005, "1.0.0-rc.2") } else { (6003, "1.1.0") };
    let source = at("/sourceIPAddress");
    let is_address = source.as_str().is_some_and(|source| source.parse::<IpAddr>().is_ok());
    json!({
        "metadata": {
            "uid": at("/eventID"), "version": version, "event_code": at("/eventType"),
            "product": {"name": "CloudTrail", "vendor_name": "AWS", "version": at("/eventVersion")},
        },
        "class_uid": class,
        "activity_id": 99,
        "time": clock::epoch(at("/eventTime").as_str().unwrap()).unwrap() * 1000,
        "status": if at("/errorCode").is_null() { "Success" } else { "Failure" },
        "cloud": {"provider": "AWS", "region": at("/awsRegion")},
        "api": {
            "operation": at("/eventName"), "service": {"name": at("/eventSource")},
            "request": request, "response": response,
        },
        "actor": {
            "user": user(event, form),
            "session": {"issuer": at("/userIdentity/sessionContext/sessionIssuer/arn")},
            "invoked_by": at("/userIdentity/invokedBy"),
        },
        "http_request": {"user_agent": at("/userAgent")},
        // A name in place of an address is the domain.
        "src_endpoint": {
            "ip": if is_address { source.clone() } else { Value::Null },
            "domain": if is_address { Value::Null } else { source },
        },
        "resources": [{"uid": at("/resources/0/ARN")}],
        "unmapped": unmapped,
    })
}

fn user(event: &Value, form: Form) -> Value {
    let at = |field: &str| event.pointer(&format!("/userIdentity/{field}")).cloned().unwrap_or(Value::Null);
    let (arn, principal, account) = (at("arn"), at("principalId"), at("accountId"));
    let mut user = json!({"type": at("type"), "name": at("userName"), "credential_uid": at("accessKeyId")});
    let names = match form {
        Form::Version1 => json!({"uid": principal, "uuid": arn, "account_uid": account}),
        Form::EarlyVersion2 | Form::Version2 => json!({"uid": arn, "uid_alt": principal, "account": {"uid": account}}),
    };
    user.as_object_mut().unwrap().extend(names.as_object().unwrap().clone());
    user
}

fn flatten(path: &str, value: &Value, into: &mut Map<String, Value>) {
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| flatten(&format!("{path}.{name}"), value, into));
        }
        Value::Null => {}
        other => drop(into.insert(path.to_owned(), other.clone())),
    }
}
