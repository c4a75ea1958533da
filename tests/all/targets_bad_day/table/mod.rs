//! Each kind of target with each fault, next to a healthy target, as a table.
//!
//! In every row the change is on the healthy page and the subscriber is notified before the faulty target has ended; `rows` says
//! what readers of the faulty target find, what health, `run --status` and the log say of it, and what `publish --target` ends
//! with. `ALLCLEAR_ROW=S3` plays the rows whose name holds that word. What needs more than one change is elsewhere: two
//! publishers of which one is suspended (`publish_stores`), a CDN (`publish`), clocks that are set while `run` waits (`bad_day`),
//! a rollback (`run`).

mod place;
mod play;
mod row;
mod rows;

use std::collections::BTreeSet;

use place::Stores;

/// Many rows wait for a limit.
const AT_ONCE: usize = 20;

#[test]
fn whatever_is_wrong_with_one_target_the_other_has_the_page_and_everyone_is_told() {
    play::play_all(AT_ONCE, &Stores::start());
}

#[test]
fn no_case_is_there_twice() {
    let names: BTreeSet<_> = rows::ROWS.iter().map(play::name).collect();
    assert_eq!(names.len(), rows::ROWS.len());
}
