//! Telling the cache in front of a target to forget what changed.
//!
//! Promises: only the paths that changed are named, or, beyond what a cache takes one by one, everything of this page at
//! once; a call that may go well later is tried again, a few times, at the pace the cache asks for; whatever then is
//! not done is an error. Keys never appear in one. Never reads a clock.

mod bunny;
mod cloudflare;
mod cloudfront;
mod fastly;
mod retry;
mod varnish;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use retry::Waits;

use crate::config::secret::{Revealed, SecretError};
use crate::config::target::Cdn;
use crate::model::Moment;
use crate::model::line::short_line;
use crate::net::address::{self, Url};
use crate::net::{self, Client, Request, Response};

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
    /// To forget so many URLs.
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
        /// Why.
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
        /// Why.
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
    let carrier = Carrier::open(cdn, root).map_err(|source| Error::Key { cdn: name(cdn), source })?;
    let all = urls.len() > carrier.urls_max();
    let requests = if all { carrier.everything(purge) } else { carrier.each(&urls, purge) };
    retry::all((&carrier, name(cdn)), requests, client, waits, now).await?;
    Ok(if all { Purged::Everything } else { Purged::Urls(urls.len()) })
}

/// What people call a cache.
pub fn name(cdn: &Cdn) -> &'static str {
    match cdn {
        Cdn::CloudFront { .. } => "CloudFront",
        Cdn::Cloudflare { .. } => "Cloudflare",
        Cdn::Fastly { .. } => "Fastly",
        Cdn::Bunny { .. } => "bunny.net",
        Cdn::Varnish { .. } => "Varnish",
    }
}

/// A cache with the keys to it.
enum Carrier<'a> {
    CloudFront(cloudfront::Distribution<'a>),
    Cloudflare(cloudflare::Zone<'a>),
    Fastly(fastly::Service<'a>),
    Bunny(bunny::Account<'a>),
    Varnish(&'a [String]),
}

impl<'a> Carrier<'a> {
    fn open(cdn: &'a Cdn, root: &Path) -> Result<Self, SecretError> {
        Ok(match cdn {
            Cdn::CloudFront { distribution, keys, endpoint } => Self::CloudFront(
                cloudfront::Distribution::open(distribution, keys, endpoint.as_deref(), root)?,
            ),
            Cdn::Cloudflare { zone, token, endpoint } => Self::Cloudflare(cloudflare::Zone {
                id: zone,
                endpoint: endpoint.as_deref().unwrap_or(cloudflare::ENDPOINT),
                token: token.reveal(root)?,
            }),
            Cdn::Fastly { service, token, endpoint } => Self::Fastly(fastly::Service {
                id: service,
                endpoint: endpoint.as_deref().unwrap_or(fastly::ENDPOINT),
                token: token.reveal(root)?,
            }),
            Cdn::Bunny { access_key, endpoint } => Self::Bunny(bunny::Account {
                endpoint: endpoint.as_deref().unwrap_or(bunny::ENDPOINT),
                key: access_key.reveal(root)?,
            }),
            Cdn::Varnish { servers } => Self::Varnish(servers),
        })
    }

    /// How many URLs it is asked to forget one by one; more are everything.
    fn urls_max(&self) -> usize {
        match self {
            Self::CloudFront(_) => cloudfront::URLS_MAX,
            Self::Cloudflare(_) => cloudflare::URLS_MAX,
            Self::Fastly(_) => fastly::URLS_MAX,
            Self::Bunny(_) => bunny::URLS_MAX,
            Self::Varnish(_) => varnish::URLS_MAX,
        }
    }

    /// The requests that make it forget those URLs.
    fn each(&self, urls: &[Url], purge: &Purge<'_>) -> Vec<Request> {
        match self {
            Self::CloudFront(distribution) => distribution.each(urls, purge.reference),
            Self::Cloudflare(zone) => zone.each(urls),
            Self::Fastly(service) => service.each(urls),
            Self::Bunny(account) => account.each(urls),
            Self::Varnish(servers) => varnish::each(servers, urls),
        }
    }

    /// The requests that make it forget everything of the page.
    fn everything(&self, purge: &Purge<'_>) -> Vec<Request> {
        let page = address::page(purge.url);
        match self {
            Self::CloudFront(distribution) => distribution.everything(&page, purge.reference),
            Self::Cloudflare(zone) => zone.everything(&page),
            Self::Fastly(service) => service.everything(),
            Self::Bunny(account) => account.everything(&page),
            Self::Varnish(servers) => varnish::everything(servers, &page),
        }
    }

    /// The request with what proves who sends it; `None` when it cannot be signed.
    fn signed(&self, request: &Request, now: Moment) -> Option<Request> {
        let request = request.clone();
        match self {
            Self::CloudFront(distribution) => distribution.signed(request, now),
            Self::Cloudflare(zone) => {
                Some(request.header("authorization", &format!("Bearer {}", zone.token.expose())))
            }
            Self::Fastly(service) => Some(request.header("fastly-key", service.token.expose())),
            Self::Bunny(account) => Some(request.header("accesskey", account.key.expose())),
            Self::Varnish(_) => Some(request),
        }
    }

    /// What it says about a request it did not do, in its own words but without our keys; empty when it did it.
    fn complaint(&self, response: &Response) -> Option<String> {
        let words = match self {
            Self::CloudFront(_) => cloudfront::words(&response.body),
            Self::Cloudflare(_) => cloudflare::words(&response.body),
            Self::Fastly(_) => fastly::words(&response.body),
            Self::Bunny(_) => bunny::words(&response.body),
            Self::Varnish(_) => None,
        };
        let done = match self {
            Self::Cloudflare(_) => response.is_success() && cloudflare::is_done(&response.body),
            _ => response.is_success(),
        };
        (!done).then(|| words.map(|words| self.without_keys(&words)).unwrap_or_default())
    }

    fn without_keys(&self, words: &str) -> String {
        // Taken out before the words are cut: half a key is too much of it.
        let bare = self.keys().iter().fold(words.to_owned(), |words, key| words.replace(key.expose(), "…"));
        let bare = short_line(&bare, 200);
        if bare.is_empty() { bare } else { format!(": {bare}") }
    }

    fn keys(&self) -> Vec<&Revealed> {
        match self {
            Self::CloudFront(distribution) => {
                let session = distribution.session_token.iter();
                session.chain([&distribution.key, &distribution.secret]).collect()
            }
            Self::Cloudflare(zone) => vec![&zone.token],
            Self::Fastly(service) => vec![&service.token],
            Self::Bunny(account) => vec![&account.key],
            Self::Varnish(_) => Vec::new(),
        }
    }
}
