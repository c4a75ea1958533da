//! Incidents that were reported in error, texts that change while they wait, baselines, and plans that lost a channel.

use crate::bad_day::row::Step::{At, Do, Edit, Got, MailDown, NothingElse, Open, Relay};
use crate::bad_day::row::{Breaks, ROW, Row};
use crate::fixtures::silent::Phase;

const PLAN: &str = "site/plan.toml";
const FILE: &str = "incidents/payments.md";
const ANA: &str = "subscribers add ana@example.org";
const BEN: &str = "subscribers add ben@example.org";

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "an incident is withdrawn before anything left",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            MailDown(false),
            At("10:02"),
            Do("withdraw payments --yes", 0, &["withdrawn payments: 1 message removed from the queue"]),
            Do("notify --yes", 0, &[]),
            Do("deliver", 0, &[]),
            NothingElse,
        ]),
        why: &[("ana@example.org", "withdrawn  not sent: it was reported in error")],
        report: &["1 queued = 1 withdrawn before it was sent"],
        ..ROW
    },
    Row {
        name: "an incident is withdrawn after one of two was told",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Open("payments"),
            Do("notify --yes", 0, &[]),
            Do(BEN, 0, &["added:"]),
            At("10:10"),
            Do("withdraw payments --yes", 0, &["1 subscriber was notified of it, or may have been"]),
            Do("notify --yes", 0, &[]),
            Got("ana@example.org", &["payments", "Our earlier message about this was an error"]),
            Got("ben@example.org", &[]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "an incident is withdrawn twice",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Open("payments"),
            Do("notify --yes", 0, &[]),
            At("10:10"),
            Do("withdraw payments --yes --reason 'A false alarm.'", 0, &[]),
            Do("withdraw payments --yes", 4, &["payments is already withdrawn; nothing was changed"]),
            Do("notify --yes", 0, &[]),
            Got("ana@example.org", &["payments", "A false alarm."]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "an incident is withdrawn without a terminal and without a yes",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Open("payments"),
            Do("notify --yes", 0, &[]),
            At("10:10"),
            Do("withdraw payments", 4, &[]),
            Do("notify --yes", 0, &["no new changes"]),
            Got("ana@example.org", &["payments"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "an incident is withdrawn whose email is in doubt",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Relay(Phase::BodyHangUp),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            At("10:10"),
            Do(
                "withdraw payments --yes",
                1,
                &[
                    "1 subscriber was notified of it, or may have been",
                    "1 message of it may have been sent before",
                ],
            ),
            At("10:20"),
            Do("deliver", 0, &["0 accepted"]),
        ]),
        why: &[("ana@example.org", "may have been sent")],
        report: &["1 queued = 1 in doubt (may have been sent)"],
        ..ROW
    },
    Row {
        name: "the file of an incident breaks after it was announced",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Open("payments"),
            Do("notify --yes", 0, &[]),
            At("10:10"),
            Edit(FILE, "title = \"payments\"", "title = \"payments\"\nbroken"),
            Do("notify --yes", 3, &["incidents/payments.md"]),
            Got("ana@example.org", &["payments"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a text is corrected while it waits",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            MailDown(true),
            Open("payments"),
            Edit(FILE, "failing payments.", "failing paymnets."),
            Do("notify --yes", 1, &[]),
            MailDown(false),
            At("10:05"),
            Edit(FILE, "paymnets", "payments"),
            Do("notify --yes", 0, &["corrected: 1 queued message has the text as it is now"]),
            Do("deliver", 0, &[]),
            Got("ana@example.org", &["We see failing payments."]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "an ETA moves by seconds",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Open("payments"),
            Edit(FILE, "eta = \"unknown\"", "eta = 2026-03-01T12:00:10Z"),
            Do("notify --yes", 0, &["1 accepted"]),
            At("10:10"),
            Edit(FILE, "12:00:10Z", "12:00:40Z"),
            Do("notify --yes", 0, &[]),
            Got("ana@example.org", &["payments"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a title looks like an encoded word",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            Open("payments"),
            Edit(FILE, "title = \"payments\"", "title = \"=?utf-8?q?all_is_well?= payments\""),
            Do("notify --yes", 0, &["1 accepted"]),
            Got("ana@example.org", &["=?utf-8?q?all_is_well?= payments"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "what earlier runs left is shown and asked for",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            MailDown(false),
            At("10:05"),
            Do("notify --dry-run", 0, &["no new changes to announce; still in the queue:", "1 by email"]),
            Do("notify", 4, &["sending needs confirmation, and there is no terminal to ask on"]),
            NothingElse,
            Do("notify --yes", 0, &["1 accepted"]),
            Got("ana@example.org", &["payments"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a secret is missing",
        breaks: Breaks::Script(&[
            Do("subscribers add +34600000001", 0, &["added:"]),
            Edit(PLAN, "GATEWAY_PASSWORD", "NO_SUCH_VARIABLE"),
            Open("payments"),
            Do("notify --yes", 4, &["failed to set up provider `gateway`", "nothing was queued or sent"]),
            Do("report", 0, &["no incident has been announced yet"]),
            NothingElse,
            Edit(PLAN, "NO_SUCH_VARIABLE", "GATEWAY_PASSWORD"),
            Do("notify --yes", 0, &["1 accepted"]),
            Got("+34600000001", &["payments"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "the plan loses a channel while a message waits",
        breaks: Breaks::Script(&[
            Do(ANA, 0, &["added:"]),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            Edit(PLAN, "providers = [\"relay\"]", "providers = [\"other\"]"),
            Edit(PLAN, "[providers.relay]", "[providers.other]"),
            MailDown(false),
            At("10:05"),
            Do("deliver", 0, &["accepted by other"]),
            Got("ana@example.org", &["payments"]),
        ]),
        why: &[("ana@example.org", "other accepted it")],
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "no one subscribes",
        breaks: Breaks::Script(&[
            Open("payments"),
            Do("notify --dry-run", 0, &["no subscriber follows this"]),
            Do("notify --yes", 0, &[]),
            Do(ANA, 0, &["added:"]),
            Do("notify --yes", 0, &["no new changes"]),
            NothingElse,
        ]),
        ..ROW
    },
];
