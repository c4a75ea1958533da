//! Delivery reports that a provider sends to a URL: who is let in, and the fields that are read.
//!
//! Promises: a caller is let in by the token in the URL of one message, which is derived from the provider's password and the
//! message, by a signature, or by a password of its own; all are compared in constant time. No report holds an address.

use data_encoding::BASE64;
use form_urlencoded::parse;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use super::exchange::{Method, header};
use super::settings::{Hidden, Settings};
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;
use crate::model::keyword::Keyword;
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
    /// Header fields: name in lower case, value.
    pub headers: &'a [(String, String)],
    /// The body: a form or JSON.
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

/// A text that a subscriber sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The provider's own id of it.
    pub reference: String,
    /// The number that it came from.
    pub from: Endpoint,
    /// What it asks for, if it is a keyword.
    pub keyword: Option<Keyword>,
    /// The text of the message.
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

impl<'a> Callback<'a> {
    /// A request without header fields.
    pub fn new(
        provider: &'a str,
        settings: &'a Settings,
        (method, query): (Method, &'a str),
        body: &'a str,
    ) -> Self {
        Self { provider, settings, method, query, headers: &[], body }
    }

    /// The value of a header field, by its name in lower case; the first, if it is there twice.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.headers, name)
    }

    /// Lets in a POST with the password of a provider that signs nothing (RFC 7617); any user name will do.
    pub(super) fn lets_in_with(&self, password: &'static str) -> Result<(), Refused> {
        let given = self.header("authorization").and_then(|header| header.strip_prefix("Basic "));
        let account = given.and_then(|account| BASE64.decode(account.trim().as_bytes()).ok());
        let account = account.and_then(|account| String::from_utf8(account).ok());
        let given = account.as_deref().and_then(|account| account.split_once(':')).map(|(_, given)| given);
        self.is_proven(|settings| Some(is_same(settings.secret(password)?.expose(), given?)))
    }

    /// Lets in a POST that a check of its signature proves to be the provider's.
    pub(super) fn is_proven(&self, check: impl FnOnce(&Settings) -> Option<bool>) -> Result<(), Refused> {
        match self.method {
            Method::Post if check(self.settings) == Some(true) => Ok(()),
            Method::Post => Err(Refused::Stranger),
            _ => Err(Refused::Method),
        }
    }

    /// The body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        serde_json::from_str(self.body).map_err(|_| Refused::Unreadable)
    }

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
pub(super) fn is_same(expected: &str, given: &str) -> bool {
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
        Callback::new("gateway", &settings, (method, query), "").step(Method::Get, SECRET)
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
    fn a_password_lets_in_whatever_the_user_and_nothing_else_does() {
        let settings = settings();
        let enter = |method, value: &str| {
            let headers = [("authorization".to_owned(), value.to_owned())];
            Callback { headers: &headers, ..Callback::new("mail", &settings, (method, ""), "") }
                .lets_in_with(SECRET)
        };
        let basic = |account: &str| format!("Basic {}", BASE64.encode(account.as_bytes()));
        for account in ["status:s3cret", ":s3cret"] {
            assert_eq!(enter(Method::Post, &basic(account)), Ok(()), "{account}");
        }
        for account in ["", "s3cret", "status:", "status:s3cre", "status:s3cret:", "s3cret:status"] {
            assert_eq!(enter(Method::Post, &basic(account)), Err(Refused::Stranger), "{account}");
        }
        for value in ["", "Basic", "Basic !", "Bearer s3cret", "s3cret"] {
            assert_eq!(enter(Method::Post, value), Err(Refused::Stranger), "{value}");
        }
        assert_eq!(enter(Method::Get, &basic("status:s3cret")), Err(Refused::Method));
        let nobody = Callback::new("mail", &settings, (Method::Post, ""), "");
        assert_eq!(nobody.lets_in_with(SECRET), Err(Refused::Stranger));
        assert_eq!(nobody.lets_in_with("another"), Err(Refused::Stranger));
    }

    #[test]
    fn only_the_same_token_is_the_same() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd", "Abc"] {
            assert!(!is_same("abc", other), "{other}");
        }
    }
}
