//! Requests and answers beyond the plain `GET` of [`Client::get`](super::Client::get).
//!
//! Promises: neither the URL nor a header of a request is ever shown: both may hold a secret.

use std::fmt;
use std::time::Duration;

/// What is to be done with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads the resource.
    Get,
    /// Ask something of it.
    Post,
    /// Change some of it.
    Patch,
    /// Replaces the resource.
    Put,
    /// Let a cache forget it.
    Purge,
    /// Let a cache forget everything that fits.
    Ban,
}

/// What is sent to a server over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub method: Method,
    /// Where: an absolute `http` or `https` URL with its query, already encoded.
    pub url: String,
    /// Header lines: name, value.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there is none.
    pub body: Vec<u8>,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// How long it asked us to wait.
    pub retry_after: Option<Duration>,
    /// Header lines in the order they came: name in lower case, value. One whose value is not ASCII is left out.
    pub headers: Vec<(String, String)>,
    /// As much of the body as was asked for and came.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub is_whole: bool,
}

impl Method {
    /// As it is in a request.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Purge => "PURGE",
            Self::Ban => "BAN",
        }
    }
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// With one more header line.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body and its `Content-Type`.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self.header("content-type", content_type) }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

impl Response {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the server did what was asked.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
