//! Code for PostgreSQL servers only: reconnecting, encryption, and bulk inserts.

pub(in crate::ledger) mod client;
pub(in crate::ledger) mod insert;
mod owed;
pub(in crate::ledger) mod tls;
mod watched;
