//! The identities of findings, and their names.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use super::finding_name::{Hash, finding_name};
use super::policy::Policy;
use super::principal::{identity, short_principal};
use super::scope::registry;
use super::stored_text::bounded;
use super::verdict::Judgement;
use crate::api::{self, OffHoursUpload, OffHoursUploadSpec};
use crate::upload::Upload;

/// The identity of a finding: the policy, the principal, the repository and the local date. A person would call the uploads
/// that share it one incident.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingKey {
    policy: String,
    team: Option<String>,
    date: NaiveDate,
    time_zone: String,
    account: String,
    region: String,
    registry: api::Registry,
    repository: String,
    principal: api::Principal,
}

impl FindingKey {
    /// The finding of this policy that an upload belongs to.
    pub fn new(policy: &Policy, upload: &Upload, judgement: &Judgement<'_>) -> Self {
        Self {
            policy: policy.name().to_owned(),
            team: judgement.hours.team().map(str::to_owned),
            date: judgement.date,
            time_zone: judgement.hours.schedule().zone().name().to_owned(),
            account: upload.account.clone(),
            region: upload.region.clone(),
            registry: registry(upload.registry),
            repository: upload.repository.clone(),
            principal: identity(&upload.principal),
        }
    }

    /// The identity of the finding that a stored part belongs to, as far as its spec says. If a value was cut, this is a
    /// different key, and none of its names is that of the part.
    pub fn of_spec(spec: &OffHoursUploadSpec) -> Self {
        Self {
            policy: spec.policy.clone(),
            team: spec.team.clone(),
            date: spec.date,
            time_zone: spec.time_zone.clone(),
            account: spec.account.clone(),
            region: spec.region.clone(),
            registry: spec.registry,
            repository: spec.repository.clone(),
            principal: spec.principal.clone(),
        }
    }

    /// The identity of the finding in which the policy with this name would report the same uploads.
    #[must_use]
    pub fn under(self, policy: &str) -> Self {
        Self { policy: policy.to_owned(), ..self }
    }

    /// The name of the object that holds this part of the finding, counted from 1. It is the same on every run and in
    /// every replica, so creating it twice is a conflict and never a second finding. It begins with the date, so that
    /// names sort by it.
    ///
    /// Its hash is short, so an object with this name may belong to another finding: see [`owns`](Self::owns).
    pub fn name(&self, part: i32) -> String {
        // If a value was cut, another finding may have the same spec.
        let is_whole = Self::of_spec(&self.spec(part)) == *self;
        self.name_with(if is_whole { Hash::Short } else { Hash::Long }, part)
    }

    /// The name to use if the object with the first name belongs to another finding.
    pub fn second_name(&self, part: i32) -> String {
        self.name_with(Hash::Long, part)
    }

    /// Whether an object with this spec is this part of this finding. Team and zone may differ: they follow from the other
    /// fields and the policy, and after an edit of the policy within a day, the finding of that day is continued.
    pub fn owns(&self, part: i32, spec: &OffHoursUploadSpec) -> bool {
        let team = spec.team.clone();
        OffHoursUploadSpec { team, time_zone: spec.time_zone.clone(), triage: spec.triage.clone(), ..self.spec(part) }
            == *spec
    }

    /// The short form of the principal for tables.
    pub(super) fn short_principal(&self) -> String {
        short_principal(&self.principal, &self.account)
    }

    fn name_with(&self, hash: Hash, part: i32) -> String {
        finding_name(self.date, &self.policy, &self.repository, &self.digest(Some(part)), hash)
    }

    /// The object that holds this part of the finding, without evidence yet, with labels to select findings by.
    pub fn object(&self, part: i32) -> OffHoursUpload {
        let mut object = OffHoursUpload::new(&self.name(part), self.spec(part));
        let mut labels = BTreeMap::from([
            ("app.kubernetes.io/managed-by".to_owned(), "offhours".to_owned()),
            ("offhours.dev/policy".to_owned(), self.policy.clone()),
        ]);
        labels.extend(self.team.clone().map(|team| ("offhours.dev/team".to_owned(), team)));
        object.metadata.labels = Some(labels);
        object
    }

    /// The identity as it is written into the object. Values that are longer than an object may hold are cut; the name still
    /// distinguishes them.
    pub fn spec(&self, part: i32) -> OffHoursUploadSpec {
        OffHoursUploadSpec {
            policy: self.policy.clone(),
            team: self.team.clone(),
            date: self.date,
            time_zone: self.time_zone.clone(),
            account: bounded(&self.account, 32),
            region: bounded(&self.region, 32),
            registry: self.registry,
            repository: bounded(&self.repository, 256),
            principal: api::Principal {
                kind: bounded(&self.principal.kind, 64),
                arn: bounded(&self.principal.arn, 2048),
                session: self.principal.session.as_deref().map(|session| bounded(session, 128)),
            },
            part,
            triage: api::Triage::default(),
        }
    }

    /// A hash of the whole identity, the same for all parts.
    pub fn group(&self) -> [u8; 32] {
        self.digest(None)
    }

    /// Each field is hashed after its length, so that no two keys are hashed from the same bytes. Team and zone are left
    /// out: see [`owns`](Self::owns).
    fn digest(&self, part: Option<i32>) -> [u8; 32] {
        let registry = match self.registry {
            api::Registry::Private => "Private",
            api::Registry::Public => "Public",
        };
        let (date, part) = (self.date.to_string(), part.map(|part| part.to_string()).unwrap_or_default());
        let fields = [
            self.policy.as_str(),
            &date,
            &self.account,
            &self.region,
            registry,
            &self.repository,
            &self.principal.kind,
            &self.principal.arn,
            self.principal.session.as_deref().unwrap_or_default(),
            &part,
        ];
        let mut hasher = Sha256::new();
        for field in fields {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field.as_bytes());
        }
        hasher.finalize().into()
    }
}
