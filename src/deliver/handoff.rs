//! The handoff of one claimed step: start, call, settle, and the next provider if the first fails.
//!
//! Promises: a handoff begins only with a permit of its provider and a lease that has not ended; the answer is settled
//! before the permit is released; a provider that fails most handoffs, refuses our account or asks for a pause is skipped.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::SemaphorePermit;

use super::availability::Availability;
use super::decide::{AttemptContext, decide};
use super::patience::{Patience, silence_limit};
use super::permits;
use super::provider::Provider;
use super::shared::Shared;
use super::tempo::ClaimTime;
use super::{Error, EventKind, HANDOFF_LIMIT, clock};
use crate::chain::DOUBTS_MAX;
use crate::ledger::{Attempt, AttemptResult, ClaimedStep, LedgerOp, LedgerOpResult, Settled};
use crate::limits::circuit::BreakerTransition;
use crate::model::Moment;
use crate::model::anonymous::anonymous;
use crate::model::message::Message;
use crate::model::notice::StepState;
use crate::model::reply::{Reply, ReplyClass};

/// How often a step that waits for a connection checks whether waiting still makes sense.
const TICK: Duration = Duration::from_millis(250);

/// How long a step waits for a plan, or a provider, that can carry it to its place.
const PLACE_WAIT: TimeDelta = TimeDelta::seconds(30);

/// The shortest wait for a provider that others of the channel do not wait for.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(1);

impl Shared {
    /// The providers that can carry a step: those of its channel, or the one of its place.
    fn carriers(&self, step: &ClaimedStep) -> Vec<&Arc<Provider>> {
        let of_channel = self.providers.get(&step.endpoint.channel()).into_iter().flatten();
        match step.endpoint.place() {
            None => of_channel.collect(),
            Some(_) if !self.places.contains(&step.endpoint) => Vec::new(),
            Some(place) => of_channel.filter(|one| one.name == place.provider()).collect(),
        }
    }

    /// The first provider of the step that was not called in this round and may be called now. The last try of a step in doubt
    /// is another provider's, if the channel has one.
    fn next(&self, step: &ClaimedStep, called: &[Arc<Provider>]) -> Next {
        let all = self.carriers(step);
        let is_for_place = step.endpoint.place().is_some();
        let is_last_try = step.doubts + 1 >= DOUBTS_MAX;
        let left_doubt = |one: &Provider| is_last_try && step.doubted.as_deref() == Some(&one.name);
        let now = self.now();
        let fresh = all.iter().copied().filter(|one| !called.iter().any(|other| other.name == one.name));
        let states = fresh.map(|provider| (self.availability.of_provider(provider, now), provider));
        let open = states.filter(|(state, _)| matches!(state, Availability::Go | Availability::Probe));
        if let Some((state, provider)) = open.min_by_key(|(_, provider)| left_doubt(provider)) {
            return Next::Call(Arc::clone(provider), state == Availability::Probe);
        }
        let status = self.availability.of_channel(all.iter().map(|one| one.as_ref()), now);
        match status.state {
            // A worker whose plan is older than the step leaves it to others.
            _ if all.is_empty() && is_for_place => {
                Next::Wait(now + PLACE_WAIT, "the plan has no such destination")
            }
            _ if all.is_empty() => Next::Nobody,
            // The channel may be open for other places, so the step is claimed again and again.
            Availability::ProbeInFlight(until) | Availability::Open(until) if is_for_place => {
                Next::Wait(until.max(now + LOOK_AGAIN), "its provider is failing")
            }
            Availability::Broken if is_for_place => {
                Next::Wait(now + PLACE_WAIT, "its provider cannot be set up")
            }
            Availability::Paused(until) => {
                Next::Wait(until, "the provider is rate-limiting us (Retry-After)")
            }
            // Until then the worker claims nothing for this channel.
            _ => Next::Wait(now, "no provider for this channel is available"),
        }
    }
}

/// Who is called next.
enum Next {
    /// This provider; whether that needs the probe of its owner.
    Call(Arc<Provider>, bool),
    /// No provider is free before this time, for this reason.
    Wait(Moment, &'static str),
    /// The plan has nobody for the channel.
    Nobody,
}

/// Puts the reader's own links into an email that has some.
fn personalize(shared: &Shared, step: &mut ClaimedStep) {
    if let Message::Mail(mail) = &*step.message
        && mail.leave.is_some()
    {
        let mail = mail.personal(
            shared.options.links.as_ref(),
            step.subscriber.as_str(),
            &step.endpoint.as_compared(),
        );
        step.message = Arc::new(Message::Mail(mail));
    }
}

/// Carries a claimed step as far as it goes now: a round of the channel's providers.
pub(super) async fn deliver_step(
    shared: &Shared,
    mut step: ClaimedStep,
    claimed: ClaimTime,
) -> Result<(), Error> {
    personalize(shared, &mut step);
    let mut called: Vec<Arc<Provider>> = Vec::new();
    loop {
        if let Some(why) = shared.why_not(&step) {
            return give_back(shared, &step, None, why).await;
        }
        let (provider, probe) = match shared.next(&step, &called) {
            Next::Call(provider, probe) => (provider, probe),
            Next::Wait(until, why) => {
                return give_back(shared, &step, Some(until.min(step.expires_at)), why).await;
            }
            Next::Nobody => return fail_without_provider(shared, &step).await,
        };
        let is_next = || {
            let next = shared.next(&step, &called);
            matches!(next, Next::Call(one, same) if one.name == provider.name && same == probe)
        };
        let Some(_permit) = connection(shared, &provider, &step, is_next).await? else { continue };
        if !permits::wait_for_token(shared, &provider).await? {
            continue;
        }
        if !is_next() || (probe && !permits::probe(shared, &provider).await?) {
            // It failed others while this step waited for its permit, or someone else has the probe.
            continue;
        }
        // Before each provider again: one may have taken most of the lease, or all of the step's time, to say
        // no.
        if !begin(shared, &step, claimed, called.is_empty()).await? {
            return Ok(());
        }
        let mut attempt = call(shared, &provider, &step).await?;
        let mut storm = storm(shared, &provider, &attempt.reply, 1).await?;
        if storm.is_some() {
            // It refuses every address: that is no news of this one.
            attempt.reply.class = ReplyClass::AccountRejected;
        }
        let reply = attempt.reply.clone();
        called.push(Arc::clone(&provider));
        let attempts = step.attempts.saturating_add(u32::try_from(called.len()).unwrap_or(u32::MAX));
        let situation = AttemptContext {
            is_repeated: step.is_repeated(provider.began_again(&step)),
            attempts,
            doubts: step.doubts + u32::from(attempt.reply.class == ReplyClass::Ambiguous),
            another_provider: matches!(shared.next(&step, &called), Next::Call(..)),
            expires_at: step.expires_at,
            now: attempt.ended_at,
        };
        let verdict = decide(&situation, &attempt.reply, &shared.retry, &mut rng(shared, &step, attempts));
        let goes_on = settle(shared, &step, attempt, verdict).await?;
        if storm.is_none() {
            // Others were refused at the same time, and none of them could know.
            storm = self::storm(shared, &provider, &reply, 0).await?;
        }
        learn(shared, &step, &provider, (&reply, storm), probe).await?;
        if !goes_on {
            return Ok(());
        }
    }
}

/// Waits for a connection of the provider. `None` when that makes no sense any more: the worker stops, the step's turn is over,
/// or another provider, or none, is to be called.
async fn connection<'p>(
    shared: &Shared,
    provider: &'p Provider,
    step: &ClaimedStep,
    is_next: impl Fn() -> bool,
) -> Result<Option<SemaphorePermit<'p>>, Error> {
    let mut permit = pin!(provider.permits.acquire());
    loop {
        tokio::select! {
            biased;
            // A semaphore that is never closed always gives a permit.
            permit = &mut permit => return permit.map(Some).map_err(|_| Error::Broken),
            () = tokio::time::sleep(TICK) => {}
        }
        if shared.why_not(step).is_some() || !is_next() {
            return Ok(None);
        }
        if let Some(why) = permits::mind_silence(shared, provider, step.severity).await? {
            shared.report(step, EventKind::CircuitOpened { owner: provider.owner.clone(), why });
        }
    }
}

/// Whether a refusal of an address is part of a storm, in words. `unrecorded` counts it if it is not settled.
async fn storm(
    shared: &Shared,
    provider: &Provider,
    reply: &Reply,
    unrecorded: u64,
) -> Result<Option<String>, Error> {
    if reply.class != ReplyClass::AddressRejected {
        return Ok(None);
    }
    let (name, now) = (provider.name.clone(), shared.now());
    let refusals = shared.ledger(move |ledger| ledger.weigh_refusals(&name, unrecorded, now)).await?;
    let words = format!("{} {}", reply.code, reply.words);
    Ok(refusals.is_storm().then(|| format!("{}: {}", refusals.sentence(), words.trim())))
}

/// Learns from an answer, and tells when that opened or closed a circuit.
async fn learn(
    shared: &Shared,
    step: &ClaimedStep,
    provider: &Provider,
    (reply, storm): (&Reply, Option<String>),
    probe: bool,
) -> Result<(), Error> {
    if shared.must_stop() && reply.class != ReplyClass::Accepted {
        // It was given no time to answer.
        return Ok(());
    }
    let owner = provider.owner.clone();
    shared.checkpoint("before-learn");
    let turn = permits::learn(shared, provider, reply, storm.as_deref(), probe).await?;
    shared.checkpoint("after-learn");
    match turn {
        BreakerTransition::Opened => {
            let words = format!("{} {}", reply.code, reply.words);
            let why = storm.unwrap_or_else(|| words.trim().to_owned());
            shared.report(step, EventKind::CircuitOpened { owner, why });
        }
        BreakerTransition::Closed => shared.report(step, EventKind::CircuitClosed { owner }),
        BreakerTransition::None => {}
    }
    Ok(())
}

/// Marks the start in the ledger, unless the claim is the start of this first call. `false` when nothing may be handed off.
async fn begin(
    shared: &Shared,
    step: &ClaimedStep,
    claimed: ClaimTime,
    is_first: bool,
) -> Result<bool, Error> {
    if let Some(why) = shared.why_not(step) {
        give_back(shared, step, None, why).await?;
        return Ok(false);
    }
    shared.checkpoint("before-start");
    if is_first && claimed.starts(step, clock::mind(shared).await?) {
        shared.checkpoint("after-start");
        return Ok(true);
    }
    let (hold, lease, now) = (step.hold.clone(), shared.options.lease, clock::mind(shared).await?);
    let moved = shared.settler.make(LedgerOp::Start { hold, lease, now }).await?;
    let stands = moved == LedgerOpResult::Started(true);
    if stands {
        shared.checkpoint("after-start");
    } else {
        // Where the hold stands and only the brake is on, this frees the step; else it changes nothing.
        let hold = step.hold.clone();
        shared.settler.make(LedgerOp::GiveBack { hold, due: now, now }).await?;
        shared.report(step, EventKind::LeaseLost);
    }
    Ok(stands)
}

async fn call(shared: &Shared, provider: &Provider, step: &ClaimedStep) -> Result<Attempt, Error> {
    shared.report(step, EventKind::HandingOff { provider: provider.name.clone() });
    let started_at = shared.now();
    shared.checkpoint("before-handoff");
    let patience = Patience::with(step, started_at, shared.options.stop.clone());
    let call = provider.flight.begin();
    let answer = tokio::time::timeout(HANDOFF_LIMIT, provider.hand_off(step, started_at, &patience)).await;
    shared.checkpoint("after-handoff");
    let is_taken = answer.as_ref().is_ok_and(|reply| reply.class == ReplyClass::Accepted);
    if is_taken || call.lasted() < silence_limit(step.severity) {
        call.answered();
    }
    drop(call);
    let mut reply = answer.unwrap_or_else(|_| {
        synthetic_reply(
            ReplyClass::Ambiguous,
            "timed out waiting for the provider; the message may have been sent",
        )
    });
    // The ledger, the log and `why` show these words.
    reply.words = anonymous(&reply.words, step.endpoint.expose());
    // A clock that was set during the handoff must not end the step: the ledger moves the step's limits first.
    let ended_at = clock::mind(shared).await?;
    Ok(Attempt { provider: provider.name.clone(), reply, started_at, ended_at })
}

/// Settles and tells. `true` when the next provider is to be called.
async fn settle(
    shared: &Shared,
    step: &ClaimedStep,
    attempt: Attempt,
    verdict: AttemptResult,
) -> Result<bool, Error> {
    let (hold, provider, now) = (step.hold.clone(), attempt.provider.clone(), attempt.ended_at);
    let why = format!("{} {}", attempt.reply.code, attempt.reply.words).trim().to_owned();
    let moved = shared.settler.make(LedgerOp::Settle { hold, attempt, verdict }).await?;
    shared.checkpoint("after-settle");
    let LedgerOpResult::Settled(Settled::Stands { state, next }) = moved else {
        shared.report(step, EventKind::LeaseLost);
        return Ok(false);
    };
    let happened = match (verdict, state) {
        (_, StepState::Accepted | StepState::Delivered) => EventKind::Accepted { provider },
        (_, StepState::Watching) => EventKind::AwaitingReceipt { provider },
        (AttemptResult::NextProvider, StepState::Claimed) => EventKind::NextProvider { provider, why },
        (_, StepState::Waiting) => EventKind::GaveWay { provider, why, next },
        (_, StepState::Pending) => EventKind::Retry { provider, why, at: verdict.due_at().unwrap_or(now) },
        (_, StepState::Superseded) => {
            EventKind::Ended { state, why: "superseded by a newer change".to_owned(), by_wish: false, next }
        }
        _ => EventKind::Ended { state, why, by_wish: false, next },
    };
    shared.report(step, happened);
    Ok(verdict == AttemptResult::NextProvider && state == StepState::Claimed)
}

/// Returns a step to the queue, due then or at once.
async fn give_back(
    shared: &Shared,
    step: &ClaimedStep,
    due: Option<Moment>,
    why: &'static str,
) -> Result<(), Error> {
    let (hold, now) = (step.hold.clone(), clock::mind(shared).await?);
    let due = due.unwrap_or(now);
    shared.settler.make(LedgerOp::GiveBack { hold, due, now }).await?;
    shared.report(step, EventKind::GivenBack { why, at: due });
    Ok(())
}

/// Ends a step whose channel the plan no longer has.
async fn fail_without_provider(shared: &Shared, step: &ClaimedStep) -> Result<(), Error> {
    let reply =
        synthetic_reply(ReplyClass::AccountRejected, "site/plan.toml has no provider for this channel");
    let now = clock::mind(shared).await?;
    let attempt = Attempt { provider: String::new(), reply, started_at: now, ended_at: now };
    settle(shared, step, attempt, AttemptResult::Dead).await.map(drop)
}

fn synthetic_reply(class: ReplyClass, words: &str) -> Reply {
    Reply { class, code: String::new(), words: words.to_owned(), reference: None, retry_after: None }
}

/// Chance for one attempt: the same whatever order the attempts of a run come in.
fn rng(shared: &Shared, step: &ClaimedStep, attempts: u32) -> fastrand::Rng {
    let mix = |seed: u64, byte: u8| (seed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let bytes = step.hold.step.as_str().bytes().chain(attempts.to_be_bytes());
    fastrand::Rng::with_seed(bytes.fold(shared.options.seed, mix))
}
