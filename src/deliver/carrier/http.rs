//! A provider over HTTP: one request for each message, one before it if an earlier message is updated, and one before all if
//! the provider takes messages only in a session.
//!
//! Promises: a request that may have arrived without a response is in doubt, never taken for a failure; nothing of
//! a request is shown, because its URL, its header and its body may hold a secret or an address; a secret that a response
//! repeats is taken out before anything else reads it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use url::Url;

use super::answer::Answer;
use super::refused;
use super::session::Sessions;
use crate::deliver::patience::Patience;
use crate::ledger::{ClaimedStep, DoubtedStep};
use crate::model::Moment;
use crate::model::notice::StepId;
use crate::model::reply::{Reply, ReplyClass};
use crate::net::{self, BODY_BYTES_MAX, Client};
use crate::provider::http_status::shortened;
use crate::provider::{self, Edit, Found, Handoff, Method, Response, Settings, Unfit};

/// How long a provider may take to answer a question.
const INQUIRY_MAX: Duration = Duration::from_secs(5);

/// A provider and the connections open to it.
pub(in crate::deliver) struct Http {
    name: String,
    provider: &'static provider::Http,
    sessions: Sessions,
    /// The channel's sender of text messages.
    sender: String,
    client: Client,
    /// How long an answer may take, connecting included.
    answer_max: Duration,
    /// The steps whose earlier message is gone.
    restarted: Mutex<BTreeSet<StepId>>,
}

impl Http {
    /// A provider of that name in the plan. Does not connect.
    pub(super) fn new(
        name: &str,
        provider: &'static provider::Http,
        settings: Settings,
        sender: &str,
        (client, answer_max): (Client, Duration),
    ) -> Self {
        let (name, sender) = (name.to_owned(), sender.to_owned());
        let sessions = Sessions::new(settings);
        Self { name, provider, sessions, sender, client, answer_max, restarted: Mutex::default() }
    }

    /// Hands one message off and sorts the answer. What was posted before is brought up to date first, because that can be
    /// done again without harm.
    pub(super) async fn hand_off(&self, step: &ClaimedStep, now: Moment, patience: &Patience) -> Reply {
        let mut handoff = Handoff {
            provider: &self.name,
            message: &step.message,
            to: &step.endpoint,
            step: &step.hold.step,
            sender: &self.sender,
            thread: step.thread.as_deref(),
            now,
            gives_way_at: step.provider_until,
        };
        let thread = self.provider.thread.as_ref();
        if let (Some((thread, edit)), Some(_)) =
            (thread.and_then(|thread| Some((thread, thread.edit.as_ref()?))), handoff.thread)
        {
            match self.edit(edit, &handoff, patience).await {
                Edited::Gone => {
                    handoff.thread = None;
                    self.restarted.lock().insert(step.hold.step.clone());
                }
                Edited::Done(_) if thread.posts => {}
                // It stays as it is; whether the room takes anything is seen from the post.
                Edited::Failed(Reply { class: ReplyClass::ContentRejected, .. }) if thread.posts => {}
                Edited::Done(reply) | Edited::Failed(reply) => return reply,
            }
        }
        let asked = self.ask(self.provider.request, &handoff, patience).await;
        let reply = asked.map_or_else(|reply| reply, |(reply, _)| reply);
        match (&self.provider.thread, handoff.thread) {
            // What is edited next time is the first message, not this one.
            (Some(_), Some(first)) if reply.class == ReplyClass::Accepted => {
                Reply { reference: Some(first.to_owned()), ..reply }
            }
            _ => reply,
        }
    }

    /// Whether the provider can be asked about a message.
    pub(super) fn can_be_asked(&self) -> bool {
        self.provider.inquiry.is_some()
    }

    /// Asks the provider whether it has the message of a step. `None` if it does not answer.
    pub(super) async fn inquire(&self, step: &DoubtedStep, now: Moment) -> Option<Option<Found>> {
        let inquiry = self.provider.inquiry.as_ref()?;
        let handoff = Handoff {
            provider: &self.name,
            message: &step.message,
            to: &step.endpoint,
            step: &step.hold.step,
            sender: &self.sender,
            thread: None,
            now: step.started_at,
            gives_way_at: step.started_at,
        };
        let request = sent((inquiry.request)(&handoff, self.sessions.settings()).ok()?);
        let answer = self.client.send_within(&request, BODY_BYTES_MAX, now, INQUIRY_MAX).await.ok()?;
        let body = String::from_utf8_lossy(&answer.body);
        let (status, retry_after) = (answer.status, answer.retry_after);
        let response = Response { status, retry_after, headers: &answer.headers, body: &body };
        Some((inquiry.find)(&handoff, &response))
    }

    /// Whether the last handoff of a step was a first message, because the earlier one is gone.
    pub(super) fn began_again(&self, step: &ClaimedStep) -> bool {
        self.restarted.lock().contains(&step.hold.step)
    }

    /// Brings the earlier message up to date.
    async fn edit(&self, edit: &Edit, handoff: &Handoff<'_>, patience: &Patience) -> Edited {
        match self.ask(edit.request, handoff, patience).await {
            Ok((_, Some(answer))) if (edit.is_gone)(&answer.response()) => Edited::Gone,
            Ok((reply, _)) if reply.class == ReplyClass::Accepted => Edited::Done(reply),
            // An edit that may have been made is made again: that changes nothing.
            Ok((reply, _)) if reply.class == ReplyClass::Ambiguous => {
                Edited::Failed(Reply { class: ReplyClass::Retryable, ..reply })
            }
            Ok((reply, _)) | Err(reply) => Edited::Failed(reply),
        }
    }

    /// Sends one request, in a session if the provider takes none without, and sorts the answer, which is given too if there is
    /// one. An error was never sent.
    async fn ask(
        &self,
        write: Write,
        handoff: &Handoff<'_>,
        patience: &Patience,
    ) -> Result<(Reply, Option<Answer>), Reply> {
        let settings = self.session(handoff.now, patience).await?;
        let (reply, answer) = self.ask_in(&settings, write, handoff, patience).await?;
        if let Some(answer) = &answer
            && self.sessions.ends(self.provider, &settings, answer).await
        {
            let settings = self.session(handoff.now, patience).await?;
            return self.ask_in(&settings, write, handoff, patience).await;
        }
        Ok((reply, answer))
    }

    /// The settings for a message, with those of a session.
    async fn session(&self, now: Moment, patience: &Patience) -> Result<Arc<Settings>, Reply> {
        let settings = self.sessions.settings();
        let open = async {
            let session = self.provider.session.as_ref().ok_or_else(|| refused(Unfit::Form.to_string()))?;
            let request = (session.request)(settings).map_err(|unfit| refused(unfit.to_string()))?;
            self.call(request, settings, now, patience).await
        };
        self.sessions.current(self.provider, open).await
    }

    async fn ask_in(
        &self,
        settings: &Settings,
        write: Write,
        handoff: &Handoff<'_>,
        patience: &Patience,
    ) -> Result<(Reply, Option<Answer>), Reply> {
        let request = write(handoff, settings).map_err(|unfit| refused(unfit.to_string()))?;
        Ok(match self.call(request, settings, handoff.now, patience).await {
            Ok(answer) => ((self.provider.classify)(&answer.response()), Some(answer)),
            Err(reply) => (reply, None),
        })
    }

    /// Sends one request. An error says why there is no answer, and whether the request may have arrived.
    async fn call(
        &self,
        request: provider::Request,
        settings: &Settings,
        now: Moment,
        patience: &Patience,
    ) -> Result<Answer, Reply> {
        let request = sent(request);
        // The client itself ends it in time: it knows whether anything was sent by then.
        let limit = patience.answer_limit(self.answer_max);
        let answer = self.client.send_within(&request, BODY_BYTES_MAX, now, limit);
        match patience.unless_stopped(answer).await {
            Err(cut) => Err(unsaid(ReplyClass::Ambiguous, cut.words())),
            Ok(Err(error)) => Err(classify_transport_error(&error, &place(&request.url))),
            Ok(Ok(answer)) => {
                let without_secrets =
                    |(name, value): (String, String)| (name, settings.without_secrets(&value));
                Ok(Answer {
                    status: answer.status,
                    retry_after: answer.retry_after,
                    headers: answer.headers.into_iter().map(without_secrets).collect(),
                    body: settings.without_secrets(&String::from_utf8_lossy(&answer.body)),
                })
            }
        }
    }
}

/// Writes a request for a handoff.
type Write = fn(&Handoff<'_>, &Settings) -> Result<provider::Request, Unfit>;

/// What happened to an earlier message that was to be brought up to date.
enum Edited {
    /// It says the news.
    Done(Reply),
    /// It does not exist any more: the news starts again.
    Gone,
    /// It could not be changed.
    Failed(Reply),
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

/// Host and port of a URL, which hold no secret.
fn place(url: &str) -> String {
    let place = Url::parse(url).ok().and_then(|url| {
        let host = url.host_str()?.to_owned();
        Some(url.port_or_known_default().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
    });
    place.unwrap_or_else(|| "the provider".to_owned())
}

/// Classifies a missing answer of the host and port `place`.
fn classify_transport_error(error: &net::Error, place: &str) -> Reply {
    let class = match error {
        net::Error::SetUp(_) | net::Error::Unsent(_) => ReplyClass::Retryable,
        net::Error::Unanswered(_) => ReplyClass::Ambiguous,
    };
    unsaid(class, format!("{place}: {}", shortened(&error.to_string())))
}

/// A reply that the provider did not give.
fn unsaid(class: ReplyClass, words: String) -> Reply {
    Reply { class, code: String::new(), words, reference: None, retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_that_may_have_arrived_is_in_doubt() {
        let unanswered =
            |error| classify_transport_error(&error, &place("http://127.0.0.1:13013/send?password=s3cret"));
        let unsent = unanswered(net::Error::Unsent("Connection refused".to_owned()));
        assert_eq!(unsent.class, ReplyClass::Retryable);
        assert_eq!(unsent.words, "127.0.0.1:13013: failed to connect: Connection refused");
        assert_eq!(unanswered(net::Error::Unanswered("silence".to_owned())).class, ReplyClass::Ambiguous);
    }
}
