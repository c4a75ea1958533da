//! Fastly: `POST /purge/{host and path}` and `POST /service/{id}/purge_all`.
//!
//! A URL is purged softly: it counts as stale, so the page is still there when the origin is not. Everything cannot
//! be purged that way.
//!
//! Promises: the token is in a header and never in a URL. Only makes the calls: `retry.rs` sends them.

use serde_json::Value;

use crate::config::secret::Revealed;
use crate::net::address::Url;
use crate::net::{Method, Request};

pub(super) const ENDPOINT: &str = "https://api.fastly.com";

/// One call for each URL.
pub(super) const URLS_MAX: usize = 60;

pub(super) struct Service<'a> {
    pub(super) id: &'a str,
    pub(super) endpoint: &'a str,
    pub(super) token: Revealed,
}

impl Service<'_> {
    pub(super) fn each(&self, urls: &[Url]) -> Vec<Request> {
        let call = |url: &Url| {
            let url = format!("{}/purge/{}{}", self.endpoint, url.host, url.path);
            Request::new(Method::Post, url).header("fastly-soft-purge", "1")
        };
        urls.iter().map(call).collect()
    }

    pub(super) fn everything(&self) -> Vec<Request> {
        let url = format!("{}/service/{}/purge_all", self.endpoint, self.id);
        vec![Request::new(Method::Post, url)]
    }
}

/// What it says of an error: `Provided credentials are missing or invalid`.
pub(super) fn words(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value["msg"].as_str().or_else(|| value["detail"].as_str()).map(str::to_owned)
}
