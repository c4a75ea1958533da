//! Budgets, the pace of an address, quiet hours, and the brake.

use crate::bad_day::row::Step::{At, Do, Edit, Emails, Got, NothingElse, Open, Texts};
use crate::bad_day::row::{Breaks, ROW, Row};

const PLAN: &str = "site/plan.toml";

/// Two people with a phone.
const ANA: &str = "subscribers add +34600000001";
const BEN: &str = "subscribers add +34600000002";

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "a budget for an incident is used up, and somebody lets go what is held",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Do(BEN, 0, &["added:"]),
            Edit(PLAN, "", "\n[budget]\ntext_per_incident = 1\n"),
            Open("payments"),
            Do(
                "notify --yes",
                4,
                &["1 SMS message is on hold because the SMS budget in site/plan.toml is used up"],
            ),
            Texts(1),
            Do("report payments", 0, &["2 queued = 1 reached + 1 not finished"]),
            At("10:10"),
            Do("deliver --over-budget", 0, &["1 accepted"]),
            Got("+34600000002", &["payments"]),
        ]),
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "a message is held for longer than it lives",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Do(BEN, 0, &["added:"]),
            Edit(PLAN, "", "\n[budget]\ntext_per_incident = 1\n"),
            Open("payments"),
            Do("notify --yes", 4, &[]),
            At("10:45"),
            Do("deliver", 4, &[]),
            At("12:00"),
            Do("deliver --over-budget", 0, &["1 accepted"]),
            Got("+34600000001", &["payments"]),
            Got("+34600000002", &["payments"]),
        ]),
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "a message is held for longer than a day",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Do(BEN, 0, &["added:"]),
            Edit(PLAN, "", "\n[budget]\ntext_per_incident = 1\n"),
            Open("payments"),
            Do("notify --yes", 4, &[]),
            At("2026-03-02 10:31"),
            Do("deliver --over-budget", 1, &["not notified: 1 subscriber (1 expired)"]),
            Texts(1),
        ]),
        report: &["2 queued = 1 reached + 1 not reached"],
        ..ROW
    },
    Row {
        name: "a budget for a day is used up by another incident",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Edit(PLAN, "", "\n[budget]\ntext_per_day = 1\n"),
            Open("search"),
            Do("notify --yes", 0, &["1 accepted"]),
            At("10:10"),
            Open("payments"),
            Do("notify --yes", 4, &["on hold because the SMS budget"]),
            Got("+34600000001", &["search"]),
        ]),
        why: &[("+34600000001", "on hold: the budget of 1 SMS message per day is used up")],
        report: &["1 queued = 1 not finished"],
        unfinished: 1,
        ..ROW
    },
    Row {
        name: "the budget is used up, and email takes over",
        breaks: Breaks::Script(&[
            Do("subscribers add +34600000001 ana@example.org", 0, &["added:"]),
            Do("subscribers add +34600000002 ben@example.org", 0, &["added:"]),
            Edit(PLAN, "", "\n[budget]\ntext_per_incident = 1\n"),
            Open("payments"),
            Do("notify --yes", 4, &[]),
            At("10:06"),
            Do("deliver", 0, &["accepted by relay"]),
            Texts(1),
            Emails(1),
        ]),
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "an address has had its messages of the hour: an update waits, the end does not, and nobody else does",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Edit(PLAN, "", "\n[brake]\nmessages_per_address_per_hour = 2\n"),
            Open("payments"),
            Do("notify --yes", 0, &[]),
            At("10:01"),
            Do("update payments --phase identified -m 'Found it.'", 0, &[]),
            Do("notify --yes", 0, &[]),
            Do("subscribers add ben@example.org", 0, &["added:"]),
            At("10:02"),
            Do("update payments --phase monitoring -m 'Repaired.'", 0, &[]),
            Do("notify --yes", 1, &[]),
            Got("ana@example.org", &["payments", "Found it."]),
            Got("ben@example.org", &["Repaired."]),
            Do("why ana@example.org", 0, &["on hold: maximum pace of this address is 2 messages an hour"]),
            Do("report payments", 0, &["1 on hold: maximum pace of this address is 2 messages an hour"]),
            At("10:03"),
            Do("update payments --phase resolved -m 'It is over.'", 0, &[]),
            Do("notify --yes", 0, &[]),
            Got("ana@example.org", &["payments", "Found it.", "It is over."]),
            Got("ben@example.org", &["Repaired.", "It is over."]),
        ]),
        why: &[("ana@example.org", "superseded by a newer change")],
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "what the pace of an address held leaves when there is room",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Edit(PLAN, "", "\n[brake]\nmessages_per_address_per_hour = 1\n"),
            Open("payments"),
            Do("notify --yes", 0, &[]),
            At("10:05"),
            Do("update payments --phase identified -m 'Found it.'", 0, &[]),
            Do("notify --yes", 1, &[]),
            At("10:30"),
            Do("deliver", 1, &["still queued"]),
            Got("ana@example.org", &["payments"]),
            At("11:01"),
            Do("deliver", 0, &["1 accepted"]),
            Got("ana@example.org", &["payments", "Found it."]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "too many changes at once pull the brake",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Open("one"),
            Open("two"),
            Open("three"),
            Open("payments"),
            Do("notify --yes", 4, &["4 changes in one run; the limit is 3", "--release-brake"]),
            Do("why ana@example.org", 0, &["nothing is sent: sending is stopped by the brake since"]),
            Do("deliver", 4, &["sending is stopped by the brake"]),
            NothingElse,
        ]),
        failing: &["deliver", "notify"],
        braked: true,
        ..ROW
    },
    Row {
        name: "a brake that was released lets go what pulled it, and stops what is new",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Open("one"),
            Open("two"),
            Open("three"),
            Open("payments"),
            Do("notify --yes", 4, &[]),
            Do("deliver --release-brake", 0, &["brake released; sending now"]),
            Do("notify --yes", 0, &["4 accepted"]),
            Got("ana@example.org", &["", "", "", ""]),
            At("10:10"),
            Open("five"),
            Open("six"),
            Open("seven"),
            Open("eight"),
            Do("notify --yes", 4, &["4 changes in one run; the limit is 3"]),
            Do("deliver --release-brake", 0, &["brake released; sending now"]),
            Do("notify --yes", 0, &["4 accepted"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "too many changes are meant",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Open("one"),
            Open("two"),
            Open("three"),
            Open("payments"),
            Do("notify --yes --allow-many-changes", 0, &["4 accepted"]),
            Got("ana@example.org", &["", "", "", ""]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a problem below critical in the night waits for the morning of each reader",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org --time-zone Europe/Madrid", 0, &["added:"]),
            Do("subscribers add ben@example.org --time-zone America/Los_Angeles", 0, &["added:"]),
            Edit(
                PLAN,
                "",
                "\n[quiet_hours]\nfrom = \"22:00\"\nuntil = \"07:00\"\nbelow_severity = \"critical\"\n",
            ),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            Got("ana@example.org", &["payments"]),
            Got("ben@example.org", &[]),
            Do("why ben@example.org", 0, &["on hold until 2026-03-01 15:00 UTC (quiet hours)"]),
            At("15:00"),
            Do("deliver", 0, &["1 accepted"]),
            Got("ben@example.org", &["payments"]),
        ]),
        report: &["2 queued = 2 reached"],
        ..ROW
    },
];
