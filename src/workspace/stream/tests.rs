//! A build into a folder that was built before is a first build, byte for byte, whatever happened to the files, the folder,
//! the clock and the record in between.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use fastrand::Rng;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::cli::arguments::Format;
use crate::model::Moment;
use crate::workspace::clock::Clock;
use crate::workspace::staging;

const PAGE: &str = "name = 'Acme'\nurl = 'https://status.acme.test'\nlanguages = ['en', 'es']\ntime_zone = 'UTC'\n\n\
                    [[groups]]\nname = 'Shop'\n\n[[groups.features]]\nid = 'checkout'\nname = 'Checkout'\n\n\
                    [[groups.features]]\nid = 'search'\nname = 'Search'\n";

fn noon() -> Moment {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// A site that is built into `public` again and again.
struct House {
    folder: TempDir,
    now: Moment,
}

impl House {
    fn new() -> Self {
        let house = Self { folder: tempfile::tempdir().unwrap(), now: noon() };
        house.write("site/page.toml", PAGE);
        for number in 0..6 {
            house.write(&incident_file(number), &incident(number, "Some requests fail.", number % 3 != 0));
        }
        house
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), text).unwrap();
    }

    fn root(&self) -> Root {
        Root::of(self.folder.path().to_owned(), Clock::Fixed(self.now), Format::Json)
    }

    fn build(&self) -> Result<Written, Failure> {
        let root = self.root();
        build(&root, &root.open().unwrap(), Audience::Public, &self.path("public"))
    }

    /// What a build in memory, which knows of no other, makes of the same.
    fn cold(&self) -> BTreeMap<String, Vec<u8>> {
        let root = Root { state: self.path("no-state"), ..self.root() };
        let tree = tree::tree(&root, &root.open().unwrap(), Audience::Public).unwrap();
        tree.files.into_iter().map(|(path, bytes)| (path, bytes.to_vec())).collect()
    }

    /// What is in the folder, but for the list of a build's files.
    fn built(&self) -> BTreeMap<String, Vec<u8>> {
        let files = walkdir::WalkDir::new(self.path("public")).into_iter().filter_map(Result::ok);
        let files =
            files.filter(|entry| !entry.file_type().is_dir() && entry.file_name() != ".allclear-build");
        let name = |path: &Path| path.strip_prefix(self.path("public")).unwrap().to_str().unwrap().to_owned();
        files.map(|entry| (name(entry.path()), fs::read(entry.path()).unwrap())).collect()
    }

    /// One of the files that the last build recorded, if nobody removed it.
    fn record(&self, rng: &mut Rng) -> Option<PathBuf> {
        let parsed = Some(self.path(".allclear/parsed")).filter(|file| file.exists() && rng.bool());
        let mut records = fs::read_dir(self.path(".allclear/stamps")).ok()?;
        parsed.or_else(|| Some(records.next()?.unwrap().path()))
    }
}

fn incident_file(number: usize) -> String {
    format!("incidents/incident-{number}.md")
}

fn incident(number: usize, words: &str, is_over: bool) -> String {
    let feature = ["checkout", "search"][number % 2];
    let end = if is_over { "## 2026-11-19 10:00 UTC · Resolved\n\nIt works again.\n\n" } else { "" };
    format!(
        "+++\ntitle = \"Incident {number}\"\nseverity = \"major\"\naffected = [\"{feature}\"]\n\
         started = 2026-11-19T09:00:00Z\neta = \"unknown\"\nnext_update = 2026-11-20T15:00:00Z\n+++\n\n\
         {end}## 2026-11-19 09:05 UTC · Investigating\n\n{words}\n"
    )
}

/// Does one of the things that happen between two builds.
fn happen(house: &mut House, rng: &mut Rng) {
    let (number, words) = (rng.usize(0..8), format!("Words {}.", rng.u16(..)));
    let file = incident_file(number);
    match rng.u8(0..20) {
        0..=3 => house.write(&file, &incident(number, &words, rng.bool())),
        4 => drop(fs::remove_file(house.path(&file))),
        5 => house.now += TimeDelta::minutes(rng.i64(-4_000..4_000)),
        6 => house.write("site/page.toml", &PAGE.replace("Acme", &words)),
        7 => house
            .write("site/page.toml", &PAGE.replace("'en', 'es'", ["'en'", "'es', 'en'"][rng.usize(0..2)])),
        8 => house.write("site/static/notes.txt", &words),
        9 => house.write("site/static/robots.txt", &words),
        10 => drop(fs::remove_file(house.path("site/static/robots.txt"))),
        11 => house.write("themes/own/brand.css", &format!("body{{margin:{}px}}", rng.u8(..))),
        12 => house.write("site/page.toml", &format!("theme = 'own'\n{PAGE}")),
        13 | 14 => spoil_folder(house, rng),
        15 => house.write("public/.allclear-staging/7", "what a killed build left"),
        16..=18 => spoil_record(house, rng),
        _ => {}
    }
}

/// Another program changes what was built.
fn spoil_folder(house: &House, rng: &mut Rng) {
    let built: Vec<String> = house.built().into_keys().collect();
    let Some(file) = rng.choice(&built).map(|file| house.path("public").join(file)) else { return };
    match rng.u8(0..4) {
        0 => fs::remove_file(file).unwrap(),
        1 => {
            // As long as before, and as old as before for who looks at the time of writing only.
            let (bytes, facts) = (fs::read(&file).unwrap(), fs::metadata(&file).unwrap());
            fs::write(&file, vec![b'x'; bytes.len()]).unwrap();
            fs::File::options()
                .write(true)
                .open(&file)
                .unwrap()
                .set_modified(facts.modified().unwrap())
                .unwrap();
        }
        2 => {
            fs::remove_file(&file).unwrap();
            std::os::unix::fs::symlink("/etc/hostname", &file).unwrap();
        }
        _ => fs::write(&file, "theirs").unwrap(),
    }
}

fn spoil_record(house: &House, rng: &mut Rng) {
    let Some(record) = house.record(rng) else { return };
    let mut bytes = fs::read(&record).unwrap();
    match rng.u8(0..4) {
        0 => drop(fs::remove_file(record)),
        1 => fs::write(record, &bytes[..rng.usize(0..=bytes.len())]).unwrap(),
        2 => {
            let at = rng.usize(0..bytes.len().max(1));
            bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << rng.u8(0..8));
            fs::write(record, bytes).unwrap();
        }
        _ => fs::write(record, "").unwrap(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.min(6), ..ProptestConfig::default() })]

    #[test]
    fn a_folder_that_was_built_before_is_as_after_a_first_build(seed in any::<u64>()) {
        let (mut rng, mut house) = (Rng::with_seed(seed), House::new());
        for _ in 0..8 {
            for _ in 0..rng.u8(0..3) {
                happen(&mut house, &mut rng);
            }
            let written = house.build().unwrap();
            let (built, cold) = (house.built(), house.cold());
            for (path, bytes) in &cold {
                let there = built.get(path).map(|bytes| String::from_utf8_lossy(bytes));
                prop_assert_eq!(there, Some(String::from_utf8_lossy(bytes)), "{}", path);
            }
            prop_assert_eq!(built.len(), cold.len());
            prop_assert_eq!(written.written + written.kept, cold.len());
        }
    }
}

#[test]
fn a_build_of_the_same_writes_nothing_and_makes_no_incident_again() {
    let house = House::new();
    let first = house.build().unwrap();
    assert_eq!((first.written, first.kept), (house.built().len(), 0));
    let second = house.build().unwrap();
    assert_eq!((second.written, second.kept, second.removed), (0, first.written, 0));

    let (root, out) = (house.root(), house.path("public"));
    let (opened, staging) = (root.open().unwrap(), Staging::open(&out).unwrap());
    let known = Stamps::of(&root.state, &out).known(staging.out());
    let made = parking_lot::Mutex::new(Vec::new());
    let take = |path: &str, _: Vec<u8>| {
        made.lock().push(path.to_owned());
        Ok::<(), render::Error>(())
    };
    let streamed =
        render::site_into(&opened.site, &opened.theme, (house.now, Audience::Public), &known.units, &take)
            .unwrap();
    let made = made.into_inner();
    assert!(made.contains(&"index.html".to_owned()));
    assert!(made.iter().all(|path| !path.contains("incidents/incident-")), "{made:?}");
    assert_eq!(streamed.paths.len(), first.written);
}

#[test]
fn a_template_that_cannot_be_filled_in_changes_no_file() {
    let house = House::new();
    house.build().unwrap();
    let before = house.built();
    house.write("site/page.toml", &format!("theme = 'own'\n{PAGE}"));
    // Its first page can be made; the page of what is over cannot.
    house.write("themes/own/incident.html", "{% if incident.is_over %}{{ no_such_value }}{% endif %}");
    let Err(Failure::World(error)) = house.build() else { panic!("the template cannot be filled in") };
    assert!(error.to_string().starts_with("failed to render "), "{error:#}");
    assert_eq!(house.built(), before);
    assert!(!house.path("public").join(staging::FOLDER).exists());
}

#[test]
fn what_a_killed_build_left_is_removed_and_the_folder_counts_as_a_builds_own() {
    let house = House::new();
    let out = house.path("public");
    let staging = Staging::open(&out).unwrap();
    staging.take("index.html", b"half a site").unwrap();
    std::mem::forget(staging);
    assert!(out.join(staging::FOLDER).join("0").exists());
    assert!(crate::workspace::output::check(house.folder.path(), &out, false).is_ok());
}

#[test]
fn two_builds_at_once_wait_for_each_other() {
    let house = House::new();
    let cold = house.cold();
    std::thread::scope(|scope| {
        let builds: Vec<_> = (0..3).map(|_| scope.spawn(|| house.build().map(|_| ()).is_ok())).collect();
        assert!(builds.into_iter().all(|build| build.join().unwrap()));
    });
    assert_eq!(house.built(), cold);
}

#[test]
fn a_file_that_is_replaced_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = House::new();
    house.build().unwrap();
    let index = house.path("public/index.html");
    fs::set_permissions(&index, fs::Permissions::from_mode(0o604)).unwrap();
    house.write("site/page.toml", &PAGE.replace("Acme", "Acne"));
    house.build().unwrap();
    assert_eq!(fs::metadata(&index).unwrap().permissions().mode() & 0o777, 0o604);
}
