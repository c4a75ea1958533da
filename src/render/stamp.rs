//! Digests of the inputs of rendered files: with the same stamp, the files are the same.
//!
//! Promises: a stamp covers every fact of its values, each with its length before it, by SHA-256; that of an incident also
//! covers which of its times have passed, because only these can change what is shown. Never shows what changed.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::model::Moment;
use crate::model::incident::{Audience, Eta, Incident, Update};
use crate::model::localized::Localized;

use super::cores::on_every_core;
use super::known::turns_ahead;

/// The digest of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CacheKey([u8; 32]);

impl CacheKey {
    /// The stamp of a value, or of several in a tuple.
    pub(super) fn of(value: &impl Hash) -> Self {
        let mut facts = Facts(Vec::new());
        value.hash(&mut facts);
        Self(Sha256::digest(&facts.0).into())
    }

    /// All of it, in 64 hexadecimal digits.
    pub(super) fn hex(self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// Its first bytes as six letters.
    fn letters(self) -> String {
        let halves = self.0.iter().take(3).flat_map(|byte| [byte >> 4, byte & 15]);
        halves.map(|half| char::from(b'a' + half)).collect()
    }
}

/// A mark of all that the public may read of an incident, for a page that compares what it knows with the present text:
/// another one whenever anything of it is written.
pub(super) fn news_mark(incident: &Incident) -> String {
    let is_internal = |update: &&mut Update| update.audience != Audience::Public;
    if incident.updates.iter().all(|update| update.audience == Audience::Public) {
        return CacheKey::of(incident).letters();
    }
    let mut public = incident.clone();
    public.updates.iter_mut().filter(is_internal).for_each(|update| update.body = Localized::plain(""));
    CacheKey::of(&public).letters()
}

/// The stamps of a site's incidents, whatever the moment. That of an incident which is the same piece of memory as in the
/// last build is known already.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    /// By its place in memory, which no other incident can take while this one is held.
    by_place: HashMap<usize, (Arc<Incident>, CacheKey)>,
}

impl Stamps {
    /// Takes the stamps of what is new, and forgets what the site no longer has.
    pub(super) fn renew(&mut self, incidents: &[Arc<Incident>]) {
        let mut last = std::mem::take(&mut self.by_place);
        let is_new = |incident: &&Arc<Incident>| !last.contains_key(&place(incident));
        let new: Vec<&Arc<Incident>> = incidents.iter().filter(is_new).collect();
        let stamps = on_every_core(&new, |incident| CacheKey::of(&***incident));
        let new = new.into_iter().zip(stamps);
        last.extend(new.map(|(incident, stamp)| (place(incident), (Arc::clone(incident), stamp))));
        self.by_place = incidents.iter().filter_map(|incident| last.remove_entry(&place(incident))).collect();
    }

    /// The stamp of an incident of the site as it is known, at a moment.
    pub(super) fn at(&self, now: Moment, incident: &Incident) -> CacheKey {
        let known = self.by_place.get(&place(incident)).map(|(_, stamp)| *stamp);
        let passed: Vec<Ordering> = moments(incident).map(|moment| moment.cmp(&now)).collect();
        CacheKey::of(&(known.unwrap_or_else(|| CacheKey::of(incident)), passed))
    }
}

fn place(incident: &Incident) -> usize {
    std::ptr::from_ref(incident).addr()
}

/// Every moment that is in an incident.
fn moments(incident: &Incident) -> impl Iterator<Item = Moment> {
    let at = |eta: Option<Eta>| match eta {
        Some(Eta::At(moment)) => Some(moment),
        Some(Eta::Unknown) | None => None,
    };
    let window = incident.planned_turns();
    let facts = [Some(incident.started), at(incident.eta), incident.next_update].into_iter().flatten();
    let said = incident
        .updates
        .iter()
        .flat_map(move |update| [Some(update.at), at(update.eta), update.next_update].into_iter().flatten());
    window.chain(facts).chain(said).chain(turns_ahead(incident))
}

/// Takes in what a value hashes; digested in one go, because most facts are a few bytes.
struct Facts(Vec<u8>);

impl Hasher for Facts {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        let digest: [u8; 32] = Sha256::digest(&self.0).into();
        digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}
