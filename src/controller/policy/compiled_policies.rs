//! Compiled policies. Each is compiled once for each of its edits.
//!
//! Most take microseconds to compile. A policy whose teams name calendars of a megabyte takes a second, and would take it
//! again at each poll of a source.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::coverage::Revision;
use crate::detect::{Policy, PolicyError};

/// A policy that is ready to judge, or why it is not.
pub type CompiledPolicy = Result<Arc<Policy>, PolicyError>;

/// The latest revision of each policy, by its uid.
#[derive(Debug, Default)]
pub struct CompiledPolicies(Mutex<HashMap<String, (Revision, CompiledPolicy)>>);

impl CompiledPolicies {
    /// The compiled policy at a revision, which identifies everything that it is compiled from.
    pub(super) fn get_or_compile(
        &self,
        uid: &str,
        revision: &Revision,
        compile: impl FnOnce() -> Result<Policy, PolicyError>,
    ) -> CompiledPolicy {
        if let Some((known, compiled)) = self.lock().get(uid)
            && known == revision
        {
            return compiled.clone();
        }
        let compiled = compile().map(Arc::new);
        self.lock().insert(uid.to_owned(), (revision.clone(), compiled.clone()));
        compiled
    }

    /// Forgets a policy that was deleted.
    pub(super) fn forget(&self, uid: &str) {
        self.lock().remove(uid);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Revision, CompiledPolicy)>> {
        // No code panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::EcrUploadPolicySpec;
    use crate::detect::Calendars;

    #[test]
    fn a_policy_is_compiled_again_when_it_or_a_calendar_of_it_was_edited_and_only_then() {
        let policies = CompiledPolicies::default();
        let mut times = 0;
        let mut get = |uid: &str, generation: i64, calendars: Option<&str>| {
            let revision = Revision { generation, calendars: calendars.map(str::to_owned) };
            policies
                .get_or_compile(uid, &revision, || {
                    times += 1;
                    Policy::compile("production", &EcrUploadPolicySpec::default(), &Calendars::default())
                })
                .unwrap();
            times
        };
        let asked = [("a", 1, None), ("a", 1, None), ("a", 2, None), ("a", 2, Some("x")), ("b", 2, Some("x"))];
        assert_eq!(asked.map(|(uid, generation, calendars)| get(uid, generation, calendars)), [1, 1, 2, 3, 4]);
        policies.forget("a");
        assert_eq!(policies.lock().len(), 1);
    }
}
