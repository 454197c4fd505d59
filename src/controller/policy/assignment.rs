//! Which sources a policy uses. Pure.

use std::collections::BTreeMap;

use kube::ResourceExt;

use crate::api::{CloudTrailSource, EcrUploadPolicySpec, PolicyReadyReason};

/// The sources of a policy, and what is wrong with those it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The names of the sources that it uses, in order.
    pub sources: Vec<String>,
    /// Why it does not use others; empty when all is well.
    pub problems: Vec<AssignmentProblem>,
}

/// Why a policy does not use a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // The fields are the parts of the message.
pub enum AssignmentProblem {
    /// `sources` names one that is not there.
    #[error("the CloudTrailSource {name} does not exist; create it, or correct spec.sources")]
    SourceNotFound { name: String },
    /// `sources` names one that does not admit the namespace of the policy.
    #[error(
        "the CloudTrailSource {name} does not admit the namespace {namespace}; its spec.allowedNamespaces asks for the labels {labels}"
    )]
    SourceNotAdmitted { name: String, namespace: String, labels: String },
    /// `sources` was left out, and no source admits the namespace.
    #[error("no CloudTrailSource admits the namespace {namespace}; create one, or label the namespace")]
    NoSource { namespace: String },
}

impl AssignmentProblem {
    /// The reason of the `Ready` condition.
    pub fn reason(&self) -> PolicyReadyReason {
        match self {
            Self::SourceNotFound { .. } => PolicyReadyReason::SourceNotFound,
            Self::SourceNotAdmitted { .. } => PolicyReadyReason::SourceNotAdmitted,
            Self::NoSource { .. } => PolicyReadyReason::NoSource,
        }
    }
}

/// The sources of a policy in a namespace with these labels.
pub fn assign(
    policy: &EcrUploadPolicySpec,
    namespace: &str,
    labels: &BTreeMap<String, String>,
    sources: &[&CloudTrailSource],
) -> Assignment {
    let mut assignment = Assignment::default();
    match &policy.sources {
        None => {
            let admitting = sources.iter().filter(|source| admits(source, labels));
            assignment.sources = admitting.map(|source| source.name_any()).collect();
            if assignment.sources.is_empty() {
                assignment.problems.push(AssignmentProblem::NoSource { namespace: namespace.to_owned() });
            }
        }
        Some(names) => {
            for name in names {
                match sources.iter().find(|source| source.name_any() == *name) {
                    None => assignment.problems.push(AssignmentProblem::SourceNotFound { name: name.clone() }),
                    Some(source) if admits(source, labels) => assignment.sources.push(name.clone()),
                    Some(source) => assignment.problems.push(AssignmentProblem::SourceNotAdmitted {
                        name: name.clone(),
                        namespace: namespace.to_owned(),
                        labels: asked_labels(source),
                    }),
                }
            }
        }
    }
    assignment.sources.sort();
    assignment
}

fn admits(source: &CloudTrailSource, labels: &BTreeMap<String, String>) -> bool {
    let asked = source.spec.allowed_namespaces.as_ref().map(|allowed| &allowed.match_labels);
    asked.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
}

fn asked_labels(source: &CloudTrailSource) -> String {
    let asked = source.spec.allowed_namespaces.as_ref().map(|allowed| &allowed.match_labels);
    asked.into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{AllowedNamespaces, CloudTrailSourceSpec, LookupEvents};

    fn source(name: &str, label: Option<(&str, &str)>) -> CloudTrailSource {
        let allowed_namespaces = label.map(|(key, value)| AllowedNamespaces {
            match_labels: BTreeMap::from([(key.to_owned(), value.to_owned())]),
        });
        let spec =
            CloudTrailSourceSpec { lookup_events: LookupEvents::default(), assume_role: None, allowed_namespaces };
        CloudTrailSource::new(name, spec)
    }

    fn assigned(names: Option<&[&str]>, labels: &[(&str, &str)]) -> Assignment {
        let names = names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let policy = EcrUploadPolicySpec { sources: names, ..EcrUploadPolicySpec::default() };
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assign(&policy, "security", &labels, &[&source("open", None), &source("payments", Some(("team", "payments")))])
    }

    #[test]
    fn a_policy_without_sources_uses_every_source_that_admits_its_namespace() {
        assert_eq!(assigned(None, &[]).sources, ["open"]);
        assert_eq!(assigned(None, &[("team", "payments")]).sources, ["open", "payments"]);
    }

    #[test]
    fn a_source_that_does_not_exist_or_does_not_admit_is_named() {
        let assignment = assigned(Some(&["payments", "nowhere", "open"]), &[("team", "web")]);
        assert_eq!(assignment.sources, ["open"]);
        let messages: Vec<String> = assignment.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            messages,
            [
                "the CloudTrailSource payments does not admit the namespace security; its spec.allowedNamespaces asks for the labels team=payments",
                "the CloudTrailSource nowhere does not exist; create it, or correct spec.sources",
            ]
        );
    }
}
