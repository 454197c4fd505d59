//! The reasons of conditions.

use super::closed_set::closed_set;
use super::condition_status::ConditionStatus;
use super::condition_types::ConditionType;

/// A reason of a condition. It belongs to one type and one status, so that no condition can have the reason of another, and
/// a metric by type, status and reason has few series.
pub trait Reason: Copy + 'static {
    /// The type of the conditions that have this reason.
    const CONDITION: ConditionType;

    /// Every reason of this type.
    const REASONS: &'static [Self];

    /// The word for the reason.
    fn as_str(self) -> &'static str;

    /// The status of the conditions that have this reason.
    fn status(self) -> ConditionStatus;
}

macro_rules! reasons {
    ($condition:ident: $(#[$meta:meta])* $name:ident {
        $($(#[$documentation:meta])+ $variant:ident: $status:ident,)+
    }) => {
        closed_set! { $(#[$meta])* $name { $($(#[$documentation])+ $variant,)+ } }

        impl Reason for $name {
            const CONDITION: ConditionType = ConditionType::$condition;

            const REASONS: &'static [Self] = Self::ALL;

            fn as_str(self) -> &'static str {
                Self::as_str(self)
            }

            fn status(self) -> ConditionStatus {
                match self {
                    $(Self::$variant => ConditionStatus::$status,)+
                }
            }
        }
    };
}

reasons! {
    Ready:
    /// Whether a policy can be relied on: it judges every push that it should, and now.
    PolicyReadyReason {
        /// The policy judges the pushes that its sources show, and writes its findings. The message may warn of what looks
        /// like a mistake. Nothing to do.
        Judging: True,
        /// `spec.suspend` is true, so nothing is judged. Set it to false to resume; the pushes in between are judged then.
        Suspended: False,
        /// The policy is being deleted, so nothing is judged. To keep judging, create another one.
        Deleting: False,
        /// The namespace of the policy is being deleted, so no finding can be written there. To keep the policy, create
        /// it in another namespace.
        NamespaceTerminating: False,
        /// `spec.sources` names a CloudTrailSource that does not exist. Create it, or correct the name.
        SourceNotFound: False,
        /// `spec.sources` names a CloudTrailSource that does not admit the namespace. Label the namespace as the source's
        /// `spec.allowedNamespaces` requires, or remove the name.
        SourceNotAdmitted: False,
        /// No CloudTrailSource admits the namespace. Create one, or label the namespace.
        NoSource: False,
        /// A time zone is not in the database of the controller. Correct the field in the message.
        InvalidTimeZone: False,
        /// A window of business hours cannot be used. Correct the field in the message.
        InvalidBusinessHours: False,
        /// An allow rule cannot be used. Correct the field in the message.
        InvalidAllowRule: False,
        /// A team cannot be used. Correct the field in the message.
        InvalidTeam: False,
        /// A country, a ConfigMap or a line of a calendar cannot be used. The policy judges without these holidays, so
        /// it may miss findings. Correct what the message names.
        InvalidHolidays: False,
        /// The controller knows no public holidays from today on, so the policy may miss findings. Upgrade the controller, or
        /// list the holidays as dates or in a calendar.
        HolidayDataEnded: False,
        /// The stored object does not fit the schema of this version. Correct the field in the message, or apply the CRDs of
        /// this version.
        InvalidObject: False,
        /// `spec.scope` leaves out everything that the sources of the policy read, so there can be no finding. Correct the
        /// scope, or add the Region to a source.
        NothingInScope: False,
        /// At least one source of the policy cannot be read. Follow the message, which is that of the source.
        SourceNotReady: False,
        /// The API server rejects findings of the policy or is unreachable. Fix what the message says, such as a quota or an
        /// admission webhook; the pushes are judged again afterwards.
        FindingsNotWritten: False,
        /// At least one source has not been read since it was created or edited. Wait for its first read.
        NotReadYet: Unknown,
        /// A stream is further behind than `--stale-after`. See `UpToDate` of the source; it is catching up.
        SourceBehind: False,
    }
}

reasons! {
    SourcesReady:
    /// Whether the sources of a policy can be read.
    SourcesReadyReason {
        /// Every source of the policy is ready. Nothing to do.
        AllReady: True,
        /// At least one source cannot be read. See `Ready` of the source in the message.
        SourceNotReady: False,
        /// At least one source has not been read since it was created. Wait for its first read.
        NotReadYet: Unknown,
        /// The policy uses no source. See `Ready` of the policy.
        NoSource: False,
    }
}

reasons! {
    FindingsComplete:
    /// Whether every off-hours push is in a finding.
    FindingsCompleteReason {
        /// Every off-hours push that the sources show is in a finding. Nothing to do.
        Complete: True,
        /// The policy judges nothing. See `Ready` of the policy.
        NotJudging: False,
        /// The policy judges nothing while `spec.suspend` is true. Set it to false to resume.
        Suspended: False,
        /// The policy uses no source. See `Ready` of the policy.
        NoSource: False,
        /// The API server rejects findings of the policy or is unreachable. Fix what the message says, such as a quota or an
        /// admission webhook; the pushes are judged again afterwards.
        FindingsNotWritten: False,
        /// The policy judges without holidays that cannot be used or have ended, so pushes on them may be missing. See `Ready` of
        /// the policy.
        InvalidHolidays: False,
        /// There is a hole behind the head: the lookback, or what was pushed while the policy did not judge, is being read.
        /// Wait; `coveredThrough` shows the progress.
        ReadingPast: False,
        /// A stream is further behind than `--stale-after`, or was never read. See `Ready` and `UpToDate` of the source
        /// in the message.
        SourceBehind: False,
    }
}

reasons! {
    Ready:
    /// Why a source can or cannot be read.
    SourceReadyReason {
        /// Every stream can be read. Nothing to do.
        Reading: True,
        /// The source has not been read since it was created. Wait for the first read.
        NotReadYet: Unknown,
        /// The controller has no AWS credentials. Give its ServiceAccount a role, by EKS Pod Identity or IRSA.
        NoCredentials: False,
        /// The AWS credentials have expired. Renew them, or use a role.
        ExpiredCredentials: False,
        /// AWS does not accept the credentials. Correct them, and check that the Region is enabled in the account.
        InvalidCredentials: False,
        /// The identity in the message is not allowed to call `cloudtrail:LookupEvents`. Allow it in its IAM policy.
        AccessDenied: False,
        /// The controller is not allowed to assume `spec.assumeRole`. Allow `sts:AssumeRole` to the controller, trust the
        /// controller in the role, and check the external id.
        RoleDenied: False,
        /// AWS does not answer, or a proxy answers in its place. Check the name of the Region, the network policy, the proxy and
        /// `AWS_ENDPOINT_URL`.
        Unreachable: False,
        /// AWS limits the rate of requests. The controller retries at a lower rate; if it lasts, find out who else in the
        /// account calls LookupEvents.
        Throttled: False,
        /// Neither the source nor the controller has a Region. Set `spec.lookupEvents.regions`, or `aws.region` in the
        /// chart.
        NoRegion: False,
        /// AWS answered with another error. The controller retries; if it lasts, follow the message.
        RequestFailed: False,
        /// The stored object does not fit the schema of this version. Correct the field in the message, or apply the CRDs of
        /// this version.
        InvalidObject: False,
    }
}

reasons! {
    UpToDate:
    /// Whether a source is read without delay.
    UpToDateReason {
        /// No stream is further behind than `--stale-after`. Nothing to do.
        UpToDate: True,
        /// A stream is further behind than `--stale-after`. See `Ready`; if that is True, the source is catching up.
        Lagging: False,
        /// A stream was never read to the end. See `Ready`; if that is True, wait for the first read.
        NotReadYet: False,
    }
}
