//! A test in a shared installation, with its own account in the fake of AWS.

use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::shared::{SharedInstallation, SharedNamespace};
use super::{ACCOUNT, REGION};
use crate::rig::FakeCloudTrail;
use crate::rig::fake_cloudtrail::{LookupCall, PutImage};

/// The namespace, account and source of a test in the installation that reads the fake. Dereferences to the namespace.
pub struct Tenant {
    namespace: SharedNamespace,
    pub fake: &'static FakeCloudTrail,
    /// The account of this test, which its source reads by assuming the role `offhours`.
    pub account: String,
    /// The name of the source, which is also the name of the namespace.
    pub source: String,
}

impl Tenant {
    /// A tenant whose source polls every second.
    pub async fn start() -> Self {
        let tenant = Self::without_source().await;
        tenant.apply(&tenant.source_manifest(&[REGION])).await;
        tenant
    }

    /// A tenant that has no source yet.
    pub async fn without_source() -> Self {
        static SHARED: OnceCell<(SharedInstallation, FakeCloudTrail)> = OnceCell::const_new();
        let start = async || {
            let fake = FakeCloudTrail::start(1);
            (SharedInstallation::start(&fake.caller(ACCOUNT, REGION)).await, fake)
        };
        let (installation, fake) = SHARED.get_or_init(start).await;
        let namespace = installation.namespace().await;
        let source = namespace.name().to_owned();
        Self { namespace, fake, account: new_account(), source }
    }

    /// The source of this test in these Regions, polled every second.
    pub fn source_manifest(&self, regions: &[&str]) -> String {
        self.source_manifest_with(regions, "pollInterval: 1s, overlap: 30m")
    }

    /// The same with other settings of `lookupEvents`, as YAML in one line.
    pub fn source_manifest_with(&self, regions: &[&str], lookup_events: &str) -> String {
        self.namespace.source_manifest("", regions, lookup_events, &self.role())
    }

    /// Another source of this test for the same account, with this ending of the name.
    pub fn other_source_manifest(&self, ending: &str, regions: &[&str]) -> String {
        self.namespace.source_manifest(ending, regions, "pollInterval: 1s, overlap: 30m", &self.role())
    }

    /// The field of a source's spec that makes it read the account of this test.
    pub fn role(&self) -> String {
        format!("assumeRole: {{roleARN: 'arn:aws:iam::{}:role/offhours'}}", self.account)
    }

    /// The record of a push to a repository in the account of this test.
    pub fn put_image(&self, repository: &str, time: DateTime<Utc>) -> PutImage {
        PutImage::new(repository, time).in_account(&self.account, REGION)
    }

    /// Adds a record to CloudTrail, and returns the id of its event.
    pub fn push(&self, push: PutImage) -> String {
        let id = push.id();
        self.fake.push(push);
        id
    }

    /// The calls of LookupEvents for the account of this test.
    pub fn calls(&self) -> Vec<LookupCall> {
        self.fake.calls().into_iter().filter(|call| call.account == self.account).collect()
    }

    /// Adds the record of a push to `prod/api` at the current time, and returns the id of its event.
    pub fn push_now(&self) -> String {
        self.push(self.put_image("prod/api", Utc::now()))
    }
}

impl Deref for Tenant {
    type Target = SharedNamespace;

    fn deref(&self) -> &SharedNamespace {
        &self.namespace
    }
}

/// An account that no other test of this process uses.
pub fn new_account() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(222_200_000_001);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}
