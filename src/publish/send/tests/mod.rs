//! The protocol over a place in memory.

mod memory;
mod order;
mod scene;
mod simulation;
