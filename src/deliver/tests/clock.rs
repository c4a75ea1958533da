//! A clock that is set while a message is on its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;

use super::house::House;
use super::relay::Relay;
use crate::deliver::SteadyClock;
use crate::model::notice::StepState;

/// Where a worker is when the clock is set, from the claim to the result.
const WHEN: [&str; 5] = ["before-start", "after-start", "before-handoff", "after-handoff", "after-settle"];

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_during_a_handoff_costs_no_message() {
    for when in WHEN {
        for hours in [3, -3, 24 * 30] {
            let relay = Relay::start().await;
            let mut house = House::new().relay("relay", relay.port);
            set_the_clock(&mut house, when, hours);
            // The first answer is "try again later": the retry is due by the new clock.
            let who = house.subscriber(&["greylist@example.org"]);
            house.change("payments");
            house.deliver().await.unwrap();
            assert_eq!(house.states(&who), [StepState::Accepted], "{when}, {hours} h");
            assert_eq!(relay.accepted().len(), 1, "{when}, {hours} h");
        }
    }
}

/// The machine's clock is set by this number of hours when the worker comes past that point for the first time.
fn set_the_clock(house: &mut House, when: &'static str, hours: i64) {
    let (began, ahead) = (Instant::now(), Arc::new(AtomicI64::new(0)));
    let (start, jumped) = (house.now(), Arc::clone(&ahead));
    house.options.now = Arc::new(move || {
        start
            + TimeDelta::from_std(began.elapsed()).unwrap()
            + TimeDelta::hours(jumped.load(Ordering::SeqCst))
    });
    let since_boot = move || Duration::from_secs(1_000) + began.elapsed();
    house.options.steady = Some(SteadyClock::new("a boot".to_owned(), since_boot, |_| {}));
    house.options.checkpoint = Some(Arc::new(move |name: &'static str| {
        if name == when {
            ahead.store(hours, Ordering::SeqCst);
        }
    }));
}
