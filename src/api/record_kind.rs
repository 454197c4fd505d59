//! What a record turned out to be, as `offhours_records_total` counts it.

use super::closed_set::closed_set;

closed_set! {
    /// A kind of CloudTrail record: the label of `offhours_records_total`.
    RecordKind {
        /// A `PutImage` of Amazon ECR, which the policies judge.
        Upload,
        /// Any other record, such as a `PutImage` of another service.
        NotAnUpload,
        /// A record that cannot be decoded, so it is not judged.
        Broken,
        /// A corrected version of an earlier record (`addendum` with the reason `UPDATED_DATA`).
        Corrected,
        /// The copy of a call across accounts that is not judged, because the copy in the other account's history is
        /// (`sharedEventID`).
        Copy,
    }
}
