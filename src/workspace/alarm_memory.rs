//! What a `run` that was restarted has to know of its alarms: `.allclear/alarm.json`.
//!
//! Promises: the file is replaced as a whole, so that it is never half written. It holds no address.

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cli::exit::Failure;
use crate::files::{self, Durability};
use crate::workspace::root::Root;
use crate::workspace::state;

const FILE: &str = "alarm.json";

/// No memory is longer.
const BYTES_MAX: u64 = 65_536;

/// Reads it. What is missing or cannot be understood counts as nothing: an alarm too many is better than none.
pub(crate) fn read<T: DeserializeOwned + Default>(root: &Root) -> T {
    let bytes = files::read(&root.state.join(FILE), BYTES_MAX).ok().flatten();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Writes the memory of alarms.
pub(crate) fn keep<T: Serialize>(root: &Root, memory: &T) -> Result<(), Failure> {
    let path = state::folder(&root.state)?.join(FILE);
    let text = serde_json::to_string_pretty(memory)? + "\n";
    files::replace(&path, text.as_bytes(), Durability::Synced)
        .with_context(|| format!("failed to write {}", path.display()))?;
    Ok(())
}
