//! Fastly: `POST /purge/{host and path}` and `POST /service/{id}/purge_all`.
//!
//! A URL is purged softly: it counts as stale, so Fastly still serves it while the origin fails. A purge of the whole
//! service cannot be soft.
//!
//! Promises: the token is in a header and never in a URL.

use serde_json::Value;

use crate::cdn::kind::{Kind, account_by_status, secret, unless_success};
use crate::net::address::Url;
use crate::net::{Method, Request, Response};
use crate::provider::{Key, Need, Settings, Shape};

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "fastly",
    title: "Fastly",
    keys: KEYS,
    // One call for each URL.
    urls_max: 60,
    each,
    everything,
    signed: |settings, request, _| Some(request.header("fastly-key", secret(settings, "token")?)),
    looks: |settings, _| {
        vec![Request::new(Method::Get, format!("{}/tokens/self", settings.text("endpoint")))]
    },
    account: |response| account_by_status(response, words(response)),
    complaint,
};

const KEYS: &[Key] = &[
    Key {
        name: "service",
        shape: Shape::Id,
        need: Need::Required,
        example: "\"SU1Z0isxPaozGVKXdv0eY\"",
        help: "ID of the service.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"FASTLY_TOKEN\" }",
        help: "API token with purge permission, a secret.",
    },
    Key {
        name: "endpoint",
        shape: Shape::Endpoint,
        need: Need::Default("https://api.fastly.com"),
        example: "\"https://api.fastly.com\"",
        help: "URL of the API.",
    },
];

fn each(settings: &Settings, urls: &[Url], _: &str) -> Vec<Request> {
    let call = |url: &Url| {
        let url = format!("{}/purge/{}{}", settings.text("endpoint"), url.host, url.path);
        Request::new(Method::Post, url).header("fastly-soft-purge", "1")
    };
    urls.iter().map(call).collect()
}

fn everything(settings: &Settings, _: &Url, _: &str) -> Vec<Request> {
    let url = format!("{}/service/{}/purge_all", settings.text("endpoint"), settings.text("service"));
    vec![Request::new(Method::Post, url)]
}

/// In its words: `Provided credentials are missing or invalid`.
fn complaint(response: &Response) -> Option<String> {
    unless_success(response, words(response))
}

fn words(response: &Response) -> Option<String> {
    let value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    value["msg"].as_str().or_else(|| value["detail"].as_str()).map(str::to_owned)
}
