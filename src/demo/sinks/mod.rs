//! Built-in sinks that stand in for the world in the demo and in fast tests. They are no proof of anything: real
//! servers are talked to in `tests/all/parts.rs`.

mod mail;
mod text;

pub use crate::demo::sinks::mail::{MailSink, ReceivedMail};
pub use crate::demo::sinks::text::{ReceivedText, TextSink};
