//! Coming in at a relay and going again: whether it is there, is who it should be, and lets us in.
//!
//! Promises: the very connection that mails go over is tried, so what works here works there. Never offers a mail, and
//! never shows a secret.

use std::path::Path;

use super::smtp::{Relay, Waits};
use crate::config::plan::Smtp;

/// Connects to a relay as for a mail, encrypts and logs in as the plan says, and says goodbye. `host` is the name this
/// host gives itself. No mail is offered.
///
/// # Errors
///
/// What the relay said, or why it could not be asked; never a secret.
pub async fn greet(name: &str, smtp: &Smtp, root: &Path, host: &str) -> Result<(), String> {
    let relay =
        Relay::new(name, smtp, root, host, Waits::USUAL).map_err(|error| super::provider::in_full(&error))?;
    relay.greet().await
}
