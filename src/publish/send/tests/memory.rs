//! A place in memory for tests: with more or fewer conditions kept, with a clock of its own, counted and broken at will.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::model::Moment;
use crate::publish::headers::Headers;
use crate::publish::store::{
    Condition, ConditionalWrites, Error, Listed, Store, StoreFault, StoredFile, Version,
};

/// What happens around each request: a wait before it is heard, and a refusal.
type Weather = dyn Fn(&'static str, &str) -> (Duration, Option<StoreFault>) + Send + Sync;

pub(super) struct MemoryStore {
    pub(super) files: Mutex<BTreeMap<String, StoredFile>>,
    /// Every write and delete that was done, in order.
    pub(super) done: Mutex<Vec<(&'static str, String)>>,
    keeps: ConditionalWrites,
    weather: Box<Weather>,
    start: tokio::time::Instant,
}

impl MemoryStore {
    pub(super) fn new(keeps: ConditionalWrites) -> Self {
        Self::with_weather(keeps, |_, _| (Duration::ZERO, None))
    }

    pub(super) fn with_weather(
        keeps: ConditionalWrites,
        weather: impl Fn(&'static str, &str) -> (Duration, Option<StoreFault>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            files: Mutex::default(),
            done: Mutex::default(),
            keeps,
            weather: Box::new(weather),
            start: tokio::time::Instant::now(),
        }
    }

    /// The place's own clock; ours is another.
    pub(super) fn now(&self) -> Moment {
        let start = Moment::from_timestamp(1_700_000_000, 0).expect("a moment");
        start + chrono::TimeDelta::from_std(self.start.elapsed()).expect("a short test")
    }

    pub(super) fn text(&self, path: &str) -> Option<String> {
        let files = self.files.lock();
        files.get(path).map(|found| String::from_utf8_lossy(&found.bytes).into_owned())
    }

    /// As at S3, the tag follows from the bytes alone, so the same bytes again are the same version.
    fn replace(&self, path: &str, bytes: Bytes, condition: &Condition) -> Result<Version, Error> {
        let mut files = self.files.lock();
        let there = files.get(path);
        let holds = match condition {
            Condition::Absent if self.keeps != ConditionalWrites::Ignored => there.is_none(),
            Condition::Is(version) if self.keeps == ConditionalWrites::Kept => {
                there.is_some_and(|there| there.version == *version)
            }
            Condition::Any | Condition::Absent | Condition::Is(_) => true,
        };
        if !holds {
            let why = "it changed meanwhile".to_owned();
            return Err(Error { verb: "write", path: path.to_owned(), kind: StoreFault::Conflict, why });
        }
        let version = Version { tag: Some(crate::publish::manifest::hash(&bytes)), number: None };
        files.insert(path.to_owned(), StoredFile { bytes, version: version.clone(), modified: self.now() });
        self.done.lock().push(("write", path.to_owned()));
        Ok(version)
    }

    /// Waits, on the way there; the request is heard after it.
    async fn ask(&self, verb: &'static str, path: &str) -> Result<(), Error> {
        let (wait, fault) = (self.weather)(verb, path);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        match fault {
            None => Ok(()),
            Some(kind) => Err(Error { verb, path: path.to_owned(), kind, why: "of the weather".to_owned() }),
        }
    }
}

impl Store for MemoryStore {
    async fn read(&self, path: &str) -> Result<Option<StoredFile>, Error> {
        self.ask("read", path).await?;
        let found = self.files.lock().get(path).cloned();
        self.ask("answer", path).await?;
        Ok(found)
    }

    async fn write(
        &self,
        path: &str,
        bytes: Bytes,
        _headers: Headers,
        condition: &Condition,
    ) -> Result<Version, Error> {
        self.ask("write", path).await?;
        let version = self.replace(path, bytes, condition);
        self.ask("answer", path).await?;
        version
    }

    async fn list(&self) -> Result<BTreeMap<String, Listed>, Error> {
        self.ask("list", "").await?;
        let files = self.files.lock();
        let listed = |found: &StoredFile| Listed { length: found.bytes.len() as u64, hash: None };
        Ok(files.iter().map(|(path, found)| (path.clone(), listed(found))).collect())
    }

    async fn delete(&self, path: &str) -> Result<(), Error> {
        self.ask("delete", path).await?;
        self.files.lock().remove(path);
        self.done.lock().push(("delete", path.to_owned()));
        self.ask("answer", path).await
    }
}
