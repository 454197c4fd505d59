//! The assignment of sources to a policy. Pure.

use std::collections::BTreeMap;

use kube::ResourceExt;

use crate::api::{CloudTrailSource, EcrUploadPolicySpec, PolicyReadyReason};

/// The sources of a policy, and the errors of those that it names and cannot use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The names of the sources that it uses, sorted.
    pub sources: Vec<String>,
    /// Why it does not use others.
    pub errors: Vec<AssignmentError>,
}

/// Why a policy does not use a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    /// `sources` names one that does not exist.
    #[error("the CloudTrailSource {name} does not exist; create it, or correct spec.sources")]
    SourceNotFound { name: String },
    /// The source cannot be decoded, so it is not known which namespaces it admits.
    #[error("the CloudTrailSource {name} is not ready (InvalidObject): it cannot be decoded; see its Ready")]
    SourceInvalid { name: String },
    /// `sources` names one that does not admit the namespace of the policy.
    #[error(
        "the CloudTrailSource {name} does not admit the namespace {namespace}, because its spec.allowedNamespaces requires the \
         label {}; {}", .admission.required, .admission.advice
    )]
    SourceNotAdmitted { name: String, namespace: String, admission: Admission },
    /// `sources` was left out, and there is no source.
    #[error(
        "there is no CloudTrailSource in the cluster; create one that reads the account and Region of the controller: \
         echo '{DEFAULT_SOURCE}' | kubectl apply -f -"
    )]
    NoSource,
    /// `sources` was left out, and no source admits the namespace.
    #[error(
        "no CloudTrailSource admits the namespace {namespace}: {name} requires the label {}; {}",
        .admission.required, .admission.advice
    )]
    NoneAdmits { namespace: String, name: String, admission: Admission },
}

/// The shortest possible source.
const DEFAULT_SOURCE: &str = r#"{"apiVersion": "offhours.dev/v1alpha1", "kind": "CloudTrailSource", "metadata": {"name": "default"}, "spec": {"lookupEvents": {}}}"#;

/// The label that the API server sets on each namespace, and that nobody can change.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// What a source requires of a namespace that it does not admit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The labels, as kubectl writes them.
    pub required: String,
    /// What to do.
    pub advice: String,
}

impl Admission {
    fn of(source: &CloudTrailSource, namespace: &str, labels: &BTreeMap<String, String>) -> Self {
        let missing: Vec<_> = asked(source).filter(|(key, value)| labels.get(*key) != Some(value)).collect();
        let required = missing.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
        let advice = if missing.iter().any(|(key, _)| *key == NAMESPACE_NAME) {
            "create the policy there, or add this namespace to the source".to_owned()
        } else {
            let overwrite = missing.iter().any(|(key, _)| labels.contains_key(*key));
            let overwrite = if overwrite { " --overwrite" } else { "" };
            format!("to add it: kubectl label namespace {namespace} {}{overwrite}", required.join(" "))
        };
        Self { required: required.join(", "), advice }
    }
}

impl AssignmentError {
    /// The reason of the `Ready` condition.
    pub fn reason(&self) -> PolicyReadyReason {
        match self {
            Self::SourceNotFound { .. } => PolicyReadyReason::SourceNotFound,
            Self::SourceInvalid { .. } => PolicyReadyReason::SourceNotReady,
            Self::SourceNotAdmitted { .. } => PolicyReadyReason::SourceNotAdmitted,
            Self::NoSource | Self::NoneAdmits { .. } => PolicyReadyReason::NoSource,
        }
    }
}

/// The sources of a policy in a namespace with these labels. `invalid` are the names of those that cannot be decoded.
pub fn assign(
    policy: &EcrUploadPolicySpec,
    namespace: &str,
    labels: &BTreeMap<String, String>,
    sources: &[&CloudTrailSource],
    invalid: &[String],
) -> Assignment {
    let mut assignment = Assignment::default();
    let invalid_source = |name: &String| AssignmentError::SourceInvalid { name: name.clone() };
    match &policy.sources {
        None => {
            let admitting = sources.iter().filter(|source| admits(source, labels));
            assignment.sources = admitting.map(|source| source.name_any()).collect();
            // It is not known whether it admits the namespace, so it must not be taken for a source that does not.
            assignment.errors.extend(invalid.iter().map(invalid_source));
            if assignment.sources.is_empty() && assignment.errors.is_empty() {
                assignment.errors.push(match sources.first() {
                    None => AssignmentError::NoSource,
                    Some(source) => AssignmentError::NoneAdmits {
                        namespace: namespace.to_owned(),
                        name: source.name_any(),
                        admission: Admission::of(source, namespace, labels),
                    },
                });
            }
        }
        Some(names) => {
            for name in names {
                match sources.iter().find(|source| source.name_any() == *name) {
                    None if invalid.contains(name) => assignment.errors.push(invalid_source(name)),
                    None => assignment.errors.push(AssignmentError::SourceNotFound { name: name.clone() }),
                    Some(source) if admits(source, labels) => assignment.sources.push(name.clone()),
                    Some(source) => assignment.errors.push(AssignmentError::SourceNotAdmitted {
                        name: name.clone(),
                        namespace: namespace.to_owned(),
                        admission: Admission::of(source, namespace, labels),
                    }),
                }
            }
        }
    }
    assignment.sources.sort();
    assignment
}

fn admits(source: &CloudTrailSource, labels: &BTreeMap<String, String>) -> bool {
    asked(source).all(|(key, value)| labels.get(key) == Some(value))
}

fn asked(source: &CloudTrailSource) -> impl Iterator<Item = (&String, &String)> {
    source.spec.allowed_namespaces.iter().flat_map(|allowed| &allowed.match_labels)
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

    const PAYMENTS: [(&str, Option<(&str, &str)>); 1] = [("payments", Some(("team", "payments")))];

    fn assigned_of(
        sources: &[(&str, Option<(&str, &str)>)],
        names: Option<&[&str]>,
        labels: &[(&str, &str)],
        invalid: &[&str],
    ) -> Assignment {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        let policy = EcrUploadPolicySpec { sources: names.map(texts), ..EcrUploadPolicySpec::default() };
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let sources: Vec<CloudTrailSource> = sources.iter().map(|(name, label)| source(name, *label)).collect();
        assign(&policy, "security", &labels, &sources.iter().collect::<Vec<_>>(), &texts(invalid))
    }

    fn assigned(names: Option<&[&str]>, labels: &[(&str, &str)]) -> Assignment {
        assigned_of(&[("open", None), PAYMENTS[0]], names, labels, &[])
    }

    fn messages(assignment: &Assignment) -> Vec<String> {
        assignment.errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_policy_without_sources_uses_every_source_that_admits_its_namespace() {
        assert_eq!(assigned(None, &[]).sources, ["open"]);
        assert_eq!(assigned(None, &[("team", "payments")]).sources, ["open", "payments"]);
    }

    #[test]
    fn a_source_that_does_not_exist_or_does_not_admit_is_named() {
        let assignment = assigned(Some(&["payments", "nowhere", "open"]), &[]);
        assert_eq!(assignment.sources, ["open"]);
        assert_eq!(
            messages(&assignment),
            [
                "the CloudTrailSource payments does not admit the namespace security, because its spec.allowedNamespaces requires \
                 the label team=payments; to add it: kubectl label namespace security team=payments",
                "the CloudTrailSource nowhere does not exist; create it, or correct spec.sources",
            ]
        );
    }

    #[test]
    fn a_policy_without_any_source_says_how_to_get_one() {
        let none = assigned_of(&[], None, &[], &[]);
        let [error] = none.errors.as_slice() else { panic!("{none:?}") };
        let (_, command) = error.to_string().split_once("echo '").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let (manifest, rest) = command.split_once('\'').unwrap();
        assert_eq!(rest, " | kubectl apply -f -");
        let source: CloudTrailSource = serde_json::from_str(manifest).unwrap();
        assert_eq!(source.spec.lookup_events, LookupEvents::default());
    }

    #[test]
    fn a_policy_whose_namespace_no_source_admits_says_how_to_change_that() {
        for (label, has, advice) in [
            (
                ("team", "payments"),
                ("a", "b"),
                "team=payments; to add it: kubectl label namespace security team=payments",
            ),
            (
                ("team", "payments"),
                ("team", "web"),
                "team=payments; to add it: kubectl label namespace security team=payments --overwrite",
            ),
            (
                ("kubernetes.io/metadata.name", "payments"),
                ("kubernetes.io/metadata.name", "security"),
                "kubernetes.io/metadata.name=payments; create the policy there, or add this namespace to the source",
            ),
        ] {
            let assignment = assigned_of(&[("payments", Some(label))], None, &[has], &[]);
            let expected =
                format!("no CloudTrailSource admits the namespace security: payments requires the label {advice}");
            assert_eq!(messages(&assignment), [expected]);
            assert_eq!(assignment.errors[0].reason(), PolicyReadyReason::NoSource);
        }
    }

    #[test]
    fn a_source_that_cannot_be_decoded_is_not_taken_for_one_that_admits_others() {
        let invalid = "the CloudTrailSource broken is not ready (InvalidObject): it cannot be decoded; see its Ready";
        for names in [None, Some(["open", "broken"].as_slice())] {
            let assignment = assigned_of(&[("open", None)], names, &[], &["broken"]);
            assert_eq!(
                (assignment.sources.as_slice(), messages(&assignment)),
                (["open".to_owned()].as_slice(), vec![invalid.to_owned()])
            );
        }
        assert!(assigned_of(&[("open", None)], Some(&["open"]), &[], &["broken"]).errors.is_empty());
    }
}
