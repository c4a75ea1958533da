//! Purges against servers that hold a caller to what each provider's documentation says, and refuse everything else.
//!
//! They are ours: what the providers themselves do, only their own servers know. Varnish and a CloudFront that we did
//! not write are in `tests/all/cdn.rs`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{TimeZone, Utc};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{Error, Purge, Purged, Waits, purge};
use crate::config::parse_targets;
use crate::config::target::Cdn;
use crate::model::Moment;
use crate::net::port::free_port;
use crate::net::{Client, Timeouts};

/// Set by cargo for every test: a secret that is there.
const SECRET: &str = "CARGO_PKG_NAME";
const KEY: &str = env!("CARGO_PKG_NAME");
const ZONE: &str = "0123456789abcdef0123456789abcdef";
const QUICK: Waits = Waits { first: Duration::from_millis(1), most: Duration::from_secs(1) };

/// A request as a server saw it.
#[derive(Clone, Debug)]
struct Seen {
    line: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

type Said = (u16, Vec<(&'static str, String)>, String);

/// Serves what `answer` says to the nth request; gives the address and what was seen.
async fn server(
    answer: impl Fn(usize, &Seen) -> Said + Send + Sync + 'static,
) -> (String, Arc<Mutex<Vec<Seen>>>) {
    let (seen, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
    let all = Arc::clone(&seen);
    let handle = move |request: Request| {
        let (all, answer) = (Arc::clone(&all), Arc::clone(&answer));
        async move {
            let (parts, body) = request.into_parts();
            let headers = parts.headers.iter();
            let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
            let body = to_bytes(body, 1 << 20).await.unwrap();
            let line = format!("{} {}", parts.method, parts.uri);
            let one = Seen { line, headers: headers.collect(), body };
            let number = {
                let mut all = all.lock();
                all.push(one.clone());
                all.len()
            };
            said(answer(number, &one))
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handle)).await });
    (address, seen)
}

fn said((status, headers, body): Said) -> Response {
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

fn just(status: u16) -> Said {
    (status, Vec::new(), String::new())
}

async fn ask(cdn: &Cdn, paths: &[String]) -> Result<Purged, Error> {
    let limits = Timeouts { connect: Duration::from_secs(2), answer: Duration::from_secs(5) };
    let client = Client::new(limits).unwrap();
    let now = || -> Moment { Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap() };
    let order = Purge { url: "https://status.acme.test", paths, reference: "build-1 & more" };
    purge(cdn, &order, std::path::Path::new("."), &client, QUICK, &now).await
}

fn paths(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn many(number: usize) -> Vec<String> {
    (0..number).map(|number| format!("incidents/{number}.json")).collect()
}

/// A CDN from the table of a target. `KEY` is a secret that is there.
fn cdn(table: &str) -> Cdn {
    let table = table.replace("KEY", &format!("{{ env = '{SECRET}' }}"));
    let target = "name = 'a'\nkind = 'folder'\npath = 'x'\nurl = 'https://status.acme.test'";
    let text = format!("[[targets]]\n{target}\n[targets.cdn]\n{table}\n");
    parse_targets(&text).unwrap().remove(0).cdn.unwrap()
}

fn varnish(servers: &[&str]) -> Cdn {
    cdn(&format!("kind = 'varnish'\nservers = {servers:?}"))
}

/// `POST /zones/{id}/purge_cache` with a bearer token, and one of `files` (at most 30) and `prefixes`.
fn cloudflare(_: usize, seen: &Seen) -> Said {
    let failed = |status, code: u32, message: &str| {
        let body =
            json!({ "success": false, "errors": [{ "code": code, "message": message }], "result": null });
        (status, vec![("content-type", "application/json".to_owned())], body.to_string())
    };
    if seen.line != format!("POST /client/v4/zones/{ZONE}/purge_cache") {
        return failed(404, 7003, "Could not route to the zone");
    }
    if seen.header("authorization") != Some(&format!("Bearer {KEY}")) {
        return failed(403, 10000, "Authentication error");
    }
    let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
    let keys: Vec<&String> = body.as_object().map(|body| body.keys().collect()).unwrap_or_default();
    let fits = match keys.as_slice() {
        [key] if *key == "files" => {
            let files = body["files"].as_array().unwrap();
            let is_url = |file: &Value| file.as_str().is_some_and(|file| file.starts_with("https://"));
            (1..=30).contains(&files.len()) && files.iter().all(is_url)
        }
        [key] if *key == "prefixes" => body["prefixes"] == json!(["status.acme.test"]),
        _ => false,
    };
    if !fits || seen.header("content-type") != Some("application/json") {
        return failed(400, 1012, "Request must contain one of \"files\" and \"prefixes\"");
    }
    (200, Vec::new(), json!({ "success": true, "errors": [], "result": { "id": ZONE } }).to_string())
}

#[tokio::test]
async fn cloudflare_forgets_files_by_the_dozen_and_the_page_as_a_whole() {
    let (address, seen) = server(cloudflare).await;
    let endpoint = format!("{address}/client/v4");
    let zone = |zone: &str| {
        cdn(&format!("kind = 'cloudflare'\nzone = '{zone}'\ntoken = KEY\nendpoint = '{endpoint}'"))
    };
    let cdn = zone(ZONE);
    assert_eq!(ask(&cdn, &paths(&["index.html", "feed.atom"])).await.unwrap(), Purged::Urls(3));
    let body: Value = serde_json::from_slice(&seen.lock()[0].body).unwrap();
    let expected = ["", "feed.atom", "index.html"].map(|path| format!("https://status.acme.test/{path}"));
    assert_eq!(body["files"], json!(expected));

    seen.lock().clear();
    assert_eq!(ask(&cdn, &many(61)).await.unwrap(), Purged::Urls(61));
    assert_eq!(seen.lock().len(), 3, "30 and 30 and 1");
    assert_eq!(ask(&cdn, &many(121)).await.unwrap(), Purged::Everything);

    let stranger = zone(&"f".repeat(32));
    let error = ask(&stranger, &many(1)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to purge at Cloudflare: it answered 404: 7003 Could not route to the zone"
    );
}

#[tokio::test]
async fn a_success_that_is_none_is_an_error() {
    let (endpoint, seen) = server(|_, _| {
        (200, Vec::new(), json!({ "success": false, "errors": [{ "message": "later" }] }).to_string())
    })
    .await;
    let cdn = cdn(&format!("kind = 'cloudflare'\nzone = '{ZONE}'\ntoken = KEY\nendpoint = '{endpoint}'"));
    let error = ask(&cdn, &many(1)).await.unwrap_err();
    assert_eq!(error.to_string(), "failed to purge at Cloudflare: it answered 200: later");
    assert_eq!(seen.lock().len(), 1);
}

/// `POST /purge/{host}/{path}` and `POST /service/{id}/purge_all` with a token.
fn fastly(_: usize, seen: &Seen) -> Said {
    if seen.header("fastly-key") != Some(KEY) {
        return (
            401,
            Vec::new(),
            json!({ "msg": "Provided credentials are missing or invalid" }).to_string(),
        );
    }
    let is_one = seen.line.starts_with("POST /purge/status.acme.test/");
    let is_soft = seen.header("fastly-soft-purge").is_some();
    match (is_one, seen.line.as_str()) {
        (true, _) if is_soft => (200, Vec::new(), json!({ "status": "ok", "id": "108-13" }).to_string()),
        (false, "POST /service/SU1Z0/purge_all") if !is_soft => {
            (200, Vec::new(), json!({ "status": "ok" }).to_string())
        }
        _ => (404, Vec::new(), json!({ "msg": "Record not found" }).to_string()),
    }
}

#[tokio::test]
async fn fastly_takes_each_url_for_stale_and_everything_at_once() {
    let (endpoint, seen) = server(fastly).await;
    let fastly = |token: &str| {
        cdn(&format!("kind = 'fastly'\nservice = 'SU1Z0'\ntoken = {token}\nendpoint = '{endpoint}'"))
    };
    let cdn = fastly("KEY");
    assert_eq!(ask(&cdn, &paths(&["es/index.html"])).await.unwrap(), Purged::Urls(2));
    let lines: Vec<String> = seen.lock().iter().map(|seen| seen.line.clone()).collect();
    let expected =
        ["POST /purge/status.acme.test/es/", "POST /purge/status.acme.test/es/index.html"].map(str::to_owned);
    assert_eq!(lines, expected);
    assert_eq!(ask(&cdn, &many(61)).await.unwrap(), Purged::Everything);
    let error = ask(&fastly("{ env = 'ALLCLEAR_NOT_SET' }"), &many(1)).await;
    assert!(matches!(error, Err(Error::Key { cdn: "Fastly", .. })), "{error:?}");
}

/// `POST /purge?url=…` with the account's key; a URL that ends with a slash is all below it unless it is exact.
fn bunny(_: usize, seen: &Seen) -> Said {
    if seen.header("accesskey") != Some(KEY) {
        return (401, Vec::new(), json!({ "Message": "Authorization has been denied" }).to_string());
    }
    let Some(query) = seen.line.strip_prefix("POST /purge?url=https%3A%2F%2Fstatus.acme.test%2F") else {
        return (400, Vec::new(), json!({ "Message": "The URL is not valid" }).to_string());
    };
    let whole = query == "%2A&async=false";
    let exact = query.ends_with("&async=false&exactPath=true");
    if whole || exact { just(200) } else { just(400) }
}

#[tokio::test]
async fn bunny_forgets_no_more_than_it_is_told_to() {
    let (endpoint, seen) = server(bunny).await;
    let cdn = cdn(&format!("kind = 'bunny'\naccess_key = KEY\nendpoint = '{endpoint}'"));
    assert_eq!(ask(&cdn, &paths(&["index.html"])).await.unwrap(), Purged::Urls(2));
    assert_eq!(seen.lock().len(), 2);
    assert_eq!(ask(&cdn, &many(41)).await.unwrap(), Purged::Everything);
    assert_eq!(ask(&cdn, &[]).await.unwrap(), Purged::Urls(0));
    assert_eq!(seen.lock().len(), 3, "nothing changed, nobody was asked");
}

#[tokio::test]
async fn what_may_go_well_later_is_tried_again_and_what_will_not_is_not() {
    for (first, tries) in [(500, 3), (503, 3), (429, 3), (408, 3), (400, 1), (401, 1), (403, 1), (405, 1)] {
        let answer = move |number, _: &Seen| just(if number < 3 { first } else { 200 });
        let (cache, seen) = server(answer).await;
        let cdn = varnish(&[&cache]);
        let purged = ask(&cdn, &paths(&["feed.atom"])).await;
        assert_eq!(purged.is_ok(), tries == 3, "{first}: {purged:?}");
        assert_eq!(seen.lock().len(), tries, "{first}");
    }
    let (cache, seen) = server(|_, _| just(503)).await;
    let error = ask(&varnish(&[&cache]), &paths(&["a", "b"])).await.unwrap_err();
    assert_eq!(error.to_string(), "failed to purge at Varnish: it answered 503");
    assert_eq!(seen.lock().len(), 5, "five tries for the first path, and none for the second");
}

#[tokio::test]
async fn a_cache_that_asks_for_time_gets_it_and_for_too_much_does_not() {
    let answer = |number, _: &Seen| match number {
        1 => (429, vec![("retry-after", "1".to_owned())], String::new()),
        _ => just(200),
    };
    let (cache, seen) = server(answer).await;
    let started = std::time::Instant::now();
    ask(&varnish(&[&cache]), &paths(&["a"])).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1), "it asked for a second");
    assert_eq!(seen.lock().len(), 2);

    let (cache, seen) = server(|_, _| (429, vec![("retry-after", "3600".to_owned())], String::new())).await;
    let error = ask(&varnish(&[&cache]), &paths(&["a"])).await;
    assert!(matches!(error, Err(Error::Refused { status: 429, .. })), "{error:?}");
    assert_eq!(seen.lock().len(), 1);
}

#[tokio::test]
async fn one_dead_cache_does_not_keep_the_others_from_forgetting() {
    let (alive, seen) = server(|_, _| just(200)).await;
    let cdn = varnish(&[&format!("http://127.0.0.1:{}", free_port()), &alive]);
    let error = ask(&cdn, &paths(&["index.html"])).await;
    assert!(matches!(error, Err(Error::Unanswered { cdn: "Varnish", .. })), "{error:?}");
    let lines: Vec<String> = seen.lock().iter().map(|seen| seen.line.clone()).collect();
    assert_eq!(lines, ["PURGE /", "PURGE /index.html"]);
    let hosts = seen.lock().iter().all(|seen| seen.header("host") == Some("status.acme.test"));
    assert!(hosts, "a cache knows a page by its host");
}

#[tokio::test]
async fn an_answer_that_repeats_the_key_is_not_repeated() {
    let (endpoint, _) = server(|_, seen| {
        let key = seen.header("accesskey").unwrap();
        // So long that the cut falls into the key.
        let long = "long ".repeat(33);
        (
            401,
            Vec::new(),
            json!({ "Message": format!("the key {key}\nis not known {long}{key}") }).to_string(),
        )
    })
    .await;
    let cdn = cdn(&format!("kind = 'bunny'\naccess_key = KEY\nendpoint = '{endpoint}'"));
    let error = ask(&cdn, &many(1)).await.unwrap_err();
    let shown = format!("{error}");
    assert!(
        shown.starts_with("failed to purge at bunny.net: it answered 401: the key … is not known"),
        "{shown}"
    );
    assert!(!format!("{error} {error:?}").contains(&KEY[..4]), "{shown}");
}
