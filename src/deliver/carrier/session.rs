//! The session with a provider that takes messages only in one.
//!
//! Promises: one session is opened at a time, however many messages wait for it, and it is kept until the provider says that it
//! is over. A message whose session could not be opened was not sent, and is not in doubt.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::answer::Answer;
use crate::model::reply::{Reply, ReplyClass};
use crate::provider::{Http, Settings};

/// The settings of a provider, and those with what its session adds.
pub(super) struct Sessions {
    settings: Arc<Settings>,
    opened: Mutex<Option<Arc<Settings>>>,
}

impl Sessions {
    /// Sessions of one account; the first is opened when it is needed.
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings: Arc::new(settings), opened: Mutex::default() }
    }

    /// The settings without a session.
    pub(super) fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// The settings of the session that is open, or that the answer of `open` opens.
    ///
    /// # Errors
    ///
    /// None was opened.
    pub(super) async fn current(
        &self,
        provider: &Http,
        open: impl Future<Output = Result<Answer, Reply>>,
    ) -> Result<Arc<Settings>, Reply> {
        let Some(session) = &provider.session else { return Ok(Arc::clone(&self.settings)) };
        let mut opened = self.opened.lock().await;
        if let Some(settings) = &*opened {
            return Ok(Arc::clone(settings));
        }
        let answer = open.await.map_err(unopened)?;
        let response = answer.response();
        let settings = (session.settings)(&self.settings, &response);
        let settings = settings.ok_or_else(|| unopened((provider.classify)(&response)))?;
        Ok(Arc::clone(opened.insert(Arc::new(settings))))
    }

    /// Whether the answer says that the session is over; then the next message opens another one.
    pub(super) async fn ends(&self, provider: &Http, used: &Arc<Settings>, answer: &Answer) -> bool {
        let is_over = provider.session.as_ref().is_some_and(|session| (session.is_over)(&answer.response()));
        if is_over {
            // Another message may have opened one meanwhile.
            self.opened.lock().await.take_if(|opened| Arc::ptr_eq(opened, used));
        }
        is_over
    }
}

/// The reply to a message that had no session.
fn unopened(reply: Reply) -> Reply {
    let class = match reply.class {
        ReplyClass::Ambiguous => ReplyClass::Retryable,
        ReplyClass::Accepted | ReplyClass::ContentRejected => ReplyClass::AccountRejected,
        class => class,
    };
    Reply { class, reference: None, ..reply }
}
