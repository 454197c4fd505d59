//! The reasons of conditions.

use super::ConditionType;
use super::closed_set::closed_set;

/// A reason of a condition. It belongs to one type of condition, so that no condition can have the reason of another.
pub trait Reason: Copy {
    /// The type of the conditions that have this reason.
    const CONDITION: ConditionType;

    /// The reason as it is written.
    fn as_str(self) -> &'static str;
}

macro_rules! reasons {
    ($condition:ident: $(#[$meta:meta])* $name:ident { $($body:tt)+ }) => {
        closed_set! { $(#[$meta])* $name { $($body)+ } }

        impl Reason for $name {
            const CONDITION: ConditionType = ConditionType::$condition;

            fn as_str(self) -> &'static str {
                Self::as_str(self)
            }
        }
    };
}

reasons! {
    Ready:
    /// Why a policy does or does not judge pushes.
    PolicyReadyReason {
        /// The policy judges the pushes that its sources show. Nothing to do.
        Judging,
        /// `spec.suspend` is true, so nothing is judged. Set it to false to resume; the pushes in between are judged then.
        Suspended,
        /// The namespace of the policy is being deleted, so no finding can be written there. To keep the policy, create
        /// it in another namespace.
        NamespaceTerminating,
        /// `spec.sources` names a CloudTrailSource that does not exist. Create it, or correct the name.
        SourceNotFound,
        /// `spec.sources` names a CloudTrailSource that does not admit the namespace. Label the namespace as the source's
        /// `spec.allowedNamespaces` requires, or remove the name.
        SourceNotAdmitted,
        /// No CloudTrailSource admits the namespace. Create one, or label the namespace.
        NoSource,
        /// A time zone is not in the database of the controller. Correct the field in the message.
        InvalidTimeZone,
        /// A window of business hours cannot be used. Correct the field in the message.
        InvalidBusinessHours,
        /// An allow rule cannot be used. Correct the field in the message.
        InvalidAllowRule,
        /// A team cannot be used. Correct the field in the message.
        InvalidTeam,
        /// A country, a ConfigMap or a line of a calendar cannot be used. The policy judges without these holidays, so
        /// it may miss findings. Correct what the message names.
        InvalidHolidays,
        /// The stored object does not fit the schema of this version. Correct the field in the message, or apply the CRDs of
        /// this version.
        InvalidObject,
    }
}

reasons! {
    SourcesReady:
    /// Whether the sources of a policy can be read.
    SourcesReadyReason {
        /// Every source of the policy is ready. Nothing to do.
        AllReady,
        /// At least one source cannot be read. See `Ready` of the source in the message.
        SourceNotReady,
        /// At least one source has not been read since it was created. Wait for its first read.
        NotReadYet,
        /// The policy uses no source. See `Ready` of the policy.
        NoSource,
    }
}

reasons! {
    FindingsComplete:
    /// Whether every off-hours push is in a finding.
    FindingsCompleteReason {
        /// Every off-hours push that the sources show is in a finding. Nothing to do.
        Complete,
        /// The policy judges nothing. See `Ready` of the policy.
        NotJudging,
        /// The policy judges nothing while `spec.suspend` is true. Set it to false to resume.
        Suspended,
        /// The policy uses no source. See `Ready` of the policy.
        NoSource,
        /// The API server rejects findings of the policy or is unreachable. Fix what the message says, such as a quota or an
        /// admission webhook; the pushes are judged again afterwards.
        FindingsNotWritten,
        /// There is a hole behind the head: the lookback, or what was pushed while the policy did not judge, is being read.
        /// Wait; `coveredThrough` shows the progress.
        ReadingPast,
        /// A stream is further behind than `--stale-after`, or was never read. See `Ready` and `UpToDate` of the source
        /// in the message.
        SourceBehind,
    }
}

reasons! {
    Ready:
    /// Why a source can or cannot be read.
    SourceReadyReason {
        /// Every stream can be read. Nothing to do.
        Reading,
        /// The source has not been read since it was created. Wait for the first read.
        NotReadYet,
        /// The controller has no AWS credentials. Give its ServiceAccount a role, by EKS Pod Identity or IRSA.
        NoCredentials,
        /// The AWS credentials have expired. Renew them, or use a role.
        ExpiredCredentials,
        /// AWS does not accept the credentials. Correct them, and check that the Region is enabled in the account.
        InvalidCredentials,
        /// The identity in the message is not allowed to call `cloudtrail:LookupEvents`. Allow it in its IAM policy.
        AccessDenied,
        /// The controller is not allowed to assume `spec.assumeRole`. Allow `sts:AssumeRole` to the controller, trust the
        /// controller in the role, and check the external id.
        RoleDenied,
        /// AWS does not answer, or a proxy answers in its place. Check the name of the Region, the network policy, the proxy and
        /// `AWS_ENDPOINT_URL`.
        Unreachable,
        /// AWS limits the rate of requests. The controller retries at a lower rate; if it lasts, find out who else in the
        /// account calls LookupEvents.
        Throttled,
        /// Neither the source nor the controller has a Region. Set `spec.lookupEvents.regions`, or `aws.region` in the
        /// chart.
        NoRegion,
        /// AWS answered with another error. The controller retries; if it lasts, follow the message.
        RequestFailed,
        /// The stored object does not fit the schema of this version. Correct the field in the message, or apply the CRDs of
        /// this version.
        InvalidObject,
    }
}

reasons! {
    UpToDate:
    /// Whether a source is read without delay.
    UpToDateReason {
        /// No stream is further behind than `--stale-after`. Nothing to do.
        UpToDate,
        /// A stream is further behind than `--stale-after`. See `Ready`; if that is True, the source is catching up.
        Lagging,
        /// A stream was never read to the end. See `Ready`; if that is True, wait for the first read.
        NotReadYet,
    }
}
