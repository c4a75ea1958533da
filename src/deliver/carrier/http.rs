//! A provider over HTTP: one request for each message.
//!
//! Promises: a request that may have arrived without an answer is in doubt, never taken for a failure; nothing of a
//! request is shown, because its URL, its header and its body may hold a secret or an address.

use super::refused;
use crate::ledger::ClaimedStep;
use crate::model::Moment;
use crate::model::reply::{Reply, ReplyClass};
use crate::net::{self, BODY_BYTES_MAX, Client};
use crate::provider::http_status::shortened;
use crate::provider::{self, Handoff, Method, Response, Settings};

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

    /// Hands one message off and sorts the answer.
    pub(super) async fn hand_off(&self, step: &ClaimedStep, now: Moment) -> Reply {
        let handoff = Handoff {
            provider: &self.name,
            message: &step.message,
            to: &step.endpoint,
            step: &step.hold.step,
            sender: &self.sender,
            now,
            gives_way_at: step.gives_way_at(now),
        };
        let request = match (self.provider.request)(&handoff, &self.settings) {
            Ok(request) => sent(request),
            Err(unfit) => return refused(unfit.to_string()),
        };
        match self.client.send(&request, BODY_BYTES_MAX, now).await {
            Ok(answer) => {
                let body = String::from_utf8_lossy(&answer.body);
                let (status, retry_after) = (answer.status, answer.retry_after);
                (self.provider.classify)(&Response { status, retry_after, body: &body })
            }
            Err(error) => unanswered(&error),
        }
    }
}

fn sent(request: provider::Request) -> net::Request {
    let method = match request.method {
        Method::Get => net::Method::Get,
        Method::Post => net::Method::Post,
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
