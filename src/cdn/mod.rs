//! CDNs: the caches in front of a target, one file for each.
//!
//! Promises: what is particular to a CDN is in its file: its row of facts ([`Kind`]) and pure functions that write the
//! requests of a purge and of a look at our account, sign one, and read an answer. The list in `kinds/mod.rs` is the only other place that a
//! purge needs; the reader of `page.toml` and the table in the documentation follow from the row. `doctor` recognizes a CDN
//! by its answers on its own. Never opens a connection, a file or a clock.

mod kind;
mod kinds;

#[cfg(test)]
mod tests;

pub use kind::{Account, Kind};
pub use kinds::{KINDS, named};
