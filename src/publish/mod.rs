//! Publishing: a rendered tree to where people read it.

pub mod purge;
