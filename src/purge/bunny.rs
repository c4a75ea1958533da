//! bunny.net: `POST /purge?url=…`.
//!
//! Promises: a single URL is purged exactly; everything is this page's and nothing beside it. Only makes the calls:
//! `retry.rs` sends them.

use serde_json::Value;

use crate::config::secret::Revealed;
use crate::net::address::Url;
use crate::net::{Method, Request};

pub(super) const ENDPOINT: &str = "https://api.bunny.net";

/// One call for each URL.
pub(super) const URLS_MAX: usize = 40;

pub(super) struct Account<'a> {
    pub(super) endpoint: &'a str,
    pub(super) key: Revealed,
}

impl Account<'_> {
    pub(super) fn each(&self, urls: &[Url]) -> Vec<Request> {
        // Without `exactPath` a URL that ends with a slash stands for everything below it.
        urls.iter().map(|url| self.call(&url.whole(), "&exactPath=true")).collect()
    }

    pub(super) fn everything(&self, page: &Url) -> Vec<Request> {
        vec![self.call(&format!("{}*", page.whole()), "")]
    }

    fn call(&self, url: &str, exactly: &str) -> Request {
        let url = format!("{}/purge?url={}&async=false{exactly}", self.endpoint, value(url));
        Request::new(Method::Post, url)
    }
}

/// A value of a query.
fn value(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => value.push(byte.into()),
            _ => value.push_str(&format!("%{byte:02X}")),
        }
    }
    value
}

/// What it says of an error.
pub(super) fn words(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value["Message"].as_str().map(str::to_owned)
}
