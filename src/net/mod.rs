//! The network: the only HTTP client, questions to name servers and for certificates, and the small HTTP server behind
//! allclear's own ports.
//!
//! Promises: every call ends within a time limit; an answer is read up to 64 KiB, or up to the caller's limit; no redirect
//! is followed, because the operator must decide whether to trust another host; an error states whether the request may
//! have arrived, and never shows the URL, which may hold a password. Never reads a clock.

pub mod address;
pub mod certificate;
pub mod dns;
pub mod own_host;
pub mod server;
pub mod tls;

mod guard;
mod request;
mod retry_after;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::redirect::Policy;

use guard::Guard;
pub use request::{Method, Request, Response};
pub use retry_after::retry_after;

/// No more of an answer is read, if nothing else is asked for.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Connections that were idle longer are not used again: the other side may have closed them, and a request lost
/// that way is a request in doubt.
const IDLE: Duration = Duration::from_secs(2);

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until the answer is there, connecting included.
    pub answer: Duration,
}

/// An error of the system without its number, which people cannot use.
pub fn plain(words: &str) -> &str {
    words.split_once(" (os error ").map_or(words, |(plain, _)| plain)
}

/// An HTTP client. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    client: reqwest::Client,
    /// Whether it calls the public internet alone.
    is_guarded: bool,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// How long it asked us to wait.
    pub retry_after: Option<Duration>,
    /// The first 64 KB of the body; what is not UTF-8 is replaced.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client could not be made.
    #[error("failed to set up the HTTP client: {0}")]
    SetUp(String),
    /// Nothing of the request left: there was no connection, or no such address.
    #[error("failed to connect: {0}")]
    Unsent(String),
    /// The request left and no answer came: nobody knows whether it was heard.
    #[error("failed to get a response: {0}")]
    Unanswered(String),
}

impl Client {
    /// Makes a client.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up.
    pub fn new(limits: Timeouts) -> Result<Self, Error> {
        let client = builder(limits)?.build().map_err(|error| Error::SetUp(cause(error)))?;
        Ok(Self { client, is_guarded: false })
    }

    /// Makes a client that calls no private and no local address, whatever name leads there. It uses no proxy: a proxy
    /// would resolve names itself.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up.
    pub fn guarded(limits: Timeouts) -> Result<Self, Error> {
        let builder = builder(limits)?.dns_resolver(Guard).no_proxy().https_only(true);
        let client = builder.build().map_err(|error| Error::SetUp(cause(error)))?;
        Ok(Self { client, is_guarded: true })
    }

    /// Asks for `url` with `query` added to it. `now` is what a `Retry-After` date is held against.
    ///
    /// # Errors
    ///
    /// There was no connection or no answer. An answer that refuses is an answer.
    pub async fn get(
        &self,
        url: &str,
        query: &[(&str, &str)],
        now: DateTime<Utc>,
    ) -> Result<HttpResponse, Error> {
        let Response { status, retry_after, body, .. } =
            heard(self.client.get(url).query(query), BODY_BYTES_MAX, now).await?;
        Ok(HttpResponse { status, retry_after, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Sends a request and reads at most a number of bytes of the answer's body. `now` is what a `Retry-After` date is
    /// held against.
    ///
    /// # Errors
    ///
    /// There was no connection or no answer; a header that cannot be in a request counts as no connection.
    pub async fn send(
        &self,
        request: &Request,
        bytes_max: usize,
        now: DateTime<Utc>,
    ) -> Result<Response, Error> {
        heard(self.builder(request)?, bytes_max, now).await
    }

    /// [`send`](Self::send) that ends after `limit`, whatever the client's own limit is.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    pub async fn send_within(
        &self,
        request: &Request,
        bytes_max: usize,
        now: DateTime<Utc>,
        limit: Duration,
    ) -> Result<Response, Error> {
        heard(self.builder(request)?.timeout(limit), bytes_max, now).await
    }

    fn builder(&self, request: &Request) -> Result<reqwest::RequestBuilder, Error> {
        if self.is_guarded && !guard::lets_pass(&request.url) {
            return Err(Error::Unsent("its address is private or local, which is not allowed".to_owned()));
        }
        let method = reqwest::Method::from_bytes(request.method.word().as_bytes())
            .map_err(|_| Error::Unsent("no such method".to_owned()))?;
        let mut builder = self.client.request(method, &request.url);
        for (name, value) in &request.headers {
            let mut value = reqwest::header::HeaderValue::from_str(value)
                .map_err(|_| Error::Unsent(format!("the header {name} cannot be sent")))?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        if request.method == Method::Post || !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        }
        Ok(builder)
    }
}

fn builder(limits: Timeouts) -> Result<reqwest::ClientBuilder, Error> {
    install_crypto();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls::client(tls::Trust::WellKnown).map_err(Error::SetUp)?)
        .connect_timeout(limits.connect)
        .timeout(limits.answer)
        .pool_idle_timeout(IDLE)
        .redirect(Policy::none())
        // A dependency compiles HTTP/2, whose readers have had holes; nothing here needs it.
        .http1_only()
        .referer(false)
        .user_agent(concat!("allclear/", env!("CARGO_PKG_VERSION"))))
}

/// The answer to a request, with at most a number of bytes of its body.
async fn heard(
    request: reqwest::RequestBuilder,
    bytes_max: usize,
    now: DateTime<Utc>,
) -> Result<Response, Error> {
    let mut answer = request.send().await.map_err(sorted)?;
    let name_and_value = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers: Vec<(String, String)> = answer.headers().iter().filter_map(name_and_value).collect();
    let wait = answer.headers().get(reqwest::header::RETRY_AFTER);
    let wait = wait.and_then(|value| value.to_str().ok()).and_then(|text| retry_after(text, now));
    let (mut body, mut is_whole) = (Vec::new(), false);
    // The status is enough: a body that breaks off is taken as far as it came.
    while let Ok(chunk) = answer.chunk().await {
        let Some(chunk) = chunk else {
            is_whole = true;
            break;
        };
        match chunk.get(..bytes_max - body.len()) {
            Some(fitting) if fitting.len() < chunk.len() => {
                body.extend_from_slice(fitting);
                break;
            }
            _ => body.extend_from_slice(&chunk),
        }
    }
    Ok(Response { status: answer.status().as_u16(), retry_after: wait, headers, body, is_whole })
}

/// Names the one crypto library for TLS; later calls change nothing.
pub fn install_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been faster, with the same library.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

fn sorted(error: reqwest::Error) -> Error {
    if error.is_connect() || error.is_builder() {
        Error::Unsent(plain(&cause(error)).to_owned())
    } else {
        Error::Unanswered(cause(error))
    }
}

/// The innermost cause, which never names the URL.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Ports that nothing listens on.
#[cfg(test)]
#[path = "../../tests/all/fixtures/port.rs"]
pub(crate) mod port;
#[cfg(test)]
mod tests;
