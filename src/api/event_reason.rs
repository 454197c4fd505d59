//! The reasons of Events.

use super::closed_set::closed_set;
use super::reasons::{PolicyReadyReason, SourceReadyReason};

closed_set! {
    /// Something that happened, which only an Event reports.
    Occurrence {
        /// A push outside business hours is in the finding. Review it, and set `spec.triage`.
        OffHoursUpload,
        /// A push came after the finding was triaged, so the finding is open again. Review it, and change `spec.triage` to
        /// cover it; a new note is enough.
        PushAfterTriage,
        /// An allow rule expires within 7 days. Set a later `expires` to renew it, or remove it.
        AllowRuleExpiring,
        /// An allow rule has expired, so its pushes are findings now. Set a later `expires` to renew it, or remove it.
        AllowRuleExpired,
        /// The public holidays that a policy names are known for less than six more months. Upgrade the controller, or list
        /// later holidays as dates or in a calendar.
        HolidayDataEnding,
        /// CloudTrail no longer keeps records that were never read. Look for them in the trail's bucket; `status.gaps`
        /// of the source has the times.
        Gap,
        /// Two sources read the same account and Region, which uses twice the requests. Remove the Region from one of them.
        SharedStream,
        /// The role of a source answers for another account than before. If that was not intended, correct
        /// `spec.assumeRole` or the credentials.
        AccountChanged,
        /// The clock of the node went back. Check its time synchronisation.
        ClockWentBack,
    }
}

/// The reason of an Event: an [`Occurrence`], or that a `Ready` condition changed to a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventReason {
    /// Something happened.
    Occurrence(Occurrence),
    /// `Ready` of a policy changed.
    PolicyReady(PolicyReadyReason),
    /// `Ready` of a source changed.
    SourceReady(SourceReadyReason),
}

impl EventReason {
    /// The word for the reason.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Occurrence(occurrence) => occurrence.as_str(),
            Self::PolicyReady(reason) => reason.as_str(),
            Self::SourceReady(reason) => reason.as_str(),
        }
    }
}

impl From<Occurrence> for EventReason {
    fn from(occurrence: Occurrence) -> Self {
        Self::Occurrence(occurrence)
    }
}

impl From<PolicyReadyReason> for EventReason {
    fn from(reason: PolicyReadyReason) -> Self {
        Self::PolicyReady(reason)
    }
}

impl From<SourceReadyReason> for EventReason {
    fn from(reason: SourceReadyReason) -> Self {
        Self::SourceReady(reason)
    }
}
