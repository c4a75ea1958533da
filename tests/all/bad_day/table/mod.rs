//! The rows, by what breaks.

mod clocks;
mod limits;
mod people;
mod recalls;
mod relays;
mod silence;

use super::row::Row;

pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [relays::ROWS, people::ROWS, limits::ROWS, recalls::ROWS, clocks::ROWS, silence::ROWS]
        .into_iter()
        .flatten()
}
