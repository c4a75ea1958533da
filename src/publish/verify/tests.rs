//! The public page read back: what counts as right, and when the reading ends.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::Request as Asked;
use axum::http::StatusCode;
use chrono::{TimeZone, Utc};

use super::*;
use crate::model::page::Links;
use crate::net::Timeouts;
use crate::net::port::free_port;
use crate::publish::pointer::{BuildSource, LiveBuild};

fn file(path: &str, text: &str) -> Expected {
    Expected { path: path.to_owned(), at: Links::Folders.named(path), facts: FileFacts::of(text.as_bytes()) }
}

fn build(name: &str) -> BuildId {
    BuildId::new(&FileFacts::of(name.as_bytes()).hash).unwrap()
}

/// The pointer of a build that replaced another.
fn pointer(name: &str, before: &str) -> String {
    let origin = BuildSource {
        commit: None,
        changed: false,
        rolled_back_from: None,
        taken_back: None,
        time: Moment::default(),
        site: String::new(),
    };
    let before = LiveBuild::over(None, build(before), origin.clone());
    LiveBuild::over(Some(&before), build(name), origin).to_json()
}

/// Serves what `answer` returns for a path: a status and a body. Gives the address of the page.
async fn server(answer: fn(&str) -> (u16, String)) -> String {
    let handle = move |request: Asked| {
        let (status, body) = answer(request.uri().path());
        async move { (StatusCode::from_u16(status).unwrap(), body) }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/status", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handle)).await });
    url
}

/// What one look finds: at the pointer of our build, then at each file.
async fn looks_at(url: &str, files: &[Expected]) -> Vec<Found> {
    // Longer than any test takes: these tests are not about time.
    let limits = Timeouts { connect: Duration::from_secs(600), answer: Duration::from_secs(600) };
    let (client, ours) = (Client::new(limits).unwrap(), build("ours"));
    let now = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
    let pointer = Open {
        path: POINTER_PATH,
        at: POINTER_PATH,
        wanted: ExpectedPage::Build(&ours),
        found: Found::Nothing,
    };
    let mut found = vec![look(&client, url, &pointer, now).await];
    for file in files {
        found.push(look(&client, url, &Open::file(file), now).await);
    }
    found
}

#[tokio::test]
async fn a_look_finds_what_was_sent_or_says_what_is_there_instead() {
    let url = server(|path| match path {
        "/status/" => (200, "new and longer".to_owned()),
        "/status/es/" => (200, "ne".to_owned()),
        "/status/a/" => (403, "new".to_owned()),
        "/status/_allclear/build.json" => (404, String::new()),
        _ => (200, "new".to_owned()),
    })
    .await;
    let names = ["index.html", "es/index.html", "a/index.html", "feed.atom"];
    let found = looks_at(&url, &names.map(|name| file(name, "new"))).await;
    let told: Vec<String> = found.iter().map(Found::to_string).collect();
    let expected = [
        "does not answer (it answered 404)",
        "differs from what was uploaded",
        "differs from what was uploaded",
        "answers 403",
        "is up to date",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_look_tells_an_older_build_from_a_later_one() {
    for (pointer_of, found) in [
        (|_: &str| (200, pointer("ours", "before")), Found::Right),
        (|_: &str| (200, pointer("later", "ours")), Found::Later),
        (|_: &str| (200, pointer("before", "long before")), Found::Other(None)),
    ] as [(fn(&str) -> (u16, String), Found); 3]
    {
        assert_eq!(looks_at(&server(pointer_of).await, &[]).await, [found]);
    }
}

#[tokio::test]
async fn a_dead_host_is_silence() {
    let found = looks_at(&format!("http://127.0.0.1:{}", free_port()), &[file("a", "x")]).await;
    assert!(found.iter().all(|found| matches!(found, Found::Silence(_))), "{found:?}");
}

/// Verifies `index.html` in virtual time. `answer` is given the path and how many looks there were, this one included.
/// The number of looks there were comes back with what was missed.
async fn verified(answer: impl Fn(&str, usize) -> Found) -> (Result<(), Vec<Mismatch>>, usize) {
    let asked = AtomicUsize::new(0);
    let look = async |open: &Open<'_>| answer(open.path, asked.fetch_add(1, Ordering::SeqCst) + 1);
    let expected = [file("index.html", "new")];
    let result =
        look_until_right(look, &build("ours"), &expected, PollLimits::USUAL, std::future::pending()).await;
    (result, asked.into_inner())
}

#[tokio::test(start_paused = true)]
async fn everything_is_read_again_until_it_is_what_was_sent() {
    let (result, looks) = verified(|path, number| match path {
        "index.html" if number < 4 => Found::Other(None),
        _ => Found::Right,
    })
    .await;
    assert_eq!((result, looks), (Ok(()), 4), "two looks at two files");
}

#[tokio::test(start_paused = true)]
async fn an_older_build_is_waited_for_and_a_later_one_is_not() {
    let started = tokio::time::Instant::now();
    let older = |path: &str, _| if path == POINTER_PATH { Found::Other(None) } else { Found::Right };
    let (result, _) = verified(older).await;
    assert_eq!(result, Err(vec![Mismatch { path: POINTER_PATH.to_owned(), found: Found::Other(None) }]));
    assert_eq!(started.elapsed(), PollLimits::USUAL.total, "and not a moment longer");
    let later = |path: &str, _| if path == POINTER_PATH { Found::Later } else { Found::Other(None) };
    assert_eq!(verified(later).await, (Ok(()), 2), "ours was there");
    let between = |path: &str, number| match path {
        POINTER_PATH if number < 3 => Found::Right,
        POINTER_PATH => Found::Later,
        _ => Found::Other(None),
    };
    assert_eq!(verified(between).await.0, Ok(()), "it came in between");
}

#[tokio::test(start_paused = true)]
async fn who_never_answers_holds_nobody_longer_than_said() {
    let started = tokio::time::Instant::now();
    let silent = async |_: &Open<'_>| std::future::pending().await;
    let misses = look_until_right(
        silent,
        &build("ours"),
        &[file("a", "x")],
        PollLimits::USUAL,
        std::future::pending(),
    )
    .await
    .unwrap_err();
    assert_eq!(
        misses.iter().map(|miss| miss.found.clone()).collect::<Vec<_>>(),
        [Found::Nothing, Found::Nothing]
    );
    assert_eq!(started.elapsed(), PollLimits::USUAL.total);
}

#[test]
fn a_sample_has_the_fronts_a_few_leaves_and_a_feed() {
    let leaves: Vec<String> = (0..30).map(|number| format!("incidents/{number}/index.html")).collect();
    let mut changed = vec!["assets/style.css", "index.html", "es/index.html", "feed.atom", "feed.rss"];
    changed.extend(leaves.iter().map(String::as_str));
    let sample = sample(changed);
    assert_eq!(sample.len(), 2 + LEAVES_MAX + 1);
    assert_eq!(sample[..3], ["index.html", "es/index.html", "incidents/0/index.html"]);
    assert_eq!(sample.last(), Some(&"feed.atom"));
}
