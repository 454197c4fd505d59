//! The error of a library behind an error of a source.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The error that a [`SourceError`](super::SourceError) comes from, such as that of the AWS SDK. Shared, because each
/// Region of a source keeps its last error. All causes are equal: whether two errors are the same depends on what they say,
/// not on the request that they come from.
#[derive(Clone)]
pub struct Cause(Arc<dyn StdError + Send + Sync>);

impl<E: StdError + Send + Sync + 'static> From<Arc<E>> for Cause {
    fn from(error: Arc<E>) -> Self {
        Self(error)
    }
}

impl PartialEq for Cause {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Cause {}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
