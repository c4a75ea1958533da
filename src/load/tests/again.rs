//! A reading that remembers the last one finds what a first one finds, whatever was done to the folder between them.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use fastrand::Rng;
use proptest::prelude::*;
use tempfile::TempDir;

use super::{CARD, page};
use crate::load::{Loaded, ParseCache, StandIns, read_site, read_site_again};

const NAMES: [&str; 6] = ["a.md", "a.es.md", "b.md", "deep/b.md", "deep/b.es.md", "c.fr.md"];

/// A folder whose files are written at times of our own making.
struct Bench {
    root: TempDir,
    last_good: TempDir,
    clock: SystemTime,
    languages: &'static [&'static str],
}

impl Bench {
    /// Does one of the things that happen to a folder between two readings.
    fn edit(&mut self, rng: &mut Rng) {
        let name = NAMES[rng.usize(0..NAMES.len())];
        match rng.u8(0..10) {
            0 => self.languages = [&["en", "es"][..], &["en"], &["en", "fr"]][rng.usize(0..3)],
            1 | 2 => drop(fs::remove_file(self.place(name))),
            3 => self.write(name, "+++\ntitle = \n+++\n"),
            4 => {
                let path = self.last_good.path().join("incidents").join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, words(rng)).unwrap();
            }
            5 => self.write(name, &words(rng).replace("checkout", "search-is-it")),
            _ => self.write(name, &words(rng)),
        }
    }

    fn write(&mut self, name: &str, text: &str) {
        let path = self.place(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.clock += Duration::from_secs(1);
        File::options().write(true).open(path).unwrap().set_modified(self.clock).unwrap();
    }

    fn place(&self, name: &str) -> std::path::PathBuf {
        self.root.path().join("incidents").join(name)
    }

    fn read(&self, memory: &mut ParseCache, settled: SystemTime) -> Loaded {
        read_site_again(
            self.root.path(),
            page(self.languages),
            StandIns { last_good: Some(self.last_good.path()), ..StandIns::default() },
            memory,
            settled,
        )
    }

    fn read_first(&self) -> Loaded {
        read_site(self.root.path(), page(self.languages), Some(self.last_good.path()))
    }
}

/// Many have the same length.
fn words(rng: &mut Rng) -> String {
    CARD.replace("half of card", &format!("{:04} of card", rng.u8(..)))
}

/// What is known from the last reading is only known to one that remembers, and only it has settled times.
fn first(mut loaded: Loaded) -> Loaded {
    for source in &mut loaded.sources {
        (source.known, source.written) = (false, None);
    }
    loaded
}

proptest! {
    #[test]
    fn a_reading_that_remembers_is_a_first_reading(seed in any::<u64>()) {
        let mut rng = Rng::with_seed(seed);
        let mut desk = Bench {
            root: TempDir::new().unwrap(),
            last_good: TempDir::new().unwrap(),
            clock: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
            languages: &["en", "es"],
        };
        let mut memory = ParseCache::default();
        for _ in 0..8 {
            for _ in 0..rng.u8(0..4) {
                desk.edit(&mut rng);
            }
            // Now and then every time of a file is too near to be trusted.
            let settled = if rng.bool() { desk.clock + Duration::from_secs(1) } else { SystemTime::UNIX_EPOCH };
            // Now and then another process takes over, and finds what this one stored, or a part of it.
            if rng.bool() {
                let mut stored = memory.to_bytes("program");
                if rng.bool() {
                    stored.truncate(rng.usize(0..=stored.len()));
                }
                memory = ParseCache::from_bytes(&stored, "program");
            }
            let again = desk.read(&mut memory, settled);
            prop_assert_eq!(first(again), first(desk.read_first()));
        }
    }
}

fn write_at(path: &Path, text: &str, at: SystemTime) {
    fs::write(path, text).unwrap();
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

#[test]
fn a_file_is_looked_into_while_its_time_says_nothing() {
    let root = TempDir::new().unwrap();
    fs::create_dir(root.path().join("incidents")).unwrap();
    let file = root.path().join("incidents/a.md");
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    let later = written + Duration::from_secs(1);
    let mut memory = ParseCache::default();
    let mut impact = |settled| {
        let mut loaded =
            read_site_again(root.path(), page(&["en"]), StandIns::default(), &mut memory, settled);
        (loaded.site.incidents.remove(0).impact.clone().unwrap().default, loaded.sources[0].known)
    };
    write_at(&file, &CARD.replace("half", "some"), written);
    assert_eq!(impact(written), ("About some of card payments in Europe fail.".to_owned(), false));
    // The same length, and so soon after that the file system shows the same time.
    write_at(&file, &CARD.replace("half", "most"), written);
    assert_eq!(impact(later), ("About most of card payments in Europe fail.".to_owned(), false));
    assert_eq!(impact(later), ("About most of card payments in Europe fail.".to_owned(), true));
    // From here on it is taken by its times, of which nobody can set both.
    std::thread::sleep(Duration::from_millis(50));
    write_at(&file, &CARD.replace("half", "none"), written);
    assert_eq!(impact(later), ("About none of card payments in Europe fail.".to_owned(), false));
}
