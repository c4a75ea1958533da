//! Built-in servers for the demo and for fast tests. They prove nothing about real servers: `tests/all/parts.rs` runs
//! those.

mod mail;
mod text;

use std::sync::atomic::{AtomicU64, Ordering};

pub use crate::demo::sinks::mail::{MailSink, ReceivedMail};
pub use crate::demo::sinks::text::{ReceivedText, TextSink};

/// Counts the messages of all sinks, so that they can be shown in the order of their arrival.
static ARRIVED: AtomicU64 = AtomicU64::new(0);

/// The number of the message that arrives now.
fn arrival() -> u64 {
    ARRIVED.fetch_add(1, Ordering::Relaxed)
}
