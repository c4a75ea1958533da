//! Cloudflare: `POST /zones/{zone}/purge_cache`.
//!
//! Promises: a call names no more URLs than Cloudflare's smallest plan accepts; a purge of everything covers what begins
//! with the page's address, and not the rest of the zone.

use serde_json::{Value, json};

use crate::cdn::kind::{Account, Kind, secret};
use crate::net::address::Url;
use crate::net::{Method, Request, Response};
use crate::provider::{Key, Need, Settings, Shape};

/// The row.
pub(super) static KIND: Kind = Kind {
    word: "cloudflare",
    title: "Cloudflare",
    keys: KEYS,
    // The smallest plan takes five calls in a minute.
    urls_max: 4 * FILES_MAX,
    each,
    everything,
    signed: |settings, request, _| {
        Some(request.header("authorization", &format!("Bearer {}", secret(settings, "token")?)))
    },
    looks: |settings, _| {
        vec![Request::new(Method::Get, format!("{}/user/tokens/verify", settings.text("endpoint")))]
    },
    account,
    complaint,
};

/// How many files one call may name on every plan.
const FILES_MAX: usize = 30;

const KEYS: &[Key] = &[
    Key {
        name: "zone",
        shape: Shape::Id,
        need: Need::Required,
        example: "\"023e105f4ecef8ad9ca31a8372d0c353\"",
        help: "ID of the zone.",
    },
    Key {
        name: "token",
        shape: Shape::Secret,
        need: Need::Required,
        example: "{ env = \"CLOUDFLARE_TOKEN\" }",
        help: "API token with purge permission, a secret.",
    },
    Key {
        name: "endpoint",
        shape: Shape::Endpoint,
        need: Need::Default("https://api.cloudflare.com/client/v4"),
        example: "\"https://api.cloudflare.com/client/v4\"",
        help: "URL of the API.",
    },
];

fn each(settings: &Settings, urls: &[Url], _: &str) -> Vec<Request> {
    let files = |urls: &[Url]| urls.iter().map(Url::whole).collect::<Vec<_>>();
    urls.chunks(FILES_MAX).map(|chunk| call(settings, &json!({ "files": files(chunk) }))).collect()
}

/// Everything that begins like the page, and nothing else of the zone: the product may be in it too.
fn everything(settings: &Settings, page: &Url, _: &str) -> Vec<Request> {
    let prefix = format!("{}{}", page.host, page.path.trim_end_matches('/'));
    vec![call(settings, &json!({ "prefixes": [prefix] }))]
}

fn call(settings: &Settings, body: &Value) -> Request {
    let url = format!("{}/zones/{}/purge_cache", settings.text("endpoint"), settings.text("zone"));
    Request::new(Method::Post, url).body("application/json", body.to_string())
}

/// A token that belongs to an account, and not to a user, is unknown here although it may purge.
fn account(response: &Response) -> Account {
    let value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    match (complaint(response), value["result"]["status"].as_str()) {
        (None, Some("active")) => Account::Accepted,
        (None, Some(status)) => Account::Refused(format!("its token is {status}")),
        (None, None) => Account::Unclear("its answer does not say whether the token is active".to_owned()),
        (Some(words), _) => Account::Unclear(format!(
            "it answers {} ({words}): the token is none of a user, or not valid; if it is one of an account, only a purge \
             shows whether it works",
            response.status
        )),
    }
}

/// In its words: `1012 Request must contain one of …`. The status alone does not say whether it did it.
fn complaint(response: &Response) -> Option<String> {
    let value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let is_done = response.is_success() && value["success"] == json!(true);
    let words = value["errors"].as_array().into_iter().flatten().map(|error| {
        let code = error["code"].as_i64().map(|code| format!("{code} ")).unwrap_or_default();
        format!("{code}{}", error["message"].as_str().unwrap_or_default())
    });
    (!is_done).then(|| words.collect::<Vec<_>>().join(", "))
}
