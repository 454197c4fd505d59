//! The identity of a Kubernetes object.

use std::sync::Arc;

/// The uid of a Kubernetes object. Unlike its name, it is never used for another one.
pub type Uid = Arc<str>;
