//! Clusters in which the chart is installed and the controller runs, and the namespaces in which tests use them.
//!
//! A test that ends the controller or the API server, sets flags, or counts what the whole controller does has its own
//! [`Installation`]. Every other test is a [`Tenant`] of a shared one, because starting a control plane takes longer than
//! most tests. In both cases the test works in a namespace that is named after it, and the state of this namespace is printed
//! if the test fails.

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

/// The account of the controller's own credentials.
pub const ACCOUNT: &str = "111122223333";
pub const REGION: &str = "eu-central-1";

/// Long enough for a busy machine. A test that passes never waits longer than necessary.
pub const DEADLINE: Duration = Duration::from_secs(60);
