//! bunny.net: `POST /purge?url=…`.
//!
//! Promises: a single URL is purged exactly; a purge of everything covers this page and nothing next to it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::cdn::kind::{Kind, account_by_status, secret, unless_success};
use crate::net::address::Url;
use crate::net::{Method, Request, Response};
use crate::provider::{Key, Need, Settings, Shape};

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "bunny",
    title: "bunny.net",
    keys: KEYS,
    // One call for each URL.
    urls_max: 40,
    each,
    everything,
    signed: |settings, request, _| Some(request.header("accesskey", secret(settings, "access_key")?)),
    looks: |settings, _| {
        let endpoint = settings.text("endpoint");
        vec![Request::new(Method::Get, format!("{endpoint}/pullzone?page=1&perPage=5"))]
    },
    account: |response| account_by_status(response, words(response)),
    complaint,
};

const KEYS: &[Key] = &[
    Key {
        name: "access_key",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ file = \"secrets/bunny\" }",
        help: "API key of the account, a secret.",
    },
    Key {
        name: "endpoint",
        shape: Shape::Endpoint,
        need: Need::Default("https://api.bunny.net"),
        example: "\"https://api.bunny.net\"",
        help: "URL of the API.",
    },
];

fn each(settings: &Settings, urls: &[Url], _: &str) -> Vec<Request> {
    // Without `exactPath` a URL that ends with a slash represents everything below it.
    urls.iter().map(|url| call(settings, &url.whole(), "&exactPath=true")).collect()
}

fn everything(settings: &Settings, page: &Url, _: &str) -> Vec<Request> {
    vec![call(settings, &format!("{}*", page.whole()), "")]
}

fn call(settings: &Settings, url: &str, exactly: &str) -> Request {
    let (endpoint, url) = (settings.text("endpoint"), utf8_percent_encode(url, UNRESERVED));
    Request::new(Method::Post, format!("{endpoint}/purge?url={url}&async=false{exactly}"))
}

/// What may be in a value of a query as it is (RFC 3986, section 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn complaint(response: &Response) -> Option<String> {
    unless_success(response, words(response))
}

fn words(response: &Response) -> Option<String> {
    let value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    value["Message"].as_str().map(str::to_owned)
}
