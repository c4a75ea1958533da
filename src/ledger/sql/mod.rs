//! The protocol of the ledger in SQL, written once for both databases.
//!
//! Promises: each database has its own code for opening, locking rows and bulk inserts; everything else is the same
//! statement on both. A transaction that lost against another one (PostgreSQL reports it) is run again, a few times.

mod approvals;
pub(super) mod away;
mod baseline;
mod brake;
mod budget;
mod candidates;
mod claim;
mod clock;
mod column;
pub(super) mod columns;
pub(super) mod connection;
mod controls;
mod correct;
mod destinations;
mod doubts;
mod erasure;
pub(super) mod fault;
pub(super) mod file;
mod followers;
mod further;
mod insert;
mod joining;
mod kept;
mod lanes;
mod leases;
mod limits;
mod mark;
mod message;
mod opt_outs;
mod overdue;
mod pace;
mod people;
mod plan;
mod questions;
mod refusals;
mod reports;
mod roles;
pub(super) mod rows;
pub(super) mod server;
pub(super) mod session;
mod settle;
mod sign_ups;
mod steps;
pub(super) mod store;
mod story;
mod sums;
#[cfg(test)]
mod tests;
mod withdrawal;

pub use store::SqlLedger;
