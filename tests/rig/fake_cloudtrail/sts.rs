//! The STS calls that precede LookupEvents: GetCallerIdentity and AssumeRole, in the query protocol.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::super::seed::sha256_hex;
use super::aws_error::AwsError;
use super::principal::unique_id;

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub account: String,
    pub arn: String,
}

#[derive(Debug)]
struct Session {
    caller: Caller,
    expires: DateTime<Utc>,
}

/// The sessions of assumed roles.
#[derive(Debug)]
pub struct Sessions {
    seed: u64,
    sessions: HashMap<String, Session>,
    external_ids: HashMap<String, String>,
}

impl Sessions {
    pub fn new(seed: u64) -> Self {
        Self { seed, sessions: HashMap::new(), external_ids: HashMap::new() }
    }

    pub fn require_external_id(&mut self, role_arn: &str, external_id: &str) {
        self.external_ids.insert(role_arn.to_owned(), external_id.to_owned());
    }

    pub fn expire(&mut self, account: &str) {
        let of_account = self.sessions.values_mut().filter(|session| session.caller.account == account);
        of_account.for_each(|session| session.expires = DateTime::UNIX_EPOCH);
    }

    /// The owner of an access key id: a 12-digit one is the account itself.
    pub fn caller(&self, access_key_id: &str) -> Result<Caller, AwsError> {
        if access_key_id.len() == 12 && access_key_id.bytes().all(|byte| byte.is_ascii_digit()) {
            let arn = format!("arn:aws:iam::{access_key_id}:user/rig");
            return Ok(Caller { account: access_key_id.to_owned(), arn });
        }
        let Some(session) = self.sessions.get(access_key_id) else {
            let message = "The security token included in the request is invalid.";
            return Err(AwsError::new("UnrecognizedClientException", message));
        };
        if session.expires <= Utc::now() {
            let message = "The security token included in the request is expired";
            return Err(AwsError::new("ExpiredTokenException", message));
        }
        Ok(session.caller.clone())
    }

    pub fn answer(&mut self, access_key_id: &str, body: &str) -> Result<String, AwsError> {
        let caller = self.caller(access_key_id)?;
        let parameters = form(body);
        let parameter = |name: &str| parameters.get(name).map(String::as_str);
        match parameter("Action").unwrap_or_default() {
            "GetCallerIdentity" => Ok(response(
                "GetCallerIdentity",
                &format!(
                    "<Arn>{}</Arn><UserId>{access_key_id}</UserId><Account>{}</Account>",
                    caller.arn, caller.account
                ),
            )),
            "AssumeRole" => {
                let role = parameter("RoleArn").unwrap_or_default();
                if self.external_ids.get(role).map(String::as_str).is_some_and(|id| parameter("ExternalId") != Some(id))
                {
                    let message = format!(
                        "User: {} is not authorized to perform: sts:AssumeRole on resource: {role}",
                        caller.arn
                    );
                    return Err(AwsError::with_status(403, "AccessDenied", message));
                }
                let seconds = parameter("DurationSeconds").and_then(|text| text.parse().ok()).unwrap_or(3_600);
                self.assume(role, parameter("RoleSessionName").unwrap_or_default(), seconds)
            }
            other => Err(AwsError::unknown_operation(other)),
        }
    }

    fn assume(&mut self, role_arn: &str, session_name: &str, seconds: i64) -> Result<String, AwsError> {
        let ["arn", _, "iam", "", account, role] = role_arn.splitn(6, ':').collect::<Vec<_>>()[..] else {
            return Err(AwsError::new("ValidationError", format!("{role_arn} is invalid")));
        };
        if session_name.len() < 2 {
            return Err(AwsError::new("ValidationError", "roleSessionName must have at least 2 characters"));
        }
        let name = role.rsplit('/').next().unwrap_or(role);
        let caller = Caller {
            account: account.to_owned(),
            arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session_name}"),
        };
        let unique = format!("{} {} {role_arn} {session_name}", self.seed, self.sessions.len());
        let (key, expires) = (unique_id("ASIA", &unique), Utc::now() + TimeDelta::seconds(seconds));
        let content = format!(
            "<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
             <SessionToken>{secret}</SessionToken><Expiration>{expiration}</Expiration></Credentials>\
             <AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>{id}:{session_name}</AssumedRoleId></AssumedRoleUser>",
            secret = sha256_hex(&unique),
            expiration = expires.to_rfc3339_opts(SecondsFormat::Secs, true),
            arn = caller.arn,
            id = unique_id("AROA", role_arn),
        );
        self.sessions.insert(key, Session { caller, expires });
        Ok(response("AssumeRole", &content))
    }
}

/// The action that a request names.
pub fn action(body: &str) -> String {
    form(body).remove("Action").unwrap_or_default()
}

fn response(action: &str, content: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{content}</{action}Result>\
         <ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></{action}Response>"
    )
}

/// The parameters of a form body.
fn form(body: &str) -> HashMap<String, String> {
    body.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex = [rest.next().unwrap_or_default(), rest.next().unwrap_or_default()];
                std::str::from_utf8(&hex).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
