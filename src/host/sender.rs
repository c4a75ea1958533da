//! Sends queued messages by the current plan: when the plan changes, the worker finishes its handoffs and continues with
//! the new one.
//!
//! Promises: a change of the plan interrupts no handoff, and none begins by the old plan afterwards. Never plans anything
//! itself.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, watch};

use crate::config::plan::Plan;

use crate::cli::exit::Failure;
use crate::flow::deliver::WorkerSetup;
use crate::flow::deliver::watch::watch;
use crate::host::Host;
use crate::host::part::{Part, fails, is_well};
use crate::host::wake_signal::WakeSignal;
use crate::workspace::root::LoadedSite;

/// How long it rests if there is no plan.
const REST: Duration = Duration::from_secs(60 * 60);

/// Retries that are due later than this are looked for again.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// What the worker works by, and the way to end it.
#[derive(Debug, Default)]
pub(super) struct Sender {
    state: Mutex<State>,
    /// Signaled when something was queued.
    queued: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    /// The host name for mail servers, and the plan.
    work: Option<(String, Plan)>,
    /// The page that the plan is of.
    page: Option<PageFacts>,
    stop: Option<watch::Sender<bool>>,
    /// The name of the worker.
    worker: String,
    /// The worker of another host whose messages this one sends now.
    former: Option<String>,
}

/// What an alarm says of the page.
#[derive(Clone, Debug)]
pub(super) struct PageFacts {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) host: String,
}

impl Sender {
    /// Takes the plan of files that may send; a plan with an error in it leaves the one before in force.
    pub(super) fn offer(&self, opened: &LoadedSite, bell: &WakeSignal) {
        let Some(plan) = opened.plan.as_ref().filter(|_| opened.may_send()) else { return };
        let work = Some((opened.site.page.host().to_owned(), plan.clone()));
        let page = &opened.site.page;
        let (name, url, host) = (page.name.default.clone(), page.url.clone(), page.host().to_owned());
        let mut state = self.state();
        state.page = Some(PageFacts { name, url, host });
        if state.work != work {
            state.work = work;
            drop(state);
            self.stop();
            bell.wake();
        }
    }

    /// The plan in force.
    pub(super) fn plan(&self) -> Option<Plan> {
        self.state().work.as_ref().map(|(_, plan)| plan.clone())
    }

    /// The page that the plan in force is of.
    pub(super) fn page(&self) -> Option<PageFacts> {
        self.state().page.clone()
    }

    /// Lets the worker end what it has in hand.
    pub(super) fn stop(&self) {
        if let Some(stop) = &self.state().stop {
            let _nobody_works = stop.send(true);
        }
    }

    /// Wakes the sender after messages were queued.
    pub(super) fn queued(&self) {
        self.queued.notify_one();
    }

    /// The name of the worker; empty if there is none.
    pub(super) fn worker(&self) -> String {
        self.state().worker.clone()
    }

    /// Takes over what that worker of another host has claimed and not begun.
    pub(super) fn takes_over_from(&self, worker: String) {
        self.state().former = Some(worker);
    }

    /// What to work by, and what turns true when to stop.
    fn begin(&self) -> Option<(String, Plan, watch::Receiver<bool>)> {
        let mut state = self.state();
        let (host, plan) = state.work.clone()?;
        let (stop, stopped) = watch::channel(false);
        state.stop = Some(stop);
        Some((host, plan, stopped))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// Works until the plan changes or the host stops.
pub(super) fn work(host: &Host) -> Result<Duration, Failure> {
    if !host.may_send()? {
        return Ok(REST);
    }
    let Some((name, plan, stopped)) = host.sender.begin() else { return Ok(REST) };
    if host.is_stopped() {
        // It was stopped before there was anything to stop.
        return Ok(Duration::ZERO);
    }
    let mut sending = WorkerSetup::stopped_by(stopped, &host.root, name, &plan, PATIENCE)?;
    sending.count_in(host.counters.clone(), host.log.format);
    sending.wake_by(Arc::clone(&host.sender.queued));
    sending.sign_by(host.sign_of(&Part::Deliver));
    sending.name().clone_into(&mut host.sender.state().worker);
    let ledger = sending.ledger(host.options.metrics)?;
    if let Some(former) = host.sender.state().former.take() {
        sending.take_over_from(&ledger, &former)?;
    }
    watch(&mut sending, &ledger, &mut |trouble| match trouble {
        Some(why) => fails(host, &Part::Deliver, &anyhow::Error::msg(why.to_owned()).into()),
        // Where the brake was released, what it kept from being planned is planned now.
        None => {
            if is_well(host, &Part::Deliver) {
                host.wake_signals.notify.wake();
                host.wake_signals.ledger.wake();
            }
        }
    })?;
    Ok(Duration::ZERO)
}
