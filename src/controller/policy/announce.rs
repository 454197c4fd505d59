//! Announces changes of a policy in Events and in the log, each once.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Resource as _;
use kube::core::DeserializeGuard;

use super::policies::Policies;
use super::public_holidays::ending_news;
use crate::api::{
    AllowRuleState, AllowRuleStatus, ConditionType, EcrUploadPolicy, EcrUploadPolicyStatus, Occurrence,
    PolicyReadyReason, PublicHolidayData,
};
use crate::controller::cluster::{StatusTarget, changed, log_condition_changes};
use crate::detect::{AllowRule, Policy};

impl Policies {
    /// Announces changed conditions: a line in the log for each, an Event when the policy stops being ready, and one when
    /// it is ready again. Whoever suspends or deletes a policy needs no Event.
    pub(super) async fn announce(
        &self,
        object: &DeserializeGuard<EcrUploadPolicy>,
        target: &StatusTarget,
        before: &[Condition],
        after: &[Condition],
    ) {
        log_condition_changes("EcrUploadPolicy", target, before, after);
        let is_ready = |condition: &&Condition| condition.type_ == ConditionType::Ready.as_str();
        let Some(now) = changed(before, after).find(is_ready) else { return };
        let reason_of = |condition: &Condition| {
            let is_meant = |reason: &PolicyReadyReason| {
                !matches!(reason, PolicyReadyReason::Suspended | PolicyReadyReason::Deleting)
            };
            PolicyReadyReason::parse(&condition.reason).filter(is_meant)
        };
        let Some(reason) = reason_of(now) else { return };
        let was_false = before.iter().find(is_ready).filter(|was| was.status == "False");
        match now.status.as_str() {
            "False" => self.events.warn(&object.object_ref(&()), reason, "Judge", &now.message).await,
            "True" if was_false.and_then(reason_of).is_some() => {
                self.events.inform(&object.object_ref(&()), reason, "Judge", &now.message).await;
            }
            _ => {}
        }
    }

    /// Publishes an Event when the public holidays that a policy names are known for less than six more months.
    pub(super) async fn announce_holidays(
        &self,
        policy: &EcrUploadPolicy,
        compiled: &Policy,
        before: &EcrUploadPolicyStatus,
        after: &EcrUploadPolicyStatus,
    ) {
        fn data(status: &EcrUploadPolicyStatus) -> Option<&PublicHolidayData> {
            status.calendar_data.as_ref()?.public_holidays.as_ref()
        }
        if let Some(note) = ending_news(compiled, data(before), data(after)) {
            self.events.warn(&policy.object_ref(&()), Occurrence::HolidayDataEnding, "Validate", &note).await;
        }
    }

    /// Publishes an Event when an allow rule is about to expire, and when it has expired: pushes are findings from then on.
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
                        "the allow rule {name} expires at {expires} and {used}; set a later expires to renew it, or remove it"
                    ),
                ),
                AllowRuleState::Expired => (
                    Occurrence::AllowRuleExpired,
                    format!(
                        "the allow rule {name} expired at {expires}, so pushes since then are findings; it {used}; set a later \
                         expires to renew it, or remove it"
                    ),
                ),
                AllowRuleState::Pending | AllowRuleState::Active => continue,
            };
            // The kubelet names a container of a Pod in the same way.
            let regarding =
                ObjectReference { field_path: Some(format!("spec.allow{{{name}}}")), ..policy.object_ref(&()) };
            self.events.warn(&regarding, reason, "Validate", &note).await;
        }
    }
}

fn used(pushes: i64) -> String {
    match pushes {
        0 => "has allowed no push so far".to_owned(),
        1 => "has allowed 1 push".to_owned(),
        pushes => format!("has allowed {pushes} pushes"),
    }
}
