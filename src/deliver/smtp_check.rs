//! Connects to a relay without sending: whether it answers, has the right certificate, and accepts our login.
//!
//! Promises: the connection is made by the same code as for emails, so what works here works there. Never offers an email,
//! and never shows a secret.

use std::path::Path;

use super::carrier::relay::{Relay, SmtpTimeouts};
use crate::provider::Settings;
use crate::provider::smtp::Smtp;

/// Connects to a relay as for a mail, encrypts and logs in as the settings say, and says goodbye. `host` is the name
/// this host gives itself. No mail is offered.
///
/// # Errors
///
/// What the relay answered, or why it could not be asked; never a secret.
pub async fn check_smtp_login(
    name: &str,
    settings: &Settings,
    root: &Path,
    host: &str,
) -> Result<(), String> {
    let relay = Relay::new(name, &Smtp::of(settings), root, host, SmtpTimeouts::USUAL);
    relay.map_err(|error| super::provider::in_full(&error))?.greet().await
}
