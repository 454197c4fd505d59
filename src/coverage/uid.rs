//! The identities of Kubernetes objects.

use std::sync::Arc;

/// The uid of a Kubernetes object. Unlike a name, it is never used again for another object.
pub type Uid = Arc<str>;
