//! The nouns of allclear: plain values that cross from one room to the next.
//!
//! Promises: every type here can be built in a test with nothing but values; time is always an argument, in UTC. Never
//! touches files, clocks, networks, databases or a serialization format: the room that stores or prints a noun defines its
//! stored or printed form.

pub mod address;
pub mod announced;
pub mod anonymous;
pub mod approval;
pub mod approved_text;
pub mod audience;
pub mod author_mark;
pub mod brake;
pub mod change;
pub mod channel;
pub mod clearance;
pub mod control;
pub mod days;
pub mod departed;
pub mod destination;
pub mod edit;
pub mod endpoint;
pub mod feature;
pub mod hash;
pub mod incident;
pub mod keyword;
pub mod line;
pub mod listed;
pub mod localized;
pub mod looks;
pub mod message;
pub mod moment;
pub mod nesting;
pub mod notice;
pub mod page;
pub mod part;
pub mod pass;
pub mod phase;
pub mod phone_kind;
pub mod place;
pub mod price;
pub mod problem;
pub mod repeats;
pub mod reply;
pub mod report;
#[cfg(test)]
#[path = "tests/sample.rs"]
pub(crate) mod sample;
pub mod segment;
pub mod sensitivity;
pub mod site;
pub mod spelling;
pub mod story;
pub mod subscriber;
pub mod token;
pub mod tree;
pub mod web_address;

/// A moment, always in UTC. Zones are applied for readers, never in storage.
pub type Moment = chrono::DateTime<chrono::Utc>;
