//! Purges what changed from the cache in front of a target.
//!
//! Promises: only the changed paths are purged, or the whole page if more changed than the cache takes one by one; a call
//! that may succeed later is retried a few times, after the pause that the cache asks for; a purge that still fails is an
//! error, which never holds a key. Never reads a clock.

mod retry;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use retry::Waits;

use crate::config::secret::SecretError;
use crate::config::target::Cdn;
use crate::model::Moment;
use crate::net::address;
use crate::net::{self, Client};

/// What a cache is to forget.
#[derive(Clone, Copy, Debug)]
pub struct Purge<'a> {
    /// Where readers find the page, without a slash at the end.
    pub url: &'a str,
    /// The files that changed or went, by their paths in the tree: `history/index.html`.
    pub paths: &'a [String],
    /// What tells this publishing from every other, such as the build and the moment.
    pub reference: &'a str,
}

/// What was asked of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// To forget this number of URLs.
    Urls(usize),
    /// To forget everything of the page.
    Everything,
}

/// Why a cache may still show what was.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key to it cannot be had.
    #[error("failed to purge at {cdn}")]
    Key {
        /// What it is called.
        cdn: &'static str,
        /// The cause.
        source: SecretError,
    },
    /// The request cannot be signed with that key.
    #[error("failed to sign the purge for {cdn}")]
    Unsigned {
        /// What it is called.
        cdn: &'static str,
    },
    /// It does not answer.
    #[error("failed to purge at {cdn}")]
    Unanswered {
        /// What it is called.
        cdn: &'static str,
        /// The cause.
        source: net::Error,
    },
    /// It refused, or failed.
    #[error("failed to purge at {cdn}: it answered {status}{words}")]
    Refused {
        /// What it is called.
        cdn: &'static str,
        /// The status code.
        status: u16,
        /// What it said about it, after a colon; empty where it said nothing that is known to be harmless.
        words: String,
    },
}

/// Asks the cache to forget; secrets that are files are read below `root`. Nothing is asked when nothing changed.
///
/// # Errors
///
/// It did not do all of it.
pub async fn purge(
    cdn: &Cdn,
    purge: &Purge<'_>,
    root: &Path,
    client: &Client,
    waits: Waits,
    now: &(dyn Fn() -> Moment + Send + Sync),
) -> Result<Purged, Error> {
    let urls = address::of(purge.url, purge.paths);
    if urls.is_empty() {
        return Ok(Purged::Urls(0));
    }
    let kind = cdn.kind;
    let settings = cdn.revealed(root).map_err(|source| Error::Key { cdn: kind.title, source })?;
    let all = urls.len() > kind.urls_max;
    let requests = match all {
        true => (kind.everything)(&settings, &address::page(purge.url), purge.reference),
        false => (kind.each)(&settings, &urls, purge.reference),
    };
    retry::all((kind, &settings), requests, client, waits, now).await?;
    Ok(if all { Purged::Everything } else { Purged::Urls(urls.len()) })
}
