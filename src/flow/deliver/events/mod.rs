//! What a worker tells while it works: lines for people, records for machines, a bar on a terminal, counters.
//!
//! Promises: whatever the form, no address leaves here whole; failures are always told, and what succeeded only
//! for a small send or a machine reader.

mod counters;
mod line;
mod progress;
mod record;

use crate::chain::NoticeState;
use crate::deliver::{DeliveryEvent, EventKind};
use crate::ledger::Ledger;

use crate::cli::arguments::Format;
use crate::cli::exit::Failure;
use crate::cli::print::{self, STRONG, styled};

pub(crate) use crate::flow::deliver::events::counters::{Counters, serve};
pub(crate) use crate::flow::deliver::events::line::line;
use crate::flow::deliver::events::progress::Progress;

/// With more subscribers than this, only those who could not be notified have a line of their own.
const TOLD_ONE_BY_ONE_MAX: u64 = 100;

/// Reports what happens in one run of a worker.
pub(crate) struct DeliveryOutput {
    format: Format,
    counters: Counters,
    /// What succeeds is a step on the bar, or nothing, instead of a line.
    few: bool,
    progress: Option<Progress>,
    /// Whether it was said what to do about a failure.
    pub(crate) is_advised: bool,
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
        let few = print::is_verbose() || ledger.unfinished()? <= TOLD_ONE_BY_ONE_MAX;
        let wanted = !few && format == Format::Text && print::is_terminal();
        let progress = if wanted { Some(Progress::new(waiting(ledger)?)) } else { None };
        Ok(Self { format, counters: counters.clone(), few, progress, is_advised })
    }

    /// Tells one thing that happened.
    pub(crate) fn hear(&mut self, event: &DeliveryEvent) {
        self.counters.hear(event);
        if self.format == Format::Json {
            print::exact(&record::record(event));
            return;
        }
        if let Some(progress) = &mut self.progress {
            progress.hear(event);
        }
        let quiet = match event.happened {
            EventKind::HandingOff { .. } => true,
            EventKind::Accepted { .. } | EventKind::AwaitingReceipt { .. } | EventKind::PassedOver { .. } => {
                !self.few
            }
            _ => false,
        };
        if !quiet {
            self.say(&line(event));
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

    fn say(&self, line: &str) {
        match &self.progress {
            Some(progress) => progress.aside(|| print::say(line)),
            None => print::say(line),
        }
    }
}

/// How many people's notices are still in progress.
fn waiting(ledger: &mut dyn Ledger) -> Result<u64, Failure> {
    Ok(ledger.summary(None)?.iter().map(|change| change.people_at(NoticeState::Open)).sum())
}
