//! Text messages by a Kannel gateway's `sendsms` (Kannel 1.4, user guide, chapter 9).
//!
//! Promises: the URL, which holds the password, is never shown; a request that may have arrived without an
//! answer is in doubt, never sent again by itself.

use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;

use super::Error;
use super::kannel_replies::{answered, unanswered};
use super::kannel_reports::{REPORT_MASK, report_url, token};
use crate::config::plan::Kannel;
use crate::config::secret::Revealed;
use crate::model::Moment;
use crate::model::address::PhoneNumber;
use crate::model::message::{Encoding, TextMessage};
use crate::model::notice::StepId;
use crate::model::reply::Reply;
use crate::net::Client;

/// A Kannel gateway.
pub(super) struct Gateway {
    name: String,
    url: String,
    user: String,
    password: Revealed,
    sender: String,
    report_url: Option<String>,
    validity: Option<Duration>,
    client: Client,
}

impl Gateway {
    /// Reads the secret. Does not connect. `sender` is the channel's.
    pub(super) fn new(
        name: &str,
        kannel: &Kannel,
        sender: &str,
        root: &Path,
        client: Client,
    ) -> Result<Self, Error> {
        let revealed = kannel.password.reveal(root);
        let password = revealed.map_err(|source| Error::Secret { provider: name.to_owned(), source })?;
        Ok(Self {
            name: name.to_owned(),
            url: kannel.url.clone(),
            user: kannel.user.clone(),
            password,
            sender: kannel.sender.as_deref().unwrap_or(sender).to_owned(),
            report_url: kannel.dlr_url.clone(),
            validity: kannel.validity,
            client,
        })
    }

    /// Hands one text message off and says what the gateway answered. The gateway tries it until its step gives way.
    pub(super) async fn hand_off(
        &self,
        message: &TextMessage,
        to: &PhoneNumber,
        step: &StepId,
        (now, gives_way_at): (Moment, Moment),
    ) -> Reply {
        let validity = minutes(self.validity, gives_way_at - now).to_string();
        let mut query = vec![
            ("username", self.user.as_str()),
            ("password", self.password.expose()),
            ("from", self.sender.as_str()),
            ("to", to.expose()),
            ("text", message.body.as_str()),
            ("charset", "UTF-8"),
            ("coding", coding(message.encoding)),
            ("validity", validity.as_str()),
        ];
        let report = self.report_url.as_ref().map(|url| {
            let token = token(&self.name, &self.password, step.as_str());
            report_url(url, step.as_str(), &token)
        });
        if let Some(url) = &report {
            query.extend([("dlr-mask", REPORT_MASK), ("dlr-url", url.as_str())]);
        }
        match self.client.get(&self.url, &query, now).await {
            Ok(answer) => answered(&answer),
            Err(error) => unanswered(&error),
        }
    }
}

fn coding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "0",
        Encoding::Ucs2 => "2",
    }
}

/// How many minutes the gateway may try: whole ones within what is left, and one where less is left.
fn minutes(longest: Option<Duration>, left: TimeDelta) -> i64 {
    let longest = longest.and_then(|longest| TimeDelta::from_std(longest).ok());
    longest.map_or(left, |longest| longest.min(left)).num_minutes().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_never_tries_for_longer_than_the_step() {
        let minute = Duration::from_secs(60);
        for (longest, left_seconds, tried) in [
            (None, 1_800, 30),
            (None, 119, 1),
            (None, 5, 1),
            (Some(10 * minute), 1_800, 10),
            (Some(10 * minute), 300, 5),
        ] {
            assert_eq!(
                minutes(longest, TimeDelta::seconds(left_seconds)),
                tried,
                "{longest:?} {left_seconds}"
            );
        }
    }

    #[test]
    fn the_encoding_is_the_one_the_message_was_counted_in() {
        assert_eq!((coding(Encoding::Gsm7), coding(Encoding::Ucs2)), ("0", "2"));
    }
}
