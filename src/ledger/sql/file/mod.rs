//! Code for SQLite files only: writing row by row, and checksums that find damage.

pub(in crate::ledger) mod checksum;
pub(in crate::ledger) mod damage;
pub(in crate::ledger) mod insert;
pub(in crate::ledger) mod inspection;
