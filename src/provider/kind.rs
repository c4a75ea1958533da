//! The facts of one kind of provider, as a row that each file in `kinds/` fills in.
//!
//! Promises: the rest of the program reads the row and names no provider.

use std::fmt;
use std::time::Duration;

use super::callback::{Callback, Received, Refused, Report};
use super::exchange::{Found, Handoff, Request, Response, Unfit};
use super::key::Key;
use super::settings::Settings;
use crate::model::channel::Channel;
use crate::model::reply::Reply;
use crate::model::report::Evidence;

/// A kind of provider.
pub struct Kind {
    /// The word in the plan: `kind = "smtp"`.
    pub word: &'static str,
    /// What it is, for documentation: "a mail relay, by SMTP".
    pub title: &'static str,
    /// The name of its table in examples.
    pub example: &'static str,
    /// The channels it carries.
    pub channels: &'static [Channel],
    /// The company behind it, by the name in [`owner`](super::owner); `None` where anyone who runs its host
    /// is.
    pub owner: Option<&'static str>,
    /// The domains of its hosts: a relay at one of them has the same owner.
    pub domains: &'static [&'static str],
    /// What its answers and reports prove.
    pub proof: Proof,
    /// Whether the same message, handed over twice with the same step, is sent once.
    pub idempotence: Idempotence,
    /// The key `address` of a destination, where the provider has several rooms.
    pub room: Option<Key>,
    /// The unit of the limit that it accepts. `None` if it cannot.
    pub validity_unit: Option<Duration>,
    /// The keys of its table, next to [`COMMON`](super::COMMON).
    pub keys: &'static [Key],
    /// How the plan says whether its connection is encrypted.
    pub protection: Protection,
    /// How it is spoken to.
    pub protocol: Protocol,
}

/// Whether the same message, handed over twice with the same step, is sent once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotence {
    /// It is sent twice.
    None,
    /// What edits an earlier message is done once; a first message is sent twice.
    Edits,
    /// It is sent once.
    Always,
}

/// The most that a provider ever proves of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What it proves always.
    pub always: Evidence,
    /// What it proves once a key is set.
    pub with: Option<(&'static str, Evidence)>,
}

/// How the plan says whether a provider's connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// By the scheme of the URL under this key.
    Url(&'static str),
    /// By the scheme of a URL that is itself a secret: it is refused at its use, unless it is `https`.
    SecretUrl,
    /// By a key of its own, whose word `none` means not at all, next to the key of the host.
    Word {
        /// The key that says how.
        key: &'static str,
        /// The key of the host.
        host: &'static str,
    },
}

/// How a provider is spoken to.
pub enum Protocol {
    /// SMTP, over connections that are kept.
    Smtp,
    /// One HTTP request for each message.
    Http(Http),
}

/// A provider's functions for HTTP.
pub struct Http {
    /// Writes the request that hands a message over.
    pub request: fn(&Handoff<'_>, &Settings) -> Result<Request, Unfit>,
    /// Whether the secrets are what the provider takes, if their shape shows that.
    pub check: fn(&Settings) -> Result<(), Unfit>,
    /// Sorts the answer.
    pub classify: fn(&Response<'_>) -> Reply,
    /// Reads the reports that it brings, if it brings any.
    pub reports: Option<Reports>,
    /// Reads a text that a subscriber sent, if it brings any.
    pub inbound: Option<Inbound>,
    /// A URL that is safe to read, to see whether the provider answers at all; `None` if there is none.
    pub probe: fn(&Settings) -> Option<String>,
    /// How later news of an incident finds what was posted before, where the provider can change that.
    pub thread: Option<Thread>,
    /// How a session is opened with it, if it takes messages only in one.
    pub session: Option<Session>,
    /// How it is asked about a message that it may have accepted, if it can be.
    pub inquiry: Option<Inquiry>,
    /// The key whose word `allowed` opens private networks to it. Without a key its URL may lead anywhere.
    pub guard: Option<&'static str>,
}

/// How a provider is asked whether it has a message.
pub struct Inquiry {
    /// Writes the request that lists the messages to the address.
    pub request: fn(&Handoff<'_>, &Settings) -> Result<Request, Unfit>,
    /// Finds the message in the answer; `None` if it is not there, or the answer is no list.
    pub find: fn(&Handoff<'_>, &Response<'_>) -> Option<Found>,
}

/// How a session is opened with a provider that takes messages only in one.
pub struct Session {
    /// Writes the request that opens one.
    pub request: fn(&Settings) -> Result<Request, Unfit>,
    /// The settings with what the session adds to them; `None` if the answer opens none.
    pub settings: fn(&Settings, &Response<'_>) -> Option<Settings>,
    /// Whether an answer says that the session is over: then another one is opened, once.
    pub is_over: fn(&Response<'_>) -> bool,
}

/// What becomes of an earlier message when there is news of its incident.
pub struct Thread {
    /// How the earlier message is brought up to date, where the provider can.
    pub edit: Option<Edit>,
    /// Whether the news is posted too, below the earlier message.
    pub posts: bool,
}

/// How an earlier message is brought up to date.
pub struct Edit {
    /// Writes the request; made twice, it changes nothing.
    pub request: fn(&Handoff<'_>, &Settings) -> Result<Request, Unfit>,
    /// Whether an answer to it says that the earlier message is gone: then the news starts again.
    pub is_gone: fn(&Response<'_>) -> bool,
}

/// Reads what a provider brings to the address for its reports.
pub type Reports = fn(&Callback<'_>) -> Result<Vec<Report>, Refused>;

/// Reads a text that a subscriber sent, at the address for reports followed by [`INBOUND`].
pub type Inbound = fn(&Callback<'_>) -> Result<Received, Refused>;

/// The end of the path to which a provider delivers texts of subscribers.
pub const INBOUND: &str = "/inbound";

impl Http {
    /// A provider that only takes messages: no shape of its secrets is known, it sends no receipts and no texts, there is no URL
    /// to probe, and each message stands alone. A row names what its provider does beyond that.
    pub const fn new(
        request: fn(&Handoff<'_>, &Settings) -> Result<Request, Unfit>,
        classify: fn(&Response<'_>) -> Reply,
    ) -> Self {
        Self {
            request,
            check: |_| Ok(()),
            classify,
            reports: None,
            inbound: None,
            probe: |_| None,
            thread: None,
            session: None,
            inquiry: None,
            guard: None,
        }
    }
}

impl Kind {
    /// Whether a channel's form of message is one that it sends.
    pub fn carries(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }
}

impl Proof {
    /// What a provider with these settings proves.
    pub fn of(&self, settings: &Settings) -> Evidence {
        match self.with {
            Some((key, evidence)) if settings.has(key) => evidence,
            _ => self.always,
        }
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl Eq for Kind {}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({})", self.word)
    }
}
