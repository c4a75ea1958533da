//! Publishing: a rendered tree to where people read it, and whether it is there.

pub mod purge;
pub mod verify;

mod address;
