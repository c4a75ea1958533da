//! A provider over HTTP: one request for each message, and one before it where an earlier message is brought up to date.
//!
//! Promises: a request that may have arrived without a response is in doubt, never taken for a failure; nothing of
//! a request is shown, because its URL, its header and its body may hold a secret or an address.

use std::time::Duration;

use super::refused;
use crate::ledger::ClaimedStep;
use crate::model::Moment;
use crate::model::reply::{Reply, ReplyClass};
use crate::net::{self, BODY_BYTES_MAX, Client};
use crate::provider::http_status::shortened;
use crate::provider::{self, Handoff, Method, Response, Settings, Thread, Unfit};

/// A provider and the connections open to it.
pub(in crate::deliver) struct Http {
    name: String,
    provider: &'static provider::Http,
    settings: Settings,
    /// The channel's sender of text messages.
    sender: String,
    client: Client,
}

impl Http {
    /// A provider of that name in the plan. Does not connect.
    pub(super) fn new(
        name: &str,
        provider: &'static provider::Http,
        settings: Settings,
        sender: &str,
        client: Client,
    ) -> Self {
        Self { name: name.to_owned(), provider, settings, sender: sender.to_owned(), client }
    }

    /// Hands one message off and sorts the answer. What was posted before is brought up to date first, because that can be
    /// done again without harm.
    pub(super) async fn hand_off(&self, step: &ClaimedStep, now: Moment) -> Reply {
        let mut handoff = Handoff {
            provider: &self.name,
            message: &step.message,
            to: &step.endpoint,
            step: &step.hold.step,
            sender: &self.sender,
            thread: step.thread.as_deref(),
            now,
            gives_way_at: step.gives_way_at(now),
        };
        if let (Some(thread), Some(_)) = (&self.provider.thread, handoff.thread) {
            match self.edit(thread, &handoff).await {
                Edited::Gone => handoff.thread = None,
                Edited::Done(_) if thread.posts => {}
                Edited::Done(reply) | Edited::Failed(reply) => return reply,
            }
        }
        self.ask(self.provider.request, &handoff).await.map_or_else(|reply| reply, |(reply, _)| reply)
    }

    /// Brings the earlier message up to date.
    async fn edit(&self, thread: &Thread, handoff: &Handoff<'_>) -> Edited {
        match self.ask(thread.edit, handoff).await {
            Ok((_, Some(answer))) if (thread.is_gone)(&answer.response()) => Edited::Gone,
            Ok((reply, _)) if reply.class == ReplyClass::Accepted => Edited::Done(reply),
            // An edit that may have been made is made again: that changes nothing.
            Ok((reply, _)) if reply.class == ReplyClass::Ambiguous => {
                Edited::Failed(Reply { class: ReplyClass::Retryable, ..reply })
            }
            Ok((reply, _)) | Err(reply) => Edited::Failed(reply),
        }
    }

    /// Sends one request and sorts the answer, which is given too if there is one. An error was never sent.
    async fn ask(
        &self,
        write: fn(&Handoff<'_>, &Settings) -> Result<provider::Request, Unfit>,
        handoff: &Handoff<'_>,
    ) -> Result<(Reply, Option<Answer>), Reply> {
        let request = write(handoff, &self.settings).map_err(|unfit| refused(unfit.to_string()))?;
        Ok(match self.client.send(&sent(request), BODY_BYTES_MAX, handoff.now).await {
            Ok(answer) => {
                let (status, retry_after) = (answer.status, answer.retry_after);
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                let answer = Answer { status, retry_after, body };
                ((self.provider.classify)(&answer.response()), Some(answer))
            }
            Err(error) => (unanswered(&error), None),
        })
    }
}

/// What happened to an earlier message that was to be brought up to date.
enum Edited {
    /// It says the news.
    Done(Reply),
    /// It is not there any more: the news starts again.
    Gone,
    /// It could not be changed.
    Failed(Reply),
}

/// An answer with its body as text.
struct Answer {
    status: u16,
    retry_after: Option<Duration>,
    body: String,
}

impl Answer {
    fn response(&self) -> Response<'_> {
        Response { status: self.status, retry_after: self.retry_after, body: &self.body }
    }
}

fn sent(request: provider::Request) -> net::Request {
    let method = match request.method {
        Method::Get => net::Method::Get,
        Method::Post => net::Method::Post,
        Method::Patch => net::Method::Patch,
        Method::Put => net::Method::Put,
    };
    let headers = request.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
    net::Request { method, url: request.url, headers: headers.collect(), body: request.body }
}

/// Classifies a missing answer.
fn unanswered(error: &net::Error) -> Reply {
    let class = match error {
        net::Error::SetUp(_) | net::Error::Unsent(_) => ReplyClass::Retryable,
        net::Error::Unanswered(_) => ReplyClass::Ambiguous,
    };
    let words = shortened(&error.to_string());
    Reply { class, code: String::new(), words, reference: None, retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_that_may_have_arrived_is_in_doubt() {
        assert_eq!(unanswered(&net::Error::Unsent("refused".to_owned())).class, ReplyClass::Retryable);
        assert_eq!(unanswered(&net::Error::Unanswered("silence".to_owned())).class, ReplyClass::Ambiguous);
    }
}
