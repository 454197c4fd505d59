//! The name under which the API server records the controller's writes.

use kube::api::{PatchParams, PostParams};

/// The field manager of everything that the controller writes.
const FIELD_MANAGER: &str = "offhours";

/// The parameters for an object that is created or replaced.
pub fn post_params() -> PostParams {
    PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() }
}

/// The parameters for fields that are applied, and that no other manager is to own.
pub fn apply_params() -> PatchParams {
    PatchParams::apply(FIELD_MANAGER).force()
}

/// The parameters for fields that are merged into existing ones.
pub fn merge_params() -> PatchParams {
    PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() }
}
