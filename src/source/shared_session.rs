//! One session for all streams of a source.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Session, SourceError};
use crate::api::CloudTrailSourceSpec;

/// The session of one source: opened on first use, and shared by its streams.
#[derive(Debug)]
pub struct SharedSession {
    base: SdkConfig,
    spec: CloudTrailSourceSpec,
    /// Locked while the session is being opened, so that other streams wait for the same one.
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed,
    Open(Arc<Session>),
    Failed { at: Instant, error: SourceError },
}

/// How long a failure is returned to others without another attempt. All streams of a source fail at about the same time,
/// and would request the same credentials one after the other.
const SAME_FAILURE: Duration = Duration::from_secs(1);

impl SharedSession {
    /// A session that is not open yet. `base` is the controller's own AWS configuration.
    pub fn new(base: SdkConfig, spec: CloudTrailSourceSpec) -> Self {
        Self { base, spec, state: Mutex::new(State::Closed) }
    }

    /// The session, opened if necessary. Dropping the future is safe; another waiting stream opens the session then.
    ///
    /// # Errors
    /// When it cannot be opened, or opening it failed less than a second ago.
    pub async fn get(&self) -> Result<Arc<Session>, SourceError> {
        let mut state = self.state.lock().await;
        match &*state {
            State::Open(session) => return Ok(Arc::clone(session)),
            State::Failed { at, error } if at.elapsed() < SAME_FAILURE => return Err(error.clone()),
            State::Failed { .. } | State::Closed => {}
        }
        match Session::open(&self.base, &self.spec).await {
            Ok(session) => {
                let session = Arc::new(session);
                *state = State::Open(Arc::clone(&session));
                Ok(session)
            }
            Err(error) => {
                *state = State::Failed { at: Instant::now(), error: error.clone() };
                Err(error)
            }
        }
    }

    /// Forgets a session that ended, if it is still the one that [`SharedSession::get`] returns: another stream may have
    /// renewed it already.
    pub async fn renew(&self, stale: &Arc<Session>) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Open(current) if Arc::ptr_eq(current, stale)) {
            *state = State::Closed;
        }
    }
}
