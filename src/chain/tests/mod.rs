//! The machine alone: its table row by row, and random stories of events.

mod doubt;
mod outages;
mod random;
mod storm;
mod story;
mod table;
mod turns;
