//! Amazon Resource Names.

/// The parts of an ARN that matter here: `arn:partition:service:region:account:resource` (AWS General
/// Reference, "Amazon Resource Names"). Parsed by position, because a resource may contain colons: an IAM path
/// can hold any printable ASCII character, and a search for `:role/…` would find what a user wrote there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// None when the text is not an ARN. Account ids may have any form: published samples are scrubbed.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let _partition = parts.next()?;
        Some(Self { service: parts.next()?, region: parts.next()?, account: parts.next()?, resource: parts.next()? })
    }

    /// The name of the ECR repository, slashes included. ECR Public's ARNs may have no Region.
    pub(super) fn repository(&self) -> Option<&'a str> {
        match self.service {
            "ecr" | "ecr-public" => self.resource.strip_prefix("repository/").filter(|name| !name.is_empty()),
            _ => None,
        }
    }

    /// The path and name of an IAM role, after `role/`.
    pub(super) fn role(&self) -> Option<&'a str> {
        self.resource.strip_prefix("role/").filter(|_| self.service == "iam")
    }

    /// The session name of an assumed role, or of a federated user. A role's name has no slash, and its path is not in this
    /// ARN.
    pub(super) fn session(&self) -> Option<&'a str> {
        let session = match self.resource.split_once('/')? {
            ("assumed-role", role) => role.split_once('/')?.1,
            ("federated-user", name) => name,
            _ => return None,
        };
        Some(session).filter(|session| !session.is_empty() && self.service == "sts")
    }
}

/// The partition of a Region: the second part of the ARNs there.
pub(super) fn partition(region: &str) -> &'static str {
    const BY_PREFIX: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    BY_PREFIX.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_found_by_position() {
        for (arn, repository) in [
            ("arn:aws:ecr:eu-central-1:111111111111:repository/a", Some("a")),
            (
                "arn:aws:ecr:eu-central-1:1111111111111:repository/devsecops/cat_dog_server",
                Some("devsecops/cat_dog_server"),
            ),
            ("arn:aws:ecr-public::123456789012:repository/testrepo", Some("testrepo")),
            ("arn:aws-cn:ecr:cn-north-1:123456789012:repository/a/b/c", Some("a/b/c")),
            ("arn:aws:ecr:eu-central-1:111111111111:repository/", None),
            ("arn:aws:kms:eu-central-1:111111111111:key/repository/a", None),
            ("arn:aws:s3:::bucket/x:repository/a", None),
            ("repository/a", None),
            ("arn:aws:ecr", None),
            ("", None),
        ] {
            assert_eq!(Arn::parse(arn).and_then(|arn| arn.repository()), repository, "{arn}");
        }
    }

    #[test]
    fn partitions_follow_the_region() {
        for (region, expected) in [
            ("eu-central-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eusc-de-east-1", "aws-eusc"),
            ("", "aws"),
        ] {
            assert_eq!(partition(region), expected, "{region}");
        }
    }
}
