//! `allclear deliver`: sends the messages that are due, with a line for each event.
//!
//! Promises: the exit code shows whether messages are left. How a worker works is in `flow/deliver`.

use crate::cli::arguments::Deliver;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::print;
use crate::flow::deliver::WorkerSetup;
use crate::flow::deliver::watch::watch;
use crate::flow::notify::no_baseline;
use crate::ledger::{Brakes, Planner as _, Queue as _, SqlLedger};
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// Refuses a new ledger as `notify` does: it has nothing to send, and the one that has may be missing.
fn refuse_new(ledger: &mut SqlLedger) -> Result<(), Failure> {
    let is_new = ledger.announced()?.is_none() && ledger.unfinished()? == 0;
    if is_new { Err(no_baseline()) } else { Ok(()) }
}

/// Works until nothing is left, or for ever.
pub(crate) fn run(root: &Root, options: &Deliver) -> Outcome {
    if options.watch {
        let clock = root.clock;
        print::say_with_time(move || clock.now());
    }
    let (host, plan) = root.plan()?;
    if options.release_brake {
        // An old copy, or a damaged one, sends nothing: there the brake stays on.
        let mut ledger = high_water_mark::open_to_send(root)?;
        let released = ledger.release_brake(root.now())?;
        print::say(if released {
            "brake released; sending now every queued message that is due"
        } else {
            "the brake was not on"
        });
    }
    let mut sending =
        WorkerSetup::new(root, host, &plan, options.sending.patience)?.over_budget(options.over_budget);
    let ledger = sending.ledger(options.metrics)?;
    if !options.watch {
        refuse_new(&mut ledger.lock())?;
        return sending.drain_once(&ledger, &options.sending);
    }
    watch(&mut sending, &ledger, &mut |_| {})
}
