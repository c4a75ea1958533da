//! Asks the server of the ledger whether it answers.
//!
//! Promises: the result comes within seconds; writes nothing. A ledger in a file has no server, so nothing is asked.

use crate::cli::exit::Failure;
use crate::config::plan::LedgerPlace;
use crate::ledger::postgres::Heartbeat;
use crate::workspace::root::Root;

/// The connection that is asked by, kept from one question to the next.
#[derive(Debug, Default)]
pub(crate) struct LedgerHeartbeat {
    /// The plan's words for the server, and the connection.
    last: Option<(LedgerPlace, Heartbeat)>,
}

impl LedgerHeartbeat {
    /// Asks the server that the plan names; `false` if it names none.
    ///
    /// # Errors
    ///
    /// It does not answer, or the plan does not say how to reach it.
    pub(crate) fn beat(&mut self, root: &Root) -> Result<bool, Failure> {
        let Some(place @ LedgerPlace::Server { .. }) = root.read_ledger_place().0 else {
            self.last = None;
            return Ok(false);
        };
        let known = self.last.take().filter(|(of, _)| *of == place).map(|(_, heartbeat)| heartbeat);
        let mut heartbeat = match known {
            Some(heartbeat) => heartbeat,
            None => connection(root, &place)?,
        };
        heartbeat.beat()?;
        // After a failure the secret is read again.
        self.last = Some((place, heartbeat));
        Ok(true)
    }
}

fn connection(root: &Root, place: &LedgerPlace) -> Result<Heartbeat, Failure> {
    let LedgerPlace::Server { url, ca_file } = place else {
        return Err(anyhow::anyhow!("the ledger is not on a server").into());
    };
    let ca_file = ca_file.as_ref().map(|path| root.path.join(path));
    Ok(Heartbeat::at(url.reveal(&root.path)?.expose(), ca_file.as_deref())?)
}
