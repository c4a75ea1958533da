//! Publish, notify and deliver, written once: a command runs each of them once, `allclear run` repeats them.
//!
//! Promises: a flow joins rooms and prints what happens; what it decides is in the rooms it joins.

pub(crate) mod alarm;
pub(crate) mod break_glass;
pub(crate) mod controlled;
pub(crate) mod corrected;
pub(crate) mod deliver;
mod held;
pub(crate) mod ledger_facts;
pub(crate) mod notify;
mod out_of_order;
pub(crate) mod people;
pub(crate) mod publish;
pub(crate) mod pushed;
pub(crate) mod readers;
pub(crate) mod unapproved;
mod withdrawn;
