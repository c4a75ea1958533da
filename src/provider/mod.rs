//! Providers: the services that send messages, one file for each.
//!
//! Promises: what is particular to a provider is in its file: its row of facts ([`Kind`]) and pure functions that write
//! a request, classify an answer and read a delivery report. The list in `kinds/mod.rs` is the only other place that
//! names it; the plan's reader, the defaults, the documentation and the checks are made from the row. Never opens a
//! connection, a file or a clock.

mod article;
pub mod aws;
mod callback;
mod card;
mod exchange;
pub mod http_status;
mod key;
mod kind;
mod kinds;
pub mod mail;
pub mod owner;
mod secret_url;
mod settings;
mod signature;
#[cfg(test)]
pub(crate) mod tests;

pub use callback::{Callback, Received, Refused, Report};
pub use exchange::{Found, Handoff, Method, Request, Response, Unfit};
pub use key::{COMMON, Key, Need, REPORT_LISTEN, REPORT_URL, Shape, VALIDITY};
pub use kind::{
    Edit, Http, INBOUND, Idempotence, Inbound, Inquiry, Kind, Proof, Protection, Protocol, Reports, Session,
    Thread,
};
pub use kinds::{KINDS, named, smtp};
pub use settings::{Hidden, Setting, Settings};
