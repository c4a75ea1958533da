//! The providers of a plan, ready to be called.

use std::collections::{BTreeMap, VecDeque};
#[cfg(test)]
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::dkim::Signer;
use super::gates::Saved;
use super::kannel::Gateway;
use super::mail::{Sheet, Unwritable};
use super::smtp::{Relay, Waits};
use super::{Error, Options};
use crate::config::plan::{self, ChannelPlan, Plan};
use crate::ledger::ClaimedStep;
use crate::limits::bucket::Rate;
use crate::model::Moment;
use crate::model::address::Address;
use crate::model::channel::Channel;
use crate::model::message::{MailMessage, Message};
use crate::model::reply::{Reply, ReplyClass};
use crate::net::{Client, Limits};

const HTTP_LIMITS: Limits = Limits { connect: Duration::from_secs(10), answer: Duration::from_secs(60) };

/// A provider with its connections.
pub(super) struct Provider {
    /// Its name in the plan.
    pub(super) name: String,
    /// One permit for each handoff at a time.
    pub(super) permits: Semaphore,
    /// Who is behind it: what fails for one provider of an owner will fail for the others.
    pub(super) owner: String,
    /// How much it takes, if that is limited.
    pub(super) rate: Option<Rate>,
    /// Places within the rate that were taken in advance.
    pub(super) places: Saved,
    /// What it wrote of the mails it carries.
    sheets: Sheets,
    carrier: Carrier,
}

enum Carrier {
    Smtp(Relay, Option<Signer>),
    Kannel(Gateway),
    /// It could not be set up, and why.
    Broken(String),
    #[cfg(test)]
    Simulated(Simulated),
}

/// So many messages are kept written: each language and zone has its own.
const SHEETS_MAX: usize = 16;

/// The messages written last, so that each is written once for the many it is for.
#[derive(Default)]
struct Sheets(Mutex<VecDeque<(Arc<Message>, Arc<Sheet>)>>);

impl Sheets {
    fn of(&self, message: &Arc<Message>, mail: &MailMessage) -> Result<Arc<Sheet>, Unwritable> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sheet)) = kept.iter().find(|(one, _)| Arc::ptr_eq(one, message)) {
            return Ok(Arc::clone(sheet));
        }
        let sheet = Arc::new(Sheet::new(mail)?);
        kept.truncate(SHEETS_MAX - 1);
        kept.push_front((Arc::clone(message), Arc::clone(&sheet)));
        Ok(sheet)
    }
}

/// What a provider of the simulation does with a step, in the simulation's time.
#[cfg(test)]
pub(super) type Simulated =
    Box<dyn Fn(&ClaimedStep) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// The providers of each channel, in the plan's order. A channel without providers is absent.
pub(super) type Providers = BTreeMap<Channel, Vec<Arc<Provider>>>;

/// Makes every provider that a channel of the plan uses; reads their secrets. One that cannot be set up is there and
/// broken, so that it does not keep the others from working.
///
/// # Errors
///
/// None can be set up, or the HTTP client cannot.
pub(super) fn providers(plan: &Plan, options: &Options) -> Result<Providers, Error> {
    providers_within(plan, options, Waits::USUAL, HTTP_LIMITS)
}

/// [`providers`] that may take so long.
pub(super) fn providers_within(
    plan: &Plan,
    options: &Options,
    waits: Waits,
    limits: Limits,
) -> Result<Providers, Error> {
    let mut providers = Providers::new();
    let (mut sound, mut first_error) = (false, None);
    for (channel, terms) in &plan.channels {
        for (name, chosen) in plan.providers_of(*channel) {
            let carrier = carrier(name, chosen, terms, options, (waits, limits)).unwrap_or_else(|error| {
                let broken = Carrier::Broken(in_full(&error));
                first_error.get_or_insert(error);
                broken
            });
            sound |= !matches!(carrier, Carrier::Broken(_));
            providers.entry(*channel).or_default().push(Arc::new(Provider::new(name, chosen, carrier)));
        }
    }
    match first_error {
        Some(error) if !sound => Err(error),
        _ => Ok(providers),
    }
}

fn carrier(
    name: &str,
    chosen: &plan::Provider,
    terms: &ChannelPlan,
    options: &Options,
    (waits, limits): (Waits, Limits),
) -> Result<Carrier, Error> {
    match &chosen.carrier {
        plan::Carrier::Smtp(smtp) => {
            let dkim = terms.mail().and_then(|mail| mail.dkim.as_ref());
            let signer = dkim.map(|dkim| Signer::new(dkim, &options.root)).transpose();
            let signer = signer.map_err(|source| Error::Signing { source })?;
            Ok(Carrier::Smtp(Relay::new(name, smtp, &options.root, &options.host, waits)?, signer))
        }
        plan::Carrier::Kannel(kannel) => {
            let sender = terms.text().map_or("", |text| &text.sender);
            Ok(Carrier::Kannel(Gateway::new(name, kannel, sender, &options.root, Client::new(limits)?)?))
        }
    }
}

/// An error with what lies behind it, in one line.
pub(super) fn in_full(error: &Error) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}

impl Provider {
    #[cfg(test)]
    pub(super) fn simulated(name: &str, connections: usize, carry: Simulated) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            permits: Semaphore::new(connections),
            owner: name.to_owned(),
            rate: None,
            places: Saved::default(),
            sheets: Sheets::default(),
            carrier: Carrier::Simulated(carry),
        })
    }

    fn new(name: &str, chosen: &plan::Provider, carrier: Carrier) -> Self {
        Self {
            name: name.to_owned(),
            permits: Semaphore::new(usize::from(chosen.connections)),
            owner: chosen.owner.clone(),
            rate: chosen.pace.map(|pace| Rate::every(pace.rate.interval(), pace.burst)),
            places: Saved::default(),
            sheets: Sheets::default(),
            carrier,
        }
    }

    /// Why it could not be set up, if it could not.
    pub(super) fn broken(&self) -> Option<&str> {
        match &self.carrier {
            Carrier::Broken(why) => Some(why),
            _ => None,
        }
    }

    /// Hands a step off. A step of another channel, or with words of another, is refused without a call.
    pub(super) async fn hand_off(&self, step: &ClaimedStep, now: Moment) -> Reply {
        match (&self.carrier, &*step.message, step.endpoint.address()) {
            #[cfg(test)]
            (Carrier::Simulated(carry), ..) => carry(step).await,
            (Carrier::Smtp(relay, signer), Message::Mail(message), Address::Mailbox(to)) => {
                let sheet = self.sheets.of(&step.message, message);
                match sheet.and_then(|sheet| sheet.mail(to, &step.hold.step, signer.as_ref())) {
                    Ok(mail) => relay.hand_off(&mail).await,
                    Err(error) => refused(error.to_string()),
                }
            }
            (Carrier::Kannel(gateway), Message::Text(message), Address::Phone(to)) => {
                gateway.hand_off(message, to, &step.hold.step, (now, step.gives_way_at(now))).await
            }
            _ => refused("the words, the address and the provider are not of one channel".to_owned()),
        }
    }

    /// Ends what is kept open.
    pub(super) async fn close(&self) {
        match &self.carrier {
            Carrier::Smtp(relay, _) => relay.close().await,
            Carrier::Kannel(_) | Carrier::Broken(_) => {}
            #[cfg(test)]
            Carrier::Simulated(_) => {}
        }
    }
}

fn refused(words: String) -> Reply {
    Reply { class: ReplyClass::Content, code: String::new(), words, reference: None, retry_after: None }
}
