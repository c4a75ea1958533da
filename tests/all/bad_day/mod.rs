//! Days on which nothing crashes and everything misbehaves: clocks that are set, servers that say nothing, storms of refusals,
//! doubt, addresses that are shared, people who leave and come back in a list, budgets, withdrawals, brakes.
//!
//! `table` holds the cases. A row says what breaks, which messages each person has by when, and what `why`, `report`, the health
//! check, the metrics and the exit codes say. The other files play rows. `ALLCLEAR_ROW=budget` plays the rows whose name holds
//! that word.

mod clock;
mod play;
mod row;
mod script;
mod silence;
mod table;

use std::collections::BTreeSet;

use play::play_all;
use row::Breaks;

#[test]
fn what_is_written_in_a_row_holds() {
    play_all(8, |row| matches!(row.breaks, Breaks::Script(_)));
}

#[test]
fn whatever_the_clock_is_set_by_everybody_is_told() {
    play_all(16, |row| matches!(row.breaks, Breaks::Clock { .. }));
}

#[test]
fn at_whatever_point_a_provider_falls_silent_the_next_one_takes_over_in_time() {
    play_all(32, |row| matches!(row.breaks, Breaks::Silence { .. }));
}

#[test]
fn each_row_has_a_name_of_its_own() {
    let names: BTreeSet<_> = table::rows().map(|row| row.name).collect();
    assert_eq!(names.len(), table::rows().count());
}
