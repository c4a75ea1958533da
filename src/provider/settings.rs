//! The settings of one provider: the values of its keys, each of the key's shape.
//!
//! Promises: a secret is never shown by `Debug`. A key without a value gives nothing and never fails: the plan's reader
//! checks the required ones.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::anonymous::base64_forms;

/// A shorter secret is not looked for: it would be found in words that have nothing to do with it.
const SECRET_BYTES_MIN: usize = 4;

/// What is in place of a secret.
const MASK: &str = "…";

/// The values of a provider's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<&'static str, Setting>);

/// The value of one key of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Text of any shape: a host, a URL, a word, a path.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A whole number.
    Number(u16),
    /// A length of time.
    Duration(Duration),
    /// A secret in the clear.
    Secret(Hidden),
}

/// A secret in the clear, only for the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Settings {
    /// The same with one more value.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Setting>) -> Self {
        self.0.insert(key, value.into());
        self
    }

    /// Whether the key has a value.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The text of a key that may be left out.
    pub fn optional(&self, key: &str) -> Option<&str> {
        match self.0.get(key)? {
            Setting::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a required key; empty if there is none.
    pub fn text(&self, key: &str) -> &str {
        self.optional(key).unwrap_or_default()
    }

    /// The texts of a key that holds several; none if it has no value.
    pub fn texts(&self, key: &str) -> &[String] {
        match self.0.get(key) {
            Some(Setting::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// `None` if the key is absent or not a number.
    pub fn number(&self, key: &str) -> Option<u16> {
        match self.0.get(key)? {
            Setting::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The length of time of a key.
    pub fn duration(&self, key: &str) -> Option<Duration> {
        match self.0.get(key)? {
            Setting::Duration(duration) => Some(*duration),
            _ => None,
        }
    }

    /// `None` if the key is absent or not a secret.
    pub fn secret(&self, key: &str) -> Option<&Hidden> {
        match self.0.get(key)? {
            Setting::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// The secrets among the settings, for redaction.
    pub fn secrets(&self) -> impl Iterator<Item = &Hidden> {
        self.0.values().filter_map(|setting| match setting {
            Setting::Secret(secret) => Some(secret),
            _ => None,
        })
    }

    /// A text of others without our secrets, however a request spells them: as they are, within a URL or a form, and in Base64.
    pub fn without_secrets(&self, text: &str) -> String {
        let secrets = self.secrets().map(Hidden::expose).filter(|secret| secret.len() >= SECRET_BYTES_MIN);
        secrets.flat_map(spellings).fold(text.to_owned(), |text, spelled| text.replace(&spelled, MASK))
    }
}

/// How a request may spell a secret.
fn spellings(secret: &str) -> Vec<String> {
    let within_form = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let within_url = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let mut spelled = vec![secret.to_owned(), within_form, within_url];
    spelled.extend(base64_forms(secret));
    spelled
}

impl Hidden {
    /// Hides a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, only for the provider.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(…)")
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Setting {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<String>> for Setting {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl From<u16> for Setting {
    fn from(number: u16) -> Self {
        Self::Number(number)
    }
}

impl From<Duration> for Setting {
    fn from(duration: Duration) -> Self {
        Self::Duration(duration)
    }
}

impl From<Hidden> for Setting {
    fn from(secret: Hidden) -> Self {
        Self::Secret(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::{Hidden, Setting, Settings};

    #[test]
    fn no_spelling_of_a_secret_is_kept() {
        let secret = "s3cret & more/+é";
        let settings = Settings::default().with("password", Setting::Secret(Hidden::new(secret)));
        for (text, kept) in [
            ("bad password s3cret & more/+é for acme", "bad password … for acme"),
            ("GET /send?password=s3cret+%26+more%2F%2B%C3%A9&to=1", "GET /send?password=…&to=1"),
            ("GET /send?password=s3cret%20%26%20more%2F%2B%C3%A9&to=1", "GET /send?password=…&to=1"),
            ("s3cret", "s3cret"),
        ] {
            assert_eq!(settings.without_secrets(text), kept);
        }
        for user in ["", "a", "ac", "acme", "account"] {
            let header = data_encoding::BASE64.encode(format!("{user}:{secret}").as_bytes());
            let left = settings.without_secrets(&header);
            // What is left are the letters at both ends, which depend on what is before and after it.
            assert_eq!(left.chars().count(), header.len() - 19, "{user}: {left}");
        }
        let short = Settings::default().with("password", Setting::Secret(Hidden::new("0")));
        assert_eq!(short.without_secrets("0: Accepted for delivery"), "0: Accepted for delivery");
    }
}
