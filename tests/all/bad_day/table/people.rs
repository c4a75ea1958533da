//! Addresses that two people share or one person spells twice, and people who leave and are in a list again.

use crate::bad_day::row::Step::{At, Do, Got, Import, MailDown, NothingElse, Open};
use crate::bad_day::row::{Breaks, ROW, Row};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "one address in two spellings",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Do("subscribers add Ana@EXAMPLE.org", 0, &["updated:"]),
            Open("payments"),
            Do("notify --yes", 0, &["to 1 subscriber"]),
            Got("Ana@EXAMPLE.org", &["payments"]),
            NothingElse,
        ]),
        why: &[("ANA@example.org", "accepted by the provider")],
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a domain in its own script and in ASCII",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@bücher.example", 0, &["added:"]),
            Do("subscribers add ana@xn--bcher-kva.example", 0, &["unchanged, already subscribed:"]),
            Open("payments"),
            Do("notify --yes", 0, &["to 1 subscriber"]),
            Got("ana@xn--bcher-kva.example", &["payments"]),
            NothingElse,
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "the same two addresses in another order",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org +34600000001", 0, &["added:"]),
            Do("subscribers add +34600000001 ana@example.org", 0, &["updated:"]),
            Open("payments"),
            Do("notify --yes", 0, &["1 accepted"]),
            Got("+34600000001", &["payments"]),
            NothingElse,
        ]),
        why: &[("ana@example.org", "accepted by the provider")],
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a number that belongs to somebody else",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org +34600000001", 0, &["added:"]),
            Do("subscribers add ben@example.org +34600000001", 4, &["belongs to another subscriber"]),
            Open("payments"),
            Do("notify --yes", 0, &["to 1 subscriber"]),
            Got("ana@example.org", &["payments"]),
            NothingElse,
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a list with a number that belongs to somebody else",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org +34600000001", 0, &["added:"]),
            Import(
                "mail,text\nben@example.org,+34600000001\ncid@example.org,\n",
                3,
                &["taken-address", "imported 1 subscriber (1 new), 1 line left out"],
            ),
            Open("payments"),
            Do("notify --yes", 0, &["to 2 subscribers"]),
            Got("ana@example.org", &["payments"]),
            Got("cid@example.org", &["payments"]),
            NothingElse,
        ]),
        report: &["2 queued = 2 reached"],
        ..ROW
    },
    Row {
        name: "a first address that changes in a list",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@old.example +34600000001", 0, &["added:"]),
            Import(
                "mail,text\nana@new.example,+34600000001\n",
                3,
                &["taken-address", "belongs to another subscriber"],
            ),
            Open("payments"),
            Do("notify --yes", 0, &["to 1 subscriber"]),
            Got("ana@old.example", &["payments"]),
            NothingElse,
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "one of two who were added is removed by another spelling",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Do("subscribers add ben@example.org", 0, &["added:"]),
            Do("subscribers remove ANA@example.org", 0, &["removed: no new messages"]),
            Open("payments"),
            Do("notify --yes", 0, &["to 1 subscriber"]),
            Got("ana@example.org", &[]),
            Got("ben@example.org", &["payments"]),
        ]),
        why: &[("ana@example.org", "removed 2026-03-01 10:00 UTC")],
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "somebody leaves while their message waits",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Do("subscribers add ben@example.org", 0, &["added:"]),
            MailDown(true),
            Open("payments"),
            Do("notify --yes", 1, &[]),
            MailDown(false),
            Do("subscribers remove ana@example.org", 0, &["removed:"]),
            At("10:05"),
            Do("deliver", 0, &["1 accepted"]),
            Got("ana@example.org", &[]),
            Got("ben@example.org", &["payments"]),
        ]),
        why: &[("ana@example.org", "suppressed  not sent")],
        report: &["2 queued = 1 reached + 1 not sent (opted out or suppressed address)"],
        ..ROW
    },
    Row {
        name: "a nightly list holds somebody who left",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Do("subscribers remove ana@example.org", 0, &["removed:"]),
            Import(
                "mail\nana@example.org\nben@example.org\n",
                0,
                &[
                    "belongs to someone who unsubscribed",
                    "--bring-back REASON",
                    "imported 1 subscriber (1 new), 1 line left out",
                ],
            ),
            Import(
                "mail\nana@example.org\nben@example.org\n",
                0,
                &["imported 1 subscriber (1 unchanged), 1 line left out"],
            ),
            Open("payments"),
            Do("notify --yes", 0, &["to 1 subscriber"]),
            Got("ana@example.org", &[]),
            Got("ben@example.org", &["payments"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "a list spells the address of somebody who left in another way",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org +34600000001", 0, &["added:"]),
            Do("subscribers remove ana@example.org", 0, &["removed:"]),
            Import(
                "mail,text\nAna@EXAMPLE.org,\nother@example.org,+34 600 00 00 01\n",
                0,
                &["imported 0 subscribers, 2 lines left out"],
            ),
            Open("payments"),
            Do("notify --yes", 0, &["no subscriber follows this"]),
            NothingElse,
        ]),
        report: &["no subscriber was notified of it"],
        ..ROW
    },
    Row {
        name: "somebody who left is added by name",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Do("subscribers remove ana@example.org", 0, &["removed:"]),
            Do(
                "subscribers add ana@example.org",
                0,
                &["subscribed again (was removed on 2026-03-01 10:00 UTC)"],
            ),
            Open("payments"),
            Do("notify --yes", 0, &["to 1 subscriber"]),
            Got("ana@example.org", &["payments"]),
        ]),
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "somebody who left is brought back for a reason",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Do("subscribers remove ana@example.org", 0, &["removed:"]),
            At("10:20"),
            Do(
                "subscribers add ana@example.org --bring-back 'asked by phone, ticket 4711'",
                0,
                &["subscribed again"],
            ),
            Do("subscribers list", 0, &["brought back 2026-03-01 10:20 UTC: asked by phone, ticket 4711"]),
            Do(
                "subscribers list --format json",
                0,
                &["\"way\": \"brought_back\"", "asked by phone, ticket 4711"],
            ),
            Import("mail\nana@example.org\n", 0, &["imported 1 subscriber (1 unchanged), 0 lines left out"]),
            Open("payments"),
            Do("notify --yes", 0, &["to 1 subscriber"]),
            Got("ana@example.org", &["payments"]),
        ]),
        why: &[("ana@example.org", "brought back 2026-03-01 10:20 UTC: asked by phone, ticket 4711")],
        report: &["1 queued = 1 reached"],
        ..ROW
    },
    Row {
        name: "somebody is to be brought back who never left",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org --follow checkout", 0, &["added:"]),
            Do("subscribers add ana@example.org --bring-back 'asked by phone'", 4, &["nothing was changed"]),
            Do("subscribers add ben@example.org --bring-back 'asked by phone'", 4, &["nothing was changed"]),
            Do("subscribers list", 0, &["checkout", "1 subscriber\n"]),
        ]),
        ..ROW
    },
    Row {
        name: "somebody is to be brought back for no reason, or for one that holds an address",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Do("subscribers remove ana@example.org", 0, &["removed:"]),
            Do("subscribers add ana@example.org --bring-back ' '", 2, &["needs a reason"]),
            Do(
                "subscribers add ana@example.org --bring-back 'wrote from ana@work.example.'",
                2,
                &["must not hold an address"],
            ),
            Open("payments"),
            Do("notify --yes", 0, &[]),
            NothingElse,
        ]),
        why: &[("ana@example.org", "removed 2026-03-01 10:00 UTC")],
        ..ROW
    },
    Row {
        name: "somebody is removed twice",
        breaks: Breaks::Script(&[
            Do("subscribers add ana@example.org", 0, &["added:"]),
            Do("subscribers remove ana@example.org", 0, &["removed:"]),
            Do("subscribers remove ana@example.org", 0, &["already removed"]),
            Do("subscribers remove ben@example.org", 2, &["no subscriber with the ID or address"]),
        ]),
        ..ROW
    },
];
