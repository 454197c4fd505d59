//! The host that requests of an AWS client go to.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_sdk_cloudtrail::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_cloudtrail::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_cloudtrail::error::BoxError;

/// The host of the endpoint that the SDK chose, known once a request was sent: it depends on the Region, its partition, FIPS,
/// and several variables. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Host(Arc<OnceLock<String>>);

impl Intercept for Host {
    fn name(&self) -> &'static str {
        "Host"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let uri: http::Uri = context.request().uri().parse()?;
        if let Some(authority) = uri.authority() {
            self.0.get_or_init(|| authority.to_string());
        }
        Ok(())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.get().map_or("AWS", String::as_str))
    }
}
