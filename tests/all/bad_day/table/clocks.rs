//! The machine's clock is set, by hand or by a time server.

use crate::bad_day::row::{Breaks, ClockMoment, ROW, Row};

const TOLD: &[(&str, &str)] =
    &[("ana@example.org", "accepted by the provider"), ("+34600000001", "accepted by the provider")];

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "the clock is set three hours forward while nothing waits",
        breaks: Breaks::Clock { by: 10_800, at: ClockMoment::AtRest },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set three hours back while nothing waits",
        breaks: Breaks::Clock { by: -10_800, at: ClockMoment::AtRest },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set ten seconds forward while nothing waits",
        breaks: Breaks::Clock { by: 10, at: ClockMoment::AtRest },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set ten seconds back while nothing waits",
        breaks: Breaks::Clock { by: -10, at: ClockMoment::AtRest },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set a month forward while nothing waits",
        breaks: Breaks::Clock { by: 2_592_000, at: ClockMoment::AtRest },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set three hours forward while an email waits",
        breaks: Breaks::Clock { by: 10_800, at: ClockMoment::WhileWaiting },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set three hours back while an email waits",
        breaks: Breaks::Clock { by: -10_800, at: ClockMoment::WhileWaiting },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set ten seconds forward while an email waits",
        breaks: Breaks::Clock { by: 10, at: ClockMoment::WhileWaiting },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set ten seconds back while an email waits",
        breaks: Breaks::Clock { by: -10, at: ClockMoment::WhileWaiting },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set a month forward while an email waits",
        breaks: Breaks::Clock { by: 2_592_000, at: ClockMoment::WhileWaiting },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set three hours forward between two runs",
        breaks: Breaks::Clock { by: 10_800, at: ClockMoment::BetweenRuns },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the clock is set three hours back between two runs",
        breaks: Breaks::Clock { by: -10_800, at: ClockMoment::BetweenRuns },
        why: TOLD,
        report: &["2 queued = 2 reached"],
        ..ROW
    },
];
