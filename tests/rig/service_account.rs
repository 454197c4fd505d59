//! Running a program with exactly the rights of a ServiceAccount.

use std::path::PathBuf;

use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{Api, PostParams};

use super::control_plane::ControlPlane;

const ONE_DAY_SECONDS: i64 = 24 * 60 * 60;

/// A kubeconfig whose user is an existing ServiceAccount, with a token of the TokenRequest API that is valid for a day.
///
/// # Panics
/// When the API server returns no token, for instance because the ServiceAccount does not exist.
pub async fn service_account_kubeconfig(control_plane: &ControlPlane, namespace: &str, name: &str) -> PathBuf {
    let accounts: Api<ServiceAccount> = Api::namespaced(control_plane.client(), namespace);
    let request = TokenRequest {
        spec: TokenRequestSpec { expiration_seconds: Some(ONE_DAY_SECONDS), ..TokenRequestSpec::default() },
        ..TokenRequest::default()
    };
    let answer = accounts
        .create_token_request(name, &PostParams::default(), &request)
        .await
        .unwrap_or_else(|error| panic!("no token for the ServiceAccount {namespace}/{name}: {error}"));
    let token = answer.status.expect("an answered TokenRequest has a status").token;
    control_plane.token_kubeconfig(namespace, name, &token)
}
