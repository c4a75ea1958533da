//! Reading what was published as readers read it: through the public address, until it is what was sent.
//!
//! Promises: a file counts when its bytes are those of the manifest and no others; the whole of it ends within the time
//! given; what kept it from being true is told for each file. No cache is asked to step aside: what it keeps is what
//! readers get. Never reads a clock.

use std::fmt;
use std::time::Duration;

use super::live::{Instead, read_pointer};
use super::manifest::{BuildId, FileFacts};
use super::pointer::POINTER_PATH;
use crate::model::Moment;
use crate::net::address::address;
use crate::net::{Client, Method, Request};

/// How many pages of the leaves are read, the feed, the lists and the pointer aside.
const LEAVES_MAX: usize = 10;

/// A file correct found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its path in the tree: `history/index.html`.
    pub path: String,
    /// Its bytes, as the manifest has them.
    pub facts: FileFacts,
}

/// How long to look, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// In all.
    pub total: Duration,
    /// Between the first two looks; each further wait is half as long again.
    pub first: Duration,
    /// At most between two looks.
    pub most: Duration,
}

impl Patience {
    /// As long as a cache may take to purge.
    pub const USUAL: Self = Self {
        total: Duration::from_secs(120),
        first: Duration::from_millis(500),
        most: Duration::from_secs(5),
    };
}

/// A file that is not what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Its path in the tree.
    pub path: String,
    /// What was found in its place.
    pub found: Found,
}

/// What was found where a file should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is what was sent.
    Right,
    /// The pointer of a later build, which replaced ours.
    Later,
    /// Nothing was found yet.
    Nothing,
    /// No answer, and why.
    Silence(String),
    /// Another status than 200.
    Status(u16),
    /// Other bytes; how old the copy is, in seconds, where the answer says it.
    Other(Option<u64>),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right => f.write_str("is up to date"),
            Self::Later => f.write_str("is from a later build"),
            Self::Nothing => f.write_str("timed out"),
            Self::Silence(why) => write!(f, "does not answer ({why})"),
            Self::Status(status) => write!(f, "answers {status}"),
            Self::Other(None) => f.write_str("differs from what was uploaded"),
            Self::Other(Some(age)) => write!(f, "is an old copy, {age} seconds old"),
        }
    }
}

/// The paths worth reading, of those that changed: the index pages, some leaves, a feed.
pub fn sample<'a>(changed: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let (mut pages, mut leaves, mut feed) = (Vec::new(), Vec::new(), None);
    for path in changed {
        let depth = path.matches('/').count();
        let is_page = path.ends_with("index.html");
        if is_page && depth <= 1 {
            pages.push(path);
        } else if is_page && leaves.len() < LEAVES_MAX {
            leaves.push(path);
        } else if feed.is_none() && path.ends_with(".atom") {
            feed = Some(path);
        }
    }
    pages.into_iter().chain(leaves).chain(feed).collect()
}

/// Reads the pointer and every file until each is correct, or until the pointer is of a later build that replaced
/// ours. `url` is where readers find the page, without a slash at the end.
///
/// # Errors
///
/// What was not so when the time was over: the pointer first, then the files in the order they were given.
pub async fn verify(
    client: &Client,
    url: &str,
    build: &BuildId,
    expected: &[Expected],
    patience: Patience,
    now: &(dyn Fn() -> Moment + Send + Sync),
) -> Result<(), Vec<Miss>> {
    let look = async |open: &Open<'_>| look(client, url, open, now()).await;
    look_until_right(look, build, expected, patience).await
}

/// [`verify`] with any way of looking at a file.
async fn look_until_right(
    look: impl AsyncFn(&Open<'_>) -> Found,
    build: &BuildId,
    expected: &[Expected],
    patience: Patience,
) -> Result<(), Vec<Miss>> {
    let pointer = Open { path: POINTER_PATH, wanted: Wanted::Build(build), found: Found::Nothing };
    let mut open = vec![pointer];
    open.extend(expected.iter().map(Open::file));
    let looks = async {
        let mut wait = patience.first;
        loop {
            for open in &mut open {
                open.found = look(open).await;
            }
            if open.iter().any(|open| open.found == Found::Later) {
                open.clear();
            }
            if open.iter().all(|open| open.found == Found::Right) {
                return;
            }
            // The pointer is read as long as anything else is: a later build may come in between.
            open.retain(|open| open.found != Found::Right || matches!(open.wanted, Wanted::Build(_)));
            tokio::time::sleep(wait).await;
            wait = (wait * 3 / 2).min(patience.most);
        }
    };
    // Whatever was found is told, also when the time was over in the middle of a look.
    let _in_time = tokio::time::timeout(patience.total, looks).await;
    open.retain(|open| open.found != Found::Right);
    let misses: Vec<Miss> =
        open.into_iter().map(|open| Miss { path: open.path.to_owned(), found: open.found }).collect();
    if misses.is_empty() { Ok(()) } else { Err(misses) }
}

/// A file that is not known to be right yet.
struct Open<'a> {
    path: &'a str,
    wanted: Wanted<'a>,
    found: Found,
}

impl<'a> Open<'a> {
    fn file(file: &'a Expected) -> Self {
        Self { path: &file.path, wanted: Wanted::Bytes(&file.facts), found: Found::Nothing }
    }
}

enum Wanted<'a> {
    Bytes(&'a FileFacts),
    Build(&'a BuildId),
}

async fn look(client: &Client, url: &str, open: &Open<'_>, now: Moment) -> Found {
    match open.wanted {
        Wanted::Bytes(facts) => {
            look_at_bytes(client, &address(url, readers_path(open.path)), facts, now).await
        }
        Wanted::Build(build) => match read_pointer(client, url, now).await {
            Ok(pointer) if pointer.build == *build => Found::Right,
            Ok(pointer) if pointer.past.iter().any(|past| past.build == *build) => Found::Later,
            Ok(_) => Found::Other(None),
            Err(Instead::Nothing(why)) => Found::Silence(why),
            Err(Instead::Other(..)) => Found::Other(None),
        },
    }
}

async fn look_at_bytes(client: &Client, url: &str, facts: &FileFacts, now: Moment) -> Found {
    // One byte more than there should be shows a longer file.
    let bytes_max = usize::try_from(facts.length).unwrap_or(usize::MAX).saturating_add(1);
    let response = match client.send(&Request::new(Method::Get, url), bytes_max, now).await {
        Ok(response) => response,
        Err(error) => return Found::Silence(error.to_string()),
    };
    if response.status != 200 {
        return Found::Status(response.status);
    }
    if response.is_whole && FileFacts::of(&response.body) == *facts {
        return Found::Right;
    }
    Found::Other(response.header("age").and_then(|age| age.trim().parse().ok()))
}

/// The path by which readers come to a file: an index is reached by its folder.
fn readers_path(path: &str) -> &str {
    match path.strip_suffix("index.html") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => folder,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::extract::Request as Asked;
    use axum::http::StatusCode;
    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::net::Limits;
    use crate::net::port::free_port;
    use crate::publish::pointer::{Origin, Pointer};

    fn file(path: &str, text: &str) -> Expected {
        Expected { path: path.to_owned(), facts: FileFacts::of(text.as_bytes()) }
    }

    fn build(name: &str) -> BuildId {
        BuildId::new(&FileFacts::of(name.as_bytes()).hash).unwrap()
    }

    /// The pointer of a build that replaced another.
    fn pointer(name: &str, before: &str) -> String {
        let origin = Origin {
            commit: None,
            changed: false,
            rolled_back_from: None,
            time: Moment::default(),
            site: String::new(),
        };
        let before = Pointer::over(None, build(before), origin.clone());
        Pointer::over(Some(&before), build(name), origin).to_json()
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
        let limits = Limits { connect: Duration::from_secs(600), answer: Duration::from_secs(600) };
        let (client, ours) = (Client::new(limits).unwrap(), build("ours"));
        let now = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        let pointer = Open { path: POINTER_PATH, wanted: Wanted::Build(&ours), found: Found::Nothing };
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
    async fn verified(answer: impl Fn(&str, usize) -> Found) -> (Result<(), Vec<Miss>>, usize) {
        let asked = AtomicUsize::new(0);
        let look = async |open: &Open<'_>| answer(open.path, asked.fetch_add(1, Ordering::SeqCst) + 1);
        let expected = [file("index.html", "new")];
        let result = look_until_right(look, &build("ours"), &expected, Patience::USUAL).await;
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
        assert_eq!(result, Err(vec![Miss { path: POINTER_PATH.to_owned(), found: Found::Other(None) }]));
        assert_eq!(started.elapsed(), Patience::USUAL.total, "and not a moment longer");
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
        let misses =
            look_until_right(silent, &build("ours"), &[file("a", "x")], Patience::USUAL).await.unwrap_err();
        assert_eq!(
            misses.iter().map(|miss| miss.found.clone()).collect::<Vec<_>>(),
            [Found::Nothing, Found::Nothing]
        );
        assert_eq!(started.elapsed(), Patience::USUAL.total);
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
}
