//! Says which providers get no messages, because their circuit breaker is open.
//!
//! Promises: the same words in `doctor`, `why` and `report`. Never asks the ledger.

use crate::limits::circuit::CircuitBreaker;

use crate::cli::describe::{precise, short};

/// Since when and why, if the breaker of `owner` is open.
pub(crate) fn words(owner: &str, circuit: &CircuitBreaker) -> Option<String> {
    let open = circuit.open.as_ref()?;
    Some(format!(
        "sending through {owner} is suspended since {}: {}; its circuit breaker is open, and a message tries it again from {} on",
        short(open.since),
        open.because,
        precise(open.probe_at)
    ))
}
