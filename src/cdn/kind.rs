//! The facts of one kind of CDN, as a row that each file in `kinds/` fills in.
//!
//! Promises: a row holds everything that the reader of `page.toml` and the purge need.

use std::fmt;

use crate::model::Moment;
use crate::net::address::Url;
use crate::net::{Request, Response};
use crate::provider::{Key, Settings};

/// A kind of CDN.
pub struct Kind {
    /// The word in the file: `kind = "cloudfront"`.
    pub word: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The keys of its table.
    pub keys: &'static [Key],
    /// Maximum number of URLs that are purged one by one; more are everything.
    pub urls_max: usize,
    /// Writes the requests that purge these URLs. No two purges have the same reference.
    pub each: fn(&Settings, urls: &[Url], reference: &str) -> Vec<Request>,
    /// Writes the requests that purge all of the page.
    pub everything: fn(&Settings, page: &Url, reference: &str) -> Vec<Request>,
    /// Adds what proves who sends the request at that moment; `None` if it cannot be signed.
    pub signed: fn(&Settings, Request, Moment) -> Option<Request>,
    /// Writes requests that change nothing, and whose answers show whether our account is accepted.
    pub looks: fn(&Settings, page: &Url) -> Vec<Request>,
    /// What an answer to one of them says about our account.
    pub account: fn(&Response) -> Account,
    /// What it says about a request that it did not do, in its own words, or empty; `None` where it did it.
    pub complaint: fn(&Response) -> Option<String>,
}

/// What a CDN says about our account there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// The CDN accepts the account's credentials.
    Accepted,
    /// It is refused, in the CDN's words.
    Refused(String),
    /// The answer does not show it, and why.
    Unclear(String),
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

/// The complaint of a CDN that says all by its status.
pub(super) fn unless_success(response: &Response, words: Option<String>) -> Option<String> {
    (!response.is_success()).then(|| words.unwrap_or_default())
}

/// The account where the CDN says all by its status: a login that is not accepted is answered with 401 or 403.
pub(super) fn account_by_status(response: &Response, words: Option<String>) -> Account {
    let words = || match words {
        Some(words) if !words.is_empty() => format!("it answers {}: {words}", response.status),
        _ => format!("it answers {}", response.status),
    };
    match response.status {
        200..=299 => Account::Accepted,
        401 | 403 => Account::Refused(words()),
        _ => Account::Unclear(words()),
    }
}

/// The value of a header that is the secret of that key.
pub(super) fn secret<'s>(settings: &'s Settings, key: &str) -> Option<&'s str> {
    settings.secret(key).map(crate::provider::Hidden::expose)
}
