//! Writes that meet those of others.

use kube::core::Status;

/// How often a write is tried that finds a changed object each time. Each conflict means that somebody else's write succeeded, so
/// this many in a row are not expected.
pub(super) const MAX_ATTEMPTS: usize = 10;

/// Whether somebody changed or deleted the finding between the read and the write.
pub(super) fn is_overtaken(status: &Status) -> bool {
    // A namespace that is not found is gone with everything in it, which reading again does not change.
    let is_object_gone =
        status.is_not_found() && status.details.as_ref().is_none_or(|details| details.kind != "namespaces");
    status.is_conflict() || is_object_gone
}
