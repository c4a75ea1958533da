//! The keys of a provider's table in the plan: the shape of each, and the sentence that explains it.
//!
//! Promises: the plan's reader, the commented defaults and the documentation are generated from these rows, so every key is
//! read, shown and explained.

use std::time::Duration;

/// The key under which every provider that reports takes the address for its reports.
pub const REPORT_URL: &str = "dlr_url";

/// The key of another address at which its reports come in, where a proxy has the public one.
pub const REPORT_LISTEN: &str = "dlr_listen";

/// The key of a secret or a public key by which reports are checked.
pub(super) const REPORTS_KEY: &str = "reports_key";

/// The password of the reports of providers that sign nothing.
pub(super) const REPORTS_PASSWORD: &str = "reports_password";

/// Where reports come in that are asked for in the provider's console, and not with each message.
pub(super) const RECEIVES: Key = Key {
    name: REPORT_URL,
    shape: Shape::Url,
    need: Need::Optional,
    example: "\"http://127.0.0.1:8470/reports\"",
    help: "URL at which `allclear deliver` and `allclear run` receive delivery receipts, bounces and complaints: `http`, with an \
           address of this machine and a port of its own. The webhook in the provider's console names the public URL that \
           leads there.",
};

/// Where reports come in on this machine, next to a public [`REPORT_URL`].
pub(super) const LISTENS: Key = Key {
    name: REPORT_LISTEN,
    shape: Shape::Url,
    need: Need::Optional,
    example: "\"http://127.0.0.1:8470/reports\"",
    help: "URL at which `allclear deliver` and `allclear run` listen for them, if a proxy passes them on: `http`, with an address \
           of this machine.",
};

/// The password of a webhook.
pub(super) const PASSWORD_OF_REPORTS: Key = Key {
    name: REPORTS_PASSWORD,
    shape: Shape::Secret,
    need: Need::With(REPORT_URL),
    example: "{ env = \"REPORTS_PASSWORD\" }",
    help: "Password that the webhook gives by Basic authentication, with any user name; a secret that you choose.",
};

/// The key for the longest time, of every provider that accepts a limit.
pub const VALIDITY: &str = "validity";

/// One key of a provider's table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key, in the plan's spelling.
    pub name: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// Whether it has to be there.
    pub need: Need,
    /// A value as it is in TOML, for the commented defaults.
    pub example: &'static str,
    /// One sentence or two for operators, in Markdown; ends with a full stop.
    pub help: &'static str,
}

/// Whether a key has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It has to be written.
    Required,
    /// It may be left out.
    Optional,
    /// Left out, it has this value.
    Default(&'static str),
    /// It may be left out, and stands only next to the key of this name.
    With(&'static str),
    /// A secret of an account: left out together with the account's others, it is in the environment.
    Account {
        /// The environment variable that then holds it.
        variable: &'static str,
        /// Whether it has to be written where another of the account is. One that need not may be missing from
        /// the environment too.
        required: bool,
    },
}

/// What the value of a key looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any text on one line.
    Text,
    /// Letters, digits, `-`, `_` and `.`, so that it can be in a URL: an account, an id.
    Word,
    /// Visible ASCII characters without spaces: what a service calls a room.
    Room,
    /// The name or address of a host.
    Host,
    /// Letters, digits, `-` and `_`: what a provider calls one of its things.
    Id,
    /// An absolute `http` or `https` URL.
    Url,
    /// An absolute `http` or `https` URL without a slash at its end, to which paths are added.
    Base,
    /// A [`Base`](Self::Base) that is given a secret as it is: `http` only on this machine.
    Endpoint,
    /// One or more of [`Base`](Self::Base).
    Bases,
    /// A sender of text messages.
    Sender,
    /// Where a secret is kept.
    Secret,
    /// A file, absolute or from the site's root.
    Path,
    /// A whole number within bounds, both included.
    Number(u16, u16),
    /// A length of time within bounds, both included.
    Duration(Duration, Duration),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Read by the plan itself; see [`COMMON`].
    Plan,
}

/// The keys of every provider. The plan reads them itself.
pub const COMMON: &[Key] = &[
    Key {
        name: "connections",
        shape: Shape::Plan,
        need: Need::Default("8"),
        example: "8",
        help: "Maximum number of connections at once, 1 to 100.",
    },
    Key {
        name: "rate",
        shape: Shape::Plan,
        need: Need::Optional,
        example: "50",
        help: "Rate limit: `50` messages per second, `\"30/m\"` per minute or `\"500/h\"` per hour. Default: no limit.",
    },
    Key {
        name: "burst",
        shape: Shape::Plan,
        need: Need::Optional,
        example: "100",
        help: "Burst size of the rate limit (a token bucket). Default: 1. Within any period, at most the burst plus \
               what the rate allows for that period is sent.",
    },
    Key {
        name: "owner",
        shape: Shape::Plan,
        need: Need::Optional,
        example: "\"example\"",
        help: "Company behind the provider, such as `aws`: providers with the same owner are assumed to fail \
               together. Default: recognized by kind or host for large providers, otherwise the provider's own name.",
    },
    Key {
        name: "network",
        shape: Shape::Plan,
        need: Need::Optional,
        example: "\"ip\"",
        help: "What a subscriber needs to receive the message: `ip` (internet) or `cellular` (a phone without \
               data). Default: `ip` for email, `cellular` for SMS.",
    },
];
