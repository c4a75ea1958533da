//! The arguments and results of a provider's functions: a handoff, its request, and the answer.
//!
//! Promises: the URL, the headers and the body of a request are never shown: all may hold a secret or an address. A request
//! is complete: its sender adds nothing.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use data_encoding::BASE64;
use form_urlencoded::Serializer;
use serde_json::Value;

use crate::model::Moment;
use crate::model::endpoint::Endpoint;
use crate::model::hash::derive;
use crate::model::message::Message;
use crate::model::notice::StepId;
use crate::model::report::ReceiptStatus;
use crate::provider::settings::Hidden;

/// One message on its way to one address.
#[derive(Clone, Copy, Debug)]
pub struct Handoff<'a> {
    /// The provider's name in the plan.
    pub provider: &'a str,
    /// The text.
    pub message: &'a Message,
    /// The recipient.
    pub to: &'a Endpoint,
    /// The step; its id is the same in every attempt.
    pub step: &'a StepId,
    /// The channel's sender of text messages; empty on other channels.
    pub sender: &'a str,
    /// The reference that the provider gave for what was posted about the incident before, at this address.
    pub thread: Option<&'a str>,
    /// The present moment.
    pub now: Moment,
    /// When the next step takes over, or the message has expired.
    pub gives_way_at: Moment,
}

impl Handoff<'_> {
    /// How many seconds the provider may try: until the step gives way, no longer than the plan says, and within what the
    /// provider accepts.
    pub(super) fn seconds(&self, longest: Option<Duration>, accepted: RangeInclusive<Duration>) -> u64 {
        let left = (self.gives_way_at - self.now).to_std().unwrap_or_default();
        let tried = longest.map_or(left, |longest| longest.min(left));
        tried.clamp(*accepted.start(), *accepted.end()).as_secs()
    }
}

/// Why a provider cannot be asked for a handoff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The message or its address is of another form.
    #[error("message, address and provider belong to different channels")]
    Form,
    /// A secret is not what the provider takes.
    #[error("the secret `{key}` is not {expected}")]
    Secret {
        /// Its name in the provider's table.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads a resource.
    Get,
    /// Hands something over.
    Post,
    /// Changes some of what is there.
    Patch,
    /// Replaces what is there.
    Put,
}

/// A request over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// An absolute `http` or `https` URL with its query, already encoded.
    pub url: String,
    /// Header fields: name, value.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

/// An answer over HTTP.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// How long the provider asked us to wait.
    pub retry_after: Option<Duration>,
    /// Header fields: name in lower case, value.
    pub headers: &'a [(String, String)],
    /// The beginning of the body.
    pub body: &'a str,
}

/// A message that a provider has on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The provider's own id of it.
    pub reference: String,
    /// How far it has come.
    pub status: ReceiptStatus,
    /// The provider's words for that.
    pub words: String,
}

impl<'a> Response<'a> {
    /// The value of a header field, by its name in lower case; the first, if it is there twice.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.headers, name)
    }
}

/// The value of a header field, by its name in lower case.
pub(super) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

impl Request {
    /// Reads `url` with `query` added to it.
    pub fn get(url: &str, query: &[(&str, &str)]) -> Self {
        let joint = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{joint}{}", form(query));
        Self { method: Method::Get, url, headers: Vec::new(), body: Vec::new() }
    }

    /// Posts fields to `url` as a form (`application/x-www-form-urlencoded`).
    pub fn post_form(url: String, fields: &[(&str, &str)]) -> Self {
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        Self { method: Method::Post, url, headers, body: form(fields).into_bytes() }
    }

    /// Sends a JSON document to `url`.
    pub fn json(method: Method, url: String, document: &Value) -> Self {
        let headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        Self { method, url, headers, body: document.to_string().into_bytes() }
    }

    /// Posts fields to `url` as `multipart/form-data` (RFC 7578). The same fields give the same bytes.
    pub fn post_multipart(url: String, fields: &[(&str, &str)]) -> Self {
        let values: Vec<&str> = fields.iter().map(|(_, value)| *value).collect();
        // A text that held its own hash could hold the boundary; there is none.
        let boundary = format!("allclear-{}", derive("boundary", &values));
        let mut body = String::new();
        for (name, value) in fields {
            body.push_str(&format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str(&format!("--{boundary}--\r\n"));
        let headers = vec![("content-type", format!("multipart/form-data; boundary={boundary}"))];
        Self { method: Method::Post, url, headers, body: body.into_bytes() }
    }

    /// With one more header field.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a token (RFC 6750).
    #[must_use]
    pub fn bearer(mut self, token: &Hidden) -> Self {
        self.headers.push(("authorization", format!("Bearer {}", token.expose())));
        self
    }

    /// With a user and a password (RFC 7617).
    #[must_use]
    pub fn basic(mut self, user: &str, password: &str) -> Self {
        let account = BASE64.encode(format!("{user}:{password}").as_bytes());
        self.headers.push(("authorization", format!("Basic {account}")));
        self
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn a_query_is_encoded_and_added_to_the_one_that_is_there() {
        let request = Request::get("http://127.0.0.1/send", &[("text", "a b&c=é+")]);
        assert_eq!(request.url, "http://127.0.0.1/send?text=a+b%26c%3D%C3%A9%2B");
        assert_eq!(Request::get("http://127.0.0.1/?k=1", &[("a", "b")]).url, "http://127.0.0.1/?k=1&a=b");
    }

    #[test]
    fn a_multipart_body_repeats_to_the_byte_and_ends() {
        let fields = [("to", "ana@example.org"), ("text", "one\ntwo")];
        let request = Request::post_multipart("https://api.example".to_owned(), &fields);
        assert_eq!(request, Request::post_multipart("https://api.example".to_owned(), &fields));
        let boundary = request.headers[0].1.rsplit_once('=').unwrap().1.to_owned();
        let body = String::from_utf8(request.body).unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\nana@example.org\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\none\ntwo\r\n--{boundary}--\r\n"
        );
        assert_eq!(body, expected);
        assert!(boundary.len() <= 70, "RFC 2046, 5.1.1");
    }

    #[test]
    fn nothing_of_a_request_but_its_method_is_shown() {
        let request = Request::get("http://127.0.0.1/", &[("password", "hunter2")]).basic("ana", "hunter2");
        assert_eq!(format!("{request:?}"), "Request { method: Get, .. }");
        assert_eq!(request.headers, [("authorization", "Basic YW5hOmh1bnRlcjI=".to_owned())]);
    }
}
