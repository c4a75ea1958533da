//! Writes the results of a worker's handoffs to the ledger: those that come at the same time share one transaction.
//!
//! Promises: a caller gets its answer only after the commit; if the commit fails, all callers in it get the same error,
//! because it is unknown how far it came. No result waits for others: while the ledger is free, a caller commits at once on
//! its own thread; only results that come during a commit share the next one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use super::{Checkpoint, Error};
use crate::ledger::{self, Ledger, LedgerOp, LedgerOpResult};

/// No more moves share a transaction, so that a claim does not wait long for its turn.
const GROUP_MAX: usize = 64;

/// Commits ledger operations of many connections together.
#[derive(Clone)]
pub(super) struct BatchCommitter {
    ledger: Arc<Mutex<dyn Ledger>>,
    queue: Arc<Mutex<Queue>>,
    checkpoint: Option<Checkpoint>,
}

/// What waits, and whether someone is at it.
#[derive(Default)]
struct Queue {
    asked: VecDeque<Asked>,
    is_led: bool,
}

/// One move, and who waits for it.
struct Asked {
    step: LedgerOp,
    answer: oneshot::Sender<Result<LedgerOpResult, Arc<ledger::Error>>>,
}

impl BatchCommitter {
    pub(super) fn new(ledger: Arc<Mutex<dyn Ledger>>, checkpoint: Option<Checkpoint>) -> Self {
        Self { ledger, queue: Arc::default(), checkpoint }
    }

    /// Commits one operation and waits for its result.
    pub(super) async fn make(&self, step: LedgerOp) -> Result<LedgerOpResult, Error> {
        if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            // It has no other thread to keep free, and there the order of all work is the runtime's.
            return Ok(step.apply(&mut *self.ledger.lock())?);
        }
        let (answer, answered) = oneshot::channel();
        let is_led = {
            let mut queue = self.queue.lock();
            queue.asked.push_back(Asked { step, answer });
            std::mem::replace(&mut queue.is_led, true)
        };
        if !is_led && tokio::task::block_in_place(|| self.make_group()) {
            // More came meanwhile. Who asked has its answer and continues; someone else sees to the rest.
            let settler = self.clone();
            tokio::task::spawn_blocking(move || while settler.make_group() {});
        }
        Ok(answered.await.map_err(|_| Error::Broken)??)
    }

    /// Makes what waits, in one transaction. Says whether more came meanwhile: then the caller continues with
    /// it.
    fn make_group(&self) -> bool {
        let _lead = Lead(&self.queue);
        let mut ledger = self.ledger.lock();
        let group: Vec<Asked> = {
            let asked = &mut self.queue.lock().asked;
            let many = asked.len().min(GROUP_MAX);
            asked.drain(..many).collect()
        };
        let (moves, answers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|asked| (asked.step, asked.answer)).unzip();
        self.reach("before-moves");
        let done = ledger.make_all(&moves);
        drop(ledger);
        self.reach("after-moves");
        let done = match done {
            Ok(moved) => moved.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(Arc::new(error)); moves.len()],
        };
        for (answer, done) in answers.into_iter().zip(done) {
            // Who does not wait any longer was ended with its worker.
            let _ = answer.send(done);
        }
        let mut queue = self.queue.lock();
        queue.is_led = !queue.asked.is_empty();
        queue.is_led
    }

    /// How many moves wait for the ledger.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.queue.lock().asked.len()
    }

    fn reach(&self, name: &'static str) {
        if let Some(checkpoint) = &self.checkpoint {
            checkpoint(name);
        }
    }
}

/// Anyone who is at the ledger. When it breaks off, those who wait hear so, and the next one begins again.
struct Lead<'q>(&'q Mutex<Queue>);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            *self.0.lock() = Queue::default();
        }
    }
}
