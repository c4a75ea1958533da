//! Providers that answer by lot: take, refuse, ask to wait, hang, or take and lose the answer on the way back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::state::{Life, Shared, State};
use crate::deliver::Clock;
use crate::deliver::HANDOFF_LIMIT;
use crate::deliver::patience::Patience;
use crate::deliver::provider::{Provider, Providers};
use crate::ledger::{ClaimedStep, LeaseToken};
use crate::model::Moment;
use crate::model::channel::Channel;
use crate::model::reply::{Reply, ReplyClass};

/// The names of each channel's providers, in the order in which they are called.
const NAMES: [(Channel, &[&str]); 2] =
    [(Channel::Mail, &["relay", "second relay"]), (Channel::Text, &["gateway", "second gateway"])];

/// Longer than the engine waits.
const FOR_EVER: Duration = Duration::from_secs(24 * 3_600);

/// How many handoffs one process has in progress with one provider at most.
const CONNECTIONS_MAX: usize = 2;

/// One of them.
pub(super) fn any(state: &mut State) -> &'static str {
    let names: Vec<&'static str> = NAMES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    names[state.rng.usize(0..names.len())]
}

/// The providers as one process knows them.
pub(super) fn providers(shared: &Shared, life: &Life, now: &Clock) -> Providers {
    let mut providers = BTreeMap::new();
    for (channel, names) in NAMES {
        let known = names.iter().map(|name| provider(name, shared, life, now)).collect();
        providers.insert(channel, known);
    }
    providers
}

fn provider(name: &'static str, shared: &Shared, life: &Life, now: &Clock) -> Arc<Provider> {
    let (shared, life, now) = (Arc::clone(shared), life.clone(), Arc::clone(now));
    let connections = shared.lock().rng.usize(1..=CONNECTIONS_MAX);
    let carry = move |step: &ClaimedStep| {
        let (shared, life, now) = (Arc::clone(&shared), life.clone(), Arc::clone(&now));
        let (hold, limit) = (step.hold.clone(), answer_limit(step, now()));
        async move {
            if life.is_over() {
                return std::future::pending().await;
            }
            let call = {
                let mut state = shared.lock();
                state.promises.called(&life.name, &hold, name, now());
                let call = Call::draw(&mut state, &hold, name);
                if call.leaves_doubt(limit) {
                    state.promises.doubt(&hold.step);
                }
                call
            };
            tokio::time::sleep(call.before).await;
            if call.takes {
                if life.is_over() {
                    return std::future::pending().await;
                }
                let mut state = shared.lock();
                state.promises.taken(&life.name, &hold.step);
                state.report_on(&hold.step, name, call.reply.reference.as_deref(), now());
            }
            tokio::time::sleep(call.after).await;
            call.reply
        }
    };
    Provider::simulated(name, connections, Box::new(move |step| Box::pin(carry(step))))
}

/// How long the engine waits for an answer.
fn answer_limit(step: &ClaimedStep, now: Moment) -> Duration {
    Patience::with(step, now, watch::channel(false).1).answer_limit(HANDOFF_LIMIT)
}

/// What one call will come to.
struct Call {
    before: Duration,
    takes: bool,
    after: Duration,
    reply: Reply,
}

impl Call {
    fn draw(state: &mut State, hold: &LeaseToken, provider: &str) -> Self {
        let (before, after) = (state.milliseconds(1..400), state.milliseconds(1..400));
        let lot = if state.calm { 0 } else { state.rng.u32(0..100) };
        let refuses = !state.calm && state.refusing == Some(provider);
        let (class, takes) = match lot {
            _ if refuses => (ReplyClass::AddressRejected, false),
            0..56 => (ReplyClass::Accepted, true),
            56..72 => (ReplyClass::Retryable, false),
            72..76 => (ReplyClass::AccountRejected, false),
            76..79 => (ReplyClass::AddressRejected, false),
            79..82 => (ReplyClass::ContentRejected, false),
            82..90 => (ReplyClass::Ambiguous, true),
            _ => (ReplyClass::Ambiguous, false),
        };
        let retry_after = (class == ReplyClass::Retryable && state.chance(400))
            .then(|| Duration::from_secs(state.rng.u64(1..400)));
        let words = "said by lot".to_owned();
        let reference = (class == ReplyClass::Accepted).then(|| state.name_message(&hold.step));
        let reply = Reply { class, code: String::new(), words, reference, retry_after };
        let call = Self { before, takes, after, reply };
        if !state.calm && state.hung == Some(provider) { call.hung(state) } else { call.slowed(state) }
    }

    /// Whether the engine will not know what happened to it.
    fn leaves_doubt(&self, limit: Duration) -> bool {
        self.reply.class == ReplyClass::Ambiguous || self.before + self.after >= limit
    }

    /// The provider never answers; it may have taken the message.
    fn hung(mut self, state: &mut State) -> Self {
        state.promises.reach("a provider hung");
        self.takes = state.rng.bool();
        self.after = FOR_EVER;
        self
    }

    /// Now and then a provider is slow, or never answers: then the engine gives up, and neither knows of the other.
    fn slowed(mut self, state: &mut State) -> Self {
        let weight = if state.slow { 500 } else { 2 };
        if state.chance(weight) {
            let slow = Duration::from_secs(state.rng.u64(20..300));
            if state.rng.bool() { self.before += slow } else { self.after += slow }
        }
        self
    }
}
