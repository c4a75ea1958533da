//! What was stored of a reading is what a first reading finds, and no bytes make it anything else.

use std::fs;
use std::time::SystemTime;

use proptest::prelude::*;
use tempfile::TempDir;

use super::any::{incidents, shielded};
use super::{CARD, page};
use crate::load::{Loaded, ParseCache, StandIns, read_site_again, write_incident};

const PROGRAM: &str = "0.1.0 12 34";

/// A folder in which every file was written long ago.
struct Shelf(TempDir);

impl Shelf {
    fn of(text: &str) -> Self {
        let root = TempDir::new().unwrap();
        fs::create_dir(root.path().join("incidents")).unwrap();
        fs::write(root.path().join("incidents/a.md"), text).unwrap();
        Self(root)
    }

    fn read(&self, memory: &mut ParseCache) -> Loaded {
        let settled = SystemTime::now() + std::time::Duration::from_secs(10);
        read_site_again(self.0.path(), page(&["en", "es"]), StandIns::default(), memory, settled)
    }

    /// What is read first, and what is stored of it.
    fn stored(&self) -> (Loaded, Vec<u8>) {
        let mut memory = ParseCache::default();
        (self.read(&mut memory), memory.to_bytes(PROGRAM))
    }

    /// What is read with these bytes, and whether anything had to be parsed.
    fn recalled(&self, bytes: &[u8], program: &str) -> (Loaded, bool) {
        let mut memory = ParseCache::from_bytes(bytes, program);
        let loaded = self.read(&mut memory);
        (loaded, memory.unstored() > 0)
    }
}

proptest! {
    #[test]
    fn any_incident_is_recalled_as_it_was_parsed(incident in incidents()) {
        let shelf = Shelf::of(&write_incident(&shielded(incident)));
        let (first, bytes) = shelf.stored();
        let (again, is_parsed) = shelf.recalled(&bytes, PROGRAM);
        prop_assert_eq!(again, first);
        prop_assert!(!is_parsed);
    }

    #[test]
    fn bytes_that_are_damaged_cost_time_and_change_nothing(
        at in any::<prop::sample::Index>(), bit in 0..8_u8, is_cut: bool,
    ) {
        let shelf = Shelf::of(CARD);
        let (first, mut bytes) = shelf.stored();
        let at = at.index(bytes.len());
        if is_cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << bit;
        }
        prop_assert_eq!(shelf.recalled(&bytes, PROGRAM), (first, true));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let shelf = Shelf::of(CARD);
        let (first, is_parsed) = shelf.recalled(&bytes, PROGRAM);
        prop_assert_eq!((&first, is_parsed), (&shelf.stored().0, true));
    }
}

#[test]
fn what_another_program_stored_or_has_problems_is_parsed_again() {
    let shelf = Shelf::of(CARD);
    let (first, bytes) = shelf.stored();
    assert_eq!(shelf.recalled(&bytes, PROGRAM), (first.clone(), false));
    assert_eq!(shelf.recalled(&bytes, "0.1.0 12 35"), (first, true));

    let wrong = Shelf::of(&CARD.replace("\"major\"", "\"majr\""));
    let (first, bytes) = wrong.stored();
    assert!(!first.problems.is_empty());
    assert_eq!(wrong.recalled(&bytes, PROGRAM), (first, false), "it is not counted as news either");
}
