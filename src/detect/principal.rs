//! The principals of findings, and their short forms for tables and Events.

use super::stored_text::bounded;
use crate::api::Principal;
use crate::upload::{self, service_of};

/// The principal in the identity of a finding: with the session only for roles of IAM Identity Center, where AWS sets it.
pub fn identity(principal: &upload::Principal) -> Principal {
    Principal {
        kind: principal.kind.clone(),
        arn: principal.arn.clone(),
        session: principal.session.clone().filter(|_| principal.is_identity_center()),
    }
}

/// The longest short form, in bytes of a stored object. A role has a name of up to 64 characters, and a path.
const MAX_LENGTH: usize = 128;

/// The short form of a principal: the name of a user of IAM Identity Center or of a service; else the ARN without its
/// beginning, such as `role/ci/release`, if it is in the account of the registry; else the whole ARN.
pub fn short_principal(principal: &Principal, account: &str) -> String {
    let arn = &principal.arn;
    let name = arn.split_once(":iam::").and_then(|(_, rest)| rest.strip_prefix(account)?.strip_prefix(':'));
    bounded(principal.session.as_deref().or(service_of(arn)).or(name).unwrap_or(arn), MAX_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_leaves_out_what_the_account_makes_obvious() {
        let short = |arn: &str, session: Option<&str>| {
            let (kind, arn, session) = (String::new(), arn.to_owned(), session.map(str::to_owned));
            short_principal(&Principal { kind, arn, session }, "111122223333")
        };
        let sso = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef";
        assert_eq!(short("arn:aws:iam::111122223333:role/ci/release", None), "role/ci/release");
        assert_eq!(short("arn:aws-cn:iam::111122223333:root", None), "root");
        assert_eq!(short(sso, Some("kaori@example.com")), "kaori@example.com");
        assert_eq!(short("arn:aws:iam::444455556666:user/ann", None), "arn:aws:iam::444455556666:user/ann");
        let cache = "role/aws-service-role/pullthroughcache.ecr.amazonaws.com/AWSServiceRoleForECRPullThroughCache";
        assert_eq!(short(&format!("arn:aws:iam::111122223333:{cache}"), None), "ECR pull-through cache");
        assert_eq!(short("ecr.amazonaws.com", None), "ecr.amazonaws.com");
        assert_eq!(short(&"x".repeat(3000), None).len(), 128);
    }
}
