//! What can fail, as `offhours_errors_total` counts it.

use super::closed_set::closed_set;

closed_set! {
    /// A kind of failure: the label of `offhours_errors_total`.
    ErrorKind {
        /// The controller has no AWS credentials. See the [reason](super::SourceReadyReason) of the same name.
        NoCredentials,
        /// The AWS credentials have expired. See the [reason](super::SourceReadyReason) of the same name.
        ExpiredCredentials,
        /// AWS does not accept the credentials. See the [reason](super::SourceReadyReason) of the same name.
        InvalidCredentials,
        /// The identity is not allowed to call an AWS action. See the [reason](super::SourceReadyReason) of the same name.
        AccessDenied,
        /// The controller is not allowed to assume the role of a source. See the [reason](super::SourceReadyReason) of
        /// the same name.
        RoleDenied,
        /// AWS did not answer. See the [reason](super::SourceReadyReason) of the same name.
        Unreachable,
        /// AWS limited the rate of requests. See the [reason](super::SourceReadyReason) of the same name.
        Throttled,
        /// Neither a source nor the controller has a Region. See the [reason](super::SourceReadyReason) of the same name.
        NoRegion,
        /// AWS answered with another error. See the [reason](super::SourceReadyReason) of the same name.
        RequestFailed,
        /// The API server rejected a finding or was unreachable. See `FindingsComplete` of the policies.
        FindingNotWritten,
        /// A finding was not written because its namespace is being deleted. Nothing to do.
        NamespaceGone,
        /// A finding that a crash left without evidence could not be deleted. It is retried; if it lasts, see the log.
        FindingNotDeleted,
        /// What a triage covers could not be recorded in the finding. It is retried; if it lasts, see the log.
        TriageNotRecorded,
        /// A record cannot be decoded, so it is not judged. The log has its event id; report it as a bug.
        BrokenRecord,
        /// CloudTrail no longer keeps records that were never read. See `status.gaps` of the source.
        Gap,
        /// An Event could not be published. Nothing is lost: the status has what it said.
        Event,
        /// The status of a policy could not be written. It is retried; if it lasts, see the log.
        PolicyStatus,
        /// The status of a source could not be written. It is retried; if it lasts, see the log.
        SourceStatus,
        /// A watch was interrupted. It is resumed; if it lasts, check the connection to the API server.
        Watch,
        /// A control loop reported an error. See the log.
        Loop,
        /// The API server could not be reached or rejected a request at the start. Check the connection and the controller's
        /// roles.
        ApiServer,
    }
}
