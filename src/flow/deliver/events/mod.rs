//! The events of a worker: lines for people, records for machines, a progress bar on a terminal, counters.
//!
//! Promises: no form holds a full address; failures are always reported, and successes only for a small send or a machine
//! reader.

mod counters;
mod line;
mod progress;
mod record;

use std::collections::BTreeMap;

use crate::chain::NoticeState;
use crate::deliver::{DeliveryEvent, EventKind};
use crate::ledger::Ledger;

use crate::cli::arguments::Format;
use crate::cli::exit::Failure;
use crate::cli::print::{self, STRONG, WARN, styled};

pub(crate) use crate::flow::deliver::events::counters::{Counters, OPEN_METRICS, serve};
pub(crate) use crate::flow::deliver::events::line::line;
use crate::flow::deliver::events::progress::Progress;
use crate::flow::deliver::standing::is_connection_failure;

/// With more subscribers than this, only those who could not be notified have a line of their own.
const LISTED_MAX: u64 = 100;

/// Reports what happens in one run of a worker.
pub(crate) struct DeliveryOutput {
    format: Format,
    counters: Counters,
    /// What succeeds is a step on the bar, or nothing, instead of a line.
    few: bool,
    progress: Option<Progress>,
    /// Whether it was said what to do about a failure.
    pub(crate) is_advised: bool,
    /// The providers that could not be reached, with the reason: how often each was said.
    unreachable: BTreeMap<(String, String), u32>,
}

/// What is said once, after the first failure.
const ADVICE: &str =
    "`allclear doctor` checks each provider; what is not sent yet stays in the queue until it expires";

impl DeliveryOutput {
    /// Looks how much there is to tell.
    pub(crate) fn new(
        ledger: &mut dyn Ledger,
        format: Format,
        counters: &Counters,
        is_advised: bool,
    ) -> Result<Self, Failure> {
        let few = print::is_verbose() || ledger.unfinished()? <= LISTED_MAX;
        let wanted = !few && format == Format::Text && print::is_terminal();
        let progress = if wanted { Some(Progress::new(waiting(ledger)?)) } else { None };
        Ok(Self {
            format,
            counters: counters.clone(),
            few,
            progress,
            is_advised,
            unreachable: BTreeMap::new(),
        })
    }

    /// Records one event.
    pub(crate) fn record(&mut self, event: &DeliveryEvent) {
        self.counters.record(event);
        if self.format == Format::Json {
            print::exact(&record::record(event));
            return;
        }
        if let Some(progress) = &mut self.progress {
            progress.record(event);
        }
        let quiet = match event.happened {
            EventKind::HandingOff { .. } => true,
            EventKind::Accepted { .. } | EventKind::AwaitingReceipt { .. } | EventKind::PassedOver { .. } => {
                !self.few
            }
            _ => false,
        };
        match self.unreachable(event) {
            _ if quiet => {}
            Some((provider, 2)) => self.say(&format!(
                "{} {provider}: not reached again, for the same reason; such failures are no longer listed here. `allclear why \
                 SUBSCRIBER` lists each attempt",
                styled(WARN, "failed")
            )),
            Some((_, 3..)) => {}
            _ => self.aside(|| print::say_at(event.at, &line(event))),
        }
        let is_failure = matches!(
            event.happened,
            EventKind::Retry { .. } | EventKind::NextProvider { .. } | EventKind::GaveWay { .. }
        );
        if is_failure && !self.is_advised {
            self.is_advised = true;
            self.say(&format!("{} {ADVICE}", styled(STRONG, "  help:")));
        }
    }

    /// The provider to which there was no connection, and how often that was so for the same reason; with `--verbose`, each is
    /// said.
    fn unreachable(&mut self, event: &DeliveryEvent) -> Option<(String, u32)> {
        let (EventKind::Retry { provider, why, .. }
        | EventKind::NextProvider { provider, why }
        | EventKind::GaveWay { provider, why, .. }) = &event.happened
        else {
            return None;
        };
        if print::is_verbose() || !is_connection_failure(why) {
            return None;
        }
        let times = self.unreachable.entry((provider.clone(), why.clone())).or_default();
        *times += 1;
        Some((provider.clone(), *times))
    }

    fn say(&self, line: &str) {
        self.aside(|| print::say(line));
    }

    /// Prints while the bar is out of the way.
    fn aside(&self, print: impl FnOnce()) {
        match &self.progress {
            Some(progress) => progress.aside(print),
            None => print(),
        }
    }
}

/// How many people's notices are still in progress.
fn waiting(ledger: &mut dyn Ledger) -> Result<u64, Failure> {
    Ok(ledger.summary(None)?.iter().map(|change| change.people_at(NoticeState::Open)).sum())
}
