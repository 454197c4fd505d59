//! Fields of a policy that no upload can match, as far as that is known from its spec and the Regions that its sources
//! read. The schema rejects values that are wrong on their own.

use std::collections::BTreeSet;

use super::pattern::Patterns;
use crate::api::{EcrUploadPolicySpec, Registry};

/// ECR Public is only in this Region, so its records are here.
const PUBLIC_REGION: &str = "us-east-1";

/// Why no push can be in the scope of a policy whose sources read these Regions, and what to do; None if one can.
pub fn nothing_in_scope(spec: &EcrUploadPolicySpec, regions: &BTreeSet<String>) -> Option<String> {
    let scope = spec.scope.as_ref()?;
    let read = regions.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let patterns = Patterns::new(&scope.regions);
    let mut in_scope = regions.iter().filter(|region| patterns.match_or_empty(region)).peekable();
    if in_scope.peek().is_none() {
        let wanted = scope.regions.join(", ");
        return Some(format!(
            "spec.scope.regions is {wanted}, but the sources of the policy read {read} only, so no push can be in scope; \
             correct spec.scope.regions, or add a Region to spec.lookupEvents.regions of a source"
        ));
    }
    let is_public = !scope.registries.is_empty() && scope.registries.iter().all(|it| *it == Registry::Public);
    (is_public && in_scope.all(|region| region != PUBLIC_REGION)).then(|| {
        format!(
            "spec.scope.registries is Public only, whose records are in {PUBLIC_REGION}, which is not read or not in \
             spec.scope.regions, so no push can be in scope; add {PUBLIC_REGION} there and to a source"
        )
    })
}

/// The values in the policy that match nothing, each with what to do about it.
pub fn named_in_vain(spec: &EcrUploadPolicySpec, regions: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    let scope = spec.scope.as_ref();
    let of_scope = scope.map(|scope| ("spec.scope".to_owned(), &scope.regions));
    let of_rules = spec.allow.iter().enumerate();
    let of_rules = of_rules.map(|(index, rule)| (format!("spec.allow[{index}]"), &rule.regions));
    for (path, named) in of_scope.into_iter().chain(of_rules) {
        // A pattern may be meant for Regions that are added later.
        let unread = named.iter().filter(|region| !region.contains(['*', '?']) && !regions.contains(*region));
        found.extend(unread.map(|region| {
            format!(
                "{path}.regions names {region}, which no source of the policy reads: remove it, or add it to a source"
            )
        }));
    }
    let accounts: BTreeSet<&String> = scope.map(|scope| scope.accounts.iter().collect()).unwrap_or_default();
    let of_teams = spec.teams.iter().enumerate();
    let of_teams = of_teams.map(|(index, team)| (format!("spec.teams[{index}].match"), &team.matches.accounts));
    let of_rules = spec.allow.iter().enumerate();
    let of_rules = of_rules.map(|(index, rule)| (format!("spec.allow[{index}]"), &rule.accounts));
    for (path, named) in of_teams.chain(of_rules) {
        if !accounts.is_empty() && !named.is_empty() && named.iter().all(|account| !accounts.contains(account)) {
            found.push(format!(
                "{path}.accounts matches no push, because none of them is in spec.scope.accounts: correct one of the two"
            ));
        }
    }
    for (index, team) in spec.teams.iter().enumerate() {
        if let Some(first) = spec.teams[..index].iter().find(|first| first.matches == team.matches) {
            found.push(format!(
                "spec.teams[{index}] ({}) gets no push, because {} before it has the same match: remove one of them",
                team.name, first.name
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn spec(spec: Value) -> EcrUploadPolicySpec {
        serde_json::from_value(spec).unwrap()
    }

    fn regions(regions: &[&str]) -> BTreeSet<String> {
        regions.iter().map(|region| (*region).to_owned()).collect()
    }

    #[test]
    fn a_scope_without_any_region_that_is_read_has_no_push() {
        let two = regions(&["eu-central-1", "us-east-1"]);
        for (scope, expected) in [
            (json!({}), false),
            (json!({"regions": ["eu-*"]}), false),
            (json!({"regions": ["eu-west-1", "us-east-?"]}), false),
            (json!({"regions": ["eu-west-1", "ap-*"]}), true),
            (json!({"registries": ["Public"]}), false),
            (json!({"registries": ["Public", "Private"], "regions": ["eu-*"]}), false),
            (json!({"registries": ["Public"], "regions": ["eu-*"]}), true),
        ] {
            let message = nothing_in_scope(&spec(json!({ "scope": scope })), &two);
            assert_eq!(message.is_some(), expected, "{scope}: {message:?}");
        }
        assert_eq!(nothing_in_scope(&spec(json!({})), &two), None);
        let message = nothing_in_scope(&spec(json!({"scope": {"regions": ["eu-west-1", "ap-*"]}})), &two).unwrap();
        assert_eq!(
            message,
            "spec.scope.regions is eu-west-1, ap-*, but the sources of the policy read eu-central-1, us-east-1 only, so no push \
             can be in scope; correct spec.scope.regions, or add a Region to spec.lookupEvents.regions of a source"
        );
    }

    #[test]
    fn what_is_named_in_vain_is_named_with_its_field() {
        let team = |name: &str, matches: Value| json!({"name": name, "match": matches});
        let rule = |changes: Value| {
            let mut rule = json!({"name": "rule", "reason": "CHG-1"});
            rule.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            rule
        };
        let spec = spec(json!({
            "scope": {"regions": ["eu-central-1", "eu-west-9", "ap-*"], "accounts": ["111122223333"]},
            "teams": [
                team("tokyo", json!({"repositories": ["a/*"]})),
                team("web", json!({"accounts": ["111122223333", "444455556666"]})),
                team("osaka", json!({"repositories": ["a/*"]})),
                team("lost", json!({"accounts": ["444455556666"]})),
            ],
            "allow": [rule(json!({"regions": ["us-west-2"]})), rule(json!({"accounts": ["444455556666"]}))],
        }));
        assert_eq!(
            named_in_vain(&spec, &regions(&["eu-central-1"])),
            [
                "spec.scope.regions names eu-west-9, which no source of the policy reads: remove it, or add it to a source",
                "spec.allow[0].regions names us-west-2, which no source of the policy reads: remove it, or add it to a source",
                "spec.teams[3].match.accounts matches no push, because none of them is in spec.scope.accounts: correct one of the two",
                "spec.allow[1].accounts matches no push, because none of them is in spec.scope.accounts: correct one of the two",
                "spec.teams[2] (osaka) gets no push, because tokyo before it has the same match: remove one of them",
            ]
        );
        assert_eq!(named_in_vain(&EcrUploadPolicySpec::default(), &regions(&["eu-central-1"])), Vec::<String>::new());
    }
}
