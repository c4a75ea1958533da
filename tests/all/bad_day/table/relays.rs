//! Relays and gateways that refuse, are away, or leave it open whether they took a message.

use crate::bad_day::row::Step::{
    At, Crowd, Do, Edit, Emails, Gateway, Got, MailDown, MailRefuses, NothingElse, Open, Relay,
};
use crate::bad_day::row::{Breaks, ROW, Row};
use crate::fixtures::silent::Phase;

const PLAN: &str = "site/plan.toml";

/// Retries that a test can wait for.
const RETRY_SOON: &str = "\n[retry]\nfirst = \"1s\"\nlongest = \"2s\"\n";

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "a relay refuses one address of three",
        breaks: Breaks::Script(&[
            Crowd(3),
            MailRefuses("p1@"),
            Open("payments"),
            Do(
                "notify --yes",
                1,
                &["2 accepted by a provider, 1 rejected", "not notified: 1 subscriber (1 rejected)"],
            ),
            Got("p0@example.org", &["payments"]),
            Got("p1@example.org", &[]),
            Got("p2@example.org", &["payments"]),
            NothingElse,
        ]),
        why: &[("p1@example.org", "rejected permanently by the provider")],
        report: &["3 queued = 2 reached + 1 not reached"],
        ..ROW
    },
    Row {
        name: "a relay refuses one address, and SMS takes over",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org +34600000001", 0, &["added:"]),
            MailRefuses("ana@"),
            Open("payments"),
            Do("notify --yes", 0, &["accepted by gateway"]),
            Got("ana@example.org", &[]),
            Got("+34600000001", &["payments"]),
        ]),
        why: &[
            ("ana@example.org", "on the suppression list"),
            ("ana@example.org", "accepted by the provider"),
        ],
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a refused address is skipped in the next change, and the run says so",
        breaks: Breaks::Script(&[
            Crowd(2),
            MailRefuses("p1@"),
            Open("payments"),
            Do("notify --yes", 1, &["not notified: 1 subscriber (1 rejected)"]),
            MailRefuses(""),
            At("10:40"),
            Do("update payments --phase identified -m 'Found it.'", 0, &[]),
            Do("notify --yes", 1, &["not notified: 1 subscriber (1 with a suppressed address)"]),
            Got("p0@example.org", &["payments", "Found it."]),
            Got("p1@example.org", &[]),
        ]),
        why: &[("p1@example.org", "not sent: refused by the provider: 550 5.1.1 no such user")],
        report: &["2 queued = 1 reached + 1 not sent (opted out or suppressed address)"],
        ..ROW
    },
    Row {
        name: "a refused address is allowed again",
        breaks: Breaks::Script(&[
            Crowd(1),
            MailRefuses("p0@"),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            MailRefuses(""),
            Do("subscribers list --suppressed", 0, &["refused by the provider: 550 5.1.1 no such user"]),
            Do(
                "subscribers add p0@example.org",
                0,
                &["will not be notified", "allclear subscribers allow ADDRESS"],
            ),
            Do("subscribers allow p0@example.org", 0, &["is off the suppression list"]),
            At("10:40"),
            Do("update payments --phase identified -m 'Found it.'", 0, &[]),
            Do("notify --yes", 0, &["1 accepted"]),
            Got("p0@example.org", &["Found it."]),
        ]),
        why: &[("p0@example.org", "relay accepted it: 250 2.0.0 kept")],
        report: &["1 queued = 1 reached", "1 queued = 1 not reached"],
        ..ROW
    },
    Row {
        name: "a relay refuses everybody for half an hour",
        breaks: Breaks::Script(&[
            Crowd(30),
            MailRefuses("@"),
            Open("payments"),
            Do("notify --yes", 1, &["circuit breaker open: sending through relay is suspended: it refused "]),
            Emails(0),
            Do("subscribers list --suppressed", 0, &["0 subscribers"]),
            MailRefuses(""),
            At("10:30"),
            Do("deliver --max-wait 5m", 0, &["circuit breaker closed"]),
            Emails(30),
        ]),
        why: &[("p7@example.org", "accepted by the provider 2026-03-01 10:3")],
        report: &["30 queued = 30 reached"],
        ..ROW
    },
    Row {
        name: "a relay is away for five minutes",
        breaks: Breaks::Script(&[
            Crowd(1),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &["`allclear doctor` checks each provider"]),
            Got("p0@example.org", &[]),
            MailDown(false),
            At("10:05"),
            Do("deliver", 0, &["1 accepted"]),
            Got("p0@example.org", &["payments"]),
        ]),
        why: &[("p0@example.org", "relay deferred it: 421 4.3.2"), ("p0@example.org", "relay accepted it")],
        report: &["1 queued = 1 reached", "relay: 1 accepted, "],
        ..ROW
    },
    Row {
        name: "a relay is away for longer than a message lives",
        breaks: Breaks::Script(&[
            Crowd(1),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            MailDown(false),
            At("2026-03-02 10:01"),
            Do("deliver", 1, &["not notified: 1 subscriber (1 expired)"]),
            Got("p0@example.org", &[]),
        ]),
        why: &[("p0@example.org", "expired 2026-03-02 10:01 UTC")],
        report: &["1 queued = 1 not reached"],
        ..ROW
    },
    Row {
        name: "a relay is away, and SMS takes over at the step limit",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org +34600000001", 0, &["added:"]),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            Got("+34600000001", &[]),
            At("10:06"),
            Do("deliver", 0, &["accepted by gateway"]),
            Got("+34600000001", &["payments"]),
            Got("ana@example.org", &[]),
        ]),
        why: &[("ana@example.org", "gateway accepted it")],
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "the worker is away for forty minutes, and two channels are no worse than one",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org +34600000001", 0, &["added:"]),
            Do("subscribers add ben@example.org", 0, &["added:"]),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            MailDown(false),
            At("10:40"),
            Do("deliver", 0, &["2 accepted"]),
            Got("ana@example.org", &["payments"]),
            Got("ben@example.org", &["payments"]),
            NothingElse,
        ]),
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "the next change replaces what waits for a relay",
        breaks: Breaks::Script(&[
            Crowd(1),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            MailDown(false),
            At("10:10"),
            Do("update payments --phase identified -m 'Found it.'", 0, &[]),
            Do("notify --yes", 0, &["1 accepted"]),
            Got("p0@example.org", &["Found it."]),
        ]),
        why: &[("p0@example.org", "superseded by a newer change")],
        report: &["1 queued = 1 replaced by a newer change", "1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a relay takes each email and hangs up before it says so",
        breaks: Breaks::Script(&[
            Crowd(1),
            Relay(Phase::BodyHangUp),
            Edit(PLAN, "", RETRY_SOON),
            Open("payments"),
            Do(
                "notify --yes --max-wait 1m",
                1,
                &[
                    "after the message was sent: the connection was closed",
                    "not notified: 1 subscriber (1 in doubt)",
                ],
            ),
            At("11:30"),
            Do("deliver", 0, &[]),
        ]),
        why: &[("p0@example.org", "may have been sent; not retried, to avoid a duplicate")],
        report: &["1 queued = 1 in doubt (may have been sent)", "relay: 3 "],
        ..ROW
    },
    Row {
        name: "a relay leaves everybody in doubt, and its circuit breaker opens",
        breaks: Breaks::Script(&[
            Crowd(40),
            Relay(Phase::BodyHangUp),
            Open("payments"),
            Do(
                "notify --yes",
                1,
                &[
                    "circuit breaker for relay is open: ",
                    "after the message was sent: the connection was closed",
                ],
            ),
        ]),
        report: &["40 queued = 40 not finished"],
        unfinished: 40,
        ..ROW
    },
    Row {
        name: "a relay leaves three tries in doubt, and SMS takes over",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org +34600000001", 0, &["added:"]),
            Relay(Phase::BodyHangUp),
            Edit(PLAN, "", RETRY_SOON),
            Open("payments"),
            Do("notify --yes --max-wait 1m", 0, &["accepted by gateway"]),
            Got("+34600000001", &["payments"]),
        ]),
        why: &[("ana@example.org", "gateway accepted it")],
        report: &["1 queued = 1 reached", "relay: 3 "],
        ..ROW
    },
    Row {
        name: "an email is in doubt when the next change comes",
        breaks: Breaks::Script(&[
            Crowd(1),
            Relay(Phase::BodyHangUp),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            Edit(PLAN, "", RETRY_SOON),
            At("10:10"),
            Do("update payments --phase identified -m 'Found it.'", 0, &[]),
            Do("notify --yes --max-wait 1m", 1, &["not notified: 1 subscriber (1 in doubt)"]),
        ]),
        why: &[("p0@example.org", "may have been sent")],
        report: &["1 queued = 1 in doubt (may have been sent)"],
        ..ROW
    },
    Row {
        name: "a gateway hangs up before it answers, and no SMS is sent again",
        breaks: Breaks::Script(&[
            Do("subscribers add +34600000001", 0, &["added:"]),
            Gateway(Phase::HttpHangUp),
            Open("payments"),
            Do("notify --yes", 1, &["not notified: 1 subscriber (1 in doubt)"]),
            At("10:10"),
            Do("deliver", 0, &[]),
        ]),
        why: &[("+34600000001", "may have been sent; not retried, to avoid a duplicate")],
        report: &["1 queued = 1 in doubt (may have been sent)", "gateway: 1 "],
        ..ROW
    },
];
