//! Sends a heartbeat to the server of the ledger, so that a silent server is noticed within seconds.
//!
//! Promises: never waits for another part and never holds the files.

use std::time::Duration;

use crate::cli::exit::Failure;
use crate::host::Host;
use crate::workspace::heartbeat::LedgerHeartbeat;

/// How long between two questions.
const BEAT: Duration = Duration::from_secs(5);

/// How long until the plan is read again, where it names no server.
const REST: Duration = Duration::from_secs(30);

/// The rounds of the part.
pub(super) fn rounds(host: &Host) -> impl FnMut() -> Result<Duration, Failure> + use<'_> {
    let mut heartbeat = LedgerHeartbeat::default();
    move || Ok(if heartbeat.beat(&host.root)? { BEAT } else { REST })
}
