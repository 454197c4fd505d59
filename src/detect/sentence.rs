//! Uploads and their judgements in words.

use super::kind::upload_kind;
use super::stored_text::bounded;
use super::verdict::{Judgement, OutOfScope, Verdict};
use crate::api::{OffHoursReason, UploadKind};
use crate::upload::Upload;

impl Judgement<'_> {
    /// A sentence that says what was pushed, and why that is or is not a finding.
    pub fn sentence(&self, upload: &Upload) -> String {
        format!("{} {}; {}", who(upload), pushed(upload, self), why(upload, self))
    }

    /// The last part of the sentence: the reason for the verdict.
    pub fn why(&self, upload: &Upload) -> String {
        why(upload, self)
    }
}

/// The principal, preceded by the name of the AWS service if it is one.
pub(super) fn who(upload: &Upload) -> String {
    let arn = bounded(&upload.principal.arn, 256);
    match upload.principal.service() {
        Some(service) => format!("{} ({arn})", bounded(service, 64)),
        None => arn,
    }
}

/// What was pushed, and the local time.
pub(super) fn pushed(upload: &Upload, judgement: &Judgement<'_>) -> String {
    let repository = bounded(&upload.repository, 256);
    let image = match (&upload.tag, &upload.digest) {
        (Some(tag), _) => format!("{repository}:{}", bounded(tag, 128)),
        (None, Some(digest)) => format!("{repository}@{}", bounded(digest.as_str(), 80)),
        (None, None) => repository,
    };
    let noun = noun(upload_kind(upload));
    let pushed = match &upload.error_code {
        Some(code) => format!("tried to push {noun}{image} ({})", bounded(code, 64)),
        None => format!("pushed {noun}{image}"),
    };
    let at = judgement.local_time.format("%a %Y-%m-%d %H:%M:%S %:z");
    format!("{pushed} at {at} ({})", judgement.hours.schedule().zone().name())
}

/// The words that go before the image for a push of this kind; none for most kinds.
pub(super) fn noun(kind: UploadKind) -> &'static str {
    match kind {
        UploadKind::Image | UploadKind::Index | UploadKind::IndexChild | UploadKind::Unknown => "",
        UploadKind::Retag => "a further tag ",
        UploadKind::Signature => "the signature ",
        UploadKind::Attestation => "the attestation ",
        UploadKind::Sbom => "the SBOM ",
        UploadKind::HelmChart => "the Helm chart ",
        UploadKind::Artifact => "the artifact ",
    }
}

/// The reason for the verdict.
pub(super) fn why(upload: &Upload, judgement: &Judgement<'_>) -> String {
    let schedule = judgement.hours.schedule();
    let whose = judgement.hours.team().map(|team| format!(" of {team}")).unwrap_or_default();
    let hours = || bounded(&schedule.to_string(), 200);
    match judgement.verdict {
        Verdict::OutOfScope(part) => left_out(upload, part),
        Verdict::BusinessHours => format!("within the business hours{whose}, {}", hours()),
        Verdict::Allowed(rule) => {
            let until = rule.expires().map(|expires| format!(", until {}", expires.format("%Y-%m-%d %H:%M UTC")));
            let (name, reason) = (rule.name(), bounded(rule.reason(), 512));
            format!("allowed by the rule {name} ({reason}{})", until.unwrap_or_default())
        }
        Verdict::OffHours(OffHoursReason::Freeze) => format!("there are no business hours{whose}"),
        Verdict::OffHours(OffHoursReason::Holiday) => {
            format!("holiday{whose}: {}", bounded(schedule.holiday(upload.time).unwrap_or("no name"), 128))
        }
        Verdict::OffHours(OffHoursReason::NonWorkingDay | OffHoursReason::OutsideHours) => {
            format!("business hours{whose} are {}", hours())
        }
    }
}

fn left_out(upload: &Upload, part: OutOfScope) -> String {
    match part {
        OutOfScope::Account => format!("scope.accounts does not list {}", bounded(&upload.account, 32)),
        OutOfScope::Region => format!("no pattern of scope.regions matches {}", bounded(&upload.region, 32)),
        OutOfScope::Repository => "no pattern of scope.repositories matches".to_owned(),
        OutOfScope::Registry => format!("scope.registries does not list {:?}", upload.registry),
        OutOfScope::FailedPush => "ECR refused it, and failedPushes is Ignore".to_owned(),
        OutOfScope::ServiceRole => "a service did it, and serviceRoles is Ignore".to_owned(),
    }
}
