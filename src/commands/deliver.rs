//! `allclear deliver`: hands off what is due, with a line for everything that happens.
//!
//! Promises: the exit code says whether work is left. How a worker works is in `flow/deliver`.

use crate::cli::arguments::Deliver;
use crate::cli::exit::Outcome;
use crate::cli::print;
use crate::flow::deliver::WorkerSetup;
use crate::flow::deliver::watch::watch;
use crate::ledger::Brakes;
use crate::workspace::high_water_mark;
use crate::workspace::root::Root;

/// Works until nothing is left, or for ever.
pub(crate) fn run(root: &Root, options: &Deliver) -> Outcome {
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
        return sending.drain_once(&ledger, &options.sending);
    }
    watch(&mut sending, &ledger, &mut |_| {})
}
