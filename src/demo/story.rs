//! The demo's outage as data: what happens when, and what its author writes.

use crate::model::phase::Phase;

/// The incident's file.
pub(super) const FILE: &str = "incidents/2026/nobody-can-sign-in.md";

/// One thing that happens.
pub(super) struct Act {
    /// When, by the demo's clock.
    pub(super) at: &'static str,
    /// The text that the demo prints; `{}` represents the next of the times.
    pub(super) title: &'static str,
    /// The times in the title.
    pub(super) times: &'static [&'static str],
    /// The change to the files or to a server.
    pub(super) deed: Deed,
}

/// What is done in an act.
pub(super) enum Deed {
    /// The incident's files are written: its name, its text.
    Open(&'static [(&'static str, &'static str)]),
    /// An update is put on top of its story.
    Update {
        /// The phase of the update.
        phase: Phase,
        /// When it will be back.
        eta: Option<&'static str>,
        /// When we promise to post the next update.
        next_update: Option<&'static str>,
        /// The text.
        words: &'static str,
    },
    /// The mail server goes down or comes back.
    MailServer {
        /// Whether the mail server goes down; else it comes back.
        down: bool,
    },
    /// Nothing but time passes.
    Wait,
}

/// The incident as it is opened.
const OPENED: &str = "+++
title = \"Nobody can sign in\"
severity = \"critical\"
affected = [\"sign-in\"]
started = 2026-11-20T10:31:00Z
eta = \"unknown\"
next_update = 2026-11-20T10:45:00Z
impact = \"Signing in fails for everybody. Who is signed in already can go on.\"
workaround = \"Order as a guest; you can add the order to your account later.\"
+++

## 2026-11-20 10:34 UTC · Investigating

Signing in fails since {time 2026-11-20T10:31Z}. We are looking for the cause.
";

const IN_SPANISH: &str = "+++
title = \"No se puede iniciar sesión\"
impact = \"Nadie puede iniciar sesión. Quien ya la ha iniciado puede seguir.\"
workaround = \"Compre como invitado; después podrá añadir el pedido a su cuenta.\"
+++

## 2026-11-20 10:34 UTC

Desde las {time 2026-11-20T10:31Z} no se puede iniciar sesión. Estamos buscando la causa.
";

const IN_GERMAN: &str = "+++
title = \"Niemand kann sich anmelden\"
impact = \"Die Anmeldung schlägt bei allen fehl. Wer schon angemeldet ist, kann weitermachen.\"
workaround = \"Bestellen Sie als Gast; die Bestellung können Sie später Ihrem Konto zuordnen.\"
+++

## 2026-11-20 10:34 UTC

Seit {time 2026-11-20T10:31Z} schlägt die Anmeldung fehl. Wir suchen die Ursache.
";

const FILES: &[(&str, &str)] = &[
    (FILE, OPENED),
    ("incidents/2026/nobody-can-sign-in.es.md", IN_SPANISH),
    ("incidents/2026/nobody-can-sign-in.de.md", IN_GERMAN),
];

/// The outage. It is over before the sample's own plans for the day come due.
pub(super) const ACTS: &[Act] = &[
    Act { at: "2026-11-20T10:34:00Z", title: "the outage is opened", times: &[], deed: Deed::Open(FILES) },
    Act {
        at: "2026-11-20T10:38:00Z",
        title: "the cause is found, and an ETA is given: {}",
        times: &["2026-11-20T10:50:00Z"],
        deed: Deed::Update {
            phase: Phase::Identified,
            eta: Some("2026-11-20T10:50:00Z"),
            next_update: Some("2026-11-20T10:50:00Z"),
            words: "A certificate ran out. We are replacing it on every server.",
        },
    },
    Act {
        at: "2026-11-20T10:44:00Z",
        title: "the mail server goes down",
        times: &[],
        deed: Deed::MailServer { down: true },
    },
    Act {
        at: "2026-11-20T10:45:00Z",
        title: "the ETA slips: {} instead of {}",
        times: &["2026-11-20T11:10:00Z", "2026-11-20T10:50:00Z"],
        deed: Deed::Update {
            phase: Phase::Identified,
            eta: Some("2026-11-20T11:10:00Z"),
            next_update: Some("2026-11-20T11:00:00Z"),
            words: "Two of six servers did not take the new certificate. We are setting them up again.",
        },
    },
    Act { at: "2026-11-20T10:45:30Z", title: "the mail server is still down", times: &[], deed: Deed::Wait },
    Act {
        at: "2026-11-20T10:46:00Z",
        title: "a minute has passed: subscribers with another channel are reached by that one",
        times: &[],
        deed: Deed::Wait,
    },
    Act {
        at: "2026-11-20T10:49:00Z",
        title: "the mail server is back",
        times: &[],
        deed: Deed::MailServer { down: false },
    },
    Act {
        at: "2026-11-20T10:58:00Z",
        title: "it is over, sooner than we said",
        times: &[],
        deed: Deed::Update {
            phase: Phase::Resolved,
            eta: None,
            next_update: None,
            words: "Signing in works again for everyone. Orders made as a guest can now be added to your account.",
        },
    },
];
