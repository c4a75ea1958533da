//! What every part of the simulation shares: chance, the account of promises, and whether faults may happen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;

use super::promises::Promises;
use crate::ledger::DeliveryReceipt;
use crate::model::Moment;
use crate::model::notice::StepId;
use crate::model::report::ReceiptStatus;

pub(super) type Shared = Arc<Mutex<State>>;

/// Some things seldom happen in a small town: these worlds are made for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorldKind {
    Ordinary,
    /// Enough people for a storm of refusals.
    Crowded,
    /// No address gets more than a few messages in an hour.
    Paced,
}

impl WorldKind {
    pub(super) fn of(seed: u64) -> Self {
        match seed % 8 {
            3 => Self::Crowded,
            7 => Self::Paced,
            _ => Self::Ordinary,
        }
    }
}

pub(super) struct State {
    pub(super) rng: fastrand::Rng,
    pub(super) promises: Promises,
    /// Delivery reports on their way, and when they come in.
    pub(super) reports: Vec<(Moment, DeliveryReceipt)>,
    /// What is special about this world.
    pub(super) kind: WorldKind,
    /// A provider that takes calls and never answers.
    pub(super) hung: Option<&'static str>,
    /// A provider that refuses every address.
    pub(super) refusing: Option<&'static str>,
    /// Providers take minutes to answer.
    pub(super) slow: bool,
    /// No more faults: everything that is left is delivered.
    pub(super) calm: bool,
}

impl State {
    pub(super) fn new(rng: fastrand::Rng, kind: WorldKind) -> Self {
        Self {
            rng,
            promises: Promises::default(),
            reports: Vec::new(),
            kind,
            hung: None,
            refusing: None,
            slow: false,
            calm: false,
        }
    }

    /// Whether one thing in a thousand that has `weight` happens now.
    pub(super) fn chance(&mut self, weight: u32) -> bool {
        !self.calm && self.rng.u32(0..1_000) < weight
    }

    /// The id that a provider gives a message.
    pub(super) fn name_message(&mut self, step: &StepId) -> String {
        let name = format!("message-{}", self.promises.given.len());
        self.promises.given.insert(name.clone(), step.clone());
        name
    }

    /// A provider took a message. It reports, by lot: soon, or late, twice, one thing after the other in any order, that
    /// it did not arrive, or not at all; and it names the message by our id, or by its own.
    pub(super) fn report_on(&mut self, step: &StepId, provider: &str, given: Option<&str>, now: Moment) {
        let own = step.as_str();
        let reference = if self.rng.bool() { given.unwrap_or(own) } else { own };
        let lot = if self.calm { 0 } else { self.rng.u32(0..100) };
        let statuses: &[ReceiptStatus] = match lot {
            0..40 => &[ReceiptStatus::Delivered],
            40..55 => &[ReceiptStatus::Sent, ReceiptStatus::Delivered],
            55..67 => &[ReceiptStatus::Failed],
            67..73 => &[ReceiptStatus::Undeliverable],
            73..78 => &[ReceiptStatus::Failed, ReceiptStatus::Delivered],
            78..84 => &[ReceiptStatus::Buffered, ReceiptStatus::Sent],
            84..88 => &[ReceiptStatus::Delivered, ReceiptStatus::Delivered],
            _ => &[],
        };
        for status in statuses {
            let late = self.chance(250);
            let wait = self.milliseconds(if late { 60_000..1_500_000 } else { 0..2_000 });
            let at = now + TimeDelta::from_std(wait).unwrap();
            let (provider, words) = (provider.to_owned(), "said by lot".to_owned());
            let report =
                DeliveryReceipt { provider, reference: reference.to_owned(), status: *status, words, at };
            self.reports.push((at, report));
        }
    }

    pub(super) fn milliseconds(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_millis(self.rng.u64(range))
    }
}

/// Whether a process lives. One that is dead reads and writes nothing any more.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) name: String,
    alive: Arc<AtomicBool>,
    shared: Shared,
}

impl Life {
    pub(super) fn new(name: String, shared: &Shared) -> Self {
        Self { name, alive: Arc::new(AtomicBool::new(true)), shared: Arc::clone(shared) }
    }

    pub(super) fn is_over(&self) -> bool {
        !self.alive.load(Ordering::Relaxed)
    }

    pub(super) fn end(&self, at: &str) {
        if self.alive.swap(false, Ordering::Relaxed) {
            let promises = &mut self.shared.lock().promises;
            promises.trace.note(format!("{} dies {at}", self.name));
            promises.died(&self.name);
        }
    }

    /// Lets it die here with that chance in a thousand.
    pub(super) fn risk(&self, weight: u32, at: &str) {
        if self.shared.lock().chance(weight) {
            self.end(at);
        }
    }
}
