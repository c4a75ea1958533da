//! What a PostgreSQL server needs of its own: a connection that is made again, encryption, and writing by the thousand.

pub(in crate::ledger) mod client;
pub(in crate::ledger) mod insert;
pub(in crate::ledger) mod tls;
mod watched;
