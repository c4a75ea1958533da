//! Cloudflare: `POST /zones/{zone}/purge_cache`.
//!
//! Promises: no call names more than every plan takes; everything is what begins with the page's address, so the rest
//! of the zone stays. Only makes the calls: `retry.rs` sends them.

use serde_json::{Value, json};

use crate::config::secret::Revealed;
use crate::net::address::Url;
use crate::net::{Method, Request};

pub(super) const ENDPOINT: &str = "https://api.cloudflare.com/client/v4";

/// How many files one call may name on every plan.
const FILES_MAX: usize = 30;

/// The smallest plan takes five calls in a minute.
pub(super) const URLS_MAX: usize = 4 * FILES_MAX;

pub(super) struct Zone<'a> {
    pub(super) id: &'a str,
    pub(super) endpoint: &'a str,
    pub(super) token: Revealed,
}

impl Zone<'_> {
    pub(super) fn each(&self, urls: &[Url]) -> Vec<Request> {
        let files = |urls: &[Url]| urls.iter().map(Url::whole).collect::<Vec<_>>();
        urls.chunks(FILES_MAX).map(|chunk| self.call(&json!({ "files": files(chunk) }))).collect()
    }

    /// Everything that begins like the page, and nothing else of the zone: the product may be in it too.
    pub(super) fn everything(&self, page: &Url) -> Vec<Request> {
        let prefix = format!("{}{}", page.host, page.path.trim_end_matches('/'));
        vec![self.call(&json!({ "prefixes": [prefix] }))]
    }

    fn call(&self, body: &Value) -> Request {
        let url = format!("{}/zones/{}/purge_cache", self.endpoint, self.id);
        Request::new(Method::Post, url).body("application/json", body.to_string())
    }
}

/// Whether a success is one: the status alone does not say it.
pub(super) fn is_done(body: &[u8]) -> bool {
    serde_json::from_slice(body).is_ok_and(|value: Value| value["success"] == json!(true))
}

/// Its errors: `1012 Request must contain one of …`.
pub(super) fn words(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let errors = value["errors"].as_array()?.iter();
    let words = errors.map(|error| {
        let code = error["code"].as_i64().map(|code| format!("{code} ")).unwrap_or_default();
        format!("{code}{}", error["message"].as_str().unwrap_or_default())
    });
    let words = words.collect::<Vec<_>>().join(", ");
    (!words.is_empty()).then_some(words)
}
