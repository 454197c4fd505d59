//! The key by which findings name their policy.

/// The namespace and the name of a policy. Findings outlive the policy, so a uid would not do.
pub type PolicyKey = (String, String);
