//! Changes to the good story that put words into it which hold it back.

use super::at;
use super::stories::Change;
use crate::model::localized::Localized;

/// A rule, what breaks it, and every problem that gives.
pub(super) const BROKEN: &[(&str, Change, &[&str])] = &[
    (
        "technical-detail",
        |incident| {
            incident.title = Localized::plain("db-03 is down");
            incident.updates[0].body = Localized::plain("We restart 10.0.3.7 and 10.0.3.7 again.");
        },
        &[
            "2 error technical-detail: `db-03` looks like a host name (use the customers' words, move it to \
             an update with `audience=internal`, or accept it: `accepted.technical-detail = \"why\"`)",
            "11 error technical-detail: `10.0.3.7` looks like an IP address (use the customers' words, move \
             it to an update with `audience=internal`, or accept it: `accepted.technical-detail = \"why\"`)",
        ],
    ),
    (
        "denied-word",
        |incident| incident.title = Localized::plain("Our vendor globex is down"),
        &[
            "2 error denied-word: `globex` is a word that the plan denies (say what it means for customers, or accept it: \
             `accepted.denied-word = \"why\"`)",
        ],
    ),
    (
        "secret",
        |incident| incident.updates[0].body = Localized::plain("Use PASSWORD=hunter22 until then."),
        &[
            "11 error secret: this looks like a password or a key (remove it, and replace the secret wherever it is used: a text \
             in git stays readable)",
        ],
    ),
    (
        "unknown-day",
        |incident| incident.day_only = [incident.started, at(12, 0)].into_iter().collect(),
        &[
            "2 warning unknown-day: `day_only` names 2026-11-20T12:00:00Z, and the file has no such time (write the time as it \
           is in the file, or delete it from the list)",
        ],
    ),
    (
        "unknown-acceptance",
        |incident| incident.accepted = [("secrets".to_owned(), "why".to_owned())].into(),
        &[
            "2 warning unknown-acceptance: `secrets` is not a rule whose findings can be accepted (did you mean `secret`?)",
        ],
    ),
];
