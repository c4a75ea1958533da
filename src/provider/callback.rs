//! Delivery reports that a provider sends to a URL: the URL, its token, and the fields that are read.
//!
//! Promises: only a caller that was given the URL of a message can report on it, because the URL holds a token derived from
//! the provider's password and the message; tokens are compared in constant time. No report holds an address.

use form_urlencoded::parse;
use subtle::ConstantTimeEq as _;

use super::exchange::Method;
use super::settings::{Hidden, Settings};
use crate::model::hash::derive;
use crate::model::report::ReceiptStatus;

/// A request that came in at the address for a provider's reports.
#[derive(Clone, Copy, Debug)]
pub struct Callback<'a> {
    /// The provider's name in the plan.
    pub provider: &'a str,
    /// What the plan says of it.
    pub settings: &'a Settings,
    /// GET or POST.
    pub method: Method,
    /// The query of the URL, still encoded.
    pub query: &'a str,
    /// The body, of a form.
    pub body: &'a str,
}

/// What a provider says of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The step's id, or the provider's own id of the message.
    pub reference: String,
    /// What happened to it.
    pub status: ReceiptStatus,
    /// The provider's words, shortened and without numbers.
    pub words: String,
}

/// Why a callback is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The provider calls with another method.
    Method,
    /// The caller does not prove to be the provider.
    Stranger,
    /// It says nothing that can be read.
    Unreadable,
}

impl Callback<'_> {
    /// The decoded value of a parameter; the first, if it is there twice.
    pub fn query_field(&self, name: &str) -> Option<String> {
        field(self.query, name)
    }

    /// The decoded value of a form field; the first, if it is there twice.
    pub fn body_field(&self, name: &str) -> Option<String> {
        field(self.body, name)
    }

    /// The step in the query, once the token next to it proves the caller.
    pub fn step(&self, method: Method, secret: &'static str) -> Result<String, Refused> {
        if self.method != method {
            return Err(Refused::Method);
        }
        let step = self.query_field("step").ok_or(Refused::Unreadable)?;
        let given = self.query_field("token").ok_or(Refused::Unreadable)?;
        let secret = self.settings.secret(secret).ok_or(Refused::Stranger)?;
        let proven = is_same(&token(self.provider, secret, &step), &given);
        if proven { Ok(step) } else { Err(Refused::Stranger) }
    }
}

/// The URL that a message's reports go to: `base` with the step and the token that lets its reports in.
pub(super) fn report_url(base: &str, provider: &str, secret: &Hidden, step: &str) -> String {
    let joint = if base.contains('?') { '&' } else { '?' };
    format!("{base}{joint}step={step}&token={}", token(provider, secret, step))
}

/// What lets a report on a step in.
fn token(provider: &str, secret: &Hidden, step: &str) -> String {
    // The name is from the first provider that reported; URLs that were given out hold it.
    derive("kannel report", &[secret.expose(), provider, step])
}

fn field(form: &str, name: &str) -> Option<String> {
    parse(form.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Compares in a time that does not tell where they differ.
fn is_same(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "password";

    fn settings() -> Settings {
        Settings::default().with(SECRET, Hidden::new("s3cret"))
    }

    fn step(method: Method, query: &str) -> Result<String, Refused> {
        let settings = settings();
        Callback { provider: "gateway", settings: &settings, method, query, body: "" }
            .step(Method::Get, SECRET)
    }

    #[test]
    fn a_report_finds_its_step_by_the_url_it_was_given() {
        let url = report_url("https://desk.example.com/r?k=1", "gateway", &Hidden::new("s3cret"), "abc");
        let query = url.strip_prefix("https://desk.example.com/r?").unwrap();
        assert!(query.starts_with("k=1&step=abc&token="), "{query}");
        assert_eq!(step(Method::Get, query), Ok("abc".to_owned()));
        assert_eq!(step(Method::Post, query), Err(Refused::Method));
        assert_eq!(step(Method::Get, &query.replace("step=abc", "step=abd")), Err(Refused::Stranger));
        assert_eq!(step(Method::Get, "step=abc"), Err(Refused::Unreadable));
    }

    #[test]
    fn only_the_same_token_is_the_same() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd", "Abc"] {
            assert!(!is_same("abc", other), "{other}");
        }
    }
}
