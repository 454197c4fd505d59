//! The TLS implementation that the Kubernetes client and the AWS SDK share.

use rustls::crypto::aws_lc_rs;

/// TLS can only be set up once per process.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("cannot set up TLS: another provider was installed first")]
pub struct TlsProviderError;

/// Makes aws-lc the TLS implementation of this process.
pub fn install() -> Result<(), TlsProviderError> {
    aws_lc_rs::default_provider().install_default().map_err(|_| TlsProviderError)
}
