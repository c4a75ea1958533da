//! Where the facts of a site are in its files.
//!
//! Promises: the places of a file are read at most once for each copy of the map, and not before anyone asks for them:
//! hardly any of ten thousand files has a problem to point at.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::{SourceKey, SourceSpan};

/// The places of one file, in the order of the facts.
pub type FilePlaces = BTreeMap<SourceKey, SourceSpan>;

/// Where the facts of a site are in its files, so that a rule about a fact can point at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceMap {
    files: HashMap<String, LazyPlaces>,
}

/// Shared, because a site has many files and few of them change.
#[derive(Clone)]
struct LazyPlaces {
    known: OnceLock<Arc<FilePlaces>>,
    read: Option<Arc<dyn Fn() -> FilePlaces + Send + Sync>>,
}

impl SourceMap {
    /// Remembers where a fact stands.
    pub fn remember(&mut self, file: &str, spot: SourceKey, place: SourceSpan) {
        if let Some(places) = self.files.get_mut(file) {
            places.change(|places| drop(places.insert(spot, place)));
        } else {
            self.files.insert(file.to_owned(), LazyPlaces::known(BTreeMap::from([(spot, place)])));
        }
    }

    /// Remembers all places of a file, which `read` gives as often as it is called; those known before are forgotten.
    pub fn remember_later(&mut self, file: &str, read: impl Fn() -> FilePlaces + Send + Sync + 'static) {
        let places = LazyPlaces { known: OnceLock::new(), read: Some(Arc::new(read)) };
        self.files.insert(file.to_owned(), places);
    }

    /// Where a fact is written, if its file has it.
    pub fn find(&self, file: &str, spot: SourceKey) -> Option<SourceSpan> {
        self.files.get(file)?.get().get(&spot).cloned()
    }

    /// All facts of a file with their places, in the order of the facts.
    pub fn of(&self, file: &str) -> impl Iterator<Item = (&SourceKey, &SourceSpan)> {
        self.files.get(file).into_iter().flat_map(|places| places.get().iter())
    }

    /// Changes every place before anyone sees it.
    pub fn change(&mut self, mut change: impl FnMut(&mut SourceSpan)) {
        for file in self.files.values_mut() {
            file.change(|places| places.values_mut().for_each(&mut change));
        }
    }

    /// Takes over all that `other` remembers.
    pub fn extend(&mut self, mut other: Self) {
        if self.files.is_empty() {
            std::mem::swap(self, &mut other);
        }
        for (file, places) in other.files {
            match self.files.entry(file) {
                Entry::Vacant(free) => drop(free.insert(places)),
                Entry::Occupied(mut there) => {
                    let more = places.get().iter().map(|(spot, place)| (spot.clone(), place.clone()));
                    there.get_mut().change(|known| known.extend(more));
                }
            }
        }
    }
}

impl LazyPlaces {
    fn known(places: FilePlaces) -> Self {
        Self { known: OnceLock::from(Arc::new(places)), read: None }
    }

    fn get(&self) -> &Arc<FilePlaces> {
        let read = || self.read.as_ref().map(|read| read()).unwrap_or_default();
        self.known.get_or_init(|| Arc::new(read()))
    }

    fn change(&mut self, change: impl FnOnce(&mut FilePlaces)) {
        self.get();
        let mut places = self.known.take().unwrap_or_default();
        change(Arc::make_mut(&mut places));
        *self = Self { known: OnceLock::from(places), read: None };
    }
}

impl fmt::Debug for LazyPlaces {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(formatter)
    }
}

impl PartialEq for LazyPlaces {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for LazyPlaces {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn span(line: usize) -> SourceSpan {
        SourceSpan { line, column: 1, length: 1, source: String::new() }
    }

    fn key(name: &str) -> SourceKey {
        SourceKey::Key(name.to_owned())
    }

    #[test]
    fn the_places_of_a_file_are_read_when_they_are_asked_for() {
        static READ: AtomicUsize = AtomicUsize::new(0);
        let mut places = SourceMap::default();
        places.remember("page.toml", key("name"), span(3));
        let mut later = SourceMap::default();
        later.remember_later("a.md", || {
            READ.fetch_add(1, Ordering::Relaxed);
            BTreeMap::from([(key("title"), span(2))])
        });
        later.extend(places);
        assert_eq!(later.find("page.toml", key("name")), Some(span(3)));
        assert_eq!((later.find("b.md", key("title")), READ.load(Ordering::Relaxed)), (None, 0));
        for _ in 0..2 {
            assert_eq!(later.find("a.md", key("title")), Some(span(2)));
        }
        assert_eq!(READ.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_is_known_already_and_what_is_read_later_come_together() {
        let mut places = SourceMap::default();
        places.remember_later("a.md", || BTreeMap::from([(key("eta"), span(2)), (key("title"), span(3))]));
        let mut more = SourceMap::default();
        more.remember("a.md", key("title"), span(4));
        places.extend(more);
        places.remember("a.md", key("impact"), span(5));
        places.change(|place| place.line += 10);
        let lines: Vec<usize> = places.of("a.md").map(|(_, place)| place.line).collect();
        assert_eq!(lines, [12, 15, 14], "in the order of the names");
    }
}
