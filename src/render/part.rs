//! Parts of the site: files that are rendered together, and their inputs.
//!
//! Promises: a part with the stamp of the last build is reused, with the bytes that rendering would give; the files do not
//! depend on the number of threads; of several errors the one of the first part is reported, and the last build stays in
//! memory. Never holds a part that the site no longer has.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use super::cores::on_every_core;
use super::file::{Error, File};
use super::stamp::{CacheKey, Stamps};
use crate::model::tree::SiteFiles;

/// Some files of the site, not made yet.
pub(super) struct RenderUnit<'a> {
    /// What the last build's part of the same files was called.
    name: String,
    /// What they are made from; `None` where too much of the site goes in for a stamp to be worth it.
    stamp: Option<CacheKey>,
    make: Box<dyn Fn() -> Result<Vec<File>, Error> + Send + Sync + 'a>,
}

impl<'a> RenderUnit<'a> {
    /// A part that is made again when its stamp is another.
    pub(super) fn new(
        name: String,
        stamp: CacheKey,
        make: impl Fn() -> Result<Vec<File>, Error> + Send + Sync + 'a,
    ) -> Self {
        Self { name, stamp: Some(stamp), make: Box::new(make) }
    }

    /// A part that every build makes.
    pub(super) fn always(make: impl Fn() -> Result<Vec<File>, Error> + Send + Sync + 'a) -> Self {
        Self { name: String::new(), stamp: None, make: Box::new(make) }
    }
}

/// The last build, so that the next one makes only what is not as it was.
#[derive(Debug, Default)]
pub struct RenderCache {
    pub(super) stamps: Stamps,
    pub(super) parts: MadeParts,
    pub(super) sitemap: MadeParts,
}

/// The parts of the last build by their names.
#[derive(Debug, Default)]
pub(super) struct MadeParts(BTreeMap<String, Made>);

#[derive(Debug)]
struct Made {
    stamp: CacheKey,
    files: Vec<(String, Bytes)>,
}

impl MadeParts {
    /// Brings all parts together, and remembers those that can be used again.
    pub(super) fn make(&mut self, parts: Vec<RenderUnit<'_>>) -> Result<SiteFiles, Error> {
        let (kept, stale): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| self.holds(part));
        let made = on_every_core(&stale, |part| Ok((part.make)()?.into_iter().map(in_memory).collect()));
        let made: Vec<Vec<_>> = made.into_iter().collect::<Result<_, Error>>()?;
        let kept = kept.into_iter().filter_map(|part| self.0.remove_entry(&part.name));
        let mut remembered: BTreeMap<String, Made> = kept.collect();
        let mut once = Vec::new();
        for (part, files) in stale.into_iter().zip(made) {
            match part.stamp {
                Some(stamp) => drop(remembered.insert(part.name, Made { stamp, files })),
                None => once.extend(files),
            }
        }
        // Collected in one go, because that costs a fraction of one insertion after the other.
        let made = remembered.values().flat_map(|made| made.files.iter().cloned());
        let files = once.into_iter().chain(made).collect();
        self.0 = remembered;
        Ok(SiteFiles { files })
    }

    fn holds(&self, part: &RenderUnit<'_>) -> bool {
        let made = self.0.get(&part.name).map(|made| made.stamp);
        made.is_some() && made == part.stamp
    }
}

fn in_memory((path, bytes): File) -> (String, Bytes) {
    (path, bytes.into())
}

/// What was made of a part: enough for another process to tell that it need not make the part again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRecord {
    /// The name that distinguishes the part from every other of the same site.
    pub name: String,
    /// What the part was made from, in 64 hexadecimal digits: as long as it stays, so do the bytes of the files.
    pub stamp: String,
    /// The files' paths.
    pub paths: Vec<String>,
}

/// The parts of an earlier build, by name, whose files lie where this build writes and have the bytes they were given.
pub type KnownUnits = HashMap<String, Arc<UnitRecord>>;

/// The stamp of a part that may be left as it is, and what was made of the part.
pub(super) type StampedUnit = (Option<CacheKey>, Arc<UnitRecord>);

/// Hands every file of the parts to `take` once it is made, and forgets it; leaves out what is known. Says what each part
/// consists of.
pub(super) fn stream<E: From<Error> + Send>(
    parts: Vec<RenderUnit<'_>>,
    known: &KnownUnits,
    take: &(impl Fn(&str, Vec<u8>) -> Result<(), E> + Sync),
) -> Result<Vec<StampedUnit>, E> {
    let made = on_every_core(&parts, |part| -> Result<Arc<UnitRecord>, E> {
        let stamp = part.stamp.map(CacheKey::hex).unwrap_or_default();
        if let Some(known) =
            known.get(&part.name).filter(|known| part.stamp.is_some() && known.stamp == stamp)
        {
            return Ok(Arc::clone(known));
        }
        let files = (part.make)()?.into_iter();
        let paths: Result<_, E> = files.map(|(path, bytes)| take(&path, bytes).map(|()| path)).collect();
        Ok(Arc::new(UnitRecord { name: part.name.clone(), stamp, paths: paths? }))
    });
    let stamps = parts.into_iter().map(|part| part.stamp);
    stamps.zip(made).map(|(stamp, made)| Ok((stamp, made?))).collect()
}
