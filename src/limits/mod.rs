//! Decides when a provider may be called: token buckets, circuit breakers and refusal storms.
//!
//! Promises: pure. The time is an argument, the state is a value that the ledger stores, and workers that share a
//! ledger share it. Never sends, waits or reads a clock.

pub mod bucket;
pub mod circuit;
pub mod storm;
