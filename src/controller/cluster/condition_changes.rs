//! Changes of conditions, and the log of them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::StatusTarget;

/// Logs each condition that was written with another status or reason than before.
pub fn log_condition_changes(kind: &'static str, target: &StatusTarget, before: &[Condition], after: &[Condition]) {
    let (namespace, name) = (target.namespace.as_deref(), target.name.as_str());
    for Condition { type_: condition, status, reason, message, .. } in changed(before, after) {
        tracing::info!(kind, namespace, name, condition, status, reason, detail = message, "condition changed");
    }
}

/// The conditions of `after` whose status or reason differs from `before`. A message that only follows the progress is no
/// change.
pub fn changed<'c>(before: &'c [Condition], after: &'c [Condition]) -> impl Iterator<Item = &'c Condition> {
    after.iter().filter(|now| {
        let was = before.iter().find(|was| was.type_ == now.type_);
        was.is_none_or(|was| (&was.status, &was.reason) != (&now.status, &now.reason))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{FindingsCompleteReason, PolicyReadyReason, condition};

    #[test]
    fn a_change_is_another_status_or_reason_and_not_another_message() {
        let ready = |reason: PolicyReadyReason, message: &str| condition(reason, message, None);
        let complete = condition(FindingsCompleteReason::Complete, "", None);
        let before = [ready(PolicyReadyReason::SourceBehind, "read through 10:00"), complete.clone()];
        let types = |after: &[Condition]| changed(&before, after).map(|now| now.reason.clone()).collect::<Vec<_>>();
        assert_eq!(types(&[ready(PolicyReadyReason::SourceBehind, "read through 10:01"), complete.clone()]), [""; 0]);
        assert_eq!(types(&[ready(PolicyReadyReason::SourceNotReady, ""), complete]), ["SourceNotReady"]);
        assert_eq!(changed(&[], &before).count(), 2);
    }
}
