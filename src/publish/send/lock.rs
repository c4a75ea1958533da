//! The lock at the target: takes, renews and returns it.
//!
//! Promises: if the target supports conditional writes, no two publishers both have the lock after either has checked it.
//! The clocks of two machines are never compared: a waiting publisher takes over the lock if its holder has not renewed it
//! for a whole lease. A publisher that was suspended learns at its next check that it lost the lock.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Mutex;

use super::{SendError, UploadOptions};
use crate::model::Moment;
use crate::publish::headers::Headers;
use crate::publish::manifest::BuildId;
use crate::publish::record::{LOCK_PATH, Lock, Unfinished};
use crate::publish::store::{Condition, ConditionalWrites, Store, StoreFault, StoredFile, Version};

/// Where the lock of a place stands that keeps only one condition: it is there while someone holds it.
const LEASE_PATH: &str = "_allclear/lease.json";

/// How often a lock is looked at within a lease.
const LOOKS: u32 = 20;

/// Maximum number of looks at a lock whose holder keeps renewing it: twenty leases.
const LOOKS_MAX: u32 = 20 * LOOKS;

/// How long at least the build of a publisher that lost its lock is not trusted.
const SUSPICION: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// The lock, while it is ours.
pub(super) struct TargetLock<'a, S> {
    store: &'a S,
    terms: &'a UploadOptions<'a>,
    conditions: ConditionalWrites,
    /// The target's own time when the turn began.
    pub(super) began: Moment,
    held: Mutex<Held>,
}

/// What we last wrote into the lock.
struct Held {
    lock: Lock,
    version: Version,
    /// When we last asked for it to be ours, by the terms' clock.
    since: Duration,
}

/// A lock that is someone's, and for how long we have watched it.
type Watched = Option<(Version, Duration)>;

impl<'a, S: Store> TargetLock<'a, S> {
    /// Waits for the lock and takes it, to publish `build`.
    pub(super) async fn take(
        store: &'a S,
        terms: &'a UploadOptions<'a>,
        conditions: ConditionalWrites,
        build: &BuildId,
    ) -> Result<Self, SendError> {
        if conditions == ConditionalWrites::OnlyAbsent {
            take_lease(store, terms).await?;
        }
        let mut looks = 0;
        let mut watched: Watched = None;
        loop {
            let since = (terms.elapsed)();
            let found = store.read(LOCK_PATH).await?;
            let there = found.as_ref().map(|found| Lock::from_json(&found.bytes)).transpose()?;
            let there = there.unwrap_or_default();
            let is_ours = there.holder.as_deref() == Some(terms.holder);
            let is_free = there.holder.is_none() || conditions == ConditionalWrites::OnlyAbsent;
            if !is_ours && !is_free && !watched_out(&mut watched, found.as_ref(), since, terms.lease) {
                wait(terms, &mut looks).await?;
                continue;
            }
            let lock = if is_ours { there } else { ours(there, found.as_ref(), terms.holder, build) };
            let condition = match conditions {
                ConditionalWrites::Kept => Condition::still(found.as_ref()),
                ConditionalWrites::OnlyAbsent | ConditionalWrites::Ignored => Condition::Any,
            };
            match store.write(LOCK_PATH, lock.to_json().into(), Headers::of(LOCK_PATH), &condition).await {
                Ok(version) => {
                    return Self::begun(store, terms, conditions, Held { lock, version, since }).await;
                }
                Err(error) if error.kind == StoreFault::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Reads the lock back: it tells the target's time, and at a place without conditions who was faster.
    async fn begun(
        store: &'a S,
        terms: &'a UploadOptions<'a>,
        conditions: ConditionalWrites,
        held: Held,
    ) -> Result<Self, SendError> {
        let found = store.read(LOCK_PATH).await?.ok_or(SendError::Lost)?;
        if found.bytes != held.lock.to_json() {
            return Err(SendError::Lost);
        }
        let began = found.modified;
        Ok(Self { store, terms, conditions, began, held: Mutex::new(held) })
    }

    /// Builds whose publishing did not finish.
    pub(super) async fn unfinished(&self) -> Vec<BuildId> {
        self.held.lock().await.lock.unfinished.iter().map(|unfinished| unfinished.build.clone()).collect()
    }

    /// Whether another publisher may have the lock by now.
    pub(super) async fn is_in_doubt(&self) -> bool {
        let held = self.held.lock().await;
        (self.terms.elapsed)().saturating_sub(held.since) >= self.terms.lease
    }

    /// Renews the lock when a good part of its lease is over. To be called before each write.
    ///
    /// # Errors
    /// [`SendError::Lost`] where someone else accepted it over.
    pub(super) async fn keep(&self) -> Result<(), SendError> {
        let mut held = self.held.lock().await;
        let now = (self.terms.elapsed)();
        if now.saturating_sub(held.since) < self.terms.lease / 3 {
            return Ok(());
        }
        let lock = Lock { renewals: held.lock.renewals + 1, ..held.lock.clone() };
        held.version = self.rewrite(&held, &lock).await?;
        (held.lock, held.since) = (lock, now);
        Ok(())
    }

    /// Gives the lock back. Where publishing did not finish, the build is left to the suspicion of the next.
    pub(super) async fn give_back(self, finished: bool) -> Result<(), SendError> {
        let held = self.held.lock().await;
        let mut lock =
            Lock { holder: None, build: None, renewals: held.lock.renewals + 1, ..held.lock.clone() };
        if let Some(build) = held.lock.build.clone() {
            // A publisher that lost its lock is not known to be dead, so its entry outlives a publishing that looked at its files.
            lock.unfinished.retain(|unfinished| {
                unfinished.build != build && (!finished || self.began - unfinished.since < SUSPICION)
            });
            if !finished {
                lock.unfinished.push(Unfinished { build, since: self.began });
            }
        }
        self.rewrite(&held, &lock).await?;
        if self.conditions == ConditionalWrites::OnlyAbsent {
            self.store.delete(LEASE_PATH).await?;
        }
        Ok(())
    }

    /// Writes the lock over the one we hold, or determines that we do not hold it.
    async fn rewrite(&self, held: &Held, lock: &Lock) -> Result<Version, SendError> {
        let condition = match self.conditions {
            ConditionalWrites::Kept => Condition::Is(held.version.clone()),
            ConditionalWrites::OnlyAbsent => {
                renew_lease(self.store, self.terms, lock.renewals).await?;
                Condition::Any
            }
            ConditionalWrites::Ignored => {
                let found = self.store.read(LOCK_PATH).await?;
                if found.is_none_or(|found| found.bytes != held.lock.to_json()) {
                    return Err(SendError::Lost);
                }
                Condition::Any
            }
        };
        match self.store.write(LOCK_PATH, lock.to_json().into(), Headers::of(LOCK_PATH), &condition).await {
            Ok(version) => Ok(version),
            Err(error) if error.kind == StoreFault::Conflict => {
                // An answer that was lost makes our own write are in our way.
                let found = self.store.read(LOCK_PATH).await?;
                let ours = found.filter(|found| found.bytes == lock.to_json());
                ours.map(|found| found.version).ok_or(SendError::Lost)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The lock in our name. Anyone who held it did not finish.
fn ours(there: Lock, found: Option<&StoredFile>, holder: &str, build: &BuildId) -> Lock {
    let mut unfinished = there.unfinished;
    if let (Some(build), Some(found)) = (there.build, found) {
        unfinished.retain(|unfinished| unfinished.build != build);
        unfinished.push(Unfinished { build, since: found.modified });
    }
    Lock {
        holder: Some(holder.to_owned()),
        renewals: there.renewals + 1,
        build: Some(build.clone()),
        unfinished,
    }
}

/// Whether a lock was the same for a whole lease of our watching.
fn watched_out(watched: &mut Watched, found: Option<&StoredFile>, now: Duration, lease: Duration) -> bool {
    let Some(found) = found else { return true };
    match watched {
        Some((version, since)) if *version == found.version => now.saturating_sub(*since) >= lease,
        _ => {
            *watched = Some((found.version.clone(), now));
            false
        }
    }
}

async fn wait(terms: &UploadOptions<'_>, looks: &mut u32) -> Result<(), SendError> {
    *looks += 1;
    if *looks > LOOKS_MAX {
        return Err(SendError::Busy);
    }
    tokio::time::sleep(terms.lease / LOOKS).await;
    Ok(())
}

/// The lock of a place that keeps only the condition that a file is not there.
async fn take_lease(store: &impl Store, terms: &UploadOptions<'_>) -> Result<(), SendError> {
    let mut looks = 0;
    let mut watched: Watched = None;
    loop {
        let headers = Headers::of(LEASE_PATH);
        match store.write(LEASE_PATH, lease_of(terms, 0), headers, &Condition::Absent).await {
            Ok(_) => return Ok(()),
            Err(error) if error.kind == StoreFault::Conflict => {}
            Err(error) => return Err(error.into()),
        }
        let now = (terms.elapsed)();
        let Some(found) = store.read(LEASE_PATH).await? else { continue };
        if found.bytes == lease_of(terms, 0) {
            return Ok(());
        }
        if watched_out(&mut watched, Some(&found), now, terms.lease) {
            store.delete(LEASE_PATH).await?;
        } else {
            wait(terms, &mut looks).await?;
        }
    }
}

async fn renew_lease(store: &impl Store, terms: &UploadOptions<'_>, renewals: u64) -> Result<(), SendError> {
    let found = store.read(LEASE_PATH).await?;
    let ours = format!("{{\"holder\": \"{}\"", terms.holder);
    if !found.is_some_and(|found| found.bytes.starts_with(ours.as_bytes())) {
        return Err(SendError::Lost);
    }
    let headers = Headers::of(LEASE_PATH);
    store.write(LEASE_PATH, lease_of(terms, renewals), headers, &Condition::Any).await?;
    Ok(())
}

fn lease_of(terms: &UploadOptions<'_>, renewals: u64) -> Bytes {
    format!("{{\"holder\": \"{}\", \"renewals\": {renewals}}}\n", terms.holder).into()
}
