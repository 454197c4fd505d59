//! The caller of the rig's AWS. Its access key id is the 12-digit account, both for the emulator and for the fake.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudtrail::config::Credentials;

/// One account and Region at one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsCaller {
    pub endpoint: String,
    pub account: String,
    pub region: String,
}

impl AwsCaller {
    pub fn new(endpoint: &str, account: &str, region: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), account: account.to_owned(), region: region.to_owned() }
    }

    /// The variables by which a program with any AWS SDK becomes this caller and ignores the profiles of the machine.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", &self.account),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", &self.region),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// The same for this process: the configuration that a program loads from [`AwsCaller::environment`].
    pub async fn config(&self) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::new(self.region.clone()))
            .credentials_provider(Credentials::new(&self.account, "secret", None, None, "rig"))
            .load()
            .await
    }

    pub async fn cloudtrail(&self) -> aws_sdk_cloudtrail::Client {
        aws_sdk_cloudtrail::Client::new(&self.config().await)
    }

    pub async fn ecr(&self) -> aws_sdk_ecr::Client {
        aws_sdk_ecr::Client::new(&self.config().await)
    }

    pub async fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config().await)
    }
}
