//! Clusters in which the product is installed as a user installs it, and the namespaces in which tests use it.
//!
//! A test that ends the controller or the API server, sets flags, or counts what the whole controller does has an [`Installation`]
//! of its own. Every other test is a [`Tenant`] of one that they share: starting a control plane takes longer than most tests.
//! Either way the test works in a namespace that is named after it, and its state is printed when the test fails.

mod condition_history;
mod dedicated;
mod failure;
mod health;
mod shared;
mod tenant;
mod test_namespace;
mod yardstick;

use std::time::Duration;

pub use dedicated::{Installation, RELEASE_NAMESPACE, controller_program};
pub use health::http_get;
pub use shared::{SharedInstallation, SharedNamespace};
pub use tenant::{Tenant, new_account};
pub use test_namespace::{TENANT_LABEL, TestNamespace};
pub use yardstick::Yardstick;

/// The account and Region of a test, unless it needs others.
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-central-1";

/// Long enough for a busy machine; a test that passes waits only as long as it must.
pub const DEADLINE: Duration = Duration::from_secs(60);
