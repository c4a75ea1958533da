//! `allclear deliver --watch`: a worker that keeps running, and is woken when messages are queued.
//!
//! Promises: an unreachable database and an engaged brake do not end it: it reports each once, waits, and reports when it
//! is over. Every other failure ends it, because a retry could send a message twice.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::deliver;
use crate::ledger::{self, SqlLedger};
use crate::model::Moment;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::print::{self, GOOD, WARN, styled};
use crate::flow::deliver::WorkerSetup;
use crate::workspace::test_hooks;

/// How long a worker rests at most although it is woken for work, in case a signal was lost.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// How long if nobody tells.
const LOOK_AGAIN_UNSIGNALED: Duration = Duration::from_secs(1);

/// How long it waits in one go: how late it notices that it should stop.
const SLICE: Duration = Duration::from_millis(100);

/// How long it releases the ledger between two slices.
const BREATH: Duration = Duration::from_millis(2);

/// How long it waits for a server that is away: at first, and at most.
const AWAY: Duration = Duration::from_millis(500);
const AWAY_MAX: Duration = Duration::from_secs(15);

/// How long between two looks at a brake that is on.
const BRAKED: Duration = Duration::from_secs(1);

/// Works until it is stopped. `report` gets what keeps it from working, and `None` when it works.
pub(crate) fn watch(
    sending: &mut WorkerSetup<'_>,
    ledger: &Arc<Mutex<SqlLedger>>,
    report: &mut dyn FnMut(Option<&str>),
) -> Outcome {
    print::say("waiting for messages to send; Ctrl-C finishes those being sent and stops");
    let mut trouble = Trouble::default();
    while !sending.is_stopped() {
        let worked = sending.drain(ledger).and_then(|delivered| {
            trouble.is_over();
            report(None);
            rest(sending, ledger, delivered.next_due)
        });
        if let Err(failure) = worked {
            let pause = trouble.met(failure)?;
            report(trouble.said.as_deref());
            sending.sleep(pause);
        }
    }
    Ok(Exit::Done)
}

/// Waits until someone reports work, or something comes due by itself.
fn rest(sending: &WorkerSetup<'_>, ledger: &Mutex<SqlLedger>, due: Option<Moment>) -> Result<(), Failure> {
    let usual = if ledger.lock().is_signaled() { LOOK_AGAIN } else { LOOK_AGAIN_UNSIGNALED };
    let look_again = test_hooks::rest().unwrap_or(usual);
    let until_due = due.map(|due| (due - sending.now()).to_std().unwrap_or(Duration::ZERO));
    // What is due and was not taken is in another worker's hands for the moment.
    let length = until_due.map_or(look_again, |until| until.clamp(SLICE, look_again));
    let started = Instant::now();
    while started.elapsed() < length && !sending.is_stopped() {
        sending.sign();
        if sending.wait(ledger, SLICE)? {
            return Ok(());
        }
        // Anyone else who wants the ledger, such as a reader of the counters, has it now.
        std::thread::sleep(BREATH);
    }
    Ok(())
}

/// What keeps a worker from working, as long as it does.
#[derive(Default)]
struct Trouble {
    said: Option<String>,
    /// What is said at its end.
    end: &'static str,
    pause: Duration,
}

impl Trouble {
    /// Reports the outage once; gives the wait before the next try, or the error if no waiting fixes it.
    fn met(&mut self, failure: Failure) -> Result<Duration, Failure> {
        let (words, end, pause) = match &failure {
            Failure::Refused { why, hint } => (format!("{why}; {hint}"), "messages are sent again", BRAKED),
            Failure::World(error) if is_away(error) => (
                format!("{error:#}; retrying until the server is back"),
                "the ledger is available again",
                (self.pause * 2).clamp(AWAY, AWAY_MAX),
            ),
            _ => return Err(failure),
        };
        // The message of one outage may differ from try to try.
        if self.said.is_none() {
            print::say(&format!("{} {words}", styled(WARN, "waiting:")));
        }
        (self.said, self.end, self.pause) = (Some(words), end, pause);
        Ok(pause)
    }

    fn is_over(&mut self) {
        if self.said.take().is_some() {
            print::say(&format!("{} {}", styled(GOOD, "resumed:"), self.end));
        }
        self.pause = Duration::ZERO;
    }
}

fn is_away(error: &anyhow::Error) -> bool {
    let of_worker = error.downcast_ref::<deliver::Error>().and_then(deliver::Error::of_ledger);
    matches!(
        error.downcast_ref::<ledger::Error>().or(of_worker),
        Some(ledger::Error::ServerUnreachable { .. })
    )
}
