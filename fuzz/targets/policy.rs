//! A file with a policy: first its YAML, then the policy in it.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use offhours::cli::policy_of;

fuzz_target!(|text: &str| {
    if let Err(errors) = policy_of(Path::new("policy.yaml"), text) {
        assert!(!errors.is_empty());
        assert!(errors.iter().all(|error| error.to_string().starts_with("policy.yaml: ")), "{errors:?}");
    }
});
