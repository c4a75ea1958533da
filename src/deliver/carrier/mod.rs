//! Carriers: the code that hands a message to a provider. A mail relay keeps its connections; every other provider gets one
//! HTTP request for each message.
//!
//! Promises: a step of another channel, or with a message of another form, is refused without a call. What the answers of a
//! provider mean is decided by the room `provider`.

mod answer;
mod http;
mod mailer;
pub(super) mod relay;
mod session;

use std::path::Path;
#[cfg(test)]
use std::pin::Pin;

use self::http::Http;
use self::mailer::Mailer;
use self::relay::{Relay, SmtpTimeouts};
use super::Error;
#[cfg(test)]
use super::HANDOFF_LIMIT;
use super::dkim::Signer;
use super::patience::Patience;
use crate::config::plan::{ChannelPlan, Provider};
use crate::ledger::{ClaimedStep, DoubtedStep};
use crate::model::Moment;
use crate::model::reply::{Reply, ReplyClass};
use crate::net::{Client, Timeouts};
use crate::provider::smtp::Smtp;
use crate::provider::{Found, Protocol, Unfit};

/// Hands messages to one provider.
pub(super) enum Carrier {
    /// A mail relay.
    Mailer(Box<Mailer>),
    /// A provider over HTTP.
    Http(Box<Http>),
    /// It could not be set up, and why.
    Broken(String),
    #[cfg(test)]
    Simulated(Simulated),
}

/// What a provider of the simulation does with a step, in the simulation's time.
#[cfg(test)]
pub(super) type Simulated =
    Box<dyn Fn(&ClaimedStep) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// What a carrier is set up with, next to its provider.
#[derive(Clone, Copy)]
pub(super) struct SetUp<'a> {
    /// What the plan says of the channel; `None` of one for places.
    pub(super) channel: Option<&'a ChannelPlan>,
    /// The site's root.
    pub(super) root: &'a Path,
    /// The name this host gives itself in `EHLO`.
    pub(super) host: &'a str,
    /// How long a relay may take.
    pub(super) waits: SmtpTimeouts,
    /// How long an HTTP request may take.
    pub(super) limits: Timeouts,
}

impl Carrier {
    /// Reads the provider's secrets. Does not connect.
    ///
    /// # Errors
    ///
    /// A secret, a certificate or a key cannot be used.
    pub(super) fn new(name: &str, provider: &Provider, set_up: SetUp<'_>) -> Result<Self, Error> {
        let settings = provider.revealed(set_up.root);
        let settings = settings.map_err(|source| Error::Secret { provider: name.to_owned(), source })?;
        match &provider.kind.protocol {
            Protocol::Smtp => {
                let dkim = set_up.channel.and_then(ChannelPlan::mail).and_then(|mail| mail.dkim.as_ref());
                let signer = dkim.map(|dkim| Signer::new(dkim, set_up.root)).transpose();
                let signer = signer.map_err(|source| Error::Signing { source })?;
                let (smtp, SetUp { root, host, waits, .. }) = (Smtp::of(&settings), set_up);
                Ok(Self::Mailer(Box::new(Mailer::new(Relay::new(name, &smtp, root, host, waits)?, signer))))
            }
            Protocol::Http(http) => {
                let what = |unfit: Unfit| Error::SetUp { provider: name.to_owned(), what: unfit.to_string() };
                (http.check)(&settings).map_err(what)?;
                let sender = set_up.channel.and_then(ChannelPlan::text).map_or("", |text| &text.sender);
                let is_guarded = http.guard.is_some_and(|key| settings.text(key) != "allowed");
                let client = if is_guarded { Client::guarded } else { Client::new }(set_up.limits)?;
                Ok(Self::Http(Box::new(Http::new(
                    name,
                    http,
                    settings,
                    sender,
                    (client, set_up.limits.answer),
                ))))
            }
        }
    }

    /// Why it could not be set up, if it could not.
    pub(super) fn broken(&self) -> Option<&str> {
        match self {
            Self::Broken(why) => Some(why),
            _ => None,
        }
    }

    pub(super) async fn hand_off(&self, step: &ClaimedStep, now: Moment, patience: &Patience) -> Reply {
        match self {
            Self::Mailer(mailer) => mailer.hand_off(step, patience).await,
            Self::Http(http) => http.hand_off(step, now, patience).await,
            Self::Broken(why) => refused(why.clone()),
            #[cfg(test)]
            Self::Simulated(carry) => patience
                .answer(HANDOFF_LIMIT, carry(step))
                .await
                .unwrap_or_else(|cut| Reply { class: ReplyClass::Ambiguous, ..refused(cut.words()) }),
        }
    }

    /// Whether the provider can be asked about a message.
    pub(super) fn can_be_asked(&self) -> bool {
        matches!(self, Self::Http(http) if http.can_be_asked())
    }

    /// Asks the provider whether it has the message of a step. `None` if it does not answer.
    pub(super) async fn inquire(&self, step: &DoubtedStep, now: Moment) -> Option<Option<Found>> {
        match self {
            Self::Http(http) => http.inquire(step, now).await,
            _ => None,
        }
    }

    /// Whether the last handoff of a step was a first message, because the earlier one is gone.
    pub(super) fn began_again(&self, step: &ClaimedStep) -> bool {
        matches!(self, Self::Http(http) if http.began_again(step))
    }

    /// Ends what is kept open.
    pub(super) async fn close(&self) {
        if let Self::Mailer(mailer) = self {
            mailer.close().await;
        }
    }
}

/// The reply to a handoff that no provider was asked for.
fn refused(words: String) -> Reply {
    Reply {
        class: ReplyClass::ContentRejected,
        code: String::new(),
        words,
        reference: None,
        retry_after: None,
    }
}
