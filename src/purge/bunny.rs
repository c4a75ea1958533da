//! bunny.net: `POST /purge?url=…`.
//!
//! Promises: a single URL is purged exactly; everything is this page's and nothing beside it. Only makes the calls:
//! `retry.rs` sends them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
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
        let url = format!(
            "{}/purge?url={}&async=false{exactly}",
            self.endpoint,
            utf8_percent_encode(url, UNRESERVED)
        );
        Request::new(Method::Post, url)
    }
}

/// What may stand in a value of a query as it is (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What it says of an error.
pub(super) fn words(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value["Message"].as_str().map(str::to_owned)
}
