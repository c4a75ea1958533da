//! Changes to the good story that make its times odd, beyond those of the other stories.

use chrono::TimeDelta;

use super::stories::{Change, at, plan, update};
use crate::model::phase::Phase;

/// A rule, what breaks it, and every problem that gives.
pub(super) const BROKEN: &[(&str, Change, &[&str])] = &[
    (
        "end-before-start",
        |incident| {
            plan(incident);
            incident.updates.push(update(at(10, 0), Some(Phase::Completed), "It is done."));
        },
        &["12 warning end-before-start: the work is completed at 2026-11-20T10:00:00Z, before it starts, \
         2026-11-21T06:00:00Z (write `Cancelled` if it does not take place, or correct the time or `starts`)"],
    ),
    (
        "start-after-update",
        |incident| incident.updates[0].at -= TimeDelta::days(31),
        &[
            "5 error start-after-update: the incident starts at 2026-11-20T09:12:00Z, after its first update, \
         2026-10-20T09:20:00Z (write `started = 2026-10-20T09:20:00Z` or earlier, or correct the heading)",
        ],
    ),
    (
        "in-the-future",
        |incident| {
            plan(incident);
            incident.updates[0].at = at(30, 0);
        },
        &[
            "11 error in-the-future: the announcement of this work is dated 2026-11-21T06:00:00Z, when it begins (put a \
         heading above its text: `## 2026-11-20 11:00 UTC · Scheduled`)",
        ],
    ),
];
