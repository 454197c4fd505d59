//! Numbers of uploads, as the status of a finding has them.

/// This number in the type of the API. A part of a finding holds at most [`MAX_UPLOADS`](crate::api::MAX_UPLOADS), so it
/// never saturates.
pub(super) fn upload_count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
