//! The three flows that a command takes once and `run` takes again and again: publish, notify, deliver.
//!
//! Promises: a flow joins rooms and prints what happens; what it decides is in the rooms it joins.

pub(crate) mod deliver;
pub(crate) mod notify;
mod out_of_order;
pub(crate) mod people;
pub(crate) mod publish;
