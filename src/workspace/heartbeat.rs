//! Asks the server of the ledger which host leads, which also shows that it answers.
//!
//! Promises: the result comes within seconds. A ledger in a file has no server and one host, so nothing is asked.

use std::time::Duration;

use crate::cli::exit::Failure;
use crate::config::plan::LedgerPlace;
use crate::files::{self, Durability};
pub(crate) use crate::ledger::postgres::Leader;
use crate::ledger::postgres::{Candidate, Heartbeat};
use crate::workspace::root::Root;
use crate::workspace::{machine, state, write};

/// Where a process leaves its ID for the next one in the same folder.
const ID: &str = "run.id";
const ID_MAX: u64 = 64;

/// The host that leads, as another one sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeadingHost {
    pub(crate) leader: Leader,
    /// Whether it is this process.
    pub(crate) is_here: bool,
}

/// Asks in the name of this process, by a connection that is kept from one question to the next.
#[derive(Debug)]
pub(crate) struct LedgerHeartbeat {
    candidate: Candidate,
    /// Where the ledger is, by the last plan that could be read.
    place: Option<LedgerPlace>,
    heartbeat: Option<Heartbeat>,
}

impl LedgerHeartbeat {
    /// One for this process, which must hold the lock of the folder: the process before it is dead then, and its lease passes on.
    ///
    /// # Errors
    ///
    /// Its ID cannot be kept.
    pub(crate) fn new(root: &Root) -> Result<Self, Failure> {
        let path = state::folder(&root.state)?.join(ID);
        let left = files::read(&path, ID_MAX).ok().flatten().unwrap_or_default();
        let heir_of = String::from_utf8_lossy(&left).into_owned();
        let id = format!("{:016x}", fastrand::u64(..));
        write::file(&path, id.as_bytes(), Durability::Cached)?;
        let host = machine::name().unwrap_or_else(|| "another host".to_owned());
        let candidate = Candidate { id, heir_of, host, worker: String::new() };
        Ok(Self { candidate, place: None, heartbeat: None })
    }

    /// Asks for the lead of the ledger that the plan names, and says who leads; `None` if no server has it.
    ///
    /// # Errors
    ///
    /// The server does not answer, or the plan does not say how to reach it.
    pub(crate) fn stand(
        &mut self,
        root: &Root,
        worker: String,
        lease: Duration,
    ) -> Result<Option<LeadingHost>, Failure> {
        let Some(mut heartbeat) = self.connection(root)? else { return Ok(None) };
        self.candidate.worker = worker;
        let leader = match heartbeat.stand(&self.candidate, lease)? {
            Some(leader) => leader,
            None => {
                // The first process makes the tables.
                drop(root.ledger()?);
                let missing = || anyhow::anyhow!("the ledger does not say which host leads");
                heartbeat.stand(&self.candidate, lease)?.ok_or_else(missing)?
            }
        };
        // After a failure the secret is read again.
        self.heartbeat = Some(heartbeat);
        let is_here = leader.id == self.candidate.id;
        Ok(Some(LeadingHost { leader, is_here }))
    }

    /// Ends the lease of this process, so that another host takes over at once.
    pub(crate) fn step_down(&mut self) {
        if let Some(heartbeat) = &mut self.heartbeat {
            // A lease that could not be ended ends by itself.
            let _it_ends = heartbeat.step_down(&self.candidate);
        }
    }

    /// The connection to the server that the plan names, and while it cannot be read, to the one that it named before.
    fn connection(&mut self, root: &Root) -> Result<Option<Heartbeat>, Failure> {
        let known = self.heartbeat.take();
        let before = self.place.clone();
        self.place = root.read_ledger_place().0.or_else(|| before.clone());
        match &self.place {
            Some(LedgerPlace::Server { .. }) if known.is_some() && self.place == before => Ok(known),
            Some(LedgerPlace::Server { url, ca_file }) => {
                let ca_file = ca_file.as_ref().map(|path| root.path.join(path));
                Ok(Some(Heartbeat::at(url.reveal(&root.path)?.expose(), ca_file.as_deref())?))
            }
            _ => Ok(None),
        }
    }
}
