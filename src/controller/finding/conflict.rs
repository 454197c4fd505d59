//! Writes that conflict with those of others.

use kube::core::Status;

/// The number of attempts to write an object that others change meanwhile. Each conflict means that another write
/// succeeded, so this many in a row are not expected.
pub(super) const MAX_ATTEMPTS: usize = 10;

/// Whether somebody changed or deleted the finding between the read and the write.
pub(super) fn is_overtaken(status: &Status) -> bool {
    // A missing namespace is another error, which reading again does not resolve.
    let is_object_gone =
        status.is_not_found() && status.details.as_ref().is_none_or(|details| details.kind != "namespaces");
    status.is_conflict() || is_object_gone
}
