//! What a signed request says about its sender. The signature itself is not checked.

use super::aws_error::AwsError;

/// The credential scope of a request that was signed with Signature Version 4.
#[derive(Debug)]
pub struct Scope {
    pub access_key_id: String,
    pub region: String,
}

impl Scope {
    /// Reads `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
    pub fn of(authorization: Option<&str>) -> Result<Self, AwsError> {
        let missing = || AwsError::new("MissingAuthenticationTokenException", "Missing Authentication Token");
        let (_, rest) = authorization.and_then(|header| header.split_once("Credential=")).ok_or_else(missing)?;
        let scope = rest.split(',').next().unwrap_or_default().trim();
        let [access_key_id, _date, region, _service, "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
            return Err(AwsError::new("IncompleteSignatureException", format!("not a credential scope: {scope}")));
        };
        Ok(Self { access_key_id: access_key_id.to_owned(), region: region.to_owned() })
    }
}
