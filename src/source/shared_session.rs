//! One session for all streams of a source.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Session, SourceError};
use crate::api::CloudTrailSourceSpec;

/// The session of one source: opened when it is first needed, and shared by its streams.
#[derive(Debug)]
pub struct SharedSession {
    base: SdkConfig,
    spec: CloudTrailSourceSpec,
    /// Locked while it is being opened, so that whoever needs it meanwhile waits for the same.
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed,
    Open(Arc<Session>),
    Failed { at: Instant, error: SourceError },
}

/// All streams of a source fail at about the same time, and would ask for the same credentials one after the other.
const SAME_FAILURE: Duration = Duration::from_secs(1);

impl SharedSession {
    /// A session that nobody needed yet: `base` is the controller's own AWS configuration.
    pub fn new(base: SdkConfig, spec: CloudTrailSourceSpec) -> Self {
        Self { base, spec, state: Mutex::new(State::Closed) }
    }

    /// The session, which is opened if there is none. Dropping the future is safe; another one that waits opens it then.
    ///
    /// # Errors
    /// When it can't be opened, or could not less than a second ago.
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

    /// Forgets a session that ended, if it is still the one that [`SharedSession::get`] gives: another stream may have
    /// renewed it already.
    pub async fn renew(&self, stale: &Arc<Session>) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Open(current) if Arc::ptr_eq(current, stale)) {
            *state = State::Closed;
        }
    }
}
