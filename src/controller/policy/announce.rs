//! What is said about a policy in Events: once for each change.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Resource as _;
use kube::core::DeserializeGuard;

use super::Policies;
use crate::api::{
    AllowRuleState, AllowRuleStatus, ConditionType, EcrUploadPolicy, EcrUploadPolicyStatus, Occurrence,
    PolicyReadyReason,
};
use crate::detect::AllowRule;

impl Policies {
    /// One Event when a policy stops being ready; the condition says the rest.
    pub(super) async fn announce(
        &self,
        object: &DeserializeGuard<EcrUploadPolicy>,
        before: &[Condition],
        after: &[Condition],
    ) {
        let ready = |conditions: &[Condition]| {
            conditions.iter().find(|condition| condition.type_ == ConditionType::Ready.as_str()).cloned()
        };
        let Some(now) = ready(after) else { return };
        let changed =
            ready(before).is_none_or(|was| (was.status, was.reason) != (now.status.clone(), now.reason.clone()));
        let reason = PolicyReadyReason::parse(&now.reason).filter(|reason| *reason != PolicyReadyReason::Suspended);
        if let Some(reason) = reason.filter(|_| changed && now.status == "False") {
            self.events.warn(&object.object_ref(&()), reason, "Validate", &now.message).await;
        }
    }

    /// An Event when an allow rule is about to expire, and when it has: pushes are findings from then on.
    pub(super) async fn announce_rules(
        &self,
        policy: &EcrUploadPolicy,
        before: &[AllowRuleStatus],
        status: &EcrUploadPolicyStatus,
        rules: &[AllowRule],
    ) {
        for (rule, now) in rules.iter().zip(&status.allow_rules) {
            let Some(expires) = rule.expires() else { continue };
            if before.iter().any(|before| before.name == now.name && before.state == now.state) {
                continue;
            }
            let (name, used) = (rule.name(), used(now.allowed));
            let (reason, note) = match now.state {
                AllowRuleState::Expiring => (
                    Occurrence::AllowRuleExpiring,
                    format!(
                        "the allow rule {name} expires at {expires}; {used}: set a later expires to renew it, or remove it"
                    ),
                ),
                AllowRuleState::Expired => (
                    Occurrence::AllowRuleExpired,
                    format!(
                        "the allow rule {name} expired at {expires}, and its pushes are findings since then; {used}: set a \
                         later expires to renew it, or remove it"
                    ),
                ),
                AllowRuleState::Pending | AllowRuleState::Active => continue,
            };
            // As the kubelet names a container of a Pod.
            let regarding =
                ObjectReference { field_path: Some(format!("spec.allow{{{name}}}")), ..policy.object_ref(&()) };
            self.events.warn(&regarding, reason, "Validate", &note).await;
        }
    }
}

fn used(pushes: i64) -> String {
    match pushes {
        0 => "it let nothing through so far".to_owned(),
        1 => "it let 1 push through".to_owned(),
        pushes => format!("it let {pushes} pushes through"),
    }
}
