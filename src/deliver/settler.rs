//! How the handoffs of a worker reach the ledger: what several have to say at the same time is one transaction.
//!
//! Promises: who asks hears of it only after its transaction was committed; where that fails, all in it hear the same
//! error, because nobody knows how far it came. No move waits for company: only what comes while the ledger is
//! busy shares the next transaction.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::oneshot;

use super::Error;
use crate::ledger::{self, Ledger, Move, Moved};

/// No more moves share a transaction, so that a claim does not wait long for its turn.
const GROUP_MAX: usize = 64;

/// One move, and who waits for it.
pub(super) struct Asked {
    step: Move,
    answer: oneshot::Sender<Result<Moved, Arc<ledger::Error>>>,
}

/// Makes moves, until it is dropped.
pub(super) enum Settler {
    /// In place: a runtime of one thread has no other to keep free, and there the order of all work is the runtime's.
    InPlace(Arc<Mutex<dyn Ledger>>),
    /// On a thread that may wait for the disk.
    Thread(mpsc::Sender<Asked>),
}

impl Settler {
    /// Starts on the runtime that calls.
    pub(super) fn start(ledger: Arc<Mutex<dyn Ledger>>) -> Self {
        if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
            return Self::InPlace(ledger);
        }
        let (queue, asked) = mpsc::channel();
        tokio::task::spawn_blocking(move || work(&ledger, &asked));
        Self::Thread(queue)
    }

    /// Makes one move.
    pub(super) async fn make(&self, step: Move) -> Result<Moved, Error> {
        match self {
            Self::InPlace(ledger) => Ok(step.make(&mut *lock(ledger))?),
            Self::Thread(queue) => {
                let (answer, answered) = oneshot::channel();
                queue.send(Asked { step, answer }).map_err(|_| Error::Broken)?;
                Ok(answered.await.map_err(|_| Error::Broken)??)
            }
        }
    }
}

fn work(ledger: &Mutex<dyn Ledger>, asked: &mpsc::Receiver<Asked>) {
    while let Ok(first) = asked.recv() {
        let mut ledger = lock(ledger);
        // With whatever came while the ledger was busy.
        let group = std::iter::once(first).chain(asked.try_iter().take(GROUP_MAX - 1));
        let (moves, answers): (Vec<_>, Vec<_>) = group.map(|asked| (asked.step, asked.answer)).unzip();
        let done = ledger.make_all(&moves);
        drop(ledger);
        let done = match done {
            Ok(moved) => moved.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(Arc::new(error)); moves.len()],
        };
        for (answer, done) in answers.into_iter().zip(done) {
            // Who does not wait any longer was ended with its worker.
            let _ = answer.send(done);
        }
    }
}

/// Every operation is one transaction, so a panic elsewhere left nothing half done.
fn lock<'l>(ledger: &'l Mutex<dyn Ledger + 'static>) -> MutexGuard<'l, dyn Ledger + 'static> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}
