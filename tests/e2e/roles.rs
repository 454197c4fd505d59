//! Sources that read an account by assuming a role, and that only some namespaces may use.

use chrono::Utc;

use crate::findings::{assert_each_reported_once, upload_ids};
use crate::installation::{REGION, TENANT_LABEL, Tenant};
use crate::manifests::{freeze, policy};

/// A source that reads an account by a role with an external ID and admits only namespaces with a label, a policy `freeze` that
/// names this source, and a push.
struct Payments {
    tenant: Tenant,
    role: String,
    /// The label of admitted namespaces, as `kubectl label` expects it. Only this test uses it.
    label: String,
    push: String,
}

impl Payments {
    async fn with_external_id(external_id: &str) -> Self {
        let tenant = Tenant::without_source().await;
        let role = format!("arn:aws:iam::{}:role/security/offhours", tenant.account);
        tenant.fake.require_external_id(&role, "opensesame");
        let push = tenant.push_now();
        let label = format!("team=payments-{}", tenant.account);
        let payments = Self { tenant, role, label, push };
        let policy = policy("freeze", &format!("businessHours: [], sources: [{}]", payments.tenant.source));
        payments.tenant.apply(&(payments.source(external_id) + &policy)).await;
        payments
    }

    /// The source can be read, but not from this namespace.
    async fn not_admitted() -> Self {
        let payments = Self::with_external_id("opensesame").await;
        payments.tenant.wait_for_condition("cts", &payments.tenant.source, "Ready", "True").await;
        payments
    }

    /// The namespace has the label, and the policy has found the push.
    async fn admitted() -> Self {
        let payments = Self::not_admitted().await;
        payments.set_label(&payments.label);
        payments.tenant.wait_for_condition("eup", "freeze", "Ready", "True").await;
        payments.tenant.wait_until_applied("freeze").await;
        assert_each_reported_once(&payments.tenant.findings().await, [payments.push.clone()]);
        payments
    }

    fn source(&self, external_id: &str) -> String {
        let (name, role) = (&self.tenant.source, &self.role);
        let label = self.label.replace('=', ": ");
        format!(
            "---\n{{apiVersion: offhours.dev/v1alpha1, kind: CloudTrailSource, \
             metadata: {{name: {name}, labels: {{{TENANT_LABEL}: {name}}}}}, spec: {{\
             lookupEvents: {{regions: [{REGION}], pollInterval: 1s}}, \
             assumeRole: {{roleARN: '{role}', externalID: {external_id}}}, \
             allowedNamespaces: {{matchLabels: {{{label}}}}}}}}}\n"
        )
    }

    fn set_label(&self, label: &str) {
        self.tenant.kubectl().run(&["label", "namespace", self.tenant.name(), label]).expect_success();
    }
}

#[tokio::test]
async fn a_wrong_external_id_is_an_error_in_ready_that_does_not_show_it() {
    let payments = Payments::with_external_id("wrong-one").await;

    let message = payments.tenant.wait_for_reason("cts", &payments.tenant.source, "Ready", "RoleDenied").await;

    assert!(message.contains(&format!("is not allowed to assume the role {} (", payments.role)), "{message}");
    assert!(message.contains("user/rig") && message.contains("check the external ID"), "{message}");
    assert!(!message.contains("wrong-one"), "an external ID is not for everyone to read: {message}");
}

#[tokio::test]
async fn a_source_reads_the_account_of_its_role_once_the_external_id_is_corrected() {
    let payments = Payments::with_external_id("wrong-one").await;
    payments.tenant.wait_for_reason("cts", &payments.tenant.source, "Ready", "RoleDenied").await;

    payments.tenant.apply(&payments.source("opensesame")).await;

    payments.tenant.wait_for_condition("cts", &payments.tenant.source, "Ready", "True").await;
    let streams = payments.tenant.source_status(&payments.tenant.source).await.streams;
    assert_eq!(streams.iter().map(|stream| &stream.account).collect::<Vec<_>>(), [&payments.tenant.account]);
}

#[tokio::test]
async fn a_policy_that_no_source_admits_says_what_would_help() {
    let payments = Payments::not_admitted().await;
    let (tenant, label) = (&payments.tenant, &payments.label);
    let namespace = tenant.name();
    tenant.apply(&(freeze("anyone") + &policy("lost", "sources: [nowhere]"))).await;

    let message = tenant.wait_for_reason("eup", "freeze", "Ready", "SourceNotAdmitted").await;
    assert!(message.contains(&format!("{} does not admit the namespace {namespace}", tenant.source)), "{message}");
    let ends = format!("requires the label {label}; to add it: kubectl label namespace {namespace} {label}");
    assert!(message.ends_with(&ends), "{message}");
    let message = tenant.wait_for_reason("eup", "anyone", "Ready", "NoSource").await;
    assert!(message.contains(&format!("no CloudTrailSource admits the namespace {namespace}")), "{message}");
    let message = tenant.wait_for_reason("eup", "lost", "Ready", "SourceNotFound").await;
    assert!(message.contains("the CloudTrailSource nowhere does not exist"), "{message}");
}

#[tokio::test]
async fn a_source_is_read_for_no_policy_that_it_does_not_admit() {
    let payments = Payments::not_admitted().await;
    payments.tenant.apply(&freeze("anyone")).await;
    payments.tenant.wait_for_reason("eup", "freeze", "Ready", "SourceNotAdmitted").await;
    payments.tenant.wait_for_reason("eup", "anyone", "Ready", "NoSource").await;

    payments.tenant.wait_for_polls(&payments.tenant.source, 2).await;

    assert_eq!(payments.tenant.findings().await.len(), 0);
}

#[tokio::test]
async fn a_namespace_that_gets_the_label_gets_the_pushes_of_the_source() {
    let payments = Payments::not_admitted().await;
    payments.tenant.apply(&freeze("anyone")).await;
    payments.tenant.wait_for_reason("eup", "freeze", "Ready", "SourceNotAdmitted").await;

    payments.set_label(&payments.label);

    payments.tenant.wait_for_condition("eup", "freeze", "Ready", "True").await;
    payments.tenant.wait_until_applied("freeze").await;
    payments.tenant.wait_until_applied("anyone").await;
    let findings = payments.tenant.findings().await;
    assert_each_reported_once(&findings, [payments.push.clone(), payments.push.clone()]); // by two policies
    assert!(findings.iter().all(|finding| finding.spec.account == payments.tenant.account));
}

#[tokio::test]
async fn an_expired_session_is_renewed_and_ready_stays_true() {
    let payments = Payments::admitted().await;

    payments.tenant.fake.expire_sessions(&payments.tenant.account);
    payments.tenant.push_now();

    payments.tenant.wait_for_uploads(2).await;
    payments.tenant.wait_for_condition("cts", &payments.tenant.source, "Ready", "True").await;
}

#[tokio::test]
async fn a_namespace_that_loses_the_label_gets_no_more_pushes() {
    let payments = Payments::admitted().await;

    payments.set_label("team-");

    payments.tenant.wait_for_reason("eup", "freeze", "Ready", "SourceNotAdmitted").await;
    payments.tenant.push(payments.tenant.put_image("pay/api", Utc::now()));
    payments.tenant.wait_for_polls(&payments.tenant.source, 2).await;
    assert_eq!(upload_ids(&payments.tenant.findings().await).len(), 1);
}
