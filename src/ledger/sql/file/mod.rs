//! What a SQLite file needs of its own: writing row by row, and sums that find damage.

pub(in crate::ledger) mod checksum;
pub(in crate::ledger) mod damage;
pub(in crate::ledger) mod insert;
