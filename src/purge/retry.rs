//! Makes the calls of a purge, one after the other, with retries.
//!
//! Promises: every call is tried at most five times; a server that fails does not stop calls to the others; every call may
//! be repeated without harm. Never reads a clock: the caller passes the time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Error;
use crate::cdn::Kind;
use crate::model::Moment;
use crate::model::line::short_line;
use crate::net::address::page;
use crate::net::{BODY_BYTES_MAX, Client, Request};
use crate::provider::Settings;

/// A kind of CDN and the settings of this one, with its secrets.
type Known<'a> = (&'static Kind, &'a Settings);

/// How often a call is tried.
const TRIES: u32 = 5;

/// How long to wait between two tries of a call.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// Before the second; each further wait is twice the one before.
    pub first: Duration,
    /// At most. A cache that asks for more is not waited for.
    pub most: Duration,
}

impl Waits {
    /// What a cache needs to think again.
    pub const USUAL: Self = Self { first: Duration::from_secs(1), most: Duration::from_secs(70) };
}

/// Makes every call. One server that fails does not keep another from being called; its own further calls are left
/// out. The first error is returned.
pub(super) async fn all(
    cdn: Known<'_>,
    requests: Vec<Request>,
    client: &Client,
    waits: Waits,
    now: &(dyn Fn() -> Moment + Send + Sync),
) -> Result<(), Error> {
    let (mut failed, mut first) = (BTreeSet::new(), Ok(()));
    for request in requests {
        let server = page(&request.url).host;
        if failed.contains(&server) {
            continue;
        }
        if let Err(error) = one(cdn, &request, client, waits, now).await {
            failed.insert(server);
            first = first.and(Err(error));
        }
    }
    first
}

async fn one(
    cdn: Known<'_>,
    request: &Request,
    client: &Client,
    waits: Waits,
    now: &(dyn Fn() -> Moment + Send + Sync),
) -> Result<(), Error> {
    let mut wait = waits.first;
    for _ in 1..TRIES {
        match once(cdn, request, client, now).await {
            Ok(()) => return Ok(()),
            Err(PurgeFault { error, again: None }) => return Err(error),
            Err(PurgeFault { error, again: Some(asked) }) if asked > waits.most => return Err(error),
            Err(PurgeFault { again: Some(asked), .. }) => tokio::time::sleep(asked.max(wait)).await,
        }
        wait = (wait * 2).min(waits.most);
    }
    once(cdn, request, client, now).await.map_err(|fault| fault.error)
}

struct PurgeFault {
    error: Error,
    /// After how long at least it may succeed; `None` when it will not.
    again: Option<Duration>,
}

async fn once(
    (kind, settings): Known<'_>,
    request: &Request,
    client: &Client,
    now: &(dyn Fn() -> Moment + Send + Sync),
) -> Result<(), PurgeFault> {
    // Signed again each time: a signature grows old.
    let cdn = kind.title;
    let Some(signed) = (kind.signed)(settings, request.clone(), now()) else {
        return Err(PurgeFault { error: Error::Unsigned { cdn }, again: None });
    };
    let response = match client.send(&signed, BODY_BYTES_MAX, now()).await {
        Ok(response) => response,
        // Forgetting twice is as good as once, so a request that may have arrived is sent again.
        Err(source) => {
            let error = Error::Unanswered { cdn, source };
            return Err(PurgeFault { error, again: Some(Duration::ZERO) });
        }
    };
    let Some(words) = (kind.complaint)(&response) else { return Ok(()) };
    let words = without_secrets(&words, settings);
    let status = response.status;
    let hopeful = matches!(status, 408 | 429 | 500..=599);
    let again = hopeful.then_some(response.retry_after.unwrap_or_default());
    Err(PurgeFault { error: Error::Refused { cdn, status, words }, again })
}

/// What a cache said, after a colon, without our secrets.
fn without_secrets(words: &str, settings: &Settings) -> String {
    // Taken out before the text is cut: half a key is too much of it.
    let bare = short_line(&settings.without_secrets(words), 200);
    if bare.is_empty() { bare } else { format!(": {bare}") }
}
