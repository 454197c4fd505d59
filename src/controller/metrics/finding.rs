//! Metrics of verdicts and findings.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::detect::Verdict;

/// The number of judgements and of writes.
#[derive(Debug)]
pub struct FindingMetrics {
    verdicts: Family<VerdictLabel, Counter>,
    findings_written: Family<OperationLabel, Counter>,
}

/// A write of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOperation {
    /// It was created.
    Create,
    /// Uploads were added to it.
    Append,
    /// What its triage covers was recorded.
    Triage,
    /// It was deleted, because it was left without evidence.
    Delete,
}

impl WriteOperation {
    const ALL: [Self; 4] = [Self::Create, Self::Append, Self::Triage, Self::Delete];

    /// The value of the label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Append => "Append",
            Self::Triage => "Triage",
            Self::Delete => "Delete",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabel {
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabel {
    operation: &'static str,
}

impl FindingMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let verdicts = Family::default();
        registry.register("verdicts", "Judgements of an upload by a policy, by verdict", verdicts.clone());
        let findings_written = Family::default();
        registry.register(
            "findings_written",
            "Writes of an OffHoursUpload, by operation: Create, Append, Triage (what a triage covers was recorded), Delete (one \
             that was left without evidence)",
            findings_written.clone(),
        );
        let metrics = Self { verdicts, findings_written };
        // A counter that appears with its first count has no increase that an alert could see.
        for verdict in ["OffHours", "BusinessHours", "Allowed", "OutOfScope"] {
            metrics.verdicts.get_or_create(&VerdictLabel { verdict }).inc_by(0);
        }
        for operation in WriteOperation::ALL.map(WriteOperation::as_str) {
            metrics.findings_written.get_or_create(&OperationLabel { operation }).inc_by(0);
        }
        metrics
    }

    /// Counts a judgement of an upload by a policy.
    pub fn judged(&self, verdict: Verdict<'_>) {
        self.verdicts.get_or_create(&VerdictLabel { verdict: verdict.as_str() }).inc();
    }

    /// Counts a write of a finding.
    pub fn written(&self, operation: WriteOperation) {
        self.findings_written.get_or_create(&OperationLabel { operation: operation.as_str() }).inc();
    }
}
