//! The AWS side of one CloudTrailSource.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

use super::error::{Action, SourceError};
use super::host::Host;
use super::{LookupEventsClient, RateLimits};
use crate::api::{AssumeRole, CloudTrailSourceSpec};

/// Credentials that AWS accepts, and the identity they belong to.
#[derive(Debug, Clone)]
pub struct Session {
    config: SdkConfig,
    account: String,
    identity: String,
    regions: Vec<String>,
}

/// Appears in the CloudTrail of other accounts when their role is assumed, so it identifies the program.
const SESSION_NAME: &str = "offhours";

/// LookupEvents has taken up to 35 s in us-east-1, and the SDK has no limit of its own.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

impl Session {
    /// The controller's own AWS configuration, from the environment, as every AWS tool reads it. No credentials are requested
    /// yet.
    pub async fn base_config() -> SdkConfig {
        // The version is pinned: timeouts must not change with an update of the SDK.
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
            .load()
            .await
    }

    /// Loads the credentials of a source, and asks AWS for the identity they belong to.
    ///
    /// # Errors
    /// When there are no credentials, or AWS rejects them.
    pub async fn open(base: &SdkConfig, spec: &CloudTrailSourceSpec) -> Result<Self, SourceError> {
        Self::open_as(base, spec, "the controller").await
    }

    /// Like [`Self::open`], with a name for the identity, for errors that occur before AWS has returned it.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub async fn open_as(base: &SdkConfig, spec: &CloudTrailSourceSpec, who: &str) -> Result<Self, SourceError> {
        let mut regions = spec.lookup_events.regions.clone();
        if regions.is_empty() {
            regions.extend(base.region().map(ToString::to_string));
        }
        let Some(home) = regions.first().cloned() else { return Err(SourceError::NoRegion) };
        let base = base
            .to_builder()
            .region(base.region().cloned().unwrap_or(Region::new(home)))
            // Retries by the SDK itself would not wait for their turns, but would count against the two requests a second
            // that AWS allows all callers in the account together. The search for credentials keeps its own retries.
            .retry_config(RetryConfig::disabled())
            // A new session must not get the cached credentials of the one that ended.
            .identity_cache(IdentityCache::lazy().build())
            .build();

        // Loaded once before use: within a request the SDK hides why there are none.
        if let Some(provider) = base.credentials_provider() {
            let credentials = provider.provide_credentials().await;
            credentials.map_err(SourceError::from_credentials)?;
        }
        let sts = Host::default();
        let (own_account, own_identity) = caller(&base, who, &sts).await?;
        let Some(role) = &spec.assume_role else {
            return Ok(Self { config: base, account: own_account, identity: own_identity, regions });
        };
        let config = assume(&base, role, &own_identity, &sts).await?;
        let (account, identity) = caller(&config, &role.role_arn, &sts).await?;
        Ok(Self { config, account, identity, regions })
    }

    /// The account that is read, as AWS returned it when the session was opened.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The ARN of the identity that reads it.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The Regions that are read.
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// The event history of the account in a Region.
    pub fn history(&self, region: &str, rates: &RateLimits) -> LookupEventsClient {
        let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
        LookupEventsClient::new(
            aws_sdk_cloudtrail::Client::new(&config),
            rates.of(&self.account, region),
            self.identity.clone(),
            self.account.clone(),
            region.to_owned(),
        )
    }

    /// The histories of all its Regions.
    pub fn streams(&self, rates: &RateLimits) -> Vec<LookupEventsClient> {
        self.regions.iter().map(|region| self.history(region, rates)).collect()
    }
}

async fn assume(base: &SdkConfig, role: &AssumeRole, own_identity: &str, sts: &Host) -> Result<SdkConfig, SourceError> {
    let mut provider = AssumeRoleProvider::builder(&role.role_arn).session_name(SESSION_NAME).configure(base);
    if let Some(external_id) = &role.external_id {
        provider = provider.external_id(external_id);
    }
    let provider = provider.build().await;
    // Loaded once before use: within a request the SDK hides whether the role was the reason.
    let region = base.region().map(ToString::to_string).unwrap_or_default();
    provider
        .provide_credentials()
        .await
        .map_err(|error| SourceError::from_assume_role(error, own_identity, &role.role_arn, &region, sts))?;
    let provider = SharedCredentialsProvider::new(provider);
    Ok(base.to_builder().credentials_provider(provider).build())
}

/// The account and the ARN of the identity that these credentials belong to.
async fn caller(config: &SdkConfig, who: &str, sts: &Host) -> Result<(String, String), SourceError> {
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let answer = aws_sdk_sts::Client::new(config)
        .get_caller_identity()
        .customize()
        .interceptor(sts.clone())
        .send()
        .await
        .map_err(|error| SourceError::from_sdk(error, Action::GetCallerIdentity, who, &region, sts))?;
    match (answer.account, answer.arn) {
        (Some(account), Some(arn)) => Ok((account, arn)),
        _ => Err(SourceError::Failed {
            action: Action::GetCallerIdentity,
            region,
            detail: "the response lacks the account or the ARN".to_owned(),
            is_server_fault: true,
            source: None,
        }),
    }
}
