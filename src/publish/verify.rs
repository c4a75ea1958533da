//! Reads the published page as readers do, through the public address, until it is the one that was uploaded.
//!
//! Promises: a file counts as correct only if its bytes are those of the manifest; the check ends within the given time;
//! the reason is reported for each file that is not correct. No request bypasses a cache, because readers get what the
//! cache holds. Never reads a clock.

use std::fmt;
use std::time::Duration;

use super::live::{PageMismatch, read_pointer};
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
    /// The path by which readers are sent to it: `history/`.
    pub at: String,
    /// Its bytes, as the manifest has them.
    pub facts: FileFacts,
}

/// What readers should get.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// The build that the pointer should name.
    pub build: &'a BuildId,
    /// The files that are read.
    pub files: &'a [Expected],
}

/// How long to look, and how often.
#[derive(Clone, Copy, Debug)]
pub struct PollLimits {
    /// The longest time for all requests together.
    pub total: Duration,
    /// Between the first two looks; each further wait is half as long again.
    pub first: Duration,
    /// At most between two looks.
    pub most: Duration,
}

impl PollLimits {
    /// As long as a cache may take to purge.
    pub const USUAL: Self = Self {
        total: Duration::from_secs(120),
        first: Duration::from_millis(50),
        most: Duration::from_secs(5),
    };
}

/// A file that is not what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
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
    /// Other bytes; how old the copy is, in seconds, if the answer states it.
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
            Self::Other(Some(1)) => write!(f, "is an old copy, 1 second old"),
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
/// ours; at most for the time of `patience`, and no longer than until `enough` is over. `url` is where readers find
/// the page, without a slash at the end.
///
/// # Errors
///
/// What was not so when the time was over: the pointer first, then the files in the order they were given.
pub async fn verify(
    client: &Client,
    url: &str,
    published: Published<'_>,
    patience: PollLimits,
    enough: impl Future<Output = ()>,
    now: &(dyn Fn() -> Moment + Send + Sync),
) -> Result<(), Vec<Mismatch>> {
    let look = async |open: &Open<'_>| look(client, url, open, now()).await;
    look_until_right(look, published.build, published.files, patience, enough).await
}

/// [`verify`] with any way of looking at a file.
async fn look_until_right(
    look: impl AsyncFn(&Open<'_>) -> Found,
    build: &BuildId,
    expected: &[Expected],
    patience: PollLimits,
    enough: impl Future<Output = ()>,
) -> Result<(), Vec<Mismatch>> {
    let pointer = Open {
        path: POINTER_PATH,
        at: POINTER_PATH,
        wanted: ExpectedPage::Build(build),
        found: Found::Nothing,
    };
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
            open.retain(|open| open.found != Found::Right || matches!(open.wanted, ExpectedPage::Build(_)));
            tokio::time::sleep(wait).await;
            wait = (wait * 3 / 2).min(patience.most);
        }
    };
    // Whatever was found is reported, also when the time was over in the middle of a look.
    let _in_time = tokio::time::timeout(patience.total, async {
        tokio::select! {
            () = looks => {}
            () = enough => {}
        }
    })
    .await;
    open.retain(|open| open.found != Found::Right);
    let misses: Vec<Mismatch> =
        open.into_iter().map(|open| Mismatch { path: open.path.to_owned(), found: open.found }).collect();
    if misses.is_empty() { Ok(()) } else { Err(misses) }
}

/// A file that is not known to be right yet.
struct Open<'a> {
    path: &'a str,
    at: &'a str,
    wanted: ExpectedPage<'a>,
    found: Found,
}

impl<'a> Open<'a> {
    fn file(file: &'a Expected) -> Self {
        Self {
            path: &file.path,
            at: &file.at,
            wanted: ExpectedPage::Bytes(&file.facts),
            found: Found::Nothing,
        }
    }
}

enum ExpectedPage<'a> {
    Bytes(&'a FileFacts),
    Build(&'a BuildId),
}

async fn look(client: &Client, url: &str, open: &Open<'_>, now: Moment) -> Found {
    match open.wanted {
        ExpectedPage::Bytes(facts) => look_at_bytes(client, &address(url, open.at), facts, now).await,
        ExpectedPage::Build(build) => match read_pointer(client, url, now).await {
            Ok(pointer) if pointer.build == *build => Found::Right,
            Ok(pointer) if pointer.past.iter().any(|past| past.build == *build) => Found::Later,
            Ok(_) => Found::Other(None),
            Err(PageMismatch::Nothing(why)) => Found::Silence(why),
            Err(PageMismatch::Other(..)) => Found::Other(None),
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

#[cfg(test)]
mod tests;
