//! Uploads, and how they are read from the records of `PutImage`.

use chrono::{DateTime, Utc};

use super::arn::Arn;
use super::digest::Digest;
use super::error::RecordError;
use super::fields::Fields;
use super::kind::{Kind, Manifest};
use super::principal::Principal;
use super::record_id::RecordId;
use super::record_time;
use super::relation::Relation;

/// One `PutImage` call to Amazon ECR, successful or not: the push of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The identity of the event, by which repeated records are recognized.
    pub id: RecordId,
    /// The record's own `eventID`.
    pub event_id: String,
    /// When the request completed (`eventTime`). The pusher cannot set it.
    pub time: DateTime<Utc>,
    /// The account that owns the registry.
    pub account: String,
    /// The Region of the registry (`awsRegion`); always us-east-1 for ECR Public.
    pub region: String,
    /// The kind of registry.
    pub registry: Registry,
    /// The name of the repository, which may contain slashes.
    pub repository: String,
    /// The tag that was pushed. None if the push was by digest, as for the images that an index lists.
    pub tag: Option<String>,
    /// The digest of the manifest: from ECR's response, or else the hash of the manifest in the record, or else from the request.
    /// None if CloudTrail cut all of these.
    pub digest: Option<Digest>,
    /// What was pushed.
    pub kind: Kind,
    /// The relation to uploads about the same time, set by [`relate`](super::relate).
    pub relation: Relation,
    /// The digests that an index lists, in its order; empty for anything else.
    pub children: Vec<Digest>,
    /// Why ECR rejected the push (`errorCode`); None if it succeeded.
    pub error_code: Option<String>,
    /// ECR's message about that (`errorMessage`).
    pub error_message: Option<String>,
    /// Who pushed.
    pub principal: Principal,
    /// The account of the caller (`userIdentity.accountId`).
    pub caller_account: Option<String>,
    /// The account whose trail holds this record (`recipientAccountId`).
    pub recipient_account: Option<String>,
    /// `sourceIPAddress`: an address or the name of a service. A `docker push` shows `AWS Internal`.
    pub source_ip: Option<String>,
    /// `userAgent`. A `docker push` shows `AWS Internal`.
    pub user_agent: Option<String>,
    /// What CloudTrail cut from the record. A very large manifest is cut together with the tag and the digest.
    pub omitted: Omitted,
    /// Why the record is late or repeated, if CloudTrail says so.
    pub addendum: Option<Addendum>,
    /// The paths of fields that are present but unreadable, and count as absent: only evidence, such as `userAgent`. No allow
    /// rule matches because a field is absent, so this cannot hide a push.
    pub unreadable: Vec<String>,
}

/// A kind of registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registry {
    /// `ecr.amazonaws.com`.
    Private,
    /// `ecr-public.amazonaws.com`, the registry behind public.ecr.aws.
    Public,
}

impl Registry {
    /// The registry whose API this `eventSource` is.
    pub(super) fn from_event_source(source: &str) -> Option<Self> {
        match source {
            "ecr.amazonaws.com" => Some(Self::Private),
            "ecr-public.amazonaws.com" => Some(Self::Public),
            _ => None,
        }
    }
}

/// The parts of a record that CloudTrail cut. It limits `requestParameters` and `responseElements` to 100 KB each (CloudTrail
/// User Guide, "CloudTrail record contents").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Omitted {
    /// `requestParameters`, or something in it.
    pub request: bool,
    /// `responseElements`, or something in it.
    pub response: bool,
}

impl Omitted {
    /// Whether anything was cut.
    pub fn any(self) -> bool {
        self.request || self.response
    }
}

/// The reason why CloudTrail delivered a record late or again (`addendum.reason`; CloudTrail User Guide, "CloudTrail record
/// contents").
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Addendum {
    /// Delivery was delayed.
    DeliveryDelay,
    /// The record replaces an earlier one, which lacked something or was wrong.
    UpdatedData,
    /// The service that logged the event had an outage.
    ServiceOutage,
    /// A reason that is not in the User Guide.
    Other(String),
}

impl Addendum {
    fn from_reason(reason: &str) -> Self {
        match reason {
            "DELIVERY_DELAY" => Self::DeliveryDelay,
            "UPDATED_DATA" => Self::UpdatedData,
            "SERVICE_OUTAGE" => Self::ServiceOutage,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Upload {
    /// Whether the record replaces an earlier one of the same event.
    pub fn corrects_another(&self) -> bool {
        self.addendum == Some(Addendum::UpdatedData)
    }

    /// Reads the record of a `PutImage`.
    pub(super) fn from_fields(mut fields: Fields<'_>, registry: Registry) -> Result<Self, RecordError> {
        let event_id = fields.required("eventID", "a string")?;
        let time = fields.required("eventTime", record_time::EXPECTED)?;
        let time =
            record_time::parse(time).ok_or_else(|| fields.malformed("eventTime", record_time::EXPECTED, time))?;
        let addendum = fields.text("addendum.reason")?.map(Addendum::from_reason);
        let id = record_id(&fields, event_id, addendum.as_ref())?;
        let region = region(&fields, registry)?;
        let account = account(&fields)?;
        let repository = repository(&fields)?;
        let principal = Principal::from_fields(&mut fields, &region)?;
        let error_code = owned(fields.text("errorCode")?);
        let caller_account = owned(fields.text("userIdentity.accountId")?);
        let recipient_account = owned(fields.text("recipientAccountId")?);
        let Pushed { tag, digest, kind, children } = Pushed::from_fields(&mut fields);
        Ok(Self {
            id,
            event_id: event_id.to_owned(),
            time,
            account,
            region,
            registry,
            repository,
            tag,
            digest,
            kind,
            relation: Relation::default(),
            children,
            error_code,
            error_message: owned(fields.evidence("errorMessage")),
            principal,
            caller_account,
            recipient_account,
            source_ip: owned(fields.evidence("sourceIPAddress")),
            user_agent: owned(fields.evidence("userAgent")),
            omitted: Omitted {
                request: fields.has_cut("requestParameters"),
                response: fields.has_cut("responseElements"),
            },
            addendum,
            unreadable: fields.into_unreadable(),
        })
    }
}

/// What was pushed. Fields that are cut in the request are read from the response, and the other way round.
struct Pushed {
    tag: Option<String>,
    digest: Option<Digest>,
    kind: Kind,
    children: Vec<Digest>,
}

impl Pushed {
    fn from_fields(fields: &mut Fields<'_>) -> Self {
        let tag = fields
            .evidence("requestParameters.imageTag")
            .or_else(|| fields.evidence("responseElements.image.imageId.imageTag"));
        let text = fields
            .evidence("requestParameters.imageManifest")
            .or_else(|| fields.evidence("responseElements.image.imageManifest"));
        let media_type = fields
            .evidence("requestParameters.imageManifestMediaType")
            .or_else(|| fields.evidence("responseElements.image.imageManifestMediaType"));
        // The digest in the request is last: ECR refuses a wrong one, but the refusal is a record too.
        let digest = fields
            .evidence_as("responseElements.image.imageId.imageDigest", Digest::parse)
            .or_else(|| text.map(Digest::of_manifest))
            .or_else(|| fields.evidence_as("requestParameters.imageDigest", Digest::parse));
        let manifest = text.and_then(Manifest::parse).unwrap_or_default();
        let kind = manifest.kind(media_type);
        let children = match kind {
            Kind::Index => manifest.children(),
            _ => Vec::new(),
        };
        Self { tag: owned(tag), digest, kind, children }
    }
}

fn record_id(fields: &Fields<'_>, event_id: &str, addendum: Option<&Addendum>) -> Result<RecordId, RecordError> {
    if let Some(shared) = fields.text("sharedEventID")? {
        return Ok(RecordId::new(shared));
    }
    let original = match addendum {
        Some(Addendum::UpdatedData) => fields.text("addendum.originalEventID")?,
        Some(Addendum::DeliveryDelay | Addendum::ServiceOutage | Addendum::Other(_)) | None => None,
    };
    Ok(RecordId::new(original.unwrap_or(event_id)))
}

/// The owner of the registry. `recipientAccountId` is one of the last choices, because a
/// cross-account push is in the trails of both accounts.
fn account(fields: &Fields<'_>) -> Result<String, RecordError> {
    let registry_id = ["requestParameters.registryId", "responseElements.image.registryId"];
    if let Some(account) = fields.first_text(&registry_id)? {
        return Ok(account.to_owned());
    }
    if let Some(arn) = repository_arn(fields)?.filter(|arn| !arn.account.is_empty()) {
        return Ok(arn.account.to_owned());
    }
    fields
        .first_text(&["recipientAccountId", "userIdentity.accountId"])?
        .map(str::to_owned)
        .ok_or_else(|| fields.missing("recipientAccountId", "a string"))
}

fn repository(fields: &Fields<'_>) -> Result<String, RecordError> {
    let names = ["requestParameters.repositoryName", "responseElements.image.repositoryName"];
    if let Some(name) = fields.first_text(&names)? {
        return Ok(name.to_owned());
    }
    repository_arn(fields)?
        .and_then(|arn| arn.repository())
        .map(str::to_owned)
        .ok_or_else(|| fields.missing(names[0], "a string, or the repository's ARN in resources"))
}

fn region(fields: &Fields<'_>, registry: Registry) -> Result<String, RecordError> {
    if let Some(region) = fields.text("awsRegion")? {
        return Ok(region.to_owned());
    }
    if let Some(arn) = repository_arn(fields)?.filter(|arn| !arn.region.is_empty()) {
        return Ok(arn.region.to_owned());
    }
    match registry {
        // ECR Public has one Region for its API (Amazon ECR Public User Guide).
        Registry::Public => Ok("us-east-1".to_owned()),
        Registry::Private => Err(fields.missing("awsRegion", "a string")),
    }
}

fn repository_arn<'a>(fields: &Fields<'a>) -> Result<Option<Arn<'a>>, RecordError> {
    let arns = fields.resource_arns()?;
    Ok(arns.into_iter().filter_map(Arn::parse).find(|arn| arn.repository().is_some()))
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}
