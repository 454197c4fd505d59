//! The types of conditions.

use super::closed_set::closed_set;

closed_set! {
    /// What a condition is about. All of them are positive: `True` is the good state.
    ConditionType {
        /// On a policy: it judges every push up to now, its sources can be read, and its findings are written. On a source:
        /// every stream can be read. If False, follow the message.
        Ready,
        /// On a policy: every source that it uses is ready. If False, see `Ready` of the source in the message.
        SourcesReady,
        /// On a policy: every off-hours push that its sources show, from `coveredSince` on, is in a finding. If False,
        /// pushes may be missing from the findings; follow the message.
        FindingsComplete,
        /// On a source: no stream is further behind than `--stale-after`. If False, see `Ready` of the source.
        UpToDate,
    }
}
