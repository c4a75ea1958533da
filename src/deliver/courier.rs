//! Sends a single message that belongs to no change, such as the link that confirms a sign-up, or an alarm of `run`.
//!
//! Promises: the providers of the channel are tried in the plan's order, with the same carriers, signatures and time limits
//! as every other message; after one accepted it, or may have, no other is tried. Never retries: the caller does. Circuit
//! breakers and rate limits do not count these messages.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use super::patience::Patience;
use super::provider::{Providers, providers};
use super::{Clock, Error, LEASE, Options};
use crate::config::plan::Plan;
use crate::ledger::{ClaimedStep, LeaseToken};
use crate::model::Moment;
use crate::model::destination::Repeats;
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;
use crate::model::incident::IncidentId;
use crate::model::message::Message;
use crate::model::notice::StepId;
use crate::model::phase::Severity;
use crate::model::reply::ReplyClass;
use crate::model::subscriber::SubscriberId;

/// Hands single messages to the providers of a plan.
pub struct Courier {
    providers: Providers,
    now: Clock,
    stop: watch::Receiver<bool>,
}

/// A message and whom it is for.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What it is known by: the same letter has the same Message-ID in every try.
    pub id: String,
    /// The recipient's channel and address.
    pub to: Endpoint,
    /// The composed message.
    pub message: Arc<Message>,
    /// How many tries there were.
    pub tries: u32,
    /// After this it is not worth sending.
    pub expires_at: Moment,
}

/// Why a letter did not leave, in words without an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// It may leave later.
    Later(String),
    /// It may have left.
    Unknown(String),
    /// The provider refuses the message for good, with its words.
    Never(String),
}

impl Courier {
    /// Reads the secrets of the plan's providers. Does not connect.
    ///
    /// # Errors
    ///
    /// No provider can be set up.
    pub fn new(
        plan: &Plan,
        (root, host): (&Path, &str),
        now: Clock,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, Error> {
        let options = Options {
            worker: "desk".to_owned(),
            max_wait: std::time::Duration::ZERO,
            lease: LEASE,
            now: Arc::clone(&now),
            steady: None,
            over_budget: false,
            seed: 0,
            root: root.to_owned(),
            host: host.to_owned(),
            receives_reports: false,
            stop: stop.clone(),
            links: None,
            last_asked: Default::default(),
            checkpoint: None,
        };
        Ok(Self { providers: providers(plan, &options)?, now, stop })
    }

    /// Hands a letter to the first provider that accepts it.
    ///
    /// # Errors
    ///
    /// None accepted it.
    pub async fn send(&self, letter: &Letter) -> Result<(), Unsent> {
        let Some(step) = step(letter) else {
            return Err(Unsent::Never("the message does not exist".to_owned()));
        };
        let mut why = Unsent::Later("no provider for this channel is available".to_owned());
        for provider in self.providers.get(&letter.to.channel()).into_iter().flatten() {
            let is_elsewhere = letter.to.place().is_some_and(|place| place.provider() != provider.name);
            if is_elsewhere {
                continue;
            }
            if let Some(broken) = provider.broken() {
                why = Unsent::Later(broken.to_owned());
                continue;
            }
            let Ok(_permit) = provider.permits.acquire().await else { continue };
            let now = (self.now)();
            let patience = Patience::with(&step, now, self.stop.clone());
            let reply = provider.hand_off(&step, now, &patience).await;
            let words = format!("{} {} {}", provider.name, reply.code, reply.words);
            why = match reply.class {
                ReplyClass::Accepted => return Ok(()),
                ReplyClass::AddressRejected => return Err(Unsent::Never(words)),
                ReplyClass::Ambiguous => return Err(Unsent::Unknown(words)),
                ReplyClass::ContentRejected => Unsent::Never(words),
                ReplyClass::Retryable | ReplyClass::AccountRejected => Unsent::Later(words),
            };
        }
        Err(why)
    }

    /// Closes the connections that are kept.
    pub async fn close(&self) {
        for provider in self.providers.values().flatten() {
            provider.close().await;
        }
    }
}

/// The letter as the carriers know messages.
fn step(letter: &Letter) -> Option<ClaimedStep> {
    let step = StepId::from_stored(derive("letter", &[&letter.id]));
    Some(ClaimedStep {
        hold: LeaseToken { step, number: 0, epoch: 1, once: false },
        subscriber: SubscriberId::from_stored(letter.id.as_str()),
        incident: IncidentId::new("desk")?,
        position: 0,
        endpoint: letter.to.clone(),
        repeats: Repeats::default(),
        thread: None,
        message: Arc::clone(&letter.message),
        attempts: letter.tries,
        doubts: 0,
        doubted: None,
        severity: Severity::Critical,
        expires_at: letter.expires_at,
        provider_until: letter.expires_at,
        is_started: false,
    })
}
